/**
 * Every kernel of the table, in every build that runs on this machine, against the reference in float64.
 */
import { describe, expect, test } from "vitest";
import { Random } from "../src/base/index.ts";
import {
  describeBuilds,
  type KernelBuild,
  type KernelName,
  kernelNames,
  loadKernels,
  referenceBuild,
} from "../src/kernels/index.ts";
import { copyArgs, sampleArgs } from "../src/kernels/sample.ts";
import { kernelSpec } from "../src/kernels/table.ts";

type Args = Readonly<Record<string, unknown>>;
type Run = (args: Args) => void;

/** Sizes around the widths of vectors and tiles, and none at all. */
const awkward = [0, 1, 3, 4, 7, 8, 9, 17, 33];
/** A long sequence costs time and shows nothing new. */
const awkwardT = [0, 1, 3, 4, 7, 9];
/** How many awkward cases each kernel gets. */
const rounds = 64;

/** Sizes at which work is spread over threads and cut into blocks. */
const large: Readonly<Record<string, readonly Readonly<Record<string, number>>[]>> = {
  "M N K": [
    { M: 70, N: 130, K: 300 },
    { M: 259, N: 35, K: 67 },
    { M: 5, N: 700, K: 50 },
  ],
  "N I O": [
    { N: 150, I: 70, O: 130 },
    { N: 1, I: 300, O: 300 },
    { N: 3, I: 2000, O: 300 },
  ],
  "N V E": [
    { N: 500, V: 40, E: 130 },
    { N: 1000, V: 3, E: 64 },
  ],
  "T B H": [
    { T: 5, B: 37, H: 70 },
    { T: 3, B: 2, H: 150 },
    { T: 4, B: 70, H: 33 },
    { T: 1, B: 3, H: 520 },
    { T: 3, B: 1, H: 450 },
  ],
  "T B S M A D F H": [
    { T: 4, B: 9, S: 5, M: 4, A: 30, D: 60, F: 50, H: 70 },
    { T: 3, B: 16, S: 7, M: 16, A: 33, D: 40, F: 20, H: 66 },
    { T: 1, B: 20, S: 9, M: 3, A: 70, D: 130, F: 130, H: 100 },
  ],
  "T B S M A D": [
    { T: 7, B: 37, S: 12, M: 37, A: 70, D: 130 },
    { T: 3, B: 50, S: 40, M: 5, A: 33, D: 20 },
  ],
  "B V U H": [
    { B: 90, V: 40, U: 30, H: 130 },
    { B: 3, V: 3, U: 2, H: 20_000 },
  ],
  "N V": [
    { N: 300, V: 130 },
    { N: 3, V: 70_000 },
  ],
  "N I V": [
    { N: 400, I: 40, V: 130 },
    { N: 5, I: 30, V: 3000 },
  ],
  "P O I": [
    { P: 9, O: 130, I: 70 },
    { P: 70, O: 1117, I: 300 },
  ],
  "N I O P": [
    { N: 250, I: 70, O: 130, P: 9 },
    { N: 7, I: 300, O: 1117, P: 70 },
  ],
  "N I V P K U": [
    { N: 400, I: 40, V: 130, P: 9, K: 6, U: 4 },
    { N: 6, I: 300, V: 3000, P: 188, K: 11, U: 2 },
    { N: 3, I: 600, V: 3000, P: 188, K: 5, U: 1 },
  ],
  N: [{ N: 5000 }, { N: 300_001 }],
  "N H": [
    { N: 700, H: 130 },
    { N: 3, H: 60_000 },
  ],
  "A M C": [
    { A: 50, M: 60, C: 70 },
    { A: 1, M: 200_000, C: 1 },
    { A: 3000, M: 50, C: 1 },
  ],
  "A M N C": [
    { A: 3, M: 130, N: 140, C: 4 },
    { A: 1, M: 400, N: 500, C: 1 },
  ],
  "R X C": [
    { R: 500, X: 400, C: 100 },
    { R: 3, X: 90_000, C: 80_000 },
  ],
};

/** Sizes of single kernels that take another way there. */
const largeOf: { readonly [N in KernelName]?: readonly Readonly<Record<string, number>>[] } = Object.fromEntries(
  (["minGruForward", "minGruBackward", "minLstmForward", "minLstmBackward"] as const).map((name) => [
    name,
    // Few units and long sequences: time is scanned in blocks.
    [
      { T: 1100, B: 1, H: 20 },
      { T: 600, B: 3, H: 64 },
    ],
  ]),
);

/** Awkward sizes are held to this many eps of max(1, |exact|), and large ones too but for those named below. */
const closeness = 16;

/** Sums of hundreds of terms at the large sizes: how many eps there, and why. */
const longSums: { readonly [N in KernelName]?: readonly [eps: number, why: string] } = {
  gemmNN: [128, "300 terms from -1 to 1 in a sum, whose rounding errors are some 30 eps on average"],
  gemmNT: [128, "300 terms from -1 to 1 in a sum, whose rounding errors are some 30 eps on average"],
  gemmTN: [128, "300 terms from -1 to 1 in a sum, whose rounding errors are some 30 eps on average"],
  linearForward: [128, "300 terms from -1 to 1 in a sum"],
  linearGrouped: [128, "300 terms from -1 to 1 in a sum"],
  linearBest: [128, "600 terms from -1 to 1 in a sum"],
  linearBackward: [128, "150 rows in the sum of a weight, 130 outputs in that of an input"],
  embeddingBackward: [64, "330 rows of one id, added up one after the other"],
  rnnBackward: [64, "280 steps in the sum of a weight"],
  attendBackward: [64, "3,108 terms in the sum of v"],
  layerNormBackward: [64, "700 rows in the sums of gain and bias"],
  sum: [64, "200,000 elements in a sum"],
};

/** One first: the others must have its bits. More than there are cores, and odd, so that nothing divides evenly. */
const nativeThreads = [1, 2, 3, 7];

const eps = 2 ** -23;
const exact = referenceBuild("float64");
const single = referenceBuild("float32");
const builds = await loadAll();

describe("builds on this machine", async () => {
  for (const { name, isas, note } of await describeBuilds())
    test.skipIf(isas.length === 0)(`${name}: ${isas.join(", ") || note}`, () => {
      expect(builds.filter((build) => build.name === name).map(({ isa }) => isa)).toEqual(
        name === "reference" ? [] : name === "native" ? isas.flatMap((isa) => nativeThreads.map(() => isa)) : isas,
      );
    });
});

describe("every build agrees with the reference", () => {
  for (const name of kernelNames)
    test(name, () => {
      let cases = 0;
      for (const { sizes, choice, complete, limit, isLarge } of casesOf(name)) {
        const random = new Random(cases + 1);
        const args = sampleArgs(name, { sizes, choice, complete }, random, single);
        if (args === undefined) continue;
        cases++;
        const label = `${name} ${JSON.stringify(sizes)} ${JSON.stringify(scalarsOf(name, args))} complete ${complete}`;
        const truth = copyArgs(args, Float64Array);
        (exact.kernels[name] as Run)(truth);
        let alone: Args = {};
        for (const build of builds) {
          // Small sizes are not spread over many threads.
          if (build.threads > 2 && !isLarge) continue;
          const result = copyArgs(args, Float32Array);
          (build.kernels[name] as Run)(result);
          const where = `${label}: ${build.isa}`;
          if (build.threads > 1) sameBits(name, `${where} with ${build.threads} threads`, alone, result);
          else compare(name, where, limit, args, truth, result);
          if (build.threads === 1) alone = result;
        }
      }
      expect(cases).toBeGreaterThan(20);
    });
});

/** Each instruction set of the addon on one thread and then on more, then WebAssembly. */
async function loadAll(): Promise<KernelBuild[]> {
  const loaded = [];
  for (const { name, isas } of await describeBuilds()) {
    if (name === "reference") continue;
    for (const isa of isas)
      for (const threads of name === "native" ? nativeThreads : [1])
        loaded.push((await loadKernels({ build: name, isa, threads })).build);
  }
  return loaded;
}

function* casesOf(name: KernelName) {
  const names = kernelSpec(name).sizes;
  const pick = new Random(7);
  for (let round = 0; round < rounds; round++) {
    const sizes = Object.fromEntries(
      names.map((size, i) => {
        const from = size === "T" ? awkwardT : awkward;
        // The first rounds show every value of each size; later ones are drawn.
        return [size, from[round < 9 ? (round * (i + 1) + i) % from.length : pick.integer(from.length)]!];
      }),
    );
    if ("X" in sizes) sizes.X = Math.max(sizes.X!, sizes.C!);
    yield { sizes, choice: round, complete: round % 3 !== 2, limit: closeness, isLarge: false };
  }
  const key = names.join(" ");
  const more = large[key];
  if (more === undefined) throw new Error(`conformance: no large sizes for kernels over ${key}; add some`);
  const limit = longSums[name]?.[0] ?? closeness;
  for (const [i, sizes] of [...more, ...(largeOf[name] ?? [])].entries())
    yield { sizes, choice: i, complete: true, limit, isLarge: true };
  yield { sizes: more[0]!, choice: 1, complete: false, limit, isLarge: true };
}

function scalarsOf(name: KernelName, args: Args): Args {
  return Object.fromEntries(Object.keys(kernelSpec(name).scalars).map((scalar) => [scalar, args[scalar]]));
}

function compare(name: KernelName, label: string, limit: number, given: Args, truth: Args, result: Args): void {
  for (const [array, { role }] of Object.entries(kernelSpec(name).arrays)) {
    const got = result[array] as Float32Array | Int32Array | null;
    if (got === null) continue;
    const wanted = (role === "in" ? given : truth)[array] as Float32Array | Float64Array | Int32Array;
    for (let i = 0; i < got.length; i++) {
      const [is, must] = [got[i]!, wanted[i]!];
      if (Object.is(is, must)) continue;
      const near =
        role !== "in" &&
        !(got instanceof Int32Array) &&
        Math.abs(is - must) <= limit * eps * Math.max(1, Math.abs(must));
      if (near) continue;
      throw new Error(
        `${label}: ${array}[${i}] ${role === "in" ? "is only read, but was" : "must be"} ${must}, got ${is}, ${(Math.abs(is - must) / eps / Math.max(1, Math.abs(must))).toFixed(1)} eps off`,
      );
    }
  }
}

function sameBits(name: KernelName, label: string, one: Args, two: Args): void {
  for (const array of Object.keys(kernelSpec(name).arrays)) {
    const [a, b] = [one[array], two[array]] as (Float32Array | null)[];
    if (a == null || b == null) continue;
    for (let i = 0; i < a.length; i++)
      if (!Object.is(a[i], b[i])) throw new Error(`${label}: ${array}[${i}] is ${b[i]}, but ${a[i]} with one`);
  }
}
