/** Data of pairs: what is learnt from, and what is kept apart to judge by. */

/** A text and what is to become of it. */
export interface Pair {
  readonly source: string;
  readonly target: string;
  /** Other targets that are right too. */
  readonly references?: readonly string[];
  /** What the source is to become, such as a language, where one model knows several. */
  readonly tag?: string;
}

/** Pairs in three parts; nothing that one part asks is in another. */
export interface PairData<P extends Pair = Pair> {
  /** What a model learns from. */
  readonly training: P[];
  /** What decides when it has learnt enough, and which settings are better. */
  readonly validation: P[];
  /** What it is judged by, which decides nothing. */
  readonly test: P[];
  /** What the pairs were made of, with its version and licence. */
  readonly origin: string;
}

/** What the reader of a data set of pairs may be asked for. */
export interface PairDataOptions {
  /** Starts the messages: who needs the data. */
  readonly where?: string;
  /** Decides what is drawn, and what is kept apart. */
  readonly seed?: number;
}
