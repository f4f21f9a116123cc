/** A sequence autoencoder: reads a word into one vector of numbers, and spells it again from that. */
import * as bs from "backstitch";

const words =
  "ahab boat captain crew deck harpoon ishmael mast ocean oil pequod queequeg sail ship starbuck whale".split(" ");
const vocabulary = bs.Vocabulary.fromCounts(bs.countTokens(words.join("")));
const { inputs, targets, lengths } = bs.padSequences(words.map((word) => vocabulary.encode([...word])));

const engine = await bs.Engine.load({ seed: 1 });
const model = {
  embedding: new bs.Embedding(engine, { vocabularySize: vocabulary.size, embeddingSize: 16 }),
  encoder: new bs.Recurrent(engine, { cell: "gru", inputSize: 16, hiddenSize: 32 }),
  decoder: new bs.Recurrent(engine, { cell: "gru", inputSize: 16, hiddenSize: 32 }),
  output: new bs.Linear(engine, { inputSize: 32, outputSize: vocabulary.size }),

  encode(letters: bs.Tokens, lengths: Int32Array) {
    return this.encoder.forward(this.embedding.lookup(letters), { lengths }).state;
  },
  decode(letters: bs.Tokens, before: readonly bs.StateOf<"gru">[]) {
    const { y, state } = this.decoder.forward(this.embedding.lookup(letters), { state: before });
    return { logits: this.output.forward(y), state };
  },
};

const optimizer = bs.adam(bs.parameters(model), { rate: 0.01 });
for (let step = 1; step <= 100; step++) {
  const code = model.encode(inputs, lengths);
  const { logits } = model.decode(inputs, code);
  const penalty = bs.scale(bs.mean(bs.square(code[0]!.h)), 0.01);
  const loss = bs.add(bs.crossEntropy(logits, targets), penalty);
  loss.backward();
  optimizer.step();
  optimizer.zeroGrad();
  if (step % 20 === 0) console.log(`step ${step} loss ${loss.item().toFixed(3)}`);
}

const state = model.encode(inputs, lengths);
const written = bs.greedy(
  (tokens, before) => {
    const { logits, state } = model.decode(tokens, before!);
    return { logits: logits.data, state };
  },
  { prompts: words.map(() => []), state, maxLength: 10 },
);
for (const [i, word] of words.entries()) console.log(word, vocabulary.decode(written[i]!.ids).join(""));
