/**
 * What an array is and where it lies, by the engine's own word: properties of the array itself can be overlaid, and
 * `instanceof` only looks at prototypes, while compiled code goes by what the memory holds.
 */

type Ask<T> = (this: unknown) => T;

const typedArrays = Object.getPrototypeOf(Float32Array.prototype) as Float32Array;
const kind = getter<string | undefined>(Symbol.toStringTag);
const length = getter<number>("length");
const buffer = getter<ArrayBufferLike>("buffer");
const byteOffset = getter<number>("byteOffset");
const { set } = typedArrays;

function getter<T>(property: PropertyKey): Ask<T> {
  return Object.getOwnPropertyDescriptor(typedArrays, property)!.get as Ask<T>;
}

/** Float32Array, Int32Array and so on, of whichever realm; undefined for what is no typed array. */
export function kindOf(value: unknown): string | undefined {
  return kind.call(value);
}

/** How many elements a typed array has. */
export function lengthOf(array: ArrayLike<number>): number {
  return length.call(array);
}

/** The memory in which a typed array lies. */
export function bufferOf(array: ArrayLike<number>): ArrayBufferLike {
  return buffer.call(array);
}

/** Where in its memory a typed array begins. */
export function byteOffsetOf(array: ArrayLike<number>): number {
  return byteOffset.call(array);
}

/** Copies the elements of one typed array to the front of another. */
export function copyElements(from: ArrayLike<number>, to: ArrayLike<number>): void {
  set.call(to as Float32Array, from);
}

/** Whether this is a Float32Array of so many elements. */
export function isFloats(value: unknown, elements: number): value is Float32Array {
  return kind.call(value) === "Float32Array" && length.call(value) === elements;
}

/** Whether this is an Int32Array of so many elements. */
export function isInts(value: unknown, elements: number): value is Int32Array {
  return kind.call(value) === "Int32Array" && length.call(value) === elements;
}
