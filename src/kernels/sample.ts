/**
 * Random arguments for any kernel, made from the table: what the conformance suite and the self-test compare builds on.
 */
import type { Random } from "../base/index.ts";
import type { KernelBuild } from "./build.ts";
import type { AnyArgs } from "./check.ts";
import { axesOf, readLimit } from "./shape.ts";
import { type FloatArray, type KernelName, kernelNames, kernelSpec, type ScalarSpec } from "./table.ts";

/** What a sample depends on besides chance. */
export interface SampleOptions {
  /** The value of each size of the kernel. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Which of the names or of false and true each scalar takes, counted round and round. */
  readonly choice: number;
  /** Whether optional arrays are there. */
  readonly complete: boolean;
}

/**
 * Arguments with values such as training has them; outputs hold NaN, so that one left unwritten shows.
 *
 * A backward kernel gets what its forward kernel made of the same inputs: values that belong together.
 *
 * @param reference runs the forward kernel
 * @returns undefined when there are no such arguments, as with sequences of length 0 or the greatest of no numbers
 */
export function sampleArgs(
  name: KernelName,
  given: SampleOptions,
  random: Random,
  reference: KernelBuild,
): AnyArgs | undefined {
  const options = name.startsWith("attentive") ? fitAttentive(given) : fitGroups(given);
  if (name === "max" && options.sizes.M === 0) return undefined;
  const forward = name.replace(/Backward$/, "Forward");
  const before = [forward, name.replace(/Backward$/, "")].find((other) => other !== name && isKernel(other));
  const args: Record<string, unknown> = { ...options.sizes, ...sampleScalars(name, options, random) };
  const made = before === undefined ? {} : runForward(before as KernelName, args, options, random, reference);
  if (made === undefined) return undefined;
  for (const [array, { type, role, shape, optional, range }] of Object.entries(kernelSpec(name).arrays)) {
    const length = axesOf(shape, options.sizes).reduce((product, axis) => product * axis, 1);
    if (role !== "out" && array in made) args[array] = made[array];
    else if (optional && isAbsent(name, array, options)) args[array] = null;
    else if (type === "int" && role === "out") args[array] = new Int32Array(length).fill(-77);
    else if (type === "int") {
      const { size, offset } = readLimit(range![1]);
      const [least, most] = [range![0], options.sizes[size]! + offset];
      if (most < least && length > 0) return undefined;
      args[array] = Int32Array.from({ length }, () => least + random.integer(most - least + 1));
    } else if (role === "out") args[array] = new Float32Array(length).fill(Number.NaN);
    else args[array] = sampleFloats(name, array, args, length, random);
  }
  return args;
}

/** The same arguments in arrays of their own, float ones of the given kind. */
export function copyArgs(args: AnyArgs, Floats: typeof Float32Array | typeof Float64Array): AnyArgs {
  const copy = (value: unknown) => {
    if (value instanceof Float32Array) return new Floats(value);
    return value instanceof Int32Array ? value.slice() : value;
  };
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, copy(value)]));
}

/** The sizes that a decoder layer with attention has, the state being the query where there is no wQuery. */
function fitAttentive({ sizes, choice, complete }: SampleOptions): SampleOptions {
  const { D, F, H, A } = sizes as Record<"D" | "F" | "H" | "A", number>;
  return { sizes: { ...sizes, A: complete ? A : H, F: choice % 2 === 1 ? F : D }, choice, complete };
}

/** As many groups as hold all rows. */
function fitGroups({ sizes, ...others }: SampleOptions): SampleOptions {
  if (!("P" in sizes)) return { sizes, ...others };
  return { sizes: { ...sizes, P: Math.ceil((sizes.O ?? sizes.V)! / 16) }, ...others };
}

function isAbsent(name: KernelName, array: string, { choice, complete }: SampleOptions): boolean {
  if (!name.startsWith("attentive")) return !complete;
  const isOfOutput = /^d?out/.test(array);
  if (isOfOutput && choice % 2 === 0) return true;
  if (["output", "outContext", "outState"].includes(array)) return false;
  // Attention that asks by the state itself, in both kinds.
  return !complete && !(/^d?v$/.test(array) && choice % 4 > 1);
}

function runForward(
  name: KernelName,
  given: AnyArgs,
  options: SampleOptions,
  random: Random,
  reference: KernelBuild,
): AnyArgs | undefined {
  const args = sampleArgs(name, options, random, reference);
  if (args === undefined) return undefined;
  const shared = Object.keys(kernelSpec(name).scalars).filter((scalar) => scalar in given);
  const all = { ...args, ...Object.fromEntries(shared.map((scalar) => [scalar, given[scalar]])) };
  (reference.kernels[name] as (args: AnyArgs) => void)(all);
  return all;
}

function sampleScalars(name: KernelName, { sizes, choice }: SampleOptions, random: Random): AnyArgs {
  const one = (scalar: string, spec: ScalarSpec): unknown => {
    if (scalar === "at") return random.integer(Math.max(1, sizes.X! - sizes.C! + 1));
    if (spec === "flag") return choice % 2 === 1;
    if (spec === "int") return random.bits() | 0;
    if (spec !== "float") return spec[choice % spec.length];
    if (scalar === "smoothing" && choice % 2 === 0) return 0;
    return Math.fround(0.1 + 0.8 * random.uniform());
  };
  return Object.fromEntries(
    Object.entries(kernelSpec(name).scalars).map(([scalar, spec]) => [scalar, one(scalar, spec)]),
  );
}

function sampleFloats(name: KernelName, array: string, args: AnyArgs, length: number, random: Random): FloatArray {
  const values = Float32Array.from({ length }, () => 2 * random.uniform() - 1);
  // Sums of squares are not negative, and neither is what log and sqrt are taken of or divided by.
  const positive = array === "squares" || (name === "adamUpdate" && array === "v");
  const proper = args.op === "log" || args.op === "sqrt" || args.op === "div";
  if (positive || proper) for (let i = 0; i < length; i++) values[i] = Math.abs(values[i]!) + (proper ? 0.1 : 0);
  // Recurrent weights as initialised, so that a long sequence does not run away.
  const depth = { wHh: "H", wFeed: "F", wQuery: "H", outContext: "D", outState: "H" }[array];
  if (depth !== undefined) for (let i = 0; i < length; i++) values[i]! /= Math.sqrt(args[depth] as number);
  // Ties, of which the first counts.
  if (name === "max") for (let i = 0; i < length; i++) values[i] = Math.round(values[i]! * 4) / 4;
  return values;
}

function isKernel(name: string): name is KernelName {
  return (kernelNames as readonly string[]).includes(name);
}
