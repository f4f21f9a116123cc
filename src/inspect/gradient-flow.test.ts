import { describe, expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { loadKernels } from "../kernels/index.ts";
import {
  type Cell,
  cells,
  constant,
  defineCell,
  Embedding,
  identity,
  parameters,
  Recurrent,
  zeros,
} from "../nn/index.ts";
import { add, Engine, linear, mul, noGrad, square, sum, type Tensor, tanh } from "../tensor/index.ts";
import { gradientFlow } from "./gradient-flow.ts";

const { build } = await loadKernels({ build: "reference", precision: "float64" });
const [T, B, I, H] = [5, 2, 3, 3];

/** A cell of one's own: Elman's, with `step` only. */
const own = defineCell({
  name: "own",
  state: ["h"],
  parameters: cells.rnn.parameters,
  step: (x, { h }, { wIh, wHh, bias }) => ({ h: tanh(add(linear(x, wIh, bias), linear(h, wHh))) }),
});

type Values = Readonly<Record<string, Float64Array>>;

const made = new WeakMap<Recurrent, Recurrent[]>();

/** Each layer as a network of its own. */
function apart(recurrent: Recurrent): Recurrent[] {
  const { engine, cell, layers } = recurrent;
  const found =
    made.get(recurrent) ??
    layers.map(({ forward }, layer) => {
      const one = new Recurrent(engine, { cell, inputSize: layer === 0 ? I : H, hiddenSize: H });
      for (const [name, tensor] of Object.entries(forward as Record<string, Tensor>))
        (one.layers[0]!.forward as Record<string, Tensor>)[name]!.data.set(tensor.data);
      return one;
    });
  made.set(recurrent, found);
  return found;
}

/** The loss where one number of the state of one layer is moved after step `at`. */
function lossWith(
  recurrent: Recurrent,
  x: Tensor,
  weights: Float64Array,
  nudge: { layer: number; at: number; part: string; index: number; by: number },
): number {
  const { engine, cell, layers, residual } = recurrent;
  const size = B * H;
  const alone = apart(recurrent);
  let states: Values[] = layers.map(() => Object.fromEntries(cell.state.map((part) => [part, new Float64Array(size)])));
  let top = new Float64Array(size);
  for (let t = 0; t < T; t++) {
    let input = new Float64Array(x.data.slice(t * B * I, (t + 1) * B * I));
    states = states.map((before, layer) => {
      const single = alone[layer]!;
      const state = Object.fromEntries(Object.entries(before).map(([part, v]) => [part, engine.tensor(v, [B, H])]));
      const run = single.forward(engine.tensor(input, [1, B, input.length / B]), { state: [state as never] });
      const after = Object.fromEntries(
        Object.entries(run.state[0]!).map(([part, tensor]) => [part, Float64Array.from((tensor as Tensor).data)]),
      );
      if (layer === nudge.layer && t === nudge.at) after[nudge.part]![nudge.index]! += nudge.by;
      const y = residual && layer > 0 ? after.h!.map((value, i) => value + input[i]!) : after.h!;
      input = new Float64Array(y);
      return after;
    });
    top = input;
  }
  return top.reduce((total, h, i) => total + h * h * weights[i % H]!, 0);
}

/** |dL/d part_t| by central differences, the mean over the batch, by distance. */
function differences(recurrent: Recurrent, x: Tensor, weights: Float64Array, layer: number, part: string): number[] {
  const step = 1e-5;
  return Array.from({ length: T }, (_, distance) => {
    const rows = Array.from({ length: B }, (_, b) => {
      const slopes = Array.from({ length: H }, (_, j) => {
        const nudge = { layer, at: T - 1 - distance, part, index: b * H + j };
        const [up, down] = [step, -step].map((by) => lossWith(recurrent, x, weights, { ...nudge, by }));
        return (up! - down!) / (2 * step);
      });
      return Math.hypot(...slopes);
    });
    return rows.reduce((a, b) => a + b) / B;
  });
}

function normals(length: number, seed = 3): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length }, () => random.normal());
}

describe("the gradient flow agrees with central differences", () => {
  const cases: [string, Cell, { layers?: number; residual?: boolean }][] = [
    ...Object.values(cells)
      .filter((cell) => cell.name !== "rnnRelu")
      .map((cell): [string, Cell, object] => [cell.name, cell, {}]),
    ["a cell of one's own", own as Cell, {}],
    ["two layers", cells.lstm as Cell, { layers: 2 }],
    ["layers with shortcuts", cells.gru as Cell, { layers: 2, residual: true }],
  ];
  test.each(cases)("%s", (_, cell, options) => {
    const engine = new Engine(build, { seed: 5 });
    const recurrent = new Recurrent(engine, { cell, inputSize: I, hiddenSize: H, ...options });
    const x = engine.tensor(normals(T * B * I), [T, B, I]);
    const weights = normals(H, 9);
    const flows = gradientFlow(recurrent, x, { loss: (h) => sum(mul(square(h), engine.tensor(weights))) });
    expect(flows).toHaveLength(options.layers ?? 1);
    for (const { layer, parts } of flows) {
      expect(Object.keys(parts)).toEqual(cell.state);
      for (const [part, found] of Object.entries(parts)) {
        const expected = differences(recurrent, x, weights, layer, part);
        for (const [distance, norm] of found.entries())
          expect(norm, `${part} at distance ${distance}`).toBeCloseTo(expected[distance]!, 7);
      }
    }
  });
});

describe("the gradient flow", () => {
  const make = (options: Partial<ConstructorParameters<typeof Recurrent>[1]> = {}, seed = 1) => {
    const engine = new Engine(build, { seed });
    const recurrent = new Recurrent(engine, { cell: "rnn", inputSize: I, hiddenSize: H, ...options });
    return { engine, recurrent, x: engine.tensor(normals(30 * B * I), [30, B, I]) };
  };
  const scaled =
    (by: number): typeof identity =>
    (random, shape) =>
      identity(random, shape).map((value) => by * value);

  test("of rectified units that only pass on is the factor of their weight, at every distance", () => {
    for (const [by, verdict] of [
      [1, "lasting"],
      [0.5, "vanishing"],
      [1.5, "exploding"],
    ] as const) {
      const { engine, recurrent } = make({
        cell: "rnnRelu",
        init: { wHh: scaled(by), wIh: constant(0), bias: constant(1) },
      });
      const [flow] = gradientFlow(recurrent, engine.zeros([20, B, I]));
      expect(flow!.norms[0]).toBeCloseTo(1, 12);
      for (const [distance, norm] of flow!.norms.entries()) expect(norm / by ** distance).toBeCloseTo(1, 10);
      expect(flow!.memory.factor).toBeCloseTo(by, 10);
      expect(flow!.memory.verdict).toBe(verdict);
      expect(flow!.memory.steps).toBe(by < 1 ? 6 : 19);
      expect(flow!.memory.isOpen).toBe(by >= 1);
    }
  });

  test("of an LSTM's cell state is the forget gate, at every distance", () => {
    const { engine, recurrent } = make({ cell: "lstm", forgetBias: 2, init: { wIh: zeros, wHh: zeros } });
    const [flow] = gradientFlow(recurrent, engine.zeros([20, B, I]));
    const f = 1 / (1 + Math.exp(-2));
    for (let d = 1; d < 19; d++) expect(flow!.parts.c![d + 1]! / flow!.parts.c![d]!).toBeCloseTo(f, 2);
    expect(flow!.saturation.map(({ gate }) => gate)).toEqual(["i", "f", "g", "o"]);
  });

  test("changes nothing in the network, its gradients, or what the engine draws next", () => {
    const { engine, recurrent, x } = make({ cell: "gru", layers: 2, dropout: 0.5 });
    const before = Object.values(parameters(recurrent)).map((tensor) => tensor.data.slice());
    const { state } = engine.random;
    gradientFlow(recurrent, x);
    expect(engine.random.state).toEqual(state);
    expect(Object.values(parameters(recurrent)).map((tensor) => tensor.data)).toEqual(before);
    expect(Object.values(parameters(recurrent)).every((tensor) => tensor.grad === null)).toBe(true);
    const first = gradientFlow(recurrent, x);
    expect(noGrad(engine, () => gradientFlow(recurrent, x))).toEqual(first);
  });

  test("begins at the state given, and reads tokens by their table", () => {
    const { engine, recurrent, x } = make();
    const embedding = new Embedding(engine, { vocabularySize: 5, embeddingSize: I });
    const tokens = { ids: Int32Array.from({ length: 12 }, (_, i) => i % 5), shape: [6, 2] };
    const gathered = noGrad(engine, () => embedding.forward(tokens));
    const { state } = noGrad(engine, () => recurrent.forward(x));
    const flow = gradientFlow(recurrent, embedding.lookup(tokens), { state });
    expect(flow).toEqual(gradientFlow(recurrent, gathered, { state }));
    expect(flow).not.toEqual(gradientFlow(recurrent, gathered));
  });

  test("refuses in one line what it cannot measure", () => {
    const { recurrent, x } = make();
    const { recurrent: both } = make({ bidirectional: true });
    expect(() => gradientFlow(both as Recurrent, x)).toThrow(
      expect.objectContaining({
        message: "gradientFlow: the network must read forward only, but is bidirectional; measure another one",
      }),
    );
    expect(() => gradientFlow(recurrent, x, { loss: (() => 3) as never })).toThrow(
      expect.objectContaining({ message: "gradientFlow: loss must give a tensor, got 3" }),
    );
    expect(() => gradientFlow(recurrent, x, { threshold: 2 })).toThrow(
      expect.objectContaining({ message: "gradientFlow: threshold must be less than 1, got 2" }),
    );
  });
});
