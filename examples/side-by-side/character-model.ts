/** A character language model: reads a text in chunks, carries its state along, and then writes. */
import * as bs from "backstitch";

const text = "peter piper picked a peck of pickled peppers. a peck of pickled peppers peter piper picked. ".repeat(20);
const vocabulary = bs.Vocabulary.fromCounts(bs.countTokens(text));
const batches = new bs.StreamBatches(vocabulary.encode([...text]), { batchSize: 4, chunk: 20 });

type State = readonly bs.StateOf<"lstm">[] | null;
const engine = await bs.Engine.load({ seed: 1 });
const model = {
  embedding: new bs.Embedding(engine, { vocabularySize: vocabulary.size, embeddingSize: 16 }),
  lstm: new bs.Recurrent(engine, { cell: "lstm", inputSize: 16, hiddenSize: 64 }),
  output: new bs.Linear(engine, { inputSize: 64, outputSize: vocabulary.size }),

  forward(tokens: bs.Tokens, before: State) {
    const { y, state } = this.lstm.forward(this.embedding.lookup(tokens), { state: before });
    return { logits: this.output.forward(y), state };
  },
};

const optimizer = bs.adam(bs.parameters(model), { rate: 0.01 });
let carried: State = null;
for (let step = 1; step <= 10 * batches.batchesPerEpoch; step++) {
  const { inputs, targets, continues } = batches.next();
  const { logits, state } = model.forward(inputs, continues ? carried : null);
  const loss = bs.crossEntropy(logits, targets);
  loss.backward();
  bs.clipByGlobalNorm(optimizer, 1);
  optimizer.step();
  optimizer.zeroGrad();
  carried = bs.detachState(state);
  const epoch = step / batches.batchesPerEpoch;
  if (Number.isInteger(epoch)) console.log(`epoch ${epoch} loss ${loss.item().toFixed(3)}`);
}

const [written] = bs.greedy(
  (tokens, before: State) => {
    const { logits, state } = bs.noGrad(engine, () => model.forward(tokens, before));
    return { logits: logits.data, state };
  },
  { prompts: [vocabulary.encode(["p"])], begin: [], maxLength: 45 },
);
console.log(`p${vocabulary.decode(written!.ids).join("")}`);
