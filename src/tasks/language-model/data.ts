/** Texts as a language model reads them: tokens, a vocabulary, and parts for training and validation. */
import { EOS, KindError, Random, show, ValueError } from "../../base/index.ts";
import {
  type Batch,
  type Batches,
  everySequence,
  findTokenizer,
  LineBatches,
  StreamBatches,
  Vocabulary,
} from "../../text/index.ts";
import { type NumberedText, Numbering } from "./numbering.ts";
import type { LanguageModelSettings } from "./options.ts";

/** What a language model is trained on: lines, or one text (which with unit lines is cut at its line ends). */
export type TextData = string | readonly string[];

/** Data ready for training. */
export interface PreparedData {
  /** Differs for other data. */
  readonly fingerprint: string;
  readonly vocabulary: Vocabulary;
  readonly batches: Batches;
  /** Lines to train on; 1 for a running text. */
  readonly trainingLines: number;
  /** Tokens to predict in an epoch. */
  readonly trainingTokens: number;
  readonly validation: EncodedText | null;
}

/** A text as ids. */
export interface EncodedText {
  /** One list for each line, or the running text as the only list. */
  readonly ids: readonly Int32Array[];
  /** The characters (code points) that are predicted; the end of a line counts as one. */
  readonly characters: number;
}

type Reading = Pick<LanguageModelSettings, "unit" | "tokenizer">;

/**
 * The most tokens in a line, when each line is a sequence of its own: gradients reach back over all of it, and memory
 * grows with it.
 */
export const longestLine = 5000;

/**
 * The tokens of each line that is not empty; or of the whole text, as the only part.
 *
 * @param where starts the messages, such as the name of the file
 * @throws RangeError when nothing is left, or a line has more than `longestLine` tokens
 */
export function readText(where: string, data: TextData, { unit, tokenizer: name }: Reading): NumberedText {
  const tokenizer = findTokenizer(name);
  const numbering = new Numbering();
  if (typeof data !== "string" && !Array.isArray(data))
    throw new KindError(`${where}: the data must be a list of lines or a text, got ${show(data)}`);
  if (unit === "lines" && typeof data === "string" && !data.includes("\n"))
    throw new ValueError(
      `${where}: needs several lines with unit lines, got one text without line ends; set unit "text", or give a list of lines`,
    );
  const wrong = typeof data === "string" ? -1 : data.findIndex((line) => typeof line !== "string");
  if (wrong >= 0) throw new ValueError(`${where}: line ${wrong + 1} must be text, got ${show(data[wrong])}`);
  if (unit === "text") {
    const text = typeof data === "string" ? data.replaceAll("\r\n", "\n") : data.join("\n");
    if (text.trim() === "") throw new ValueError(`${where}: needs text, got none`);
    return numbering.text([numbering.whole(text, tokenizer)]);
  }
  const lines = typeof data === "string" ? data.split(/\r?\n/) : data;
  const parts: Int32Array[] = [];
  lines.forEach((line, i) => {
    if (line.trim() === "") return;
    const ids = numbering.encode(tokenizer.encode(line));
    if (ids.length > longestLine)
      throw new ValueError(
        `${where}: line ${i + 1} must have at most ${longestLine} tokens with unit lines, got ${ids.length}; break it into shorter lines, or train with unit text`,
      );
    parts.push(ids);
  });
  if (parts.length === 0) throw new ValueError(`${where}: needs at least one line that is not empty, got none`);
  return numbering.text(parts);
}

/**
 * Splits off the validation part, makes the vocabulary from the rest, and puts it into batches.
 *
 * Of lines some are kept aside at random, all copies of a line on the same side; of a running text its end.
 *
 * @throws RangeError when there is too little of it
 */
export function prepare(
  where: string,
  data: TextData,
  settings: LanguageModelSettings,
  given: Vocabulary | null = null,
): PreparedData {
  const text = readText(where, data, settings);
  const random = new Random(settings.seed);
  const { training, validation } =
    settings.unit === "lines" ? splitLines(text.parts, settings, random) : splitText(text.parts[0]!, settings);
  checkJudged(settings, validation !== null);
  const { minCount, vocabularySize: size } = settings;
  const vocabulary =
    given ?? Vocabulary.fromCounts(text.counts(training), { minCount, ...(size !== undefined && { size }) });
  const encoded = text.encode(training, vocabulary);
  return {
    fingerprint: text.fingerprint,
    vocabulary,
    batches: makeBatches(where, encoded, settings, random),
    trainingLines: encoded.length,
    trainingTokens: encoded.reduce((sum, ids) => sum + ids.length + (settings.unit === "lines" ? 1 : -1), 0),
    validation: validation && encodeText({ ...text, parts: validation }, vocabulary, settings),
  };
}

/** A text as ids of a vocabulary. */
export function encodeText(
  text: NumberedText,
  vocabulary: Vocabulary,
  { unit }: Pick<LanguageModelSettings, "unit">,
): EncodedText {
  let characters = 0;
  for (const ids of text.parts) {
    for (const id of ids) characters += text.widths[id]!;
    // A line's end is predicted too; the first token of a running text is not.
    characters += unit === "lines" ? 1 : -(text.widths[ids[0] ?? 0] ?? 0);
  }
  return { ids: text.encode(text.parts, vocabulary), characters };
}

type Split = { readonly training: readonly Int32Array[]; readonly validation: readonly Int32Array[] | null };

function splitLines(
  lines: readonly Int32Array[],
  { validation }: Pick<LanguageModelSettings, "validation">,
  random: Random,
): Split {
  const places = new Map<string, number[]>();
  lines.forEach((ids, i) => {
    const key = ids.join(" ");
    const same = places.get(key);
    if (same) same.push(i);
    else places.set(key, [i]);
  });
  const distinct = random.shuffle([...places.values()]);
  const wanted = Math.round(lines.length * validation);
  const aside = new Set<number>();
  // One distinct line is left to train on.
  for (const same of distinct.slice(1)) {
    if (aside.size >= wanted) break;
    for (const i of same) aside.add(i);
  }
  if (aside.size === 0) return { training: lines, validation: null };
  return { training: lines.filter((_, i) => !aside.has(i)), validation: lines.filter((_, i) => aside.has(i)) };
}

function splitText(ids: Int32Array, { validation }: Pick<LanguageModelSettings, "validation">): Split {
  const count = Math.round(ids.length * validation);
  // A validation text of one token has nothing to predict.
  if (count < 2) return { training: [ids], validation: null };
  return { training: [ids.subarray(0, -count)], validation: [ids.subarray(-count)] };
}

/** Refuses options that wait for evaluations where there is nothing to evaluate. */
function checkJudged({ schedule, patience, evaluateEvery }: LanguageModelSettings, isSplit: boolean) {
  const judge = patience > 0 ? "patience" : schedule === "plateau" ? "schedule plateau" : undefined;
  if (judge === undefined || (isSplit && evaluateEvery !== 0)) return;
  const lacking = evaluateEvery === 0 ? "but evaluateEvery is 0" : "but no data are kept aside; raise validation";
  throw new ValueError(`train: ${judge} needs evaluations, ${lacking}`);
}

function makeBatches(
  where: string,
  encoded: readonly Int32Array[],
  settings: LanguageModelSettings,
  random: Random,
): Batches {
  const { batchSize, chunk } = settings;
  if (settings.unit === "lines") return new LineBatches(encoded, { batchSize, random });
  const ids = encoded[0]!;
  if (ids.length <= batchSize)
    throw new ValueError(
      `${where}: needs more than batchSize = ${batchSize} tokens to train on, got ${ids.length}; lower batchSize or give more text`,
    );
  return new StreamBatches(ids, { batchSize, chunk });
}

/** Every batch of a text once, for evaluation. A text of fewer than two tokens with unit text gives none. */
export function* evaluationBatches(text: EncodedText, settings: LanguageModelSettings): Generator<Batch> {
  const { unit, batchSize, chunk } = settings;
  if (unit === "lines") {
    yield* everySequence(text.ids, { batchSize });
    return;
  }
  for (const ids of text.ids) {
    if (ids.length < 2) continue;
    // Few streams: each begins without the text before it.
    const streams = Math.max(1, Math.min(batchSize, Math.floor(ids.length / (8 * chunk))));
    const batches = new StreamBatches(ids, { batchSize: streams, chunk });
    for (let i = 0; i < batches.batchesPerEpoch; i++) yield batches.next();
  }
}

/** What a sample begins with, and the ids it may not hold: a running text has no begin and no end to learn. */
export function borders(
  vocabulary: Vocabulary,
  { unit }: Pick<Reading, "unit">,
): { begin?: readonly number[]; never: number[] } {
  if (unit === "lines") return { never: [] };
  // After a line break anything may follow; a text without any begins with its most frequent token.
  return { begin: [vocabulary.has("\n") ? vocabulary.id("\n") : EOS + 1], never: [EOS] };
}
