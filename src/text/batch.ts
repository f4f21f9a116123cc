/**
 * What a model reads in one step: many sequences side by side, padded to one length.
 */
import { BOS, EOS, PAD, type Tokens, ValueError } from "../base/index.ts";

/** The target of a place that is padding: the loss leaves it out. */
export const NO_TARGET = -1;

/** Sequences side by side: at each place the token read and the token to predict. */
export interface Batch {
  /** [T B] what the model reads; PAD beyond the length. */
  readonly inputs: Tokens;
  /** [T B] what it should predict; -1 where there is nothing to predict. */
  readonly targets: Tokens;
  /** [B] real steps of each sequence, from 1 to T. */
  readonly lengths: Int32Array;
  /** How many targets are real: what a mean loss is the mean of. */
  readonly targetCount: number;
  /** Whether each sequence goes on where that of the batch before ended, so that the state is carried over. */
  readonly continues: boolean;
}

/**
 * Sequences as a batch: each is read as BOS x1 .. xn and predicted as x1 .. xn EOS.
 *
 * @param sequences ids without BOS and EOS; may be empty, may differ in length
 * @returns inputs and targets [T B] with T the longest length plus one
 * @throws RangeError when there is no sequence
 */
export function padSequences(sequences: readonly ArrayLike<number>[]): Batch {
  const B = sequences.length;
  if (B === 0) throw new ValueError("padSequences: needs at least 1 sequence, got 0");
  const lengths = Int32Array.from(sequences, (sequence) => sequence.length + 1);
  const T = lengths.reduce((most, length) => Math.max(most, length));
  const inputs = new Int32Array(T * B).fill(PAD);
  const targets = new Int32Array(T * B).fill(NO_TARGET);
  sequences.forEach((sequence, b) => {
    inputs[b] = BOS;
    for (let t = 0; t < sequence.length; t++) {
      inputs[(t + 1) * B + b] = sequence[t]!;
      targets[t * B + b] = sequence[t]!;
    }
    targets[sequence.length * B + b] = EOS;
  });
  return {
    inputs: { ids: inputs, shape: [T, B] },
    targets: { ids: targets, shape: [T, B] },
    lengths,
    targetCount: lengths.reduce((sum, length) => sum + length),
    continues: false,
  };
}
