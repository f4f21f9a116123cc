/** What does not fit does not compile: each line below `@ts-expect-error` is refused by the compiler, which tsc -p . checks. */
import { expect, expectTypeOf, test } from "vitest";
import {
  crossEntropy,
  detachState,
  Embedding,
  Engine,
  Linear,
  linearCrossEntropy,
  padTokens,
  Recurrent,
  type StateOf,
  type Tensor,
  type Tokens,
} from "../src/index.ts";

const engine = await Engine.load({ build: "reference" });
const tokens = padTokens([
  [1, 2, 3],
  [2, 0],
]);
const embedding = new Embedding(engine, { vocabularySize: 4, embeddingSize: 3 });
const linear = new Linear(engine, { inputSize: 3, outputSize: 4 });
const layer = <C extends "lstm" | "gru" | "rnn">(cell: C) =>
  new Recurrent(engine, { cell, inputSize: 3, hiddenSize: 3 });

test("token ids are not floats", () => {
  const x = embedding.forward(tokens);
  expectTypeOf(x).toEqualTypeOf<Tensor>();
  // @ts-expect-error numbers have no rows in a table
  expect(() => embedding.forward(x)).toThrow(TypeError);
  // @ts-expect-error ids are an Int32Array
  expect(() => embedding.forward({ ids: [1, 2], shape: [2] })).toThrow(TypeError);
  // @ts-expect-error nor are they floats
  expect(() => embedding.forward({ ids: Float32Array.of(1, 2), shape: [2] })).toThrow(TypeError);
  // @ts-expect-error ids are not multiplied
  expect(() => linear.forward(tokens)).toThrow();
  // @ts-expect-error a sequence of vectors is not a sequence of ids
  expect(() => layer("gru").forward(tokens)).toThrow(TypeError);
});

test("targets are ids", () => {
  const logits = linear.forward(embedding.forward(tokens));
  expectTypeOf(crossEntropy).parameter(1).toEqualTypeOf<Tokens>();
  // @ts-expect-error logits are not targets
  expect(() => crossEntropy(logits, logits)).toThrow(TypeError);
  // @ts-expect-error the layer is given by its weight and bias
  expect(() => linearCrossEntropy(embedding.forward(tokens), linear, null, tokens)).toThrow();
});

test("the state of one cell does not fit another", () => {
  const x = embedding.forward(tokens);
  const lstm = layer("lstm").forward(x).state;
  const gru = layer("gru").forward(x).state;
  expectTypeOf(lstm[0]!).toHaveProperty("c");
  expectTypeOf(gru[0]!).not.toHaveProperty("c");
  expectTypeOf(detachState(lstm)[0]!).toEqualTypeOf<StateOf<"lstm">>();
  layer("lstm").forward(x, { state: detachState(lstm) });
  // @ts-expect-error an LSTM needs c
  expect(() => layer("lstm").forward(x, { state: gru })).toThrow(RangeError);
  // @ts-expect-error a GRU has none
  expect(() => layer("gru").forward(x, { state: lstm })).toThrow(RangeError);
  // @ts-expect-error of the same parts, but of another cell
  layer("rnn").forward(x, { state: gru });
});

test("a cell, an option and a build are known by name", () => {
  // @ts-expect-error there is no such cell
  expect(() => new Recurrent(engine, { cell: "lstn", inputSize: 3, hiddenSize: 3 })).toThrow(RangeError);
  // @ts-expect-error there is no such option
  expect(() => new Linear(engine, { inputSize: 3, outputSize: 4, baias: false })).toThrow(RangeError);
});
