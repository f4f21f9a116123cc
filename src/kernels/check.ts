/**
 * Argument checks made from the kernel table, once for all builds: compiled code validates nothing.
 *
 * Arguments that are right pass a generated check that says only yes or no. What it turns away is looked at here, by
 * what the table says, to find the words for what is wrong.
 */
import { KindError, show, ValueError } from "../base/index.ts";
import { quickChecks } from "./check.gen.ts";
import { bufferOf, kindOf, lengthOf } from "./elements.ts";
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
 * @returns a function that returns the arrays in table order, in one array that the next call uses again: empty it after.
 * It returns undefined when there is nothing to compute, because no output has any elements
 * @throws the function it returns throws TypeError for a wrong kind and RangeError for a wrong value or length
 */
export function compileCheck(
  name: KernelName,
  precision: "float32" | "float64",
  words: Words,
): (args: AnyArgs) => Arrays | undefined {
  const spec = kernelSpec(name);
  const arrays: Arrays = Object.keys(spec.arrays).map(() => null);
  const explain = compileExplainingCheck(name, precision, words, arrays);
  const quick = precision === "float32" ? quickChecks[name] : undefined;
  const relation = relations[name];
  const presence = presences[name];
  const outputs = Object.values(spec.arrays).flatMap(({ role }, i) => (role === "in" ? [] : [i]));

  const idle = () => {
    for (let i = 0; i < outputs.length; i++) {
      const array = arrays[outputs[i]!]!;
      if (array !== null && lengthOf(array) > 0) return false;
    }
    arrays.fill(null);
    return true;
  };

  return (args) => {
    const { ints, floats } = words;
    if (typeof args !== "object" || args === null) throw badArgument(name, args);
    if (
      !quick?.(args, ints, floats, arrays) ||
      relation?.(ints) !== undefined ||
      presence?.(ints, arrays) !== undefined
    )
      explain(args);
    return idle() ? undefined : arrays;
  };
}

/**
 * Makes the check that finds the words for what is wrong. Each part of the argument is read once, before any is
 * looked at, so that whoever answers differently the next time changes nothing.
 */
export function compileExplainingCheck(
  name: KernelName,
  precision: "float32" | "float64",
  words: Words,
  arrays: Arrays,
): (args: AnyArgs) => void {
  const spec = kernelSpec(name);
  const sizes = spec.sizes;
  const scalars = Object.entries(spec.scalars).map(([scalar, kind]) => scalarCheck(`${name}: ${scalar}`, kind));
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
  const names = [...sizes, ...Object.keys(spec.scalars), ...Object.keys(spec.arrays)];
  const relation = relations[name];
  const presence = presences[name];

  return (args) => {
    const given = names.map((part) => args[part]);
    const { ints } = words;
    for (let i = 0; i < sizes.length; i++) {
      const value = given[i];
      if (typeof value !== "number" || (value | 0) !== value || value < 0) throw badSize(name, sizes[i]!, value);
      ints[i] = value;
    }
    for (let i = 0; i < scalars.length; i++) scalars[i]!(given[sizes.length + i], sizes.length + i, words);
    const broken = relation?.(ints);
    if (broken !== undefined) throw new ValueError(`${name}: ${broken}`);
    for (let i = 0; i < checks.length; i++) {
      const check = checks[i]!;
      const array = given[sizes.length + scalars.length + i];
      if (array === null && check.optional) {
        arrays[i] = null;
        continue;
      }
      if (!isKind(array, check.kind)) throw badKind(name, check, array);
      const { factor, sizes: factors } = check.extent;
      let length = factor;
      for (let j = 0; j < factors.length; j++) length *= ints[factors[j]!]!;
      if (lengthOf(array) !== length) throw badLength(name, check, ints, length, array);
      if (check.range !== undefined) checkRange(name, check, check.range, ints, array);
      arrays[i] = array;
    }
    const missing = presence?.(ints, arrays);
    if (missing !== undefined) throw new ValueError(`${name}: ${missing}`);
  };
}

/** What must hold between sizes and scalars, as words in the order of the table, beyond the shapes: returns what is broken. */
const relations: { readonly [N in KernelName]?: (ints: Int32Array) => string | undefined } = {
  take: columnsFit,
  place: columnsFit,
  max: (ints) => (ints[1] === 0 && ints[0]! * ints[2]! > 0 ? "M must be at least 1, got 0" : undefined),
};

/** Which arrays must be given together, and what sizes must be without them: returns what is broken. */
const presences: { readonly [N in KernelName]?: (ints: Int32Array, arrays: Arrays) => string | undefined } = {
  attentiveLstmForward: attentiveFits("attentiveLstmForward"),
  attentiveLstmBackward: attentiveFits("attentiveLstmBackward"),
  attentiveGruForward: attentiveFits("attentiveGruForward"),
  attentiveGruBackward: attentiveFits("attentiveGruBackward"),
};

function attentiveFits(name: KernelName): (ints: Int32Array, arrays: Arrays) => string | undefined {
  const { sizes, scalars, arrays: specs } = kernelSpec(name);
  const [A, D, F, H] = ["A", "D", "F", "H"].map((size) => sizes.indexOf(size)) as [number, number, number, number];
  const feedsOutput = sizes.length + Object.keys(scalars).indexOf("feedsOutput");
  const names = Object.keys(specs);
  const [wQuery, query] = [names.indexOf("wQuery"), names.indexOf("query")];
  const ofOutput = ["outContext", "outState", "output"].map((array) => [array, names.indexOf(array)] as const);
  return (ints, arrays) => {
    const asks = arrays[wQuery] !== null;
    if (asks !== (arrays[query] !== null)) return "wQuery and query must both be given or both be null";
    if (!asks && ints[A] !== ints[H]) return `A must be H = ${ints[H]} where wQuery is null, got ${ints[A]}`;
    const isOutput = ints[feedsOutput] === 1;
    if (!isOutput && ints[F] !== ints[D]) return `F must be D = ${ints[D]} without feedsOutput, got ${ints[F]}`;
    for (const [array, at] of ofOutput)
      if ((arrays[at] !== null) !== isOutput)
        return `${array} must be ${isOutput ? "given with" : "null without"} feedsOutput`;
    return undefined;
  };
}

function columnsFit(ints: Int32Array): string | undefined {
  const X = ints[1]!;
  const C = ints[2]!;
  const at = ints[3]!;
  return at < 0 || at + C > X
    ? `at must be from 0 to ${X - C}, so that at + C is at most X, got ${at} with C ${C} and X ${X}`
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
  const count = lengthOf(array);
  for (let i = 0; i < count; i++) {
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
  return kindOf(array) === kind;
}

function badArgument(kernel: KernelName, got: unknown): Error {
  const { sizes, scalars, arrays } = kernelSpec(kernel);
  const names = [...sizes, ...Object.keys(scalars), ...Object.keys(arrays)].join(", ");
  return new KindError(`${kernel}: the argument must be an object with ${names}, got ${show(got)}`);
}

function badSize(kernel: KernelName, size: string, value: unknown): Error {
  return typeof value === "number"
    ? new ValueError(`${kernel}: ${size} must be a whole number from 0 to 2147483647, got ${value}`)
    : new KindError(`${kernel}: ${size} must be a whole number, got ${show(value)}`);
}

function badKind(kernel: KernelName, { name, kind, optional }: ArrayCheck, got: unknown): Error {
  const what = kindOf(got) ?? (Array.isArray(got) ? "Array" : show(got));
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
  const got = lengthOf(array);
  if (got === 0 && isDetached(bufferOf(array)))
    return new ValueError(
      `${kernel}: ${name} is an array whose memory has moved; read the array of its block anew after each allocation`,
    );
  const axes = extent.axes(ints);
  const product = axes.length > 1 ? ` = ${axes.join("x")}` : "";
  return new ValueError(`${kernel}: ${name} [${extent.shape}] needs ${length}${product} elements, got ${got}`);
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
