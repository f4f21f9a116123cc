/** Linear, Embedding, Dropout and LayerNorm. */
import { describe, expect, test } from "vitest";
import { exactEngine } from "../../test/engines.ts";
import { exp, gradientCheck, noGrad, sum } from "../tensor/index.ts";
import { crossEntropy, Dropout, Embedding, heNormal, LayerNorm, Linear, parameters, zeros } from "./index.ts";

const greatest = (values: ArrayLike<number>) => Math.max(...Array.from(values, Math.abs));

describe("Linear", () => {
  test("computes weight x + bias on any leading axes", () => {
    const engine = exactEngine();
    const layer = new Linear(engine, { inputSize: 2, outputSize: 3 });
    layer.weight.data.set([1, 0, 0, 1, 1, 1]);
    layer.bias!.data.set([10, 20, 30]);
    const y = layer.forward(engine.tensor([1, 2, 3, 4], [1, 2, 2]));
    expect(y.shape).toEqual([1, 2, 3]);
    expect([...y.data]).toEqual([11, 22, 33, 13, 24, 37]);
  });

  test("starts as PyTorch's does, or as asked", () => {
    const engine = exactEngine();
    const { weight, bias } = new Linear(engine, { inputSize: 100, outputSize: 200 });
    for (const values of [weight.data, bias!.data]) {
      expect(greatest(values)).toBeLessThanOrEqual(0.1);
      expect(greatest(values)).toBeGreaterThan(0.095);
    }
    const own = new Linear(engine, { inputSize: 100, outputSize: 200, init: heNormal, bias: false });
    expect(greatest(own.weight.data)).toBeGreaterThan(3 * Math.sqrt(2 / 100));
    expect(own.bias).toBeNull();
  });

  test("shares the weight it is given", () => {
    const engine = exactEngine();
    const embedding = new Embedding(engine, { vocabularySize: 5, embeddingSize: 3 });
    const output = new Linear(engine, { inputSize: 3, outputSize: 5, weight: embedding.weight });
    expect(output.weight).toBe(embedding.weight);
    expect(Object.keys(parameters({ embedding, output }))).toEqual(["embedding.weight", "output.bias"]);
    const ids = { ids: Int32Array.of(1, 4), shape: [2] };
    const f = () => crossEntropy(output.forward(embedding.forward(ids)), { ids: Int32Array.of(0, 1), shape: [2] });
    for (const { error } of gradientCheck(f, parameters({ embedding, output }))) expect(error).toBeLessThan(1e-7);
  });
});

describe("Embedding", () => {
  test("gives the row of each token, now or when a layer asks", () => {
    const engine = exactEngine();
    const layer = new Embedding(engine, { vocabularySize: 3, embeddingSize: 2, init: zeros });
    layer.weight.data.set([1, 2, 3, 4, 5, 6]);
    const tokens = { ids: Int32Array.of(2, 0), shape: [2, 1] };
    expect([...layer.forward(tokens).data]).toEqual([5, 6, 1, 2]);
    expect(layer.lookup(tokens)).toEqual({ weight: layer.weight, tokens });
  });

  test("starts normal, as PyTorch's does", () => {
    const { weight } = new Embedding(exactEngine(), { vocabularySize: 100, embeddingSize: 100 });
    const variance = [...weight.data].reduce((total, v) => total + v * v, 0) / weight.size;
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});

describe("Dropout", () => {
  test("works while recording only", () => {
    const engine = exactEngine();
    const layer = new Dropout(engine, { rate: 0.5 });
    const x = engine.tensor(new Float64Array(100).fill(1));
    expect(new Set(layer.forward(x).data)).toEqual(new Set([0, 2]));
    expect(noGrad(engine, () => layer.forward(x))).toBe(x);
    expect(parameters(layer)).toEqual({});
  });
});

describe("LayerNorm", () => {
  test("brings each row to mean 0 and variance 1, then gain and bias", () => {
    const engine = exactEngine();
    const layer = new LayerNorm(engine, { inputSize: 4 });
    const y = layer.forward(engine.tensor([1, 2, 3, 4, 10, 20, 30, 40], [2, 4])).data;
    for (const row of [y.subarray(0, 4), y.subarray(4)]) {
      const values = [...row];
      expect(values.reduce((sum, v) => sum + v)).toBeCloseTo(0, 12);
      expect(values.reduce((sum, v) => sum + v * v, 0) / 4).toBeCloseTo(1, 4);
    }
    layer.bias.data.fill(3);
    const x = engine.parameter([1, 5, 2, 7], [1, 4]);
    for (const { name, error } of gradientCheck(() => sum(exp(layer.forward(x))), { x, ...parameters(layer) }))
      expect(error, name).toBeLessThan(1e-7);
  });
});

const sizes = { vocabularySize: 27, embeddingSize: 1 };

test.each([
  [
    'Linear: no option "inputs"; it has inputSize, outputSize, bias, init, weight',
    () => new Linear(exactEngine(), { inputs: 1, outputSize: 2 } as never),
  ],
  [
    "Linear: options must be a set of options such as { inputSize: ..., outputSize: ... }, got 2",
    () => new Linear(exactEngine(), 2 as never),
  ],
  [
    "Embedding: ids[1] must be from 0 to 26, got 99",
    () => new Embedding(exactEngine(), sizes).forward({ ids: Int32Array.of(0, 99), shape: [2] }),
  ],
  [
    "Embedding: ids[0] must be from 0 to 26, got -1",
    () => new Embedding(exactEngine(), sizes).lookup({ ids: Int32Array.of(-1), shape: [1, 1] }),
  ],
  [
    "Embedding: tokens [2 2] need 4 ids, got 3",
    () => new Embedding(exactEngine(), sizes).forward({ ids: new Int32Array(3), shape: [2, 2] }),
  ],
  [
    "Embedding: tokens must be { ids, shape } with ids an Int32Array, got [0,1]; write { ids: Int32Array.of(3, 1), shape: [2] }",
    () => new Embedding(exactEngine(), sizes).forward([0, 1] as never),
  ],
  ["Linear: outputSize must be a number, got undefined", () => new Linear(exactEngine(), { inputSize: 1 } as never)],
  [
    'Linear: init must be an initialiser such as orthogonal, a function (random, shape) => numbers, got "xavier"',
    () => new Linear(exactEngine(), { inputSize: 1, outputSize: 1, init: "xavier" as never }),
  ],
  [
    "Linear: weight must be [outputSize inputSize] = [2 1], got [1 2]",
    () => new Linear(exactEngine(), { inputSize: 1, outputSize: 2, weight: exactEngine().zeros([1, 2]) }),
  ],
  [
    "Linear: weight must be a tensor such as embedding.weight, got [1]",
    () => new Linear(exactEngine(), { inputSize: 1, outputSize: 2, weight: [1] as never }),
  ],
  [
    "Linear: init does nothing to a weight that is shared; leave out one of them",
    () => new Linear(exactEngine(), { inputSize: 1, outputSize: 1, weight: exactEngine().zeros([1, 1]), init: zeros }),
  ],
  [
    "Embedding: vocabularySize must be at least 1, got 0",
    () => new Embedding(exactEngine(), { vocabularySize: 0, embeddingSize: 1 }),
  ],
  ["Dropout: rate must be less than 1, got 1", () => new Dropout(exactEngine(), { rate: 1 })],
  ["LayerNorm: epsilon must be more than 0, got 0", () => new LayerNorm(exactEngine(), { inputSize: 1, epsilon: 0 })],
])("%s", (message, f) => {
  let text = "";
  try {
    f();
  } catch (error) {
    text = (error as Error).message;
  }
  expect(text).toBe(message);
});
