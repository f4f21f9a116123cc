/**
 * A quick answer to whether a build computes rightly on this machine.
 */
import { Random } from "../base/index.ts";
import type { KernelBuild } from "./build.ts";
import type { AnyArgs } from "./check.ts";
import { referenceBuild } from "./reference.ts";
import { copyArgs, sampleArgs } from "./sample.ts";
import { type KernelName, kernelNames, kernelSpec } from "./table.ts";

/** What a self-test found. */
export interface SelfTest {
  /** How many kernels agree with the reference. */
  readonly passed: number;
  /** The greatest difference, in units of max(1, |exact|). */
  readonly worst: number;
  /** A line for each kernel that does not agree. */
  readonly failures: readonly string[];
}

/** 16 times the distance of neighbouring float32 numbers at 1, as in the conformance suite. */
const closeness = 16 * 2 ** -23;
/** No size is a multiple of a vector's width, so that every ragged end is seen. */
const sizes = {
  T: 5,
  B: 3,
  H: 19,
  N: 21,
  M: 6,
  K: 13,
  I: 11,
  O: 23,
  V: 25,
  E: 9,
  A: 3,
  C: 7,
  R: 5,
  X: 18,
  S: 7,
  D: 12,
  F: 10,
  U: 4,
  P: 2,
};

/** Runs every kernel of a build once and compares with the reference in float64; takes some milliseconds. */
export function selfTest(build: KernelBuild): SelfTest {
  const single = referenceBuild("float32");
  const exact = referenceBuild("float64");
  const failures: string[] = [];
  let worst = 0;
  for (const name of kernelNames) {
    const random = new Random(1);
    const args = sampleArgs(name, { sizes: sizesOf(name), choice: 1, complete: true }, random, single)!;
    try {
      const truth = copyArgs(args, Float64Array);
      const result = copyArgs(args, build.precision === "float64" ? Float64Array : Float32Array);
      call(exact, name, truth);
      call(build, name, result);
      const error = furthest(name, truth, result);
      worst = Math.max(worst, error);
      if (!(error <= closeness)) failures.push(`${name}: is ${error.toExponential(1)} off the reference`);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { passed: kernelNames.length - failures.length, worst, failures };
}

function sizesOf(name: KernelName): Record<string, number> {
  return Object.fromEntries(kernelSpec(name).sizes.map((size) => [size, sizes[size as keyof typeof sizes]]));
}

function call(build: KernelBuild, name: KernelName, args: AnyArgs): void {
  (build.kernels[name] as (args: AnyArgs) => void)(args);
}

/** The greatest difference relative to max(1, |exact|); infinite where one is no number. */
function furthest(name: KernelName, truth: AnyArgs, result: AnyArgs): number {
  let worst = 0;
  for (const array of Object.keys(kernelSpec(name).arrays)) {
    const [must, is] = [truth[array] as Float64Array, result[array] as Float32Array];
    for (let i = 0; i < must.length; i++) {
      const error = Math.abs(is[i]! - must[i]!) / Math.max(1, Math.abs(must[i]!));
      worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    }
  }
  return worst;
}
