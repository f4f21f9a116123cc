/** Pairs as a translation model reads them: ids of its codecs, in parts for training and validation. */
import { Random } from "../../base/index.ts";
import { PairBatches } from "../../text/index.ts";
import { checkJudged } from "../language-model/data.ts";
import type { ModelParts } from "./model-parts.ts";
import type { TranslationSettings } from "./options.ts";
import { type Pair, type PairCorpus, readPairs, type SplitPairs } from "./pair-corpus.ts";
import { type EncodedPairs, encodePairs } from "./pair-encoding.ts";

/** Pairs in whatever form they are: a list, split already, read already, or ids already. */
export type PairData = Iterable<Pair> | SplitPairs | PairCorpus | EncodedPairs;

/** Pairs ready for training. */
export interface PreparedPairs extends EncodedPairs {
  readonly batches: PairBatches;
  /** Tokens to predict in an epoch, ends included. */
  readonly trainingTokens: number;
}

/**
 * Splits off the validation part, makes the vocabularies from the rest, and puts it into batches.
 *
 * @param given the parts of a run to go on with
 * @throws RangeError when there is too little of it
 */
export function preparePairs(
  where: string,
  data: PairData,
  settings: TranslationSettings,
  given: ModelParts | null = null,
): PreparedPairs {
  const encoded = isEncoded(data) ? data : encodePairs(where, corpusOf(where, data, settings), settings, given);
  checkJudged(settings, encoded.validation !== null);
  const random = new Random(0);
  random.state = encoded.random;
  const { training } = encoded;
  return {
    ...encoded,
    batches: new PairBatches(training, { batchSize: settings.batchSize, random }),
    trainingTokens: encoded.targetTokens + training.length,
  };
}

function corpusOf(
  where: string,
  data: Iterable<Pair> | SplitPairs | PairCorpus,
  settings: TranslationSettings,
): PairCorpus {
  return isCorpus(data) ? data : readPairs(where, data, settings);
}

const isCorpus = (data: Iterable<Pair> | SplitPairs | PairCorpus): data is PairCorpus =>
  typeof data === "object" && data !== null && "units" in data;
const isEncoded = (data: PairData): data is EncodedPairs =>
  typeof data === "object" && data !== null && "parts" in data;
