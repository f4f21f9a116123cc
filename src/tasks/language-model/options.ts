/** Everything that can be said about a language model: its data, its network, its training and its samples. */
import { z } from "zod";
import { ValueError } from "../../base/index.ts";
import { sampleOptions } from "../../decode/index.ts";
import { type CellName, cells } from "../../nn/index.ts";
import { codecOptions } from "../../text/index.ts";
import { optimizers } from "../../train/index.ts";

const names = <N extends string>(table: Readonly<Record<N, unknown>>) => Object.keys(table) as [N, ...N[]];
const share = z.number().min(0).lt(1);
const period = z.int().min(0);
/** A list of numbers, or as flags have it a text with commas. */
const cutoffs = z.union(
  [
    z.array(z.int().min(1)).min(1),
    z
      .string()
      .regex(/^\d+(,\d+)*$/)
      .transform(readCutoffs),
  ],
  {
    error: "ids with commas, such as 6250,25000",
  },
);

function readCutoffs(text: string): number[] {
  return text.split(",").map(Number);
}

/** What the data are and how they become tokens. */
export const dataOptions = z.strictObject({
  unit: z
    .enum(["lines", "text", "documents"])
    .default("lines")
    .describe("each line by itself, one running text, or running text with an end after each document"),
  ...codecOptions.shape,
  validation: share.default(0.1).describe("share of the data kept aside to judge the model"),
});

/** The network. */
export const networkOptions = z.strictObject({
  cell: z.enum<CellName[]>(names(cells)).default("lstm").describe("recurrent cell"),
  embeddingSize: z.int().min(1).default(32).describe("numbers for each token, E"),
  hiddenSize: z.int().min(1).default(128).describe("units per layer, H"),
  layers: z.int().min(1).max(64).default(1).describe("recurrent layers"),
  residual: z.boolean().default(false).describe("add each layer's input to its output, from the second on"),
  tied: z.boolean().default(false).describe("score the next token with the embedding's own table (tied weights)"),
  adaptiveSoftmax: z.boolean().default(false).describe("spend less on rare tokens, for large vocabularies"),
  cutoffs: cutoffs.optional().describe("ids at which adaptiveSoftmax cuts, as 6250,25000 [default: V/16,V/4]"),
  init: z
    .enum(["default", "xavier", "he", "orthogonal", "identity"])
    .default("default")
    .describe("initial recurrent weights; xavier and he also those of the inputs"),
  forgetBias: z.number().default(1).describe("initial bias of forget gates"),
  dropout: share.default(0).describe("share of numbers dropped between layers and before the output"),
  inputDropout: share.default(0).describe("share of numbers dropped of the embedded tokens"),
  lockedDropout: z.boolean().default(false).describe("drop the same numbers at all steps of a sequence (variational)"),
  embeddingDropout: share.default(0).describe("share of words dropped, wherever they stand in the batch"),
  weightDrop: share.default(0).describe("share of recurrent weights dropped, the same at all steps (AWD)"),
});

/** The training. */
export const trainingOptions = z.strictObject({
  epochs: z.number().gt(0).default(10).describe("passes over the data"),
  batchSize: z.int().min(1).default(32).describe("lines, or streams of the text, side by side"),
  chunk: z
    .int()
    .min(1)
    .default(64)
    .describe("with unit text: steps that gradients reach back; lines are gone back over whole"),
  optimizer: z.enum(names(optimizers)).default("adam").describe("update rule"),
  rate: z.number().positive().max(100).default(0.004).describe("learning rate"),
  momentum: z.number().min(0).lt(1).default(0).describe("for sgd and rmsprop"),
  nesterov: z.boolean().default(false).describe("for sgd: look ahead along the momentum"),
  weightDecay: z.number().min(0).default(0).describe("pull of the weights towards 0"),
  schedule: z
    .enum(["constant", "step", "exponential", "cosine", "plateau"])
    .default("cosine")
    .describe("how the rate changes"),
  decay: z.number().gt(0).lt(1).default(0.5).describe("for step, exponential and plateau: what is left of the rate"),
  decayEvery: z.int().min(1).default(2).describe("epochs that takes; for plateau evaluations without improvement"),
  warmup: period.default(0).describe("updates over which the rate rises at the start"),
  clipNorm: z.number().min(0).default(5).describe("greatest length of the gradient (0: any)"),
  clipValue: z.number().min(0).default(0).describe("greatest number in the gradient (0: any)"),
  accumulate: z.int().min(1).default(1).describe("batches of an update, for a batchSize beyond the memory"),
  smoothing: share.default(0).describe("label smoothing"),
  activationPenalty: z.number().min(0).default(0).describe("weight of the squared activations (AR) in the loss"),
  changePenalty: z.number().min(0).default(0).describe("weight of their squared change from step to step (TAR)"),
  averaging: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("judge and save a running mean of the weights, of which each update keeps this share (0: none)"),
  patience: period.default(0).describe("stop after this many evaluations without improvement (0: never)"),
  evaluateEvery: period.optional().describe("updates between evaluations [default: once per epoch]"),
  sampleEvery: period.optional().describe("updates between samples [default: five times in all]"),
  checkpointEvery: period.default(500).describe("updates between checkpoints"),
  logEvery: z.int().min(1).default(10).describe("updates between lines of the log"),
  seed: z.int().min(0).default(1).describe("decides all random numbers"),
});

/** How samples are drawn. */
export const samplingOptions = z.strictObject({
  ...sampleOptions.shape,
  temperature: sampleOptions.shape.temperature.default(0.8),
  maxLength: sampleOptions.shape.maxLength.default(200),
  samples: z.int().min(1).max(100_000).optional().describe("how many are drawn [default: 10 lines, or 1 text]"),
});

/** @throws RangeError when a text would have to be longer than it may be */
export function checkLengths(
  where: string,
  { minLength, maxLength }: Pick<z.output<typeof samplingOptions>, "minLength" | "maxLength">,
): void {
  if (minLength <= maxLength) return;
  throw new ValueError(
    `${where}: minLength must be at most maxLength = ${maxLength}, got ${minLength}; raise maxLength, or lower minLength`,
  );
}

/** All options of training a language model. */
export const languageModelOptions = z.strictObject({
  ...dataOptions.shape,
  ...networkOptions.shape,
  ...trainingOptions.shape,
  ...samplingOptions.shape,
});

/** What a training of any model may change when it goes on: as a mask of options. */
export const changeableTraining = {
  dropout: true,
  inputDropout: true,
  lockedDropout: true,
  embeddingDropout: true,
  weightDrop: true,
  epochs: true,
  rate: true,
  weightDecay: true,
  schedule: true,
  decay: true,
  decayEvery: true,
  warmup: true,
  clipNorm: true,
  clipValue: true,
  smoothing: true,
  averaging: true,
  patience: true,
  evaluateEvery: true,
  sampleEvery: true,
  checkpointEvery: true,
  logEvery: true,
} as const;

/**
 * The options that a training which goes on may change, such as a rate that was too high: none that decides the data,
 * the shapes of the network, or what the optimizer remembers.
 */
export const changeableOptions = languageModelOptions.pick({
  ...changeableTraining,
  activationPenalty: true,
  changePenalty: true,
  temperature: true,
  topK: true,
  topP: true,
  typical: true,
  repetitionPenalty: true,
  repetitionWindow: true,
  maxLength: true,
  unknown: true,
  samples: true,
});

/** How many samples are drawn where nobody says. */
export function samplesOf({ samples, unit }: Pick<LanguageModelSettings, "samples" | "unit">): number {
  return samples ?? (unit === "lines" ? 10 : 1);
}

/** Options as a user gives them. */
export type LanguageModelOptions = z.input<typeof languageModelOptions>;
/** Options with every default filled in. */
export type LanguageModelSettings = z.output<typeof languageModelOptions>;
