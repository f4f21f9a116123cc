/** A long training does not grow: 10,000 steps of a small language model with ragged batches. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { Embedding, Linear, linearCrossEntropy, parameters, Recurrent } from "../src/nn/index.ts";
import type { Engine } from "../src/tensor/index.ts";
import { adam, clipByGlobalNorm } from "../src/train/index.ts";
import { engines as all } from "./engines.ts";

/** Makes the function that trains one step on made-up sequences, and returns the loss. */
function trainer(engine: Engine): () => number {
  const V = 11;
  const model = {
    embedding: new Embedding(engine, { vocabularySize: V, embeddingSize: 4 }),
    recurrent: new Recurrent(engine, { cell: "lstm", inputSize: 4, hiddenSize: 8 }),
    output: new Linear(engine, { inputSize: 8, outputSize: V }),
  };
  const optimizer = adam(parameters(model), { rate: 0.01 });
  return () => {
    const [T, B] = [2 + engine.random.integer(5), 1 + engine.random.integer(3)];
    const lengths = Int32Array.from({ length: B }, () => 1 + engine.random.integer(T));
    const start = engine.random.integer(V);
    const ids = Int32Array.from({ length: T * B }, (_, n) => (start + Math.floor(n / B)) % V);
    const next = ids.map((id, n) => (Math.floor(n / B) < lengths[n % B]! ? (id + 1) % V : -1));
    const { y } = model.recurrent.forward(model.embedding.lookup({ ids, shape: [T, B] }), { lengths });
    const loss = linearCrossEntropy(y, model.output.weight, model.output.bias, { ids: next, shape: [T, B] });
    optimizer.zeroGrad();
    loss.backward();
    clipByGlobalNorm(optimizer, 1);
    optimizer.step();
    return loss.item();
  };
}

// Memory is one matter in both precisions of the reference.
const engines = all.filter(({ title }) => title !== "reference float32");

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes in use: of live objects, of arrays outside the heap, and of the whole process as the system sees it. */
function memory(): { live: number; arrays: number; resident: number } {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { live: heapUsed, arrays: external, resident: rss };
}

describe.each(engines)("10,000 steps on $title", ({ make }) => {
  test("neither the pool nor the process grows, and the model learns", { timeout: 120_000 }, () => {
    const engine = make();
    const step = trainer(engine);
    const first = step();
    for (let n = 0; n < 2000; n++) step();
    const { held } = engine.pool;
    let last = 0;
    const samples = Array.from({ length: 40 }, () => {
      for (let n = 0; n < 250; n++) last = step();
      return memory();
    });
    expect(engine.pool.held).toBe(held);
    expect(last).toBeLessThan(first / 4);
    // What the system counts goes up and down by a megabyte or two, never below what is in use: so the least of many.
    const least = (from: number, of: keyof (typeof samples)[number]) =>
      Math.min(...samples.slice(from, from + 10).map((sample) => sample[of]));
    const growth = (of: keyof (typeof samples)[number]) => (least(30, of) - least(10, of)) / 5000;
    expect(growth("live"), "bytes of live objects for each step").toBeLessThan(32);
    expect(growth("arrays"), "bytes of arrays for each step").toBeLessThan(16);
    expect(growth("resident"), "bytes of the process for each step").toBeLessThan(500);
  });
});
