/** Everything that can be said about learning the memory tasks. */
import { z } from "zod";
import { type CellName, cells } from "../../nn/index.ts";
import { type StartName, starts } from "./start.ts";

const names = <N extends string>(table: Readonly<Record<N, unknown>>) => Object.keys(table) as [N, ...N[]];

/** The tasks by name. */
export const problemNames = ["copy", "adding", "agreement"] as const;
/** The name of a memory task. */
export type ProblemName = (typeof problemNames)[number];

/** Who learns: a recurrent cell, or an echo state network. */
export const learnerNames = [...names<CellName>(cells), "echoState"] as const;
/** The name of a learner. */
export type LearnerName = CellName | "echoState";

/** What one training is made with. */
export const memoryTrainingOptions = z.strictObject({
  hiddenSize: z.int().min(1).max(4096).default(64).describe("units of the recurrent layer, H"),
  init: z.enum<StartName[]>(names(starts)).default("default").describe("initial recurrent weights"),
  forgetBias: z.number().default(4).describe("initial bias of forget gates: how long a fresh LSTM remembers"),
  batchSize: z.int().min(1).default(32).describe("sequences in an update"),
  updates: z.int().min(1).default(2000).describe("updates at most; a task that is learned ends before"),
  rate: z.number().positive().max(100).default(0.01).describe("learning rate of Adam"),
  clipNorm: z.number().min(0).default(1).describe("greatest length of the gradient (0: any)"),
  chunk: z.int().min(0).default(0).describe("steps that gradients reach back (0: all of them)"),
  symbols: z.int().min(1).max(100).default(3).describe("letters of the copy task"),
  reservoir: z.int().min(1).max(2000).default(200).describe("units of an echo state network"),
  spectralRadius: z.number().min(0).default(0.99).describe("of an echo state network's reservoir"),
  judgeEvery: z.int().min(1).default(50).describe("updates between judgements"),
  judgeOn: z.int().min(1).default(500).describe("sequences, never trained on, to judge by"),
  seed: z.int().min(0).default(1).describe("decides all random numbers"),
});

/** All options of the memory tasks. */
export const memoryOptions = z.strictObject({
  tasks: z
    .array(z.enum(problemNames))
    .min(1)
    .readonly()
    .default([...problemNames])
    .describe("what is to be learned"),
  cells: z
    .array(z.enum<LearnerName[]>([...learnerNames]))
    .min(1)
    .readonly()
    .default(["rnn", "gru", "lstm"])
    .describe("who learns; echoState is a fixed reservoir"),
  distances: z
    .array(z.int().min(1).max(100_000))
    .min(1)
    .readonly()
    .default([10, 30, 100])
    .describe("steps between a question and its answer"),
  remedies: z.boolean().default(false).describe("train with and without each remedy against forgetting instead"),
  ...memoryTrainingOptions.shape,
});

/** Options as a user gives them. */
export type MemoryOptions = z.input<typeof memoryOptions>;
/** Options with every default filled in. */
export type MemorySettings = z.output<typeof memoryOptions>;
/** What one training is made with, with every default filled in. */
export type MemoryTrainingSettings = z.output<typeof memoryTrainingOptions>;
