/** Everything that can be said about a language model: its data, its network, its training and its samples. */
import { z } from "zod";
import { sampleOptions } from "../../decode/index.ts";
import { type CellName, cells } from "../../nn/index.ts";
import { type TokenizerName, tokenizers } from "../../text/index.ts";
import { optimizers } from "../../train/index.ts";

const names = <N extends string>(table: Readonly<Record<N, unknown>>) => Object.keys(table) as [N, ...N[]];
const share = z.number().min(0).lt(1);
const period = z.int().min(0);

/** What the data are and how they become tokens. */
export const dataOptions = z.strictObject({
  unit: z.enum(["lines", "text"]).default("lines").describe("each line by itself, or one running text"),
  tokenizer: z.enum<TokenizerName[]>(names(tokenizers)).default("characters").describe("what a token is"),
  minCount: z.int().min(1).default(1).describe("rarer tokens are read as unknown"),
  vocabularySize: z.int().min(5).optional().describe("keep at most this many tokens, four special ones included"),
  validation: share.default(0.1).describe("share of the data kept aside to judge the model"),
});

/** The network. */
export const networkOptions = z.strictObject({
  cell: z.enum<CellName[]>(names(cells)).default("lstm").describe("recurrent cell"),
  embeddingSize: z.int().min(1).default(32).describe("numbers for each token, E"),
  hiddenSize: z.int().min(1).default(128).describe("units per layer, H"),
  layers: z.int().min(1).max(64).default(1).describe("recurrent layers"),
  dropout: share.default(0).describe("share of numbers dropped between layers and before the output"),
  residual: z.boolean().default(false).describe("add each layer's input to its output, from the second on"),
});

/** The training. */
export const trainingOptions = z.strictObject({
  epochs: z.number().gt(0).default(10).describe("passes over the data"),
  batchSize: z.int().min(1).default(32).describe("lines, or streams of the text, side by side"),
  chunk: z.int().min(1).default(64).describe("with unit text: steps that gradients reach back"),
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
  smoothing: share.default(0).describe("label smoothing"),
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

/** All options of training a language model. */
export const languageModelOptions = z.strictObject({
  ...dataOptions.shape,
  ...networkOptions.shape,
  ...trainingOptions.shape,
  ...samplingOptions.shape,
});

/**
 * The options that a training which goes on may change, such as a rate that was too high: none that decides the data,
 * the shapes of the network, or what the optimizer remembers.
 */
export const changeableOptions = languageModelOptions.pick({
  dropout: true,
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
  patience: true,
  evaluateEvery: true,
  sampleEvery: true,
  checkpointEvery: true,
  logEvery: true,
  temperature: true,
  topK: true,
  topP: true,
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
