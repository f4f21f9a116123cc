/** Texts as a language model reads them: tokens, a vocabulary, and parts for training and validation. */
import { EOS, Random, show, ValueError } from "../../base/index.ts";
import {
  type Batch,
  type Batches,
  countTokens,
  everySequence,
  findTokenizer,
  LineBatches,
  StreamBatches,
  Vocabulary,
} from "../../text/index.ts";
import type { LanguageModelSettings } from "./options.ts";

/** What a language model is trained on: lines, or one text (which with unit lines is cut at its line ends). */
export type TextData = string | readonly string[];

/** Data ready for training. */
export interface PreparedData {
  readonly vocabulary: Vocabulary;
  readonly batches: Batches;
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
 * The lines to train on, without the empty ones; or the whole text as the only entry.
 *
 * @param where starts the messages, such as the name of the file
 * @throws RangeError when nothing is left
 */
export function readText(where: string, data: TextData, { unit }: Reading): string[] {
  const lines = typeof data === "string" ? data.split(/\r?\n/) : data;
  const wrong = lines.findIndex((line) => typeof line !== "string");
  if (wrong >= 0) throw new ValueError(`${where}: line ${wrong + 1} must be text, got ${show(lines[wrong])}`);
  if (unit === "lines") {
    const real = lines.filter((line) => line.trim() !== "");
    if (real.length === 0) throw new ValueError(`${where}: needs at least one line that is not empty, got none`);
    return real;
  }
  const text = typeof data === "string" ? data.replaceAll("\r\n", "\n") : data.join("\n");
  if (text.trim() === "") throw new ValueError(`${where}: needs text, got none`);
  return [text];
}

/**
 * Splits off the validation part, makes the vocabulary from the rest, and puts it into batches.
 *
 * Lines are kept aside at random, of a running text its end.
 *
 * @throws RangeError when there is too little of it
 */
export function prepare(
  where: string,
  data: TextData,
  settings: LanguageModelSettings,
  given: Vocabulary | null = null,
): PreparedData {
  const parts = readText(where, data, settings);
  const tokenizer = findTokenizer(settings.tokenizer);
  const tokens = parts.map((part) => tokenizer.encode(part));
  const random = new Random(settings.seed);
  const { training, validation } =
    settings.unit === "lines" ? splitLines(tokens, settings, random) : splitText(tokens[0]!, settings);
  const { minCount, vocabularySize: size } = settings;
  const counts = new Map<string, number>();
  for (const part of training) countTokens(part, counts);
  const vocabulary = given ?? Vocabulary.fromCounts(counts, { minCount, ...(size !== undefined && { size }) });
  const encoded = training.map((part) => vocabulary.encode(part));
  return {
    vocabulary,
    batches: makeBatches(where, encoded, settings, random),
    trainingTokens: encoded.reduce((sum, ids) => sum + ids.length + (settings.unit === "lines" ? 1 : -1), 0),
    validation: validation && encodeText(validation, vocabulary, settings),
  };
}

/** Tokens as ids of a vocabulary. */
export function encodeText(
  parts: readonly (readonly string[])[],
  vocabulary: Vocabulary,
  { unit }: Pick<LanguageModelSettings, "unit">,
): EncodedText {
  let characters = 0;
  for (const tokens of parts) {
    for (const token of tokens) characters += [...token].length;
    // A line's end is predicted too; the first token of a running text is not.
    characters += unit === "lines" ? 1 : -[...(tokens[0] ?? "")].length;
  }
  return { ids: parts.map((part) => vocabulary.encode(part)), characters };
}

type Split = { readonly training: readonly string[][]; readonly validation: readonly string[][] | null };

function splitLines(lines: readonly string[][], { validation }: LanguageModelSettings, random: Random): Split {
  const count = Math.min(lines.length - 1, Math.round(lines.length * validation));
  if (count < 1) return { training: lines, validation: null };
  const order = random.shuffle(lines.map((_, i) => i));
  const aside = new Set(order.slice(0, count));
  return { training: lines.filter((_, i) => !aside.has(i)), validation: lines.filter((_, i) => aside.has(i)) };
}

function splitText(tokens: readonly string[], { validation }: LanguageModelSettings): Split {
  const count = Math.round(tokens.length * validation);
  // A validation text of one token has nothing to predict.
  if (count < 2) return { training: [[...tokens]], validation: null };
  return { training: [tokens.slice(0, -count)], validation: [tokens.slice(-count)] };
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
export function borders(vocabulary: Vocabulary, { unit }: Reading): { begin?: readonly number[]; never: number[] } {
  if (unit === "lines") return { never: [] };
  // After a line break anything may follow; a text without any begins with its most frequent token.
  return { begin: [vocabulary.has("\n") ? vocabulary.id("\n") : EOS + 1], never: [EOS] };
}
