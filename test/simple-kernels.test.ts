/**
 * What the conformance suite does not ask of the kernels that go element by element or row by row: that an element's
 * result does not depend on where it stands, and that NaN and infinities are neither lost nor made.
 */
import { describe, expect, test } from "vitest";
import { Random } from "../src/base/index.ts";
import {
  describeBuilds,
  type KernelBuild,
  type KernelName,
  loadKernels,
  maps,
  referenceBuild,
  zips,
} from "../src/kernels/index.ts";
import { type SampleOptions, sampleArgs } from "../src/kernels/sample.ts";
import { kernelSpec } from "../src/kernels/table.ts";

type Args = Readonly<Record<string, unknown>>;
const run = (build: KernelBuild, name: KernelName, args: Args) => (build.kernels[name] as (args: Args) => void)(args);

const single = referenceBuild("float32");
const builds = await loadAll();

const elementwise = [
  ...["map", "mapBackward", "zip", "scale", "accumulate", "clamp"],
  ...["sigmoidCrossEntropyForward", "sigmoidCrossEntropyBackward"],
  ...["sgdUpdate", "adagradUpdate", "rmspropUpdate", "adamUpdate"],
] as KernelName[];

describe("an element's result does not depend on where it stands", () => {
  for (const name of elementwise)
    test(name, () => {
      const options = Math.max(
        ...Object.values(kernelSpec(name).scalars).map((scalar) => (typeof scalar === "string" ? 2 : scalar.length)),
        1,
      );
      for (let choice = 0; choice < options; choice++)
        for (const build of builds) {
          const sample: SampleOptions = { sizes: { N: 37 }, choice, complete: choice % 2 === 0 };
          const args = sampleArgs(name, sample, new Random(5), single)!;
          const whole = slice(args, 0, 37);
          run(build, name, whole);
          for (let n = 0; n < 37; n++) {
            const alone = slice(args, n, n + 1);
            run(build, name, alone);
            expect(floats(name, alone), `${build.isa} choice ${choice} element ${n}`).toEqual(
              floats(name, slice(whole, n, n + 1)),
            );
          }
        }
    });
});

const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-40, -1e-40, 3e38, -3e38, 1e-20, 1, -1, 90, -90, 104, -104];

describe("NaN and infinities come out as from the reference", () => {
  for (const op of maps)
    test(`map ${op}`, () => {
      const x = Float32Array.from(special);
      sameAsReference("map", { N: x.length, op, x, y: garbage(x.length) });
      const y = garbage(x.length);
      run(single, "map", { N: x.length, op, x, y });
      for (const slope of [0.5, Number.NaN])
        sameAsReference("mapBackward", { N: x.length, op, x, y, dy: x.map(() => slope), dx: garbage(x.length) });
    });

  const a = Float32Array.from(special.flatMap((value) => special.map(() => value)));
  const b = Float32Array.from(special.flatMap(() => special));
  const N = a.length;
  for (const op of zips) test(`zip ${op}`, () => sameAsReference("zip", { N, op, a, b, y: garbage(N) }));
  test("scale", () => sameAsReference("scale", { N, by: -2, plus: 1, x: a, y: garbage(N) }));
  test("accumulate", () => sameAsReference("accumulate", { N, by: 0.5, x: a, y: b }));
  test("clamp", () => sameAsReference("clamp", { N, limit: 2, x: a }));
  test("dropout", () => sameAsReference("dropout", { N, rate: 0.5, seed: 3, x: a, y: garbage(N) }));
  test("sigmoid cross-entropy", () => {
    sameAsReference("sigmoidCrossEntropyForward", { N, logits: a, targets: a.map(() => 0.25), loss: garbage(N) });
    const args = { N, logits: a, targets: a.map(() => 0.25), dloss: b.map(() => 2), dlogits: garbage(N) };
    sameAsReference("sigmoidCrossEntropyBackward", args);
  });

  const rows = [
    [1, 2, Number.NaN, 0],
    [1, 2, Infinity, 0],
    [1, 2, -Infinity, 0],
    [-Infinity, -Infinity, -Infinity, -Infinity],
    [90, -104, 1, 0],
    [Number.NaN, 1, Number.NaN, 2],
  ];
  for (const repeat of [1, 5, 9])
    test(`rows of ${4 * repeat}`, () => {
      const x = Float32Array.from(rows.flatMap((row) => Array.from({ length: repeat }, () => row).flat()));
      const [R, V] = [rows.length, 4 * repeat];
      sameAsReference("softmaxForward", { N: R, V, x, y: garbage(R * V) });
      sameAsReference("sum", { A: R, M: V, C: 1, x, y: garbage(R) });
      sameAsReference("sum", { A: 1, M: R, C: V, x, y: garbage(V) });
      sameAsReference("max", { A: R, M: V, C: 1, x, y: garbage(R), index: new Int32Array(R) });
      sameAsReference("max", { A: 1, M: R, C: V, x, y: garbage(V), index: new Int32Array(V) });
      const row = garbage(V).fill(0.5);
      const made = { y: garbage(R * V), mean: garbage(R), rstd: garbage(R) };
      sameAsReference("layerNormForward", { N: R, H: V, epsilon: 1e-5, x, gain: row, bias: row, ...made });
      for (const values of rows) sameAsReference("sumSquares", { N: 4, x: Float32Array.from(values), y: garbage(1) });
    });
});

describe("additive attention of queries and keys far from zero", () => {
  const S = 5;
  // Sums near zero of numbers that are not, sums that any exponential overflows at, and numbers that are none.
  for (const [query, keys] of [
    [30, [-29.5, -30, -30.25, 0, -80]],
    [-42, [41.5, 42, 42.5, 100, -100]],
    [1e4, [-1, 0, 1, 5, 1e4]],
    [Infinity, [-1, 0, 1, 5, 40]],
    [0.5, [Number.NaN, 0, 1, 2, 3]],
    [Number.NaN, [-1, 0, 1, 2, 3]],
  ] as const)
    test(`${query} and ${keys.join(", ")}`, () => {
      const sizes = { T: 1, B: 1, S, M: 1, A: 1, D: 1, scale: 1 };
      const inputs = {
        ...{ query: Float32Array.of(query), keys: Float32Array.from(keys), values: Float32Array.of(1, 2, 3, 4, 5) },
        ...{ v: Float32Array.of(1.5), sources: Int32Array.of(0), lengths: Int32Array.of(S) },
      };
      sameAsReference("attendForward", { ...sizes, ...inputs, weights: garbage(S), context: garbage(1) });
    });
});

describe("the best of logits that are none, or no numbers", () => {
  const [N, V, K] = [2, 600, 3];
  for (const [what, change] of [
    ["a NaN at the end", (bias: Float32Array) => bias.fill(Number.NaN, V - 1)],
    ["NaN alone", (bias: Float32Array) => bias.fill(Number.NaN)],
    ["NaN beside -Infinity", (bias: Float32Array) => bias.fill(-Infinity).fill(Number.NaN, 300, 301)],
    ["-Infinity alone", (bias: Float32Array) => bias.fill(-Infinity)],
    ["-Infinity but for one", (bias: Float32Array) => bias.fill(-Infinity, 1)],
    ["nothing but ties", (bias: Float32Array) => bias.fill(1)],
  ] as const)
    test(what, () => {
      const bias = new Float32Array(V);
      change(bias);
      for (const build of [single, ...builds]) {
        const [ids, best, totals] = [new Int32Array(N * K), garbage(N * K), garbage(N)];
        const P = Math.ceil(V / 16);
        const inputs = { x: new Float32Array(N), w: new Float32Array(P * 16), bias, barred: Int32Array.of(1, 3) };
        run(build, "linearBest", { ...{ N, V, I: 1, P, K, U: 2 }, ...inputs, ids, best, totals });
        const numbers = [...bias];
        const total = numbers.every((number) => number === -Infinity)
          ? -Infinity
          : Math.log(numbers.reduce((sum, number) => sum + Math.exp(number), 0));
        const where = `${build.name} ${build.isa}`;
        if (Number.isNaN(total)) expect(totals[1], where).toBeNaN();
        else {
          expect(totals[1], where).toBeCloseTo(total, 5);
          const order = [...numbers.keys()].filter((v) => v !== 1 && v !== 3 && numbers[v]! > -Infinity);
          expect([...ids.subarray(K)], where).toEqual([...order.slice(0, K), -1, -1, -1].slice(0, K));
        }
      }
    });
});

describe("an exploded gradient makes its weight NaN or infinite, never a number again", () => {
  for (const name of ["sgdUpdate", "adagradUpdate", "rmspropUpdate", "adamUpdate"] as const)
    test(name, () => {
      for (const build of builds) {
        const args = sampleArgs(name, { sizes: { N: 21 }, choice: 0, complete: true }, new Random(1), single)!;
        (args.g as Float32Array)[20] = Number.NaN;
        run(build, name, args);
        expect(Array.from(args.w as Float32Array, Number.isNaN), build.isa).toEqual(
          Array.from({ length: 21 }, (_, n) => n === 20),
        );
      }
    });
});

async function loadAll(): Promise<KernelBuild[]> {
  const all = (await describeBuilds()).filter(({ name }) => name !== "reference");
  const each = all.flatMap(({ name, isas }) => isas.map((isa) => loadKernels({ build: name, isa, threads: 1 })));
  return (await Promise.all(each)).map(({ build }) => build);
}

function garbage(length: number): Float32Array {
  return new Float32Array(length).fill(-77);
}

/** The elements from..to - 1 of every array, copied. */
function slice(args: Args, from: number, to: number): Args {
  const entries = Object.entries(args).map(([key, value]) => [
    key,
    value instanceof Float32Array ? value.slice(from, to) : value,
  ]);
  return { ...Object.fromEntries(entries), N: to - from };
}

function floats(name: KernelName, args: Args): Record<string, unknown> {
  return Object.fromEntries(Object.keys(kernelSpec(name).arrays).map((array) => [array, args[array]]));
}

/** Same kinds of numbers everywhere, and numbers within 16 eps of max(1, |number|). */
function sameAsReference(name: KernelName, args: Args): void {
  const copy = (): Args =>
    Object.fromEntries(
      Object.entries(args).map(([key, value]) => [
        key,
        value instanceof Float32Array || value instanceof Int32Array ? value.slice() : value,
      ]),
    );
  const wanted = copy();
  run(single, name, wanted);
  for (const build of builds) {
    const got = copy();
    run(build, name, got);
    for (const [array, { role }] of Object.entries(kernelSpec(name).arrays)) {
      if (role === "in") continue;
      const [is, must] = [got[array] as Float32Array, wanted[array] as Float32Array];
      for (let i = 0; i < must.length; i++) {
        const near = Math.abs(is[i]! - must[i]!) <= 16 * 2 ** -23 * Math.max(1, Math.abs(must[i]!));
        if (!near && !Object.is(is[i], must[i]))
          throw new Error(`${name} on ${build.isa}: ${array}[${i}] must be ${must[i]}, got ${is[i]}`);
      }
    }
  }
}
