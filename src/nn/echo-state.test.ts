import { describe, expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { EchoState } from "./echo-state.ts";
import { orthogonal } from "./init.ts";
import { Ridge } from "./ridge.ts";
import { spectralRadius } from "./spectral-radius.ts";

const normals = (random: Random, length: number) => Float64Array.from({ length }, () => random.normal());

describe("the spectral radius", () => {
  const random = new Random(1);
  const turn = (radius: number, angle: number) =>
    [Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)].map((value) => radius * value);

  test.each<[string, number, ArrayLike<number>, number]>([
    ["of a diagonal", 3, [0.5, 0, 0, 0, -2, 0, 0, 0, 1], 2],
    ["of a rotation, whose eigenvalues are complex", 2, turn(0.7, 1), 0.7],
    ["of a shear, whose norm is far greater", 2, [0.5, 1000, 0, 0.5], 0.5],
    ["of the companion of x² - x - 1, the golden ratio", 2, [1, 1, 1, 0], (1 + Math.sqrt(5)) / 2],
    ["of an orthogonal matrix", 40, orthogonal(random, [40, 40]), 1],
    ["of ones", 6, new Float64Array(36).fill(1), 6],
    ["of huge numbers", 2, turn(1e200, 2), 1e200],
    ["of tiny numbers", 2, turn(1e-200, 2), 1e-200],
    ["of a matrix whose powers end", 3, [0, 1, 5, 0, 0, 1, 0, 0, 0], 0],
    ["of one number", 1, [-3], 3],
  ])("%s", (_, n, matrix, expected) => {
    const found = spectralRadius(matrix, n);
    expect(found / (expected || 1)).toBeCloseTo(expected === 0 ? 0 : 1, 4);
  });

  test("needs a square", () => {
    expect(() => spectralRadius([1, 2, 3], 2)).toThrow(
      expect.objectContaining({ message: "spectralRadius: matrix must be [2 2] = 4 numbers, got 3" }),
    );
  });
});

describe("ridge regression", () => {
  test("finds the weights that made the rows", () => {
    const random = new Random(2);
    const weights = normals(random, 2 * 5);
    const ridge = new Ridge(5, 2);
    for (let row = 0; row < 20; row++) {
      const x = normals(random, 5);
      ridge.add(
        x,
        [0, 1].map((o) => x.reduce((sum, value, i) => sum + value * weights[o * 5 + i]!, 0)),
      );
    }
    const found = ridge.solve(0);
    for (const [i, weight] of weights.entries()) expect(found[i]).toBeCloseTo(weight, 10);
  });

  test("with a penalty is the closed form: of one input, xy / (xx + ridge)", () => {
    const ridge = new Ridge(1, 1);
    const rows = [
      [1, 2],
      [3, 5],
      [-2, 0.5],
    ] as const;
    for (const [x, y] of rows) ridge.add(Float64Array.of(x), [y]);
    expect(ridge.solve(0.7)[0]).toBeCloseTo((1 * 2 + 3 * 5 - 2 * 0.5) / (1 + 9 + 4 + 0.7), 14);
  });

  test("with a penalty has no gradient left: X (Wx - y) + ridge W = 0", () => {
    const random = new Random(3);
    const ridge = new Ridge(4, 1);
    const rows = Array.from({ length: 6 }, () => ({ x: normals(random, 4), y: random.normal() }));
    for (const { x, y } of rows) ridge.add(x, [y]);
    const w = ridge.solve(0.3);
    const gradient = w.map((weight) => 0.3 * weight);
    for (const { x, y } of rows) {
      const error = x.reduce((sum, value, i) => sum + value * w[i]!, -y);
      for (const [i, value] of x.entries()) gradient[i]! += error * value;
    }
    for (const g of gradient) expect(Math.abs(g)).toBeLessThan(1e-12);
  });

  test("says so where the rows leave the weights open", () => {
    const ridge = new Ridge(2, 1);
    ridge.add(Float64Array.of(1, 2), [1]);
    expect(() => ridge.solve(0)).toThrow(
      expect.objectContaining({
        message: "ridge: the rows leave the weights open at input 1, with ridge 0; give more rows or a greater ridge",
      }),
    );
    expect(ridge.solve(1e-3)).toHaveLength(2);
  });
});

/** The tenth-order system of Atiya & Parlos 2000: y' = 0.3 y + 0.05 y (y + ... + y nine before) + 1.5 u u nine before + 0.1. */
function narma10(random: Random, T: number): { inputs: Float64Array; targets: Float64Array } {
  const inputs = Float64Array.from({ length: T }, () => 0.5 * random.uniform());
  const y = new Float64Array(T + 1);
  for (let t = 9; t < T; t++) {
    const recent = y.subarray(t - 9, t + 1).reduce((sum, value) => sum + value, 0);
    y[t + 1] = 0.3 * y[t]! + 0.05 * y[t]! * recent + 1.5 * inputs[t]! * inputs[t - 9]! + 0.1;
  }
  return { inputs, targets: y.slice(1) };
}

/** sqrt(mean squared error / variance) */
function nrmse(said: Float64Array, targets: Float64Array): number {
  const mean = targets.reduce((a, b) => a + b) / targets.length;
  const [error, variance] = targets.reduce(([e, v], y, i) => [e + (said[i]! - y) ** 2, v + (y - mean) ** 2], [0, 0] as [
    number,
    number,
  ]);
  return Math.sqrt(error / variance);
}

describe("an echo state network", () => {
  const options = { inputSize: 1, outputSize: 1, units: 100 } as const;

  test("has the spectral radius that was asked for, and the share of weights", () => {
    for (const radius of [0.5, 1.25]) {
      const network = new EchoState({ ...options, spectralRadius: radius, density: 0.2 });
      expect(spectralRadius(network.recurrentWeights, 100)).toBeCloseTo(radius, 4);
      const share = network.recurrentWeights.filter((weight) => weight !== 0).length / 1e4;
      expect(share).toBeGreaterThan(0.18);
      expect(share).toBeLessThan(0.22);
    }
  });

  test("is the same for the same seed, to the bit, and another one for another", () => {
    const { inputs, targets } = narma10(new Random(1), 400);
    const make = (seed: number) => {
      const network = new EchoState({ ...options, units: 30, seed });
      network.observe(inputs, targets.slice(100));
      network.fit();
      return network.predict(inputs);
    };
    expect(make(1)).toEqual(make(1));
    expect(make(1)).not.toEqual(make(2));
  });

  test("forgets where it began: the echo state property", () => {
    const random = new Random(5);
    const network = new EchoState({ ...options, spectralRadius: 0.8 });
    const tail = normals(random, 200);
    network.observe(tail, tail.slice(100));
    network.fit();
    const [a, b] = [0, 1].map(() => network.predict([...normals(random, 50), ...tail], 1)[0]!);
    expect(a).toBeCloseTo(b!, 6);
  });

  test("remembers: it repeats what it read ten steps before", () => {
    const random = new Random(4);
    const inputs = Float64Array.from({ length: 1200 }, () => random.uniform() - 0.5);
    const delayed = (from: number, to: number) => inputs.slice(from - 10, to - 10);
    const network = new EchoState({ ...options, inputScale: 0.1 });
    network.observe(inputs.slice(0, 800), delayed(100, 800));
    network.fit();
    const said = network.predict(inputs, 400);
    expect(nrmse(said, delayed(800, 1200))).toBeLessThan(0.1);
  });

  test("says what NARMA-10 does next, better than a delay line can", () => {
    const { inputs, targets } = narma10(new Random(1), 4000);
    const [train, judged] = [2500, targets.slice(2500)];
    const line = new Ridge(31, 1);
    const recent = (t: number) => Float64Array.of(1, ...inputs.subarray(t - 29, t + 1));
    for (let t = 200; t < train; t++) line.add(recent(t), [targets[t]!]);
    const weights = line.solve(1e-8);
    const linear = judged.map((_, i) => recent(train + i).reduce((sum, x, j) => sum + x * weights[j]!, 0));
    const network = new EchoState({ ...options, units: 200, inputScale: 0.1, spectralRadius: 0.95 });
    network.observe(inputs.slice(0, train), targets.slice(200, train));
    network.fit();
    expect(nrmse(linear, judged)).toBeGreaterThan(0.4);
    expect(nrmse(network.predict(inputs, 1500), judged)).toBeLessThan(0.35);
  });

  test("refuses in one line what it cannot use", () => {
    const network = new EchoState({ ...options, inputSize: 2, outputSize: 2, units: 20 });
    const refused: [() => unknown, string][] = [
      [() => network.predict([1, 2]), "EchoState: predict needs a fitted readout; call observe and fit first"],
      [
        () => network.observe([1, 2, 3], []),
        "EchoState: observe needs inputs [T 2] with at least one step, got 3 numbers",
      ],
      [
        () => network.observe([1, 2], [1, 2, 3, 4]),
        "EchoState: targets must be [A 2] with A at most 1 steps, got 4 numbers",
      ],
      [
        () => new EchoState({ ...options, units: 2, density: 0.0001 }),
        "EchoState: density 0.0001 left the 2 units without a loop; give a greater density or more units",
      ],
      [() => new EchoState({ ...options, leak: 0 }), "EchoState: leak must be more than 0, got 0"],
    ];
    for (const [attempt, message] of refused) expect(attempt).toThrow(expect.objectContaining({ message }));
  });

  test("refuses numbers that are none and steps that are not there, and keeps nothing of them", () => {
    const random = new Random(6);
    const inputs = normals(random, 60);
    const make = () => {
      const network = new EchoState({ ...options, units: 20 });
      network.observe(inputs, inputs.slice(10));
      return network;
    };
    const network = make();
    const refused: [() => unknown, string][] = [
      ...["-1", "1.5", "61", "NaN"].map((count): [() => unknown, string] => [
        () => network.predict(inputs, Number(count)),
        `EchoState: count must be a whole number from 0 to 60, the steps of inputs, got ${count}; leave it out for all`,
      ]),
      [
        () => network.predict([1, Number.NaN]),
        "EchoState: inputs[1] must be a finite number, got NaN; leave out the sequence or fill the gap",
      ],
      [
        () => network.observe([Number.POSITIVE_INFINITY, 1], [1]),
        "EchoState: inputs[0] must be a finite number, got Infinity; leave out the sequence or fill the gap",
      ],
      [
        () => network.observe(inputs, [1, 2, Number.NaN]),
        "EchoState: targets[2] must be a finite number, got NaN; leave out the sequence or fill the gap",
      ],
    ];
    network.fit();
    for (const [attempt, message] of refused)
      expect(attempt).toThrow(expect.objectContaining({ name: "RangeError", message }));
    network.fit();
    const untouched = make();
    untouched.fit();
    expect(network.weights).toEqual(untouched.weights);
    expect(network.predict(inputs, 0)).toEqual(new Float64Array(0));
    expect(network.predict(inputs, 60)).toEqual(network.predict(inputs));
  });
});
