/** What a training is made of, what it tells while it goes, and how it ends. */
import type { Tensor } from "../tensor/index.ts";
import type { StoredTensors } from "./checkpoint.ts";
import type { EarlyStopping } from "./early-stopping.ts";
import type { Optimizer } from "./optimizers/index.ts";
import type { RunFolder } from "./run-folder.ts";
import type { Plateau, Schedule } from "./schedules.ts";

/** Batches without end, one pass over the data after another, from a place that can be saved. */
export interface BatchSource<Batch> {
  readonly batchesPerEpoch: number;
  next(): Batch;
  /** The place reached, random state included, as plain JSON: the pass, and how many of its batches are taken. */
  readonly position: { readonly epoch: number; readonly index: number };
  /** Goes to a place saved before; throws FormatError, beginning with `where`, when it is none. */
  restore(position: unknown, where: string): void;
}

/** What the loss keeps from one batch to the next, such as the state of a network that reads running text. */
export interface Carried {
  /** The tensors kept, to be saved. */
  state(): StoredTensors;
  restore(state: StoredTensors): void;
}

/** What is trained, on what, and how to judge it. */
export interface Training<Batch> {
  /** Any object that holds the layers. */
  readonly model: object;
  readonly optimizer: Optimizer;
  readonly batches: BatchSource<Batch>;
  /** The loss of a batch: one number, made by recorded operations. */
  loss(batch: Batch): Tensor;
  /** Needed to resume to the bit where the loss of a batch depends on those before by more than the weights. */
  readonly carried?: Carried;
  /** Real tokens in a batch, for the speed and the log. */
  tokens?(batch: Batch): number;
  /**
   * Judges the model: numbers by name, among them the option `metric`. Nothing is recorded meanwhile. It may break off by
   * throwing the reason of an aborted signal; it is then made when the training goes on.
   */
  evaluate?(): Evaluation | Promise<Evaluation>;
  /** Shows what the model makes. Nothing is recorded meanwhile. */
  sample?(): readonly string[] | Promise<readonly string[]>;
  readonly schedule?: Schedule;
  readonly plateau?: Plateau | null;
  readonly earlyStopping?: EarlyStopping | null;
  /** Where to log and save. A run that has a checkpoint goes on from it. */
  readonly run?: RunFolder;
  /** Stops the training after the current step. */
  readonly signal?: AbortSignal;
  readonly on?: Listeners;
}

/** What an evaluation found, by name; the loss in nats per token, an accuracy from 0 to 1. */
export type Evaluation = Readonly<Record<string, number>>;

/** Functions to call while training; the loop waits for those that return a promise. */
export interface Listeners {
  /** Before the first update, once it is sure that the training can begin, or go on from its checkpoint. */
  start?(from: { readonly step: number; readonly steps: number }): unknown;
  /** After every update. */
  step?(progress: Progress): void;
  evaluate?(found: { readonly step: number; readonly evaluation: Evaluation; readonly isBest: boolean }): unknown;
  sample?(made: { readonly step: number; readonly samples: readonly string[] }): unknown;
  checkpoint?(saved: { readonly step: number }): unknown;
  stop?(outcome: Outcome): unknown;
}

/** Where a training is. */
export interface Progress {
  /** Updates made. */
  readonly step: number;
  /** Updates to make. */
  readonly steps: number;
  readonly epoch: number;
  readonly loss: number;
  /** The length of the gradient before clipping. */
  readonly norm: number;
  readonly rate: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** Seconds left; Infinity until that can be told. */
  readonly eta: number;
}

/** How a training ended. */
export interface Outcome {
  readonly reason: "finished" | "aborted" | "early";
  readonly step: number;
  readonly epoch: number;
  readonly best: { readonly step: number; readonly value: number } | null;
}
