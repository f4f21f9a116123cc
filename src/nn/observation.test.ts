/** What layers show of themselves, against the equations worked out step by step. */
import { describe, expect, test } from "vitest";
import { engines, exactEngine } from "../../test/engines.ts";
import { KindError } from "../base/index.ts";
import { type Engine, noGrad, sum, tanh } from "../tensor/index.ts";
import { type CellName, cells, defineCell, gatesOf, type Observation, Recurrent } from "./index.ts";

const [T, B, I, H] = [5, 3, 2, 4];
const lengths = Int32Array.of(3, 5, 1);
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const positive = (x: number) => (x >= 0 ? x + 0.5 : sigmoid(x));

type Row = readonly number[];
type Step = { readonly [part: string]: Row };
type Weights = { readonly [name: string]: { readonly data: ArrayLike<number>; readonly shape: readonly number[] } };

/** Rows k H to k H + H - 1 of a stacked product w x. */
const product = ({ data, shape }: Weights[string], x: Row, gate: number): number[] =>
  Array.from({ length: H }, (_, j) => x.reduce((all, xi, i) => all + data[(gate * H + j) * shape[1]! + i]! * xi, 0));

/** One step of each cell of the table as its documentation says, gates and states by name. */
const steps: Partial<Record<CellName, (w: Weights, x: Row, before: Step) => Step>> = {
  rnn: (w, x, { h }) => {
    const [a, b] = [product(w.wIh!, x, 0), product(w.wHh!, h!, 0)];
    return { h: a.map((_, j) => Math.tanh(a[j]! + b[j]! + w.bias!.data[j]!)) };
  },
  rnnRelu: (w, x, { h }) => {
    const [a, b] = [product(w.wIh!, x, 0), product(w.wHh!, h!, 0)];
    return { h: a.map((_, j) => Math.max(0, a[j]! + b[j]! + w.bias!.data[j]!)) };
  },
  gru: (w, x, { h }) => {
    const z0 = (k: number) => product(w.wIh!, x, k).map((v, j) => v + w.bias!.data[k * H + j]!);
    const [r, z] = [0, 1].map((k) => z0(k).map((v, j) => sigmoid(v + product(w.wHh!, h!, k)[j]!))) as [
      number[],
      number[],
    ];
    const n = z0(2).map((v, j) => Math.tanh(v + r[j]! * (product(w.wHh!, h!, 2)[j]! + w.biasHn!.data[j]!)));
    return { r, z, n, h: n.map((nj, j) => (1 - z[j]!) * nj + z[j]! * h![j]!) };
  },
  gruSimplified: (w, x, { h }) => {
    const sums = (k: number) =>
      product(w.wIh!, x, k).map((v, j) => v + w.bias!.data[k * H + j]! + product(w.wHh!, h!, k)[j]!);
    const [z, n] = [sums(0).map(sigmoid), sums(1).map(Math.tanh)];
    return { z, n, h: n.map((nj, j) => (1 - z[j]!) * nj + z[j]! * h![j]!) };
  },
  lstm: (w, x, before) => lstm(w, x, before, () => 0),
  lstmPeephole: (w, x, before) => lstm(w, x, before, (k, j) => w.peepholes!.data[k * H + j]!),
  minGru: (w, x, { h }) => {
    const sums = (k: number) => product(w.wIh!, x, k).map((v, j) => v + w.bias!.data[k * H + j]!);
    const [z, n] = [sums(0).map(sigmoid), sums(1).map(positive)];
    return { z, n, h: n.map((nj, j) => (1 - z[j]!) * h![j]! + z[j]! * nj) };
  },
  minLstm: (w, x, { h }) => {
    const sums = (k: number) => product(w.wIh!, x, k).map((v, j) => v + w.bias!.data[k * H + j]!);
    const [a, b, n] = [sums(0).map(sigmoid), sums(1).map(sigmoid), sums(2).map(positive)];
    const [f, i] = [a.map((v, j) => v / (v + b[j]!)), b.map((v, j) => v / (v + a[j]!))];
    return { f, i, n, h: n.map((nj, j) => f[j]! * h![j]! + i[j]! * nj) };
  },
};

function lstm(w: Weights, x: Row, { h, c }: Step, peephole: (k: number, j: number) => number): Step {
  const sums = (k: number) =>
    product(w.wIh!, x, k).map((v, j) => v + w.bias!.data[k * H + j]! + product(w.wHh!, h!, k)[j]!);
  const i = sums(0).map((v, j) => sigmoid(v + peephole(0, j) * c![j]!));
  const f = sums(1).map((v, j) => sigmoid(v + peephole(1, j) * c![j]!));
  const g = sums(2).map(Math.tanh);
  const now = c!.map((past, j) => f[j]! * past + i[j]! * g[j]!);
  const o = sums(3).map((v, j) => sigmoid(v + peephole(2, j) * now[j]!));
  return { i, f, g, o, c: now, h: now.map((v, j) => o[j]! * Math.tanh(v)) };
}

const values = (engine: Engine, size: number) => Float64Array.from({ length: size }, () => engine.random.normal());

/** Runs a network that is looked at, of two layers and both directions, on sequences of different lengths. */
function look(engine: Engine, cell: CellName) {
  const model = new Recurrent(engine, { cell, inputSize: I, hiddenSize: H, layers: 2, bidirectional: true });
  const x = engine.tensor(values(engine, T * B * I), [T, B, I]);
  const state = model.layers
    .flatMap(() => [0, 1])
    .map(() =>
      Object.fromEntries(model.cell.state.map((part) => [part, engine.tensor(values(engine, B * H), [B, H])])),
    );
  const seen: Observation[] = [];
  const inputs = { lengths, state: state as never };
  const { y } = model.forward(x, { ...inputs, observe: (observation) => seen.push(observation) });
  return { model, x, state, seen, y, again: () => model.forward(x, inputs) };
}

const names = Object.keys(steps) as CellName[];

describe.each(names)("%s", (cell) => {
  test("shows the gates and states of every step, layer and direction", () => {
    const { model, x, state, seen, y } = look(exactEngine(3), cell);
    expect(seen.map(({ layer, reverse }) => [layer, reverse])).toEqual([
      [0, false],
      [0, true],
      [1, false],
      [1, true],
    ]);
    let source: (t: number, b: number) => Row = (t, b) => [...x.data.subarray((t * B + b) * I, (t * B + b + 1) * I)];
    for (const layer of [0, 1]) {
      const below = source;
      for (const reverse of [false, true]) {
        const run = 2 * layer + (reverse ? 1 : 0);
        const { [reverse ? "backward" : "forward"]: weights } = model.layers[layer]!;
        const { gates, state: parts, y, c } = seen[run]!;
        expect(parts.h).toBe(y);
        expect(parts.c).toBe(c);
        const shown = { ...gates, ...parts };
        for (let b = 0; b < B; b++) {
          let now: Step = Object.fromEntries(
            Object.entries(state[run]!).map(([part, { data }]) => [part, [...data.subarray(b * H, (b + 1) * H)]]),
          );
          for (let s = 0; s < T; s++) {
            const isReal = s < lengths[b]!;
            const t = isReal && reverse ? lengths[b]! - 1 - s : s;
            if (isReal) now = steps[cell]!(weights as unknown as Weights, below(t, b), now);
            expect(Object.keys(shown)).toEqual([
              ...Object.keys(now).filter((part) => part !== "c" && part !== "h"),
              ...model.cell.state,
            ]);
            for (const [name, numbers] of Object.entries(shown)) {
              expect(numbers.length).toBe(T * B * H);
              for (let j = 0; j < H; j++)
                expect(numbers[(t * B + b) * H + j]).toBeCloseTo(isReal ? now[name]![j]! : 0, 12);
            }
          }
        }
      }
      const [ahead, back] = [seen[2 * layer]!.y, seen[2 * layer + 1]!.y];
      source = (t, b) => {
        const from = (t * B + b) * H;
        return [...ahead.subarray(from, from + H), ...back.subarray(from, from + H)];
      };
    }
    for (let t = 0; t < T; t++)
      for (let b = 0; b < B; b++)
        expect([...y.data.subarray((t * B + b) * 2 * H, (t * B + b + 1) * 2 * H)]).toEqual(source(t, b));
  });

  test.each(engines)("is the same to the eye with $title kernels, recording or not", ({ make }) => {
    const made = make();
    const { model, x, seen, y, again } = look(made, cell);
    expect([...again().y.data]).toEqual([...y.data]);
    const quiet: Observation[] = [];
    const run = (to: Observation[]) => model.forward(x, { lengths, observe: (observation) => to.push(observation) });
    noGrad(made, () => run(quiet));
    const kept = structuredClone(seen);
    const recorded: Observation[] = [];
    // Another step recycles the buffers: what was shown stays.
    sum(run(recorded).y).backward();
    sum(run([]).y).backward();
    expect(recorded).toEqual(quiet);
    expect(seen).toEqual(kept);
  });
});

test("a cell of one's own shows its state, with step as with run", () => {
  const engine = exactEngine(1);
  const accumulate = defineCell({
    name: "accumulate",
    state: ["h", "total"],
    parameters: () => ({}),
    step: (x, { total }) => {
      const engine = x.engine;
      const now = engine.tensor(
        x.data.map((value, i) => value + total.data[i]!),
        x.shape,
      );
      return { h: tanh(now), total: now };
    },
  });
  const model = new Recurrent(engine, { cell: accumulate, inputSize: 1, hiddenSize: 1 });
  const x = engine.tensor([1, 10, 2, 20, 3, 30], [3, 2, 1]);
  const seen: Observation[] = [];
  model.forward(x, { lengths: Int32Array.of(3, 2), observe: (observation) => seen.push(observation) });
  expect(seen).toHaveLength(1);
  const [{ gates, state, y, c }] = seen as [Observation];
  expect(gates).toEqual({});
  expect(c).toBeUndefined();
  expect([...state.total!]).toEqual([1, 10, 3, 30, 6, 0]);
  expect([...y]).toEqual([1, 10, 3, 30, 6, 0].map(Math.tanh));

  const doubled = defineCell({
    name: "doubled",
    state: ["h"],
    parameters: () => ({}),
    run: (source, state) => {
      if (!("data" in source)) throw new Error("a tensor");
      return {
        y: engine.tensor(
          source.data.map((value) => 2 * value),
          source.shape,
        ),
        state,
      };
    },
  });
  const silent = new Recurrent(engine, { cell: doubled, inputSize: 1, hiddenSize: 1 });
  silent.forward(x, { observe: (observation) => seen.push(observation) });
  expect([...seen[1]!.y]).toEqual([2, 20, 4, 40, 6, 60]);
  expect(seen[1]!.state).toEqual({ h: seen[1]!.y });
});

test("gates come apart by name", () => {
  expect(gatesOf(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), 2, ["z", "n"])).toEqual({
    z: Float32Array.of(1, 2, 5, 6),
    n: Float32Array.of(3, 4, 7, 8),
  });
});

test("every cell of the table has its equations here", () => {
  expect(Object.keys(cells).sort()).toEqual([...names].sort());
});

test("what is no function cannot look", () => {
  const model = new Recurrent(exactEngine(1), { cell: "rnn", inputSize: 1, hiddenSize: 1 });
  expect(() => model.forward(exactEngine(1).zeros([1, 1, 1]), { observe: true as never })).toThrow(
    new KindError("Recurrent: observe must be a function, got true"),
  );
});
