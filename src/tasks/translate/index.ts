/** Translation: a sequence for a sequence, learned from pairs, with attention and beam search. */
import { type LoadOptions, loadKernels } from "../../kernels/index.ts";
import { Engine } from "../../tensor/index.ts";
import { TranslationModel } from "./model.ts";
import { translationOptions } from "./options.ts";
import { prepareTranslation, trainTranslationModel } from "./train.ts";

export {
  type BlameCase,
  type BlameOptions,
  type BlameSettings,
  blameOptions,
  blameSettings,
  blaming,
  type JudgedOutput,
} from "./blame.ts";
export type { Advice } from "./blame-advice.ts";
export { differences } from "./blame-differences.ts";
export { type ErrorKind, errorKinds } from "./blame-kinds.ts";
export { blamePage, noteOn as blameNote, said as blameSaid } from "./blame-page.ts";
export { type BeamBlame, type BlameCounts, type BlameReport, blame, blameReport } from "./blame-report.ts";
export { type BlameTable, blameTables } from "./blame-tables.ts";
export { type Verdict, verdicts } from "./blame-verdict.ts";
export type { PairData } from "./data.ts";
export { type Encoded, type Encoder, type FrameBatch, FrameEncoder, TokenEncoder } from "./encoder.ts";
export { Ensemble } from "./ensemble.ts";
export {
  type MetricComparison,
  type MetricName,
  type MetricScore,
  metricNames,
  type ScoringOptions,
  scoringOptions,
  type TranslationScorer,
  type TranslationScores,
  translating,
  translationScorer,
} from "./evaluation.ts";
export { sourceLimit } from "./length-limits.ts";
export { readTranslationSettings, TranslationModel } from "./model.ts";
export { type ModelParts, partNames, readParts, writeParts } from "./model-parts.ts";
export { type TargetBatch, TranslationNetwork } from "./network.ts";
export {
  changeableOptions as changeableTranslationOptions,
  metricModes,
  type ScoreOptions,
  searchOptions,
  type TranslateOptions,
  type TranslateSettings,
  type TranslationOptions,
  type TranslationSettings,
  translateOptions,
} from "./options.ts";
export { type Pair, type PairCorpus, PairReader, type PairReading, readPairs, type SplitPairs } from "./pair-corpus.ts";
export { type EncodedPairs, encodingPairs } from "./pair-encoding.ts";
export { type PairFacts, toldTags } from "./pair-facts.ts";
export { designOf } from "./presets.ts";
export { type JudgedPair, type Question, questionsOf } from "./questions.ts";
export { SequenceTranslator, type TranslateStreamOptions } from "./sequence-translator.ts";
export type { TranslationTraining } from "./train.ts";
export type {
  AttentionPicture,
  SourceText,
  TextPair,
  Translation,
  TranslationHypothesis,
  TranslationScore,
} from "./translation.ts";
export type { Translator } from "./translator.ts";

/** The task: train a translation model, or load one that was saved. */
export const translationModel = {
  name: "translate",
  summary: "learns to turn one text into another: translates, transliterates, normalises, pronounces",
  options: translationOptions,
  train: trainTranslationModel,
  prepare: prepareTranslation,
  /**
   * The model in the bytes that `toBytes` wrote.
   *
   * @param options which kernels to use, and `where`, which starts the messages: the name of the file
   * @throws FormatError when the bytes are no such file or its parts do not fit each other
   */
  async load(bytes: Uint8Array, options: LoadOptions & { readonly where?: string } = {}): Promise<TranslationModel> {
    const { where, ...kernels } = options;
    const { build } = await loadKernels(kernels);
    return TranslationModel.fromBytes(new Engine(build), bytes, where);
  },
} as const;
