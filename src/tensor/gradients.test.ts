/** Every differentiable operation against central differences, in float64. */
import { describe, expect, test } from "vitest";
import { exactEngine } from "../../test/engines.ts";
import {
  abs,
  add,
  broadcastTo,
  concat,
  div,
  dropout,
  type Engine,
  embedding,
  exp,
  gradientCheck,
  layerNorm,
  linear,
  log,
  matmul,
  max,
  mean,
  mul,
  neg,
  noGrad,
  record,
  relu,
  reshape,
  scale,
  sigmoid,
  slice,
  softmax,
  split,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  unstack,
} from "./index.ts";

/** Parameters of the given shapes, called a, b, c; numbers from 0.2 to 2.2 so that every operation is smooth there. */
function some(engine: Engine, ...shapes: (readonly number[])[]): Record<string, Tensor> {
  return Object.fromEntries(
    shapes.map((shape, i) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const values = Float64Array.from({ length: size }, () => 0.2 + 2 * engine.random.uniform());
      return ["abc"[i]!, engine.parameter(values, shape)];
    }),
  );
}

/** A loss that weighs every number of the results differently, so that no gradient cancels. */
function weigh(engine: Engine, results: Tensor[]): Tensor {
  return results
    .map((y, k) => {
      const weights = Float64Array.from({ length: y.size }, (_, i) => Math.sin(1 + i + 0.3 * k));
      return sum(mul(y, engine.tensor(weights, y.shape)));
    })
    .reduce((total, part) => add(total, part));
}

type Case = readonly [
  name: string,
  shapes: (readonly number[])[],
  f: (tensors: { a: Tensor; b: Tensor; c: Tensor }) => Tensor | Tensor[],
];

const shape = [2, 3];
const cases: readonly Case[] = [
  ["add", [shape, shape], ({ a, b }) => add(a, b)],
  ["sub", [shape, shape], ({ a, b }) => sub(a, b)],
  ["mul", [shape, shape], ({ a, b }) => mul(a, b)],
  ["div", [shape, shape], ({ a, b }) => div(a, b)],
  ["add, a row to each row", [shape, [3]], ({ a, b }) => add(a, b)],
  ["sub, a column from each column", [shape, [2, 1]], ({ a, b }) => sub(b, a)],
  [
    "mul, both sides broadcast",
    [
      [4, 1, 3],
      [2, 1],
    ],
    ({ a, b }) => mul(a, b),
  ],
  ["div, by a tensor of one number", [shape, []], ({ a, b }) => div(a, b)],
  ["mul with itself", [shape], ({ a }) => mul(a, a)],
  ["numbers on either side", [shape], ({ a }) => add(1, sub(2, mul(3, div(add(a, 4), 5))))],
  ["scale", [shape], ({ a }) => scale(a, -3, 2)],
  ...([tanh, sigmoid, relu, exp, log, sqrt, square, neg, abs] as const).map(
    (op, i): Case => [
      ["tanh", "sigmoid", "relu", "exp", "log", "sqrt", "square", "neg", "abs"][i]!,
      [shape],
      ({ a }) => op(a),
    ],
  ),
  ["relu and abs below 0", [shape], ({ a }) => [relu(sub(a, 1.1)), abs(sub(a, 1.1))]],
  ["sum of all", [shape], ({ a }) => sum(square(a))],
  ["sum over the first axis", [shape], ({ a }) => sum(a, 0)],
  ["sum over a middle axis", [[2, 3, 4]], ({ a }) => sum(a, 1)],
  ["mean over the last axis", [shape], ({ a }) => mean(a, -1)],
  ["mean of all", [shape], ({ a }) => mean(square(a))],
  ["max over the last axis", [[3, 4]], ({ a }) => max(a)],
  ["max over the first axis", [[3, 4]], ({ a }) => max(a, 0)],
  ["reshape", [shape], ({ a }) => reshape(a, [3, -1])],
  ["transpose", [shape], ({ a }) => transpose(a)],
  ["transpose of distant axes", [[2, 3, 4, 5]], ({ a }) => transpose(a, 0, 3)],
  ["transpose of middle axes", [[2, 3, 4, 2]], ({ a }) => transpose(a, 1, 2)],
  ["broadcastTo", [[3, 1]], ({ a }) => broadcastTo(a, [2, 3, 4])],
  ["slice of rows", [[4, 3]], ({ a }) => slice(a, 0, 1, 3)],
  ["slice of columns", [[2, 5]], ({ a }) => slice(a, -1, 2, 4)],
  ["concat of columns", [shape, [2, 1]], ({ a, b }) => concat([a, b, a])],
  ["concat of rows", [shape, [1, 3]], ({ a, b }) => concat([b, a], 0)],
  ["split", [[2, 6]], ({ a }) => split(a, 3)],
  ["split, one part unused", [[4, 2]], ({ a }) => split(a, 2, 0)[1]!],
  ["stack", [shape, shape], ({ a, b }) => stack([a, b, a])],
  ["unstack", [[3, 2, 2]], ({ a }) => unstack(a)],
  ["unstack, some parts unused", [[3, 2, 2]], ({ a }) => unstack(a)[1]!],
  ["matmul", [shape, [3, 4]], ({ a, b }) => matmul(a, b)],
  ["linear", [[2, 2, 3], [4, 3], [4]], ({ a, b, c }) => linear(a, b, c)],
  ["linear without bias", [shape, [4, 3]], ({ a, b }) => linear(a, b)],
  ["embedding", [[4, 3]], ({ a }) => embedding(a, { ids: Int32Array.of(2, 0, 2, 3), shape: [2, 2] })],
  ["softmax", [[2, 4]], ({ a }) => softmax(a)],
  ["layerNorm", [[3, 4], [4], [4]], ({ a, b, c }) => layerNorm(a, b, c)],
];

describe("gradients", () => {
  test.each(cases)("%s", (_name, shapes, f) => {
    const engine = exactEngine();
    const tensors = some(engine, ...shapes);
    const loss = () => weigh(engine, [f(tensors as { a: Tensor; b: Tensor; c: Tensor })].flat());
    for (const { name, error, analytic } of gradientCheck(loss, tensors)) {
      expect(Math.abs(analytic), `${name} matters`).toBeGreaterThan(1e-3);
      expect(error, name).toBeLessThan(1e-7);
    }
  });

  test("a constant among the inputs gets no gradient and the others get theirs", () => {
    const engine = exactEngine();
    const { a, b, c } = some(engine, [3, 4], [4], [4]);
    const constant = engine.tensor([1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31], [3, 4]);
    for (const loss of [
      () => weigh(engine, [layerNorm(constant, b!, c!)]),
      () => weigh(engine, [layerNorm(a!, engine.tensor([1, 2, 3, 4]), c!)]),
      () => weigh(engine, [div(constant, a!)]),
      () => weigh(engine, [linear(constant, a!)]),
    ]) {
      const used = gradientCheck(loss, { a: a!, b: b!, c: c! }).filter(({ analytic }) => analytic !== 0);
      expect(used.length).toBeGreaterThan(0);
      for (const { error } of used) expect(error).toBeLessThan(1e-7);
    }
    expect(constant.grad).toBeNull();
  });

  test("a tensor used many times sums its gradients", () => {
    const engine = exactEngine();
    const { a } = some(engine, [2, 2]);
    const f = () => {
      const b = tanh(a!);
      return sum(add(mul(b, b), add(exp(b), mul(a!, b))));
    };
    expect(gradientCheck(f, { a: a! })[0]!.error).toBeLessThan(1e-7);
  });

  test("dropout passes back exactly what it let through", () => {
    const engine = exactEngine();
    const a = engine.parameter(new Float64Array(1000).fill(1));
    const y = dropout(a, 0.25);
    const kept = y.data.slice();
    sum(y).backward();
    expect(a.grad).toEqual(kept);
    const share = kept.filter((value) => value !== 0).length / 1000;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.8);
    expect(new Set(kept)).toEqual(new Set([0, 1 / 0.75]));
    expect(noGrad(engine, () => dropout(a, 0.25))).toBe(a);
  });

  test("two backward passes add up in grad, and zeroGrad starts anew", () => {
    const engine = exactEngine();
    const a = engine.parameter([1, 2]);
    sum(square(a)).backward();
    expect([...a.grad!]).toEqual([2, 4]);
    sum(square(a)).backward();
    expect([...a.grad!]).toEqual([4, 8]);
    a.zeroGrad();
    expect(a.grad).toBeNull();
    sum(a).backward();
    expect([...a.grad!]).toEqual([1, 1]);
  });

  test("a user's own operation is checked like ours, and a wrong gradient is found", () => {
    const engine = exactEngine();
    const a = engine.parameter([0.5, -0.3, 0.8]);
    const cube = (x: Tensor, factor: number) =>
      record({
        name: "cube",
        inputs: [x],
        shapes: [x.shape],
        forward: ([y]) => y!.array.set(x.data.map((v) => v ** 3)),
        backward: ([dy], [dx]) => dx!.array.set(x.data.map((v, i) => factor * v * v * dy!.array[i]!)),
      })[0]!;
    expect(gradientCheck(() => sum(cube(a, 3)), { a })[0]!.error).toBeLessThan(1e-7);
    expect(gradientCheck(() => sum(cube(a, 2)), { a })[0]!.error).toBeGreaterThan(0.1);
  });

  test("an operation may hand over a saved buffer as gradient, of a parameter and of a result", () => {
    const engine = exactEngine();
    const { a } = some(engine, [2, 2]);
    const double = (x: Tensor) =>
      record({
        name: "double",
        inputs: [x],
        shapes: [x.shape],
        saves: [x.size],
        savedGradients: [0],
        forward: ([y], [dx]) => {
          y!.array.set(x.data.map((v) => 2 * v));
          dx!.array.fill(2);
        },
        backward: ([dy], _none, [dx]) => dx!.array.set(dx!.array.map((v, i) => v * dy!.array[i]!)),
      })[0]!;
    for (const f of [() => double(a!), () => double(square(a!)), () => mul(a!, double(a!))])
      expect(gradientCheck(() => weigh(engine, [f()]), { a: a! })[0]!.error).toBeLessThan(1e-7);
  });
});
