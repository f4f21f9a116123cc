/**
 * Argument checks made from the kernel table, once for all builds: compiled code validates nothing.
 *
 * Arguments that are right pass a generated check that says only yes or no. What it turns away is looked at here, by
 * what the table says, to find the words for what is wrong.
 */
import { KindError, show, ValueError } from "../base/index.ts";
import { quickChecks } from "./check.gen.ts";
import { axesOf, readLimit, readShape } from "./shape.ts";
import { type ArraySpec, type FloatArray, type KernelName, kernelSpec } from "./table.ts";

/** The argument of any kernel, before it is known to be right. */
export type AnyArgs = Readonly<Record<string, unknown>>;

/** Sizes and scalars of a call as 4-byte words in the order of the table: two views of the same memory. */
export interface Words {
  ints: Int32Array;
  floats: Float32Array;
}

/** Room for the words of any kernel. */
export function makeWords(buffer: ArrayBuffer = new ArrayBuffer(64), byteOffset = 0): Words {
  return { ints: new Int32Array(buffer, byteOffset, 16), floats: new Float32Array(buffer, byteOffset, 16) };
}

/** The arrays of a call in the order of the table; an absent one is null. */
export type Arrays = (FloatArray | Int32Array | null)[];

/** A shape such as "T B 4H": how many elements it has, given the sizes as words. */
interface Extent {
  readonly shape: string;
  readonly factor: number;
  /** Which words to multiply. */
  readonly sizes: readonly number[];
  /** The numbers along each axis, for messages. */
  axes(ints: Int32Array): number[];
}

interface ArrayCheck {
  readonly name: string;
  readonly optional: boolean;
  readonly kind: Kind;
  readonly extent: Extent;
  readonly range: { readonly least: number; most(ints: Int32Array): number } | undefined;
}

type Kind = "Int32Array" | "Float32Array" | "Float64Array";

type ScalarCheck = (value: unknown, at: number, words: Words) => void;

/**
 * Makes the function that checks the argument of a kernel and lays it out for a call.
 *
 * @param words where sizes and scalars are written
 * @returns a function that returns the arrays in table order, in one array that the next call uses again: empty it after
 * @throws the function it returns throws TypeError for a wrong kind and RangeError for a wrong value or length
 */
export function compileCheck(
  name: KernelName,
  precision: "float32" | "float64",
  words: Words,
): (args: AnyArgs) => Arrays {
  const spec = kernelSpec(name);
  const sizes = spec.sizes;
  const scalars = Object.entries(spec.scalars).map(([scalar, kind]) => ({
    scalar,
    check: scalarCheck(`${name}: ${scalar}`, kind),
  }));
  const checks = Object.entries(spec.arrays).map(([array, it]): ArrayCheck => {
    const kind = it.type === "int" ? "Int32Array" : precision === "float64" ? "Float64Array" : "Float32Array";
    return {
      name: array,
      optional: it.optional,
      kind,
      extent: compileShape(it.shape, sizes),
      range: compileRange(it.range, sizes),
    };
  });
  const arrays: Arrays = checks.map(() => null);
  const further = relations[name];
  const quick = precision === "float32" && further === undefined ? quickChecks[name] : undefined;

  return (args) => {
    const ints = words.ints;
    if (quick?.(args, ints, words.floats, arrays)) return arrays;
    for (let i = 0; i < sizes.length; i++) {
      const value = args[sizes[i]!];
      const int = (value as number) | 0;
      if (int !== value || int < 0) throw badSize(name, sizes[i]!, value);
      ints[i] = int;
    }
    for (let i = 0; i < scalars.length; i++) {
      const { scalar, check } = scalars[i]!;
      check(args[scalar], sizes.length + i, words);
    }
    if (further !== undefined) {
      const broken = further(args as Readonly<Record<string, number>>);
      if (broken !== undefined) throw new ValueError(`${name}: ${broken}`);
    }
    for (let i = 0; i < checks.length; i++) {
      const check = checks[i]!;
      const array = args[check.name];
      if (array === null && check.optional) {
        arrays[i] = null;
        continue;
      }
      if (!isKind(array, check.kind)) throw badKind(name, check, array);
      const { factor, sizes } = check.extent;
      let length = factor;
      for (let j = 0; j < sizes.length; j++) length *= ints[sizes[j]!]!;
      if (array.length !== length) throw badLength(name, check, ints, length, array);
      if (check.range !== undefined) checkRange(name, check, check.range, ints, array);
      arrays[i] = array;
    }
    return arrays;
  };
}

/** What must hold between sizes and scalars beyond the shapes; returns what is broken. */
const relations: { readonly [N in KernelName]?: (args: Readonly<Record<string, number>>) => string | undefined } = {
  take: columnsFit,
  place: columnsFit,
  max: ({ A, M, C }) => (M === 0 && A! * C! > 0 ? "M must be at least 1, got 0" : undefined),
};

function columnsFit({ X, C, at }: Readonly<Record<string, number>>): string | undefined {
  return at! < 0 || at! + C! > X!
    ? `at must be from 0 to ${X! - C!}, so that at + C is at most X, got ${at} with C ${C} and X ${X}`
    : undefined;
}

function compileShape(shape: string, names: readonly string[]): Extent {
  const axes = readShape(shape);
  return {
    shape,
    factor: axes.reduce((product, { times }) => product * times, 1),
    sizes: axes.filter(({ size }) => size !== "").map(({ size }) => names.indexOf(size)),
    axes: (ints) => axesOf(shape, Object.fromEntries(names.map((name, i) => [name, ints[i]!]))),
  };
}

function compileRange(range: ArraySpec["range"], names: readonly string[]): ArrayCheck["range"] {
  if (range === undefined) return undefined;
  const { size, offset } = readLimit(range[1]);
  const at = names.indexOf(size);
  return { least: range[0], most: (ints) => ints[at]! + offset };
}

function checkRange(
  kernel: KernelName,
  { name }: ArrayCheck,
  range: NonNullable<ArrayCheck["range"]>,
  ints: Int32Array,
  array: FloatArray | Int32Array,
): void {
  const least = range.least;
  const most = range.most(ints);
  for (let i = 0; i < array.length; i++) {
    const value = array[i]!;
    if (value < least || value > most)
      throw new ValueError(`${kernel}: ${name}[${i}] must be from ${least} to ${most}, got ${value}`);
  }
}

function scalarCheck(where: string, spec: "float" | "int" | "flag" | readonly string[]): ScalarCheck {
  if (spec === "float")
    return (value, at, words) => {
      if (typeof value !== "number") throw new KindError(`${where} must be a number, got ${show(value)}`);
      // biome-ignore lint/suspicious/noSelfCompare: NaN is the one number unlike itself
      if (value !== value) throw new ValueError(`${where} must be a number, got NaN`);
      words.floats[at] = value;
    };
  if (spec === "int")
    return (value, at, words) => {
      const int = (value as number) | 0;
      if (int !== value) {
        if (typeof value !== "number") throw new KindError(`${where} must be a whole number, got ${show(value)}`);
        throw new ValueError(`${where} must be a whole number from -2147483648 to 2147483647, got ${value}`);
      }
      words.ints[at] = int;
    };
  if (spec === "flag")
    return (value, at, words) => {
      if (typeof value !== "boolean") throw new KindError(`${where} must be true or false, got ${show(value)}`);
      words.ints[at] = value ? 1 : 0;
    };
  return (value, at, words) => {
    const index = spec.indexOf(value as string);
    if (index < 0) throw new ValueError(`${where} must be one of ${spec.join(", ")}, got ${show(value)}`);
    words.ints[at] = index;
  };
}

function isKind(array: unknown, kind: Kind): array is FloatArray | Int32Array {
  // Each class is named on its own, because the engine then compares a map instead of walking prototypes.
  if (kind === "Float32Array" && array instanceof Float32Array) return true;
  if (kind === "Int32Array" && array instanceof Int32Array) return true;
  if (kind === "Float64Array" && array instanceof Float64Array) return true;
  // An array made in another realm, such as a test runner's or a frame's, is of another class of the same name.
  return ArrayBuffer.isView(array) && Object.prototype.toString.call(array) === `[object ${kind}]`;
}

function badSize(kernel: KernelName, size: string, value: unknown): Error {
  return typeof value === "number"
    ? new ValueError(`${kernel}: ${size} must be a whole number from 0 to 2147483647, got ${value}`)
    : new KindError(`${kernel}: ${size} must be a whole number, got ${show(value)}`);
}

function badKind(kernel: KernelName, { name, kind, optional }: ArrayCheck, got: unknown): Error {
  const what = ArrayBuffer.isView(got) || Array.isArray(got) ? got.constructor.name : show(got);
  return new KindError(
    `${kernel}: ${name} must be ${kind === "Int32Array" ? "an" : "a"} ${kind}${optional ? " or null" : ""}, got ${what}`,
  );
}

function badLength(
  kernel: KernelName,
  { name, extent }: ArrayCheck,
  ints: Int32Array,
  length: number,
  array: FloatArray | Int32Array,
): Error {
  if (array.length === 0 && array.buffer.byteLength === 0 && array.byteOffset === 0 && isDetached(array))
    return new ValueError(
      `${kernel}: ${name} is an array whose memory has moved; read the array of its block anew after each allocation`,
    );
  const axes = extent.axes(ints);
  const product = axes.length > 1 ? ` = ${axes.join("x")}` : "";
  return new ValueError(`${kernel}: ${name} [${extent.shape}] needs ${length}${product} elements, got ${array.length}`);
}

function isDetached(array: FloatArray | Int32Array): boolean {
  try {
    new Uint8Array(array.buffer);
    return false;
  } catch {
    return true;
  }
}
