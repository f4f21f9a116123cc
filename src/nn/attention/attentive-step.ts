/** What every way of running an attentive layer takes and gives. */
import type { Tensor } from "../../tensor/index.ts";
import type { Lookup } from "../embedding.ts";
import type { Attention, Memory } from "./attention.ts";

/** Every part [B ...]: those of the cell, `h` among them, and with feed "output" the `output` that is fed next. */
export type AttentiveState = { readonly h: Tensor } & { readonly [part: string]: Tensor };

/** What `AttentiveRecurrent.forward` gives; all but the state is 0 beyond the lengths. */
export interface AttentiveOutput {
  /** [T B H] the h of every step. */
  readonly y: Tensor;
  /** [T B D] what each step read of its memory. */
  readonly context: Tensor;
  /** [T B S] how much each step of its memory mattered to a step. */
  readonly weights: Tensor;
  /** [T B F] with feed output: tanh(outContext context + outState h), which the step after is fed. */
  readonly output: Tensor | null;
  /** After the last real step of each row. */
  readonly state: AttentiveState;
}

/** The weights of an attentive layer by name: those of its cell, and its own. */
export interface AttentiveParameters {
  readonly [name: string]: Tensor;
}

/** Whole sequences of a whole batch, checked. */
export interface AttentiveSequences {
  readonly T: number;
  readonly B: number;
  /** [T B I], or tokens [T B] with their table; null where the layer sees nothing but what it is fed. */
  readonly x: Tensor | Lookup | null;
  readonly attention: Attention;
  readonly memory: Memory;
  /** [B] which memory a row reads. */
  readonly sources: Int32Array;
  /** [B] */
  readonly lengths: Int32Array;
  /** Before the first step. */
  readonly state: AttentiveState;
  readonly feed: "context" | "output";
  readonly parameters: AttentiveParameters;
}

/** Where the last real step of each row stands in a run [T B ...] read as [T*B ...]. */
export function lastRows(lengths: Int32Array): Int32Array {
  const B = lengths.length;
  return lengths.map((length, b) => (length - 1) * B + b);
}
