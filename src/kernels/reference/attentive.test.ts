/** Decoder layers with attention inside their step: their gradients, and what must hold for each of them. */
import { describe, expect, test } from "vitest";
import { type Arrays, garbage, normals, proveGradients } from "../../../test/central-differences.ts";
import { Random } from "../../base/index.ts";
import { reference } from "./index.ts";

const ints = (...values: number[]) => Int32Array.from(values);

/** Which of the layers. */
interface Design {
  readonly cell: "lstm" | "gru";
  readonly feedsOutput: boolean;
  readonly isAdditive: boolean;
  readonly asksByWeight: boolean;
}

/** Five steps of three rows that read two memories; two rows share one. */
const sizesOf = ({ feedsOutput, asksByWeight }: Design) => ({
  ...{ T: 5, B: 3, S: 4, M: 2, H: 3, D: 2 },
  ...{ A: asksByWeight ? 5 : 3, F: feedsOutput ? 4 : 2 },
});
const lengths = ints(5, 2, 4);
const sources = ints(0, 1, 1);
const memoryLengths = ints(4, 3);

const designs: Design[] = (["lstm", "gru"] as const).flatMap((cell) =>
  [false, true].flatMap((feedsOutput) =>
    [
      { isAdditive: true, asksByWeight: true },
      { isAdditive: true, asksByWeight: false },
      { isAdditive: false, asksByWeight: true },
      { isAdditive: false, asksByWeight: false },
    ].map((score) => ({ cell, feedsOutput, ...score })),
  ),
);

function randomInputs(design: Design, random = new Random(5)): Record<string, Float64Array> {
  const { T, B, S, M, A, D, F, H } = sizesOf(design);
  const G = design.cell === "lstm" ? 4 : 3;
  const inputs: Record<string, Float64Array> = {
    z: normals(random, T * B * G * H),
    h0: normals(random, B * H),
    ...(design.cell === "lstm" ? { c0: normals(random, B * H) } : { biasHn: normals(random, H) }),
    wHh: normals(random, G * H * H, 0.6),
    wFeed: normals(random, G * H * F, 0.6),
    ...(design.feedsOutput && {
      output0: normals(random, B * F),
      outContext: normals(random, F * D),
      outState: normals(random, F * H),
    }),
    ...(design.asksByWeight && { wQuery: normals(random, A * H) }),
    ...(design.isAdditive && { v: normals(random, A) }),
    keys: normals(random, S * M * A),
    values: normals(random, S * M * D),
  };
  // Nobody may look beyond the lengths.
  for (let b = 0; b < B; b++)
    for (let t = lengths[b]!; t < T; t++) inputs.z!.fill(Number.NaN, (t * B + b) * G * H, (t * B + b + 1) * G * H);
  for (let m = 0; m < M; m++)
    for (let s = memoryLengths[m]!; s < S; s++) {
      inputs.keys!.fill(Number.NaN, (s * M + m) * A, (s * M + m + 1) * A);
      inputs.values!.fill(Number.NaN, (s * M + m) * D, (s * M + m + 1) * D);
    }
  return inputs;
}

/** Runs the layer; all that it wrote. */
function forward(design: Design, inputs: Arrays): Record<string, Float64Array> {
  const sizes = sizesOf(design);
  const { T, B, S, A, D, F, H } = sizes;
  const { z, h0, c0, wHh, wFeed, biasHn, keys, values } = inputs;
  const { output0 = null, wQuery = null, outContext = null, outState = null, v = null } = inputs;
  const common = {
    ...sizes,
    ...{ feedsOutput: design.feedsOutput, scale: 0.7, lengths, sources, memoryLengths },
    ...{ h0: h0!, output0, wQuery, outContext, outState, keys: keys!, values: values!, v, wHh: wHh!, wFeed: wFeed! },
  };
  const results = {
    gates: z!.slice(),
    y: garbage(T * B * H),
    query: wQuery && garbage(T * B * A),
    weights: garbage(T * B * S),
    context: garbage(T * B * D),
    output: design.feedsOutput ? garbage(T * B * F) : null,
    hT: garbage(B * H),
  };
  const more: Record<string, Float64Array> =
    design.cell === "lstm" ? { c: garbage(T * B * H), cT: garbage(B * H) } : { hn: garbage(T * B * H) };
  if (design.cell === "lstm")
    reference.attentiveLstmForward({ ...common, ...results, c0: c0!, c: more.c!, cT: more.cT! });
  else reference.attentiveGruForward({ ...common, ...results, biasHn: biasHn!, hn: more.hn! });
  const all = { ...results, ...more };
  return Object.fromEntries(Object.entries(all).filter(([, array]) => array !== null)) as Record<string, Float64Array>;
}

/** What a program sees of what was written. */
const seen = ({ y, weights, context, output, hT, cT }: Arrays): Record<string, Float64Array> => ({
  ...{ y: y!, weights: weights!, context: context!, hT: hT! },
  ...(output && { output }),
  ...(cT && { cT }),
});

function backward(design: Design, inputs: Arrays, made: Arrays, dResults: Arrays): Record<string, Float64Array> {
  const sizes = sizesOf(design);
  const { h0, c0, wHh, wFeed, keys, values } = inputs;
  const { output0 = null, wQuery = null, outContext = null, outState = null, v = null } = inputs;
  const { y, c, hn, query = null, weights, context, output = null } = made;
  const like = (array: Float64Array | null) => array && garbage(array.length);
  const gates = made.gates!.slice();
  const args = {
    ...sizes,
    ...{ feedsOutput: design.feedsOutput, scale: 0.7, lengths, sources, memoryLengths, gates },
    ...{ h0: h0!, output0, wQuery, outContext, outState, keys: keys!, values: values!, v, wHh: wHh!, wFeed: wFeed! },
    ...{ y: y!, query, weights: weights!, context: context!, output },
    ...{ dy: dResults.y!, dcontext: dResults.context!, dweights: dResults.weights!, dhT: dResults.hT! },
    ...{ doutput: dResults.output ?? null, dh0: like(h0!)!, doutput0: like(output0), dwQuery: like(wQuery) },
    ...{ doutContext: like(outContext), doutState: like(outState), dkeys: like(keys!)!, dvalues: like(values!)! },
    ...{ dv: like(v), dwHh: like(wHh!)!, dwFeed: like(wFeed!)! },
  };
  const { dh0, doutput0, dwQuery, doutContext, doutState, dkeys, dvalues, dv, dwHh, dwFeed } = args;
  const gradients: Record<string, Float64Array | null> = {
    ...{ z: gates, h0: dh0, output0: doutput0, wQuery: dwQuery, outContext: doutContext, outState: doutState },
    ...{ keys: dkeys, values: dvalues, v: dv, wHh: dwHh, wFeed: dwFeed },
  };
  if (design.cell === "lstm") {
    gradients.c0 = like(c0!);
    reference.attentiveLstmBackward({ ...args, c0: c0!, c: c!, dcT: dResults.cT!, dc0: gradients.c0! });
  } else {
    gradients.biasHn = garbage(sizes.H);
    reference.attentiveGruBackward({ ...args, hn: hn!, dbiasHn: gradients.biasHn });
  }
  return Object.fromEntries(Object.entries(gradients).filter(([, array]) => array !== null)) as Record<
    string,
    Float64Array
  >;
}

describe.each(designs)("$cell, feeds output $feedsOutput, additive $isAdditive, wQuery $asksByWeight", (design) => {
  test("gradients", () => {
    proveGradients(
      randomInputs(design),
      (inputs) => seen(forward(design, inputs)),
      (inputs, dResults) => backward(design, inputs, forward(design, inputs), dResults),
    );
  });

  test("all is 0 beyond the lengths of rows and of memories", () => {
    const { T, B, S, M, A, D, F, H } = sizesOf(design);
    const made = forward(design, randomInputs(design));
    const G = design.cell === "lstm" ? 4 : 3;
    const widths = { gates: G * H, y: H, c: H, hn: H, query: A, weights: S, context: D, output: F };
    for (const [name, array] of Object.entries(made)) {
      expect(array.every(Number.isFinite), name).toBe(true);
      const width = widths[name as "y"];
      if (width === undefined) continue;
      for (let b = 0; b < B; b++)
        for (let t = 0; t < T; t++) {
          const part = array.subarray((t * B + b) * width, (t * B + b + 1) * width);
          expect(
            part.every((x) => x === 0),
            `${name} ${t} ${b}`,
          ).toBe(t >= lengths[b]!);
        }
    }
    for (let b = 0; b < B; b++)
      for (let s = 0; s < S; s++) expect(made.weights![b * S + s] === 0).toBe(s >= memoryLengths[sources[b]!]!);
    const inputs = randomInputs(design);
    const ones = Object.fromEntries(Object.entries(seen(made)).map(([name, array]) => [name, array.map(() => 1)]));
    const { z, keys, values } = backward(design, inputs, made, ones);
    for (const [gradient, input] of [
      [z, inputs.z],
      [keys, inputs.keys],
      [values, inputs.values],
    ])
      gradient!.forEach((x, i) => {
        if (Number.isNaN(input![i])) expect(x).toBe(0);
        else expect(Number.isFinite(x)).toBe(true);
      });
    expect([A, D, M].every((size) => size > 0)).toBe(true);
  });
});

test("without attention to speak of, a layer is its cell on what it is fed", () => {
  // One step of memory: the context is its value whatever is asked.
  const { T, B, H, D } = { T: 3, B: 2, H: 3, D: 2 };
  const random = new Random(2);
  const z = normals(random, T * B * 4 * H);
  const [h0, c0, wHh] = [normals(random, B * H), normals(random, B * H), normals(random, 4 * H * H)];
  const [wFeed, values] = [normals(random, 4 * H * D), normals(random, B * D)];
  const rows = { lengths: ints(3, 2), sources: ints(1, 0), memoryLengths: ints(1, 1) };
  const [y, c, hT, cT, gates] = [T * B * H, T * B * H, B * H, B * H, 0].map(garbage);
  reference.attentiveLstmForward({
    ...{ T, B, S: 1, M: B, A: H, D, F: D, H, feedsOutput: false, scale: 1, gates: z.slice(), ...rows },
    ...{ h0, c0, output0: null, wQuery: null, outContext: null, outState: null, keys: normals(random, B * H), values },
    ...{ v: null, wHh, wFeed, y: y!, c: c!, query: null, weights: garbage(T * B), context: garbage(T * B * D) },
    ...{ output: null, hT: hT!, cT: cT! },
  });
  const fed = z.map((sum, i) => {
    const [j, b] = [i % (4 * H), Math.floor(i / (4 * H)) % B];
    const from = rows.sources[b]! * D;
    return sum + (wFeed[j * D]! * values[from]! + wFeed[j * D + 1]! * values[from + 1]!);
  });
  const plain = { y: garbage(T * B * H), c: garbage(T * B * H), hT: garbage(B * H), cT: garbage(B * H) };
  reference.lstmForward({
    ...{ T, B, H, reverse: false, gates: fed, lengths: rows.lengths, h0, c0, wHh, peepholes: null },
    ...plain,
  });
  plain.y.forEach((value, i) => {
    expect(y![i]).toBeCloseTo(value, 13);
  });
  plain.cT.forEach((value, i) => {
    expect(cT![i]).toBeCloseTo(value, 13);
  });
  expect(gates).toHaveLength(0);
});
