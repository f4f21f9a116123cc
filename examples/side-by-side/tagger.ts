/** A tagger with two heads: what part of speech each word of a sentence is, and whether it is somebody's name. */
import * as bs from "backstitch";

const tagged = `
will/noun* may/aux see/verb may/noun*
may/noun* will/aux hunt/verb the/article old/adjective whale/noun
the/article captain/noun will/aux hunt/verb
the/article old/adjective captain/noun may/aux hunt/verb will/noun*
see/verb the/article white/adjective whale/noun
the/article white/adjective whale/noun may/aux see/verb the/article ship/noun
hunt/verb the/article whale/noun
may/noun* may/aux see/verb will/noun*
will/noun* will/aux see/verb the/article captain/noun
`;
const tokens = tagged
  .trim()
  .split("\n")
  .map((line) => line.split(" ").map((token) => token.split(/[/*]/)));
const words = [...new Set(tokens.flat().map(([word]) => word))].sort();
const tags = [...new Set(tokens.flat().map(([, tag]) => tag))].sort();

const engine = await bs.Engine.load({ seed: 1 });
const model = {
  embedding: new bs.Embedding(engine, { vocabularySize: words.length, embeddingSize: 16 }),
  gru: new bs.Recurrent(engine, { cell: "gru", inputSize: 16, hiddenSize: 32, bidirectional: true }),
  tag: new bs.Linear(engine, { inputSize: 64, outputSize: tags.length }),
  name: new bs.Linear(engine, { inputSize: 64, outputSize: 2 }),

  forward(words: bs.Tokens, lengths?: Int32Array) {
    const { y } = this.gru.forward(this.embedding.lookup(words), { lengths });
    return { tagLogits: this.tag.forward(y), nameLogits: this.name.forward(y) };
  },
};

const pad = (number: (token: string[]) => number, padding: number) =>
  bs.padTokens(
    tokens.map((sentence) => sentence.map(number)),
    padding,
  );
const inputs = pad(([word]) => words.indexOf(word), 0);
const tagTargets = pad(([, tag]) => tags.indexOf(tag), bs.NO_TARGET);
const nameTargets = pad((token) => token.length - 2, bs.NO_TARGET);
const lengths = Int32Array.from(tokens, (sentence) => sentence.length);

const optimizer = bs.adam(bs.parameters(model), { rate: 0.01 });
for (let step = 1; step <= 50; step++) {
  const { tagLogits, nameLogits } = model.forward(inputs, lengths);
  const tagLoss = bs.crossEntropy(tagLogits, tagTargets);
  const nameLoss = bs.crossEntropy(nameLogits, nameTargets);
  bs.add(tagLoss, nameLoss).backward();
  optimizer.step();
  optimizer.zeroGrad();
  if (step % 10 === 0)
    console.log(`step ${step} tags ${tagLoss.item().toFixed(3)} names ${nameLoss.item().toFixed(3)}`);
}

const sentence = "may may hunt the captain".split(" ");
const { tagLogits, nameLogits } = model.forward(bs.padTokens([sentence.map((word) => words.indexOf(word))]));
const [tag, name] = [bs.argmax(tagLogits), bs.argmax(nameLogits)];
for (const [t, word] of sentence.entries()) console.log(word, tags[tag[t]!], name[t] ? "name" : "");
