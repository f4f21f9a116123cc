/** What every attention layer has: a memory that is prepared once and asked many times. */
import type { Attended, Tensor } from "../../tensor/index.ts";

/** What attention reads: the outputs of an encoder, with the keys by which they are found. */
export interface Memory {
  /** [S M A] projected once, when the memory was prepared */
  readonly keys: Tensor;
  /** [S M D] */
  readonly values: Tensor;
  /** [M] real steps of each sequence, 1..S */
  readonly lengths: Int32Array;
}

/** A layer that looks up a memory. */
export interface Attention {
  /** Numbers of a query. */
  readonly querySize: number;
  /** Numbers of a value, and so of a context. */
  readonly memorySize: number;
  /**
   * Projects the keys of a memory, once for however many queries.
   *
   * @param values  [S M memorySize]
   * @param lengths [M] real steps, 1..S
   */
  prepare(values: Tensor, lengths: Int32Array): Memory;
  /**
   * Looks a memory up for many queries at once.
   *
   * @param query   [T B querySize]
   * @param sources [B] which of the M sequences a row reads; several rows may read one, without a copy of it. By default
   *   row b reads sequence b.
   */
  forward(query: Tensor, memory: Memory, sources?: Int32Array): Attended;
}
