/** The reference kernels against PyTorch: one layer at a time, and the losses. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reference } from "../src/kernels/reference/index.ts";
import { type Arrays, garbage } from "./central-differences.ts";
import { cells } from "./recurrent-cells.ts";

interface GoldenArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type GoldenArrays = Readonly<Record<string, GoldenArray>>;

interface RecurrentCase {
  readonly cell: "rnn tanh" | "rnn relu" | "gru" | "lstm";
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly lengths: readonly number[];
  readonly inputs: GoldenArrays;
  readonly weights: GoldenArrays;
  readonly results: GoldenArrays;
  readonly dResults: GoldenArrays;
  readonly gradients: GoldenArrays;
}

interface Golden {
  readonly origin: { readonly tool: string; readonly version: string; readonly precision: string };
  readonly recurrent: readonly RecurrentCase[];
  readonly crossEntropy: readonly {
    readonly smoothing: number;
    readonly targets: readonly number[];
    readonly logits: GoldenArray;
    readonly loss: GoldenArray;
    readonly mean: number;
    readonly dlogitsOfMean: GoldenArray;
  }[];
  readonly layerNorm: { readonly epsilon: number } & Readonly<
    Record<"x" | "gain" | "bias" | "y" | "dy" | "dx" | "dgain" | "dbias", GoldenArray>
  >;
  readonly embedding: { readonly ids: readonly (readonly number[])[] } & Readonly<
    Record<"w" | "y" | "dy" | "dw", GoldenArray>
  >;
}

const golden: Golden = JSON.parse(readFileSync(new URL("./golden/recurrent.json", import.meta.url), "utf8"));
const floats = ({ data }: GoldenArray) => Float64Array.from(data);

const expectClose = (got: Float64Array, wanted: Float64Array, what: string) => {
  expect(got.length, what).toBe(wanted.length);
  wanted.forEach((value, n) => {
    expect(Math.abs(got[n]! - value), `${what}, element ${n}`).toBeLessThanOrEqual(1e-12);
  });
};

/** Columns `from` to `from + C` of every row of width X. */
function columns(x: Float64Array, X: number, from: number, C: number): Float64Array {
  const y = garbage((x.length / X) * C);
  reference.take({ R: x.length / X, X, C, at: from, x, y });
  return y;
}

/** The sum of two arrays. */
const plus = (a: Float64Array, b: Float64Array) => a.map((value, n) => value + b[n]!);

describe(`${golden.origin.tool} ${golden.origin.version}`, () => {
  const titled = golden.recurrent
    .filter(({ layers }) => layers === 1)
    .flatMap((one) =>
      (one.bidirectional ? [false, true] : [false]).map((reverse) => ({
        ...one,
        reverse,
        title: `${one.cell}, ${one.bidirectional ? "both directions" : "one direction"}, lengths ${one.lengths}, reverse ${reverse}`,
      })),
    );

  test.each(titled)("$title", (one) => {
    const { T, B, I, H, reverse, bidirectional } = one;
    const D = bidirectional ? 2 : 1;
    const direction = reverse ? 1 : 0;
    const cell = cells.find(({ name }) => name === one.cell)!;
    const { G } = cell;
    const batch = { T, B, H, reverse, lengths: Int32Array.from(one.lengths) };
    const weight = (name: string, of: GoldenArrays = one.weights) =>
      floats(of[`${name}_l0${reverse ? "_reverse" : ""}`]!);
    /** This direction's share of a run [T B D.H] or of states [D B H]. */
    const share = (arrays: GoldenArrays, name: string) =>
      name === "y"
        ? columns(floats(arrays[name]!), D * H, direction * H, H)
        : floats(arrays[name]!).slice(direction * B * H, (direction + 1) * B * H);

    const x = floats(one.inputs.x!);
    const w = weight("weight_ih");
    const biasHh = weight("bias_hh");
    // torch's second bias of a GRU's n is inside the product with r, and so a weight of its own here.
    const joined = biasHh.map((value, n) => (one.cell === "gru" && n >= 2 * H ? 0 : value));
    const z = garbage(T * B * G * H);
    reference.linearForward({ N: T * B, I, O: G * H, x, w, bias: plus(weight("bias_ih"), joined), y: z });
    const inputs: Arrays = {
      z,
      wHh: weight("weight_hh"),
      ...Object.fromEntries(cell.states.map((state) => [state, share(one.inputs, state)])),
      ...(one.cell === "gru" && { biasHn: biasHh.slice(2 * H) }),
    };
    const pass = cell.forward(reference, batch, inputs);
    for (const [name, result] of Object.entries(pass.results)) expectClose(result, share(one.results, name), name);

    const dResults = Object.fromEntries(Object.keys(pass.results).map((name) => [name, share(one.dResults, name)]));
    const gradients = cell.backward(reference, batch, inputs, pass, dResults);
    for (const state of cell.states) expectClose(gradients[state]!, share(one.gradients, state), `d${state}`);
    expectClose(gradients.wHh!, weight("weight_hh", one.gradients), "dwHh");
    const [dx, dw, dbias] = [garbage(T * B * I), garbage(G * H * I), garbage(G * H)];
    reference.linearBackward({ N: T * B, I, O: G * H, x, w, dy: gradients.z!, dx, dw, dbias });
    expectClose(dw, weight("weight_ih", one.gradients), "dwIh");
    expectClose(dbias, weight("bias_ih", one.gradients), "dbias");
    const dBiasHh = weight("bias_hh", one.gradients);
    if (gradients.biasHn) expectClose(gradients.biasHn, dBiasHh.slice(2 * H), "dbiasHn");
    else expectClose(dbias, dBiasHh, "dbias");
    if (!bidirectional) expectClose(dx, floats(one.gradients.x!), "dx");
  });

  test("there are cases of every cell", () => {
    expect(new Set(titled.map(({ cell }) => cell))).toEqual(new Set(["rnn tanh", "rnn relu", "gru", "lstm"]));
    expect(titled.length).toBe(16);
  });

  test.each(golden.crossEntropy)("cross-entropy with smoothing $smoothing and ignored targets", (one) => {
    const { smoothing } = one;
    const [N, V] = one.logits.shape as [number, number];
    const logits = floats(one.logits);
    const targets = Int32Array.from(one.targets);
    const [loss, lse, dlogits] = [garbage(N), garbage(N), garbage(N * V)];
    reference.crossEntropyForward({ N, V, smoothing, logits, targets, loss, lse });
    expectClose(loss, floats(one.loss), "loss");
    const real = targets.filter((target) => target >= 0).length;
    expect(loss.reduce((sum, value) => sum + value, 0) / real).toBeCloseTo(one.mean, 12);
    const dloss = new Float64Array(N).fill(1 / real);
    reference.crossEntropyBackward({ N, V, smoothing, logits, targets, lse, dloss, dlogits });
    expectClose(dlogits, floats(one.dlogitsOfMean), "dlogits");
  });

  test("layer norm", () => {
    const { epsilon, ...arrays } = golden.layerNorm;
    const [N, H] = arrays.x.shape as [number, number];
    const [y, mean, rstd, dx, dgain, dbias] = [N * H, N, N, N * H, H, H].map(garbage) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const [x, gain, bias, dy] = [floats(arrays.x), floats(arrays.gain), floats(arrays.bias), floats(arrays.dy)];
    reference.layerNormForward({ N, H, epsilon, x, gain, bias, y, mean, rstd });
    expectClose(y, floats(arrays.y), "y");
    reference.layerNormBackward({ N, H, x, gain, mean, rstd, dy, dx, dgain, dbias });
    expectClose(dx, floats(arrays.dx), "dx");
    expectClose(dgain, floats(arrays.dgain), "dgain");
    expectClose(dbias, floats(arrays.dbias), "dbias");
  });

  test("embedding", () => {
    const ids = Int32Array.from(golden.embedding.ids.flat());
    const [V, E] = golden.embedding.w.shape as [number, number];
    const N = ids.length;
    const [y, dw] = [garbage(N * E), garbage(V * E)];
    reference.embeddingForward({ N, V, E, ids, w: floats(golden.embedding.w), y });
    expectClose(y, floats(golden.embedding.y), "y");
    reference.embeddingBackward({ N, V, E, ids, dy: floats(golden.embedding.dy), dw });
    expectClose(dw, floats(golden.embedding.dw), "dw");
  });
});
