/** What a memory task is: sequences whose answer was seen long before it is asked for. */
import type { Random } from "../../base/index.ts";

/** Some sequences of one length, with their answers. Time comes first: entry t B + b is step t of sequence b. */
export interface Drawn {
  /** [T B] tokens to read, for a task that reads tokens. */
  readonly tokens?: Int32Array;
  /** [T B I] numbers to read, for a task that reads numbers. */
  readonly numbers?: Float64Array;
  /** [A B], the answers at the last A steps: classes from 0, or numbers. */
  readonly answers: Int32Array | Float64Array;
}

/** How well a network does. */
export interface Judgement {
  /** Nats per answer, or the mean squared error; null where there is none. */
  readonly loss: number | null;
  /** The share of answers that are right, for a task with classes. */
  readonly accuracy: number | null;
}

/** A task that asks for what was seen long before. */
export interface Problem {
  readonly name: string;
  readonly summary: string;
  /** Kinds of tokens it reads, or null where it reads numbers. */
  readonly vocabulary: number | null;
  /** Numbers of each step, where it reads numbers. */
  readonly inputs: number;
  /** Classes to choose from, or null where the answer is a number. */
  readonly classes: number | null;
  /** How many of the last steps have an answer. */
  readonly answers: number;
  /** The loss of one who remembers nothing. */
  readonly baseline: number;
  /** When the task counts as learned, in words. */
  readonly criterion: string;
  isLearned(found: Judgement): boolean;
  /** Steps of a sequence, T. */
  steps(distance: number): number;
  /** Draws `count` sequences. */
  draw(random: Random, distance: number, count: number): Drawn;
}

/** For tasks with classes: nearly all answers are right. */
export const nearlyAllRight = {
  criterion: "more than 95 % right",
  isLearned: ({ accuracy }: Judgement) => accuracy !== null && accuracy > 0.95,
} as const;
