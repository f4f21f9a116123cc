import { KindError, show, ValueError } from "./errors.ts";

/**
 * Token ids with their shape, such as [T B]. Ids are whole numbers and never a Tensor: they have no gradient.
 */
export interface Tokens {
  readonly ids: Int32Array;
  readonly shape: readonly number[];
}

/** The ids every vocabulary begins with: padding, an unknown token, the begin and the end of a sequence. */
export const PAD = 0;
export const UNK = 1;
export const BOS = 2;
export const EOS = 3;

/**
 * Checks tokens where a caller hands them over.
 *
 * @param where starts every message, such as "Embedding"
 * @param name  what the caller calls them, such as "targets"
 * @throws TypeError when they are no tokens, RangeError when there are more or fewer ids than the shape says
 */
export function checkTokens(where: string, name: string, tokens: Tokens): void {
  const { ids, shape } = (tokens ?? {}) as Partial<Tokens>;
  if (!isInt32Array(ids) || !Array.isArray(shape))
    throw new KindError(
      `${where}: ${name} must be { ids, shape } with ids an Int32Array, got ${show(tokens)}; write { ids: Int32Array.of(3, 1), shape: [2] }`,
    );
  let size = 1;
  for (const n of shape) size *= n;
  if (ids.length !== size)
    throw new ValueError(`${where}: ${name} [${shape.join(" ")}] need ${size} ids, got ${ids.length}`);
}

/**
 * Checks that whole numbers lie from `least` to `most`, where a caller hands them over.
 *
 * @throws TypeError when it is no Int32Array, RangeError for the first number out of range
 */
export function checkInts(where: string, name: string, ints: Int32Array, least: number, most: number): void {
  if (!isInt32Array(ints)) throw new KindError(`${where}: ${name} must be an Int32Array, got ${show(ints)}`);
  for (let i = 0; i < ints.length; i++) {
    const value = ints[i]!;
    if (value < least || value > most)
      throw new ValueError(`${where}: ${name}[${i}] must be from ${least} to ${most}, got ${value}`);
  }
}

/** Also one made in another realm, such as a test runner's or a frame's: it is of another class of the same name. */
function isInt32Array(value: unknown): value is Int32Array {
  return (
    value instanceof Int32Array ||
    (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Int32Array]")
  );
}
