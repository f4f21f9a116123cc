/** Every backward kernel against central differences of its forward kernel, in float64. */
import { describe, expect, test } from "vitest";
import { type Arrays, dot, garbage, normals, proveGradients } from "../../../test/central-differences.ts";
import { type Batch, cells, eachPadded, randomInputs } from "../../../test/recurrent-cells.ts";
import { Random } from "../../base/index.ts";
import { kernelNames, maps, zips } from "../table.ts";
import { reference } from "./index.ts";

const ints = (...values: number[]) => Int32Array.from(values);

describe.each(cells)("$name", (cell) => {
  test.each([
    { T: 5, B: 4, H: 3, reverse: false, lengths: ints(5, 1, 3, 4) },
    { T: 5, B: 4, H: 3, reverse: true, lengths: ints(5, 1, 3, 4) },
    { T: 4, B: 2, H: 5, reverse: false, lengths: ints(2, 3) },
    { T: 4, B: 2, H: 5, reverse: true, lengths: ints(2, 3) },
    { T: 1, B: 2, H: 4, reverse: false, lengths: ints(1, 1) },
  ] satisfies Batch[])("$T steps of $B sequences of lengths $lengths, reverse $reverse", (batch) => {
    const inputs = randomInputs(new Random(1), cell, batch);
    proveGradients(
      inputs,
      (at) => cell.forward(reference, batch, at).results,
      (at, dResults) => cell.backward(reference, batch, at, cell.forward(reference, batch, at), dResults),
    );
  });

  test("the gradients at padded steps are exactly 0, whatever is read there", () => {
    for (const reverse of [false, true]) {
      const batch = { T: 4, B: 3, H: 2, reverse, lengths: ints(2, 4, 1) };
      const { T, B, H, lengths } = batch;
      const random = new Random(2);
      const inputs = randomInputs(random, cell, batch);
      const pass = cell.forward(reference, batch, inputs);
      const dResults: Record<string, Float64Array> = {};
      for (const [name, result] of Object.entries(pass.results)) dResults[name] = normals(random, result.length);
      const plain = cell.backward(reference, batch, inputs, pass, dResults);
      eachPadded(T, B, lengths, (row) => {
        for (const run of [pass.results.y!, pass.saved.c, pass.saved.hn, dResults.y!])
          run?.fill(Number.NaN, row * H, (row + 1) * H);
        pass.saved.gates?.fill(Number.NaN, row * cell.G * H, (row + 1) * cell.G * H);
      });
      const poisoned = cell.backward(reference, batch, inputs, pass, dResults);
      expect(poisoned).toEqual(plain);
      let padded = 0;
      eachPadded(T, B, lengths, (row) => {
        for (const gradient of poisoned.z!.subarray(row * cell.G * H, (row + 1) * cell.G * H)) {
          expect(gradient).toBe(0);
          padded++;
        }
      });
      expect(padded).toBe(5 * cell.G * H);
    }
  });
});

/** A forward kernel with its backward kernel, as functions of arrays by name. */
interface Case {
  readonly kernels: readonly string[];
  readonly name: string;
  readonly inputs: (random: Random) => Arrays;
  readonly forward: (inputs: Arrays) => Arrays;
  readonly backward: (inputs: Arrays, dResults: Arrays) => Arrays;
}

const [N, I, O, V, E, H] = [5, 4, 3, 7, 3, 6];
const targets = ints(2, -1, 6, 0, -1);

const linear = (withBias: boolean): Case => ({
  kernels: ["linearForward", "linearBackward"],
  name: `linear ${withBias ? "with" : "without"} bias`,
  inputs: (random) => ({
    x: normals(random, N * I),
    w: normals(random, O * I),
    ...(withBias && { bias: normals(random, O) }),
  }),
  forward({ x, w, bias = null }) {
    const y = garbage(N * O);
    reference.linearForward({ N, I, O, x: x!, w: w!, bias, y });
    return { y };
  },
  backward({ x, w }, { y: dy }) {
    const [dx, dw, dbias] = [garbage(N * I), garbage(O * I), withBias ? garbage(O) : null];
    reference.linearBackward({ N, I, O, x: x!, w: w!, dy: dy!, dx, dw, dbias });
    return { x: dx, w: dw, ...(dbias && { bias: dbias }) };
  },
});

const ids = ints(6, 0, 3, 0, 0);
const embedding: Case = {
  kernels: ["embeddingForward", "embeddingBackward"],
  name: "embedding with repeated and unused ids",
  inputs: (random) => ({ w: normals(random, V * E) }),
  forward({ w }) {
    const y = garbage(N * E);
    reference.embeddingForward({ N, V, E, ids, w: w!, y });
    return { y };
  },
  backward(_, { y: dy }) {
    const dw = garbage(V * E);
    reference.embeddingBackward({ N, V, E, ids, dy: dy!, dw });
    return { w: dw };
  },
};

const crossEntropy = (smoothing: number): Case => ({
  kernels: ["crossEntropyForward", "crossEntropyBackward"],
  name: `crossEntropy with smoothing ${smoothing} and ignored targets`,
  inputs: (random) => ({ logits: normals(random, N * V, 2) }),
  forward({ logits }) {
    const loss = garbage(N);
    reference.crossEntropyForward({ N, V, smoothing, logits: logits!, targets, loss, lse: garbage(N) });
    return { loss };
  },
  backward({ logits }, { loss: dloss }) {
    const [lse, dlogits] = [garbage(N), garbage(N * V)];
    reference.crossEntropyForward({ N, V, smoothing, logits: logits!, targets, loss: garbage(N), lse });
    reference.crossEntropyBackward({ N, V, smoothing, logits: logits!, targets, lse, dloss: dloss!, dlogits });
    return { logits: dlogits };
  },
});

/** The kernel gives the gradients of scale * sum of loss; the loss proved here is that sum, times a random number. */
const linearCrossEntropy = (smoothing: number, withBias: boolean): Case => ({
  kernels: ["linearCrossEntropy"],
  name: `linearCrossEntropy with smoothing ${smoothing} ${withBias ? "with" : "without"} bias`,
  inputs: (random) => ({
    x: normals(random, N * I),
    w: normals(random, V * I),
    ...(withBias && { bias: normals(random, V) }),
  }),
  forward({ x, w, bias = null }) {
    const loss = garbage(N);
    const wanted = { dx: null, dw: null, dbias: null };
    reference.linearCrossEntropy({ N, I, V, smoothing, scale: 1, x: x!, w: w!, bias, targets, loss, ...wanted });
    return { sum: Float64Array.of(dot(loss, new Float64Array(N).fill(1))) };
  },
  backward({ x, w, bias = null }, { sum }) {
    const [dx, dw, dbias] = [garbage(N * I), garbage(V * I), withBias ? garbage(V) : null];
    const wanted = { loss: garbage(N), dx, dw, dbias };
    reference.linearCrossEntropy({ N, I, V, smoothing, scale: sum![0]!, x: x!, w: w!, bias, targets, ...wanted });
    return { x: dx, w: dw, ...(dbias && { bias: dbias }) };
  },
});

const chances = Float64Array.of(0, 1, 0.3, 1, 0.5);
const sigmoidCrossEntropy: Case = {
  kernels: ["sigmoidCrossEntropyForward", "sigmoidCrossEntropyBackward"],
  name: "sigmoidCrossEntropy with soft targets",
  inputs: (random) => ({ logits: normals(random, N, 3) }),
  forward({ logits }) {
    const loss = garbage(N);
    reference.sigmoidCrossEntropyForward({ N, logits: logits!, targets: chances, loss });
    return { loss };
  },
  backward({ logits }, { loss: dloss }) {
    const dlogits = garbage(N);
    reference.sigmoidCrossEntropyBackward({ N, logits: logits!, targets: chances, dloss: dloss!, dlogits });
    return { logits: dlogits };
  },
};

const softmax: Case = {
  kernels: ["softmaxForward", "softmaxBackward"],
  name: "softmax",
  inputs: (random) => ({ x: normals(random, N * V, 2) }),
  forward({ x }) {
    const y = garbage(N * V);
    reference.softmaxForward({ N, V, x: x!, y });
    return { y };
  },
  backward(inputs, { y: dy }) {
    const dx = garbage(N * V);
    reference.softmaxBackward({ N, V, y: softmax.forward(inputs).y!, dy: dy!, dx });
    return { x: dx };
  },
};

const layerNorm: Case = {
  kernels: ["layerNormForward", "layerNormBackward"],
  name: "layerNorm",
  inputs: (random) => ({ x: normals(random, N * H, 3), gain: normals(random, H), bias: normals(random, H) }),
  forward({ x, gain, bias }) {
    const [y, mean, rstd] = [garbage(N * H), garbage(N), garbage(N)];
    reference.layerNormForward({ N, H, epsilon: 0.1, x: x!, gain: gain!, bias: bias!, y, mean, rstd });
    return { y };
  },
  backward({ x, gain, bias }, { y: dy }) {
    const [mean, rstd, dx, dgain, dbias] = [garbage(N), garbage(N), garbage(N * H), garbage(H), garbage(H)];
    const rows = { N, H, x: x!, gain: gain!, mean, rstd };
    reference.layerNormForward({ ...rows, epsilon: 0.1, bias: bias!, y: garbage(N * H) });
    reference.layerNormBackward({ ...rows, dy: dy!, dx, dgain, dbias });
    return { x: dx, gain: dgain, bias: dbias };
  },
};

const attend = (additive: boolean): Case => {
  const [T, B, S, M, A, D] = [3, 5, 4, 3, 6, 2];
  const [sources, lengths] = [ints(0, 2, 0, 1, 2), ints(4, 1, 3)];
  const sizes = { T, B, S, M, A, D, scale: 0.7, sources, lengths };
  return {
    kernels: ["attendForward", "attendBackward"],
    name: `attend, ${additive ? "additive" : "dot"}, several rows reading one memory`,
    inputs: (random) => ({
      query: normals(random, T * B * A),
      keys: normals(random, S * M * A),
      values: normals(random, S * M * D),
      ...(additive && { v: normals(random, A) }),
    }),
    forward({ query, keys, values, v = null }) {
      const [weights, context] = [garbage(T * B * S), garbage(T * B * D)];
      reference.attendForward({ ...sizes, query: query!, keys: keys!, values: values!, v, weights, context });
      return { weights, context };
    },
    backward({ query, keys, values, v = null }, { weights: dweights, context: dcontext }) {
      const read = { ...sizes, query: query!, keys: keys!, values: values!, v };
      const weights = garbage(T * B * S);
      reference.attendForward({ ...read, weights, context: garbage(T * B * D) });
      const [dquery, dkeys, dvalues] = [garbage(T * B * A), garbage(S * M * A), garbage(S * M * D)];
      const dv = additive ? garbage(A) : null;
      const given = { weights, dcontext: dcontext!, dweights: dweights! };
      reference.attendBackward({ ...read, ...given, dquery, dkeys, dvalues, dv });
      return { query: dquery, keys: dkeys, values: dvalues, ...(dv && { v: dv }) };
    },
  };
};

const dropout: Case = {
  kernels: ["dropout"],
  name: "dropout, its own gradient",
  inputs: (random) => ({ x: normals(random, 40) }),
  forward({ x }) {
    const y = garbage(40);
    reference.dropout({ N: 40, rate: 0.4, seed: -5, x: x!, y });
    return { y };
  },
  backward(_, { y: dy }) {
    const dx = garbage(40);
    reference.dropout({ N: 40, rate: 0.4, seed: -5, x: dy!, y: dx });
    return { x: dx };
  },
};

const mapped = (op: (typeof maps)[number]): Case => ({
  kernels: ["map", "mapBackward"],
  name: `map ${op}`,
  inputs: (random) => {
    const x = normals(random, 12);
    return { x: op === "log" || op === "sqrt" ? x.map((value) => 0.1 + Math.abs(value)) : x };
  },
  forward({ x }) {
    const y = garbage(12);
    reference.map({ N: 12, op, x: x!, y });
    return { y };
  },
  backward({ x }, { y: dy }) {
    const [y, dx] = [garbage(12), garbage(12)];
    reference.map({ N: 12, op, x: x!, y });
    reference.mapBackward({ N: 12, op, x: x!, y, dy: dy!, dx });
    return { x: dx };
  },
});

const summed: Case = {
  kernels: ["sum", "expand"],
  name: "sum, whose gradient is expand",
  inputs: (random) => ({ x: normals(random, 2 * 3 * 4) }),
  forward({ x }) {
    const y = garbage(2 * 4);
    reference.sum({ A: 2, M: 3, C: 4, x: x!, y });
    return { y };
  },
  backward(_, { y: dy }) {
    const dx = garbage(2 * 3 * 4);
    reference.expand({ A: 2, M: 3, C: 4, x: dy!, y: dx });
    return { x: dx };
  },
};

const cases: readonly Case[] = [
  linear(true),
  linear(false),
  embedding,
  crossEntropy(0),
  crossEntropy(0.1),
  linearCrossEntropy(0, false),
  linearCrossEntropy(0.1, true),
  sigmoidCrossEntropy,
  softmax,
  layerNorm,
  attend(false),
  attend(true),
  dropout,
  ...maps.map(mapped),
  summed,
];

test.each(cases)("$name", ({ inputs, forward, backward }) => {
  proveGradients(inputs(new Random(3)), forward, backward);
});

test("every backward kernel is proved here", () => {
  const recurrent = [
    "rnnBackward",
    "gruBackward",
    "gruSimplifiedBackward",
    "lstmBackward",
    "minGruBackward",
    "minLstmBackward",
    // In attentive.test.ts.
    "attentiveLstmBackward",
    "attentiveGruBackward",
  ];
  const proved = [...recurrent, ...cases.flatMap(({ kernels }) => kernels)];
  expect(kernelNames.filter((name) => name.endsWith("Backward") && !proved.includes(name))).toEqual([]);
});

describe("a gradient that is not wanted is left out, and the others do not change", () => {
  test("linearBackward", () => {
    const random = new Random(4);
    const read = { N, I, O, x: normals(random, N * I), w: normals(random, O * I), dy: normals(random, N * O) };
    const all = { dx: garbage(N * I), dw: garbage(O * I), dbias: garbage(O) };
    reference.linearBackward({ ...read, ...all });
    for (const [name, whole] of Object.entries(all)) {
      const one = garbage(whole.length);
      reference.linearBackward({ ...read, dx: null, dw: null, dbias: null, [name]: one });
      expect(one).toEqual(whole);
    }
  });

  test("linearCrossEntropy", () => {
    const random = new Random(5);
    const read = { N, I, V, smoothing: 0.1, scale: 0.5, x: normals(random, N * I), w: normals(random, V * I), targets };
    const all = { loss: garbage(N), dx: garbage(N * I), dw: garbage(V * I), dbias: garbage(V) };
    reference.linearCrossEntropy({ ...read, bias: null, ...all });
    for (const [name, whole] of Object.entries(all)) {
      const loss = garbage(N);
      const one = name === "loss" ? loss : garbage(whole.length);
      reference.linearCrossEntropy({ ...read, bias: null, loss, dx: null, dw: null, dbias: null, [name]: one });
      expect(one).toEqual(whole);
    }
  });

  test("dbiasHn and dpeepholes", () => {
    const batch = { T: 2, B: 2, H: 3, reverse: false, lengths: ints(2, 1) };
    for (const name of ["gru", "lstm with peepholes"]) {
      const cell = cells.find((one) => one.name === name)!;
      const inputs = randomInputs(new Random(6), cell, batch);
      const pass = cell.forward(reference, batch, inputs);
      const dResults = Object.fromEntries(
        Object.entries(pass.results).map(([key, value]) => [key, value.map(() => 1)]),
      );
      const whole = cell.backward(reference, batch, inputs, pass, dResults);
      const silent = {
        ...reference,
        gruBackward: (args: Parameters<typeof reference.gruBackward>[0]) =>
          reference.gruBackward({ ...args, dbiasHn: null }),
        lstmBackward: (args: Parameters<typeof reference.lstmBackward>[0]) =>
          reference.lstmBackward({ ...args, dpeepholes: null }),
      };
      const less = cell.backward(silent, batch, inputs, pass, dResults);
      for (const key of ["z", "h0", "wHh"]) expect(less[key]).toEqual(whole[key]);
      for (const key of Object.keys(cell.extras)) expect(less[key]!.every(Number.isNaN)).toBe(true);
    }
  });
});

test("the slopes of relu and abs at 0 are 0", () => {
  for (const op of ["relu", "abs"] as const) {
    const dx = garbage(3);
    const x = Float64Array.of(0, 2, -2);
    reference.mapBackward({ N: 3, op, x, y: x.map(Math.abs), dy: Float64Array.of(5, 5, 5), dx });
    expect([...dx]).toEqual(op === "relu" ? [0, 5, 0] : [0, 5, -5]);
  }
});

test("zip has all of the four operations", () => {
  const [a, b] = [Float64Array.of(6, -1), Float64Array.of(3, 4)];
  const results = zips.map((op) => {
    const y = garbage(2);
    reference.zip({ N: 2, op, a, b, y });
    return [op, ...y];
  });
  expect(results).toEqual([
    ["add", 9, 3],
    ["sub", 3, -5],
    ["mul", 18, -4],
    ["div", 2, -0.25],
  ]);
});
