/**
 * What an encoder and a decoder read in one step: many pairs of sequences side by side, each side padded to one length.
 */
import { EOS, type Tokens, ValueError } from "../base/index.ts";
import { padSequences } from "./batch.ts";
import { padTokens } from "./pad-tokens.ts";

/** A source and its target as ids, without BOS and EOS. */
export interface EncodedPair {
  readonly source: ArrayLike<number>;
  readonly target: ArrayLike<number>;
}

/** Sources side by side, each with an end. */
export interface SourceBatch {
  /** [S B] what the encoder reads: x1 .. xn EOS; PAD beyond the length. */
  readonly sources: Tokens;
  /** [B] real steps of each source, EOS included, from 1 to S. */
  readonly sourceLengths: Int32Array;
}

/** Pairs side by side: what the encoder reads, and for the decoder at each place the token before and the one to predict. */
export interface PairBatch extends SourceBatch {
  /** [T B] what the decoder reads: BOS y1 .. yn; PAD beyond the length. */
  readonly inputs: Tokens;
  /** [T B] what it should predict: y1 .. yn EOS; -1 beyond. */
  readonly targets: Tokens;
  /** [B] real steps of each target, EOS included, from 1 to T. */
  readonly lengths: Int32Array;
  /** How many targets are real: what a mean loss is the mean of. */
  readonly targetCount: number;
}

/**
 * Sources as an encoder reads them: each ends in EOS, so that even an empty one has a step.
 *
 * @param sequences ids without EOS; may be empty, may differ in length
 * @throws RangeError when there is none
 */
export function padSources(sequences: readonly ArrayLike<number>[]): SourceBatch {
  if (sequences.length === 0) throw new ValueError("padSources: needs at least 1 source, got 0");
  const ended = sequences.map((sequence) => {
    const ids = new Int32Array(sequence.length + 1);
    ids.set(sequence);
    ids[sequence.length] = EOS;
    return ids;
  });
  return { sources: padTokens(ended), sourceLengths: Int32Array.from(ended, ({ length }) => length) };
}

/**
 * Pairs as a batch: each source is read as x1 .. xn EOS, each target as BOS y1 .. yn and predicted as y1 .. yn EOS.
 *
 * @throws RangeError when there is no pair
 */
export function padPairs(pairs: readonly EncodedPair[]): PairBatch {
  if (pairs.length === 0) throw new ValueError("padPairs: needs at least 1 pair, got 0");
  const { continues, ...decoder } = padSequences(pairs.map(({ target }) => target));
  return { ...padSources(pairs.map(({ source }) => source)), ...decoder };
}
