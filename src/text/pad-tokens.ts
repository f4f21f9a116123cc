import { PAD, type Tokens, ValueError } from "../base/index.ts";

/**
 * Lists of ids side by side, the shorter ones filled up at their end.
 *
 *     padTokens([[5, 6, 7], [8]])    { ids: [5 8  6 0  7 0], shape: [3 2] }
 *
 * @param sequences B lists of ids; may differ in length
 * @param padding   the id to fill up with; `NO_TARGET` for targets, so that a loss leaves it out
 * @returns tokens [T B], T the longest length
 * @throws RangeError when there is no sequence
 */
export function padTokens(sequences: readonly ArrayLike<number>[], padding: number = PAD): Tokens {
  const B = sequences.length;
  if (B === 0) throw new ValueError("padTokens: needs at least 1 sequence, got 0");
  const T = sequences.reduce((longest, { length }) => Math.max(longest, length), 0);
  const ids = new Int32Array(T * B).fill(padding);
  sequences.forEach((sequence, b) => {
    for (let t = 0; t < sequence.length; t++) ids[t * B + b] = sequence[t]!;
  });
  return { ids, shape: [T, B] };
}
