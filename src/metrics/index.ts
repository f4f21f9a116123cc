/** Metrics: how good a result is, from plain numbers and texts. */
export { type Alignment, align, type Edit } from "./edit-distance.ts";
export { type ErrorRate, type ErrorUnit, errorRate, exactMatch } from "./error-rate.ts";
export { bitsPerCharacter, perplexity } from "./perplexity.ts";
export { exactMetric, rateMetric } from "./rates.ts";
export {
  type BleuScore,
  bleu,
  bleuOptions,
  bleuReaches,
  type ClippedNgram,
  modifiedPrecision,
} from "./translation/bleu.ts";
export { chrf, chrfOptions } from "./translation/chrf.ts";
export {
  corpusScore,
  type References,
  type Score,
  sentenceScore,
  type TextMetric,
} from "./translation/metric.ts";
export {
  approximateRandomization,
  bootstrap,
  type Comparison,
  type Interval,
  pairedBootstrap,
} from "./translation/significance.ts";
export { type TerScore, ter, terOptions } from "./translation/ter.ts";
export { type BleuTokenizer, bleuTokenizers } from "./translation/tokenizers.ts";
