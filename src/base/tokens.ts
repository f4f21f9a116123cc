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
