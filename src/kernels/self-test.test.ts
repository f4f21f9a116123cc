import { describe, expect, test } from "vitest";
import type { KernelBuild } from "./build.ts";
import { describeBuilds, loadKernels } from "./node.ts";
import { referenceBuild } from "./reference.ts";
import { selfTest } from "./self-test.ts";
import { type FloatArray, kernelNames } from "./table.ts";

test("every build of this machine passes", async () => {
  for (const { isas } of await describeBuilds())
    for (const isa of isas) {
      const { build } = await loadKernels({ isa });
      expect(selfTest(build)).toMatchObject({ passed: kernelNames.length, failures: [] });
    }
});

/** The reference with one kernel spoilt. */
function spoilt(kernels: Partial<KernelBuild["kernels"]>): KernelBuild {
  const build = referenceBuild();
  return { ...build, kernels: { ...build.kernels, ...kernels } };
}

test("a kernel that computes wrongly, writes nothing or throws is named", () => {
  const { kernels } = referenceBuild();
  const wrong = selfTest(
    spoilt({
      gruForward: (args) => kernels.gruForward({ ...args, reverse: !args.reverse }),
      scale: () => {},
      clamp: () => {
        throw new Error("clamp: not enough memory");
      },
    }),
  );
  expect(wrong.passed).toBe(kernelNames.length - 3);
  expect(wrong.failures).toEqual([
    expect.stringMatching(/^gruForward: is \d\.\de[+-]\d off the reference$/),
    "scale: is Infinity off the reference",
    "clamp: not enough memory",
  ]);
});

describe("a planted fault is found", () => {
  const { kernels } = referenceBuild();
  /** The array with its first two of so many equal parts exchanged. */
  const exchange = (array: FloatArray, parts: number) => {
    const [part, swapped] = [array.length / parts, array.slice()];
    swapped.set(array.subarray(part, 2 * part), 0);
    swapped.set(array.subarray(0, part), part);
    return swapped;
  };
  const faults: Readonly<Record<string, Partial<KernelBuild["kernels"]>>> = {
    "gates in another order": {
      lstmForward: (args) => kernels.lstmForward({ ...args, wHh: exchange(args.wHh, 4) }),
    },
    "lengths ignored": {
      lstmForward: (args) => kernels.lstmForward({ ...args, lengths: new Int32Array(args.B).fill(args.T) }),
    },
    "the initial state ignored": {
      gruBackward: (args) => kernels.gruBackward({ ...args, h0: args.h0.map(() => 0) }),
    },
    "peepholes ignored": { lstmBackward: (args) => kernels.lstmBackward({ ...args, peepholes: null }) },
    "the end of a vector lost": {
      zip: (args) => {
        kernels.zip(args);
        args.y[args.N - 1] = Number.NaN;
      },
    },
    "weights transposed": {
      gemmNN: (args) => kernels.gemmNT({ ...args, b: args.b }),
    },
    "the sum begun anew": { gemmTN: (args) => kernels.gemmTN({ ...args, accumulate: false }) },
    "another seed": { dropout: (args) => kernels.dropout({ ...args, seed: args.seed ^ 1 }) },
    "smoothing ignored": { crossEntropyForward: (args) => kernels.crossEntropyForward({ ...args, smoothing: 0 }) },
    "the last of equal scores taken": {
      max: (args) => {
        kernels.max(args);
        for (let at = 0; at < args.A * args.C; at++)
          for (let m = 0; m < args.M; m++)
            if (args.x[(Math.floor(at / args.C) * args.M + m) * args.C + (at % args.C)] === args.y[at])
              args.index[at] = m;
      },
    },
    "an input changed": {
      softmaxForward: (args) => {
        kernels.softmaxForward(args);
        args.x[0] = 7;
      },
    },
    "decay coupled": { adamUpdate: (args) => kernels.adamUpdate({ ...args, decoupled: !args.decoupled }) },
  };
  for (const [fault, kernel] of Object.entries(faults))
    test(fault, () => expect(selfTest(spoilt(kernel)).failures).toHaveLength(1));
});
