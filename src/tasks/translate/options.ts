/** Everything that can be said about a translation model: its data, its network, its training and its search. */
import { z } from "zod";
import { beamOptions, sampleOptions } from "../../decode/index.ts";
import { type CellName, cells } from "../../nn/index.ts";
import { codecOptions, type TokenizerName, tokenizerNames } from "../../text/index.ts";
import type { Mode } from "../../train/index.ts";
import { changeableTraining, trainingOptions as languageTraining } from "../language-model/options.ts";
import { attentions, feeds, type ModelName, presets, starts } from "./presets.ts";

const names = <N extends string>(table: Readonly<Record<N, unknown>>) => Object.keys(table) as [N, ...N[]];
const share = z.number().min(0).lt(1);
const sideLength = z.int().min(1).max(5000).default(200);

/** How pairs become tokens. */
export const dataOptions = z.strictObject({
  ...codecOptions.shape,
  tokenizer: codecOptions.shape.tokenizer.describe("what a token is, of the source and unless said of the target"),
  lowercase: codecOptions.shape.lowercase.describe("read sources in small letters"),
  targetTokenizer: z
    .enum<TokenizerName[]>([...tokenizerNames])
    .optional()
    .describe("what a token of the target is [default: as tokenizer]"),
  targetVocabularySize: codecOptions.shape.vocabularySize.describe(
    "keep at most this many tokens of the target [default: vocabularySize]",
  ),
  targetLowercase: z.boolean().default(false).describe("write in small letters"),
  sharedVocabulary: z.boolean().default(false).describe("one vocabulary, and one embedding, for both sides"),
  maxSourceLength: sideLength.describe("pairs with more tokens in the source are left out"),
  maxTargetLength: sideLength.describe("pairs with more tokens in the target are left out"),
  strict: z.boolean().default(false).describe("refuse data with a pair that would be left out"),
  duplicates: z
    .enum(["keep", "drop"])
    .default("keep")
    .describe("pairs that come again: each counts, or only the first"),
  references: z
    .enum(["all", "first"])
    .default("all")
    .describe("what is learned of a source with several targets; each counts as right"),
  validation: share.default(0.1).describe("share of the pairs kept aside to judge the model"),
});

/** The network. What `model` decides can be decided otherwise, each choice by itself. */
export const networkOptions = z.strictObject({
  model: z.enum<ModelName[]>(names(presets)).default("gnmt").describe("the published model whose choices are taken"),
  cell: z.enum<CellName[]>(names(cells)).optional().describe("recurrent cell [default: the model's]"),
  attention: z.enum(attentions).optional().describe("how the decoder looks at the source [default: the model's]"),
  feed: z
    .enum(feeds)
    .optional()
    .describe("what the lowest decoder layer is fed beside the token before [default: the model's]"),
  seesPrevious: z
    .boolean()
    .optional()
    .describe("the decoder reads the token before the one it predicts [default: the model's]"),
  bidirectional: z.boolean().optional().describe("the encoder reads both ways [default: the model's]"),
  reverseSource: z.boolean().optional().describe("the encoder reads from the end [default: the model's]"),
  start: z
    .enum(starts)
    .optional()
    .describe(
      "the decoder's first state: tanh(W h) of the encoder's last, a copy of it, or zeros [default: the model's]",
    ),
  embeddingSize: z.int().min(1).default(128).describe("numbers for each token, E"),
  hiddenSize: z.int().min(1).default(256).describe("units per layer, of the encoder per direction, H"),
  decoderSize: z.int().min(1).optional().describe("units per decoder layer [default: hiddenSize]"),
  attentionSize: z.int().min(1).optional().describe("with additive attention: units that score [default: decoderSize]"),
  encoderLayers: z.int().min(1).max(64).default(1).describe("recurrent layers of the encoder"),
  decoderLayers: z.int().min(1).max(64).default(1).describe("recurrent layers of the decoder"),
  residual: z.boolean().default(false).describe("add each layer's input to its output, from the second on"),
  tied: z.boolean().default(true).describe("score the next token with the target embedding's own table (tied weights)"),
  forgetBias: z.number().default(1).describe("initial bias of forget gates"),
  dropout: share.default(0.2).describe("share of numbers dropped between layers and before the output"),
  inputDropout: share.default(0).describe("share of numbers dropped of the embedded tokens"),
  lockedDropout: z.boolean().default(false).describe("drop the same numbers at all steps of a sequence (variational)"),
  embeddingDropout: share.default(0).describe("share of tokens dropped, wherever they stand in the batch"),
  weightDrop: share.default(0).describe("share of recurrent weights dropped, the same at all steps (AWD)"),
});

const { chunk: _chunk, activationPenalty: _size, changePenalty: _change, ...training } = languageTraining.shape;

/** The training. */
export const trainingOptions = z.strictObject({
  ...training,
  batchSize: z.int().min(1).default(64).describe("pairs side by side"),
  rate: training.rate.default(0.002),
  smoothing: training.smoothing.default(0.1),
  metric: z
    .enum(["loss", "exactMatch", "errorRate"])
    .default("loss")
    .describe("by what of the validation part the best weights are told, and the patience and a plateau decided"),
  judgeOn: z
    .int()
    .min(1)
    .optional()
    .describe(
      "sources of the validation part to translate at each evaluation [default: 200, or with another metric than loss 3000]",
    ),
});

/** Whether a small or a great value of an evaluation is good. */
export const metricModes: Readonly<Record<string, Mode>> = { exactMatch: "max", loss: "min", errorRate: "min" };

/** How a translation is looked for. */
export const searchOptions = z.strictObject({
  beamSize: beamOptions.shape.beamSize
    .unwrap()
    .default(5)
    .describe("how many hypotheses are kept at each step; 1 takes the likeliest token"),
  alpha: z.number().min(0).default(0.7).describe("how much length is made up for, by the normalisation"),
  normalisation: z
    .enum(["length", "gnmt", "none"])
    .default("length")
    .describe("scores are log P / T^alpha, or with gnmt log P / ((5 + T) / 6)^alpha, or log P"),
  coverage: z.number().min(0).default(0).describe("weight of GNMT's penalty for parts of the source not looked at"),
  noRepeat: z.int().min(0).default(0).describe("no n tokens in a row come twice, n being this (0: any may)"),
});

/** How to translate with a trained model. */
export const translateOptions = z.strictObject({
  ...searchOptions.shape,
  best: z.int().min(1).default(1).describe("how many hypotheses are given, the best first"),
  minLength: z.int().min(0).default(0).describe("no output ends before this many tokens"),
  maxLength: z
    .int()
    .min(1)
    .optional()
    .describe("tokens after which an output is cut off [default: by the source's length and the training pairs]"),
  prefix: z.string().default("").describe("what every output begins with"),
  tag: z.string().optional().describe("for a model trained with tags: what to make of the sources, such as a language"),
  unknown: z.boolean().default(false).describe("let outputs hold <unk>"),
  certify: z
    .int()
    .min(0)
    .default(0)
    .describe("calls of the model to spend on proving that an output is the model's best (0: none)"),
  trace: z.boolean().default(false).describe("keep the tree of hypotheses of each search"),
  sample: z.boolean().default(false).describe("draw outputs at random instead of searching"),
  temperature: sampleOptions.shape.temperature.describe("with sample: below 1 likelier tokens, above 1 freer ones"),
  topK: sampleOptions.shape.topK,
  topP: sampleOptions.shape.topP,
  typical: sampleOptions.shape.typical,
  seed: z.int().min(0).default(1).describe("with sample: decides what is drawn"),
  batchSize: z.int().min(1).max(4096).default(64).describe("sources translated side by side"),
  longSource: z
    .enum(["refuse", "cut"])
    .default("refuse")
    .describe("what is done with a source far longer than any in training"),
});

/** How given translations are scored. */
export const scoreOptions = translateOptions.pick({ tag: true, longSource: true });

/** Options of scoring given translations. */
export type ScoreOptions = Readonly<z.input<typeof scoreOptions>>;

/** All options of training a translation model. */
export const translationOptions = z.strictObject({
  ...dataOptions.shape,
  ...networkOptions.shape,
  ...trainingOptions.shape,
  ...searchOptions.shape,
});

/**
 * The options that a training which goes on may change: none that decides the data, the shapes of the network, or what
 * the optimizer remembers.
 */
export const changeableOptions = translationOptions.pick({
  ...changeableTraining,
  beamSize: true,
  alpha: true,
  normalisation: true,
  coverage: true,
  noRepeat: true,
});

/** Options of training as a user gives them. */
export type TranslationOptions = z.input<typeof translationOptions>;
/** Options of training with every default filled in. */
export type TranslationSettings = z.output<typeof translationOptions>;
/** Options of translating as a user gives them; what is left out is as the model was trained with. */
export type TranslateOptions = Readonly<z.input<typeof translateOptions>>;
/** Options of translating with every default filled in. */
export type TranslateSettings = z.output<typeof translateOptions>;
