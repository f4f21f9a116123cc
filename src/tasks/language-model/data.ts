/** Texts as a language model reads them: ids of its codec, in parts for training and validation. */
import { EOS, Random, ValueError } from "../../base/index.ts";
import {
  type Batch,
  type Batches,
  type Codec,
  everySequence,
  LineBatches,
  StreamBatches,
  type Vocabulary,
} from "../../text/index.ts";
import { type Corpus, readText, type TextData } from "./corpus.ts";
import { type EncodedCorpus, type EncodedText, encodeCorpus } from "./encoding.ts";
import type { LanguageModelSettings } from "./options.ts";

export { type Corpus, longestLine, readText, type TextData } from "./corpus.ts";
export { type EncodedCorpus, type EncodedText, encodeText } from "./encoding.ts";

/** Data ready for training. */
export interface PreparedData extends EncodedCorpus {
  readonly batches: Batches;
  /** Lines to train on; 1 for a running text. */
  readonly trainingLines: number;
  /** Tokens to predict in an epoch. */
  readonly trainingTokens: number;
}

/**
 * Splits off the validation part, makes the vocabulary from the rest, and puts it into batches.
 *
 * Of lines some are kept aside at random, all copies of a line on the same side; of a running text its end.
 *
 * @param data  a text, one that was read already, or one that is ids already
 * @param given the codec of a run to go on with
 * @throws RangeError when there is too little of it
 */
export function prepare(
  where: string,
  data: TextData | Corpus | EncodedCorpus,
  settings: LanguageModelSettings,
  given: Codec | null = null,
): PreparedData {
  const encoded = isEncoded(data)
    ? data
    : encodeCorpus(isCorpus(data) ? data : readText(where, data, settings), settings, given);
  checkJudged(settings, encoded.validation !== null);
  const { tokens, lines } = encoded.training;
  return {
    ...encoded,
    batches: makeBatches(where, encoded, settings),
    trainingLines: lines?.length ?? 1,
    trainingTokens: tokens.length + (lines?.length ?? -1),
  };
}

const isCorpus = (data: TextData | Corpus): data is Corpus =>
  typeof data === "object" && data !== null && "units" in data;
const isEncoded = (data: TextData | Corpus | EncodedCorpus): data is EncodedCorpus =>
  typeof data === "object" && data !== null && "training" in data;

/** Refuses options that wait for evaluations where there is nothing to evaluate. */
export function checkJudged(
  {
    schedule,
    patience,
    evaluateEvery,
    metric = "loss",
  }: Pick<LanguageModelSettings, "schedule" | "patience" | "evaluateEvery"> & { readonly metric?: string },
  isSplit: boolean,
): void {
  const waiting = {
    patience: patience > 0,
    "schedule plateau": schedule === "plateau",
    [`metric ${metric}`]: metric !== "loss",
  };
  const judge = Object.entries(waiting).find(([, waits]) => waits)?.[0];
  if (judge === undefined || (isSplit && evaluateEvery !== 0)) return;
  const lacking = evaluateEvery === 0 ? "but evaluateEvery is 0" : "but no data are kept aside; raise validation";
  throw new ValueError(`train: ${judge} needs evaluations, ${lacking}`);
}

function makeBatches(
  where: string,
  { training: { tokens, lines }, random: state }: EncodedCorpus,
  { batchSize, chunk }: LanguageModelSettings,
): Batches {
  const random = new Random(0);
  random.state = state;
  if (lines?.length === 0)
    throw new ValueError(`${where}: needs a line to train on, but all are kept aside; lower validation`);
  if (lines) return new LineBatches(lines, { batchSize, random });
  if (tokens.length <= batchSize)
    throw new ValueError(
      `${where}: needs more than batchSize = ${batchSize} tokens to train on, got ${tokens.length}; lower batchSize or give more text`,
    );
  return new StreamBatches(tokens, { batchSize, chunk });
}

/** Every batch of a text once, for evaluation. A text of fewer than two tokens with unit text gives none. */
export function* evaluationBatches(
  { tokens, lines }: EncodedText,
  { batchSize, chunk }: Pick<LanguageModelSettings, "batchSize" | "chunk">,
): Generator<Batch> {
  if (lines) {
    yield* everySequence(lines, { batchSize });
    return;
  }
  if (tokens.length < 2) return;
  // Few streams: each begins without the text before it.
  const streams = Math.max(1, Math.min(batchSize, Math.floor(tokens.length / (8 * chunk))));
  const batches = new StreamBatches(tokens, { batchSize: streams, chunk });
  for (let i = 0; i < batches.batchesPerEpoch; i++) yield batches.next();
}

/**
 * What a sample begins with, and the ids it may not hold: a running text has no begin and no end to learn; documents
 * follow one another, each after the end of another.
 */
export function borders(
  codec: Codec,
  { unit }: Pick<LanguageModelSettings, "unit">,
): { begin?: readonly number[]; never: number[] } {
  if (unit === "lines") return { never: [] };
  if (unit === "documents") return { begin: [EOS], never: [] };
  return { begin: [lineEnd(codec) ?? mostFrequent(codec.vocabulary)], never: [EOS] };
}

/** After a line break anything may follow. */
function lineEnd(codec: Codec): number | undefined {
  const id = codec.find("\n");
  return id !== undefined && codec.vocabulary.count(id) > 0 ? id : undefined;
}

function mostFrequent(vocabulary: Vocabulary): number {
  let most = EOS + 1;
  for (let id = most; id < vocabulary.size; id++) if (vocabulary.count(id) > vocabulary.count(most)) most = id;
  return most;
}
