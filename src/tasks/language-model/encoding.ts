/** Texts that were read, as ids of a codec: split in parts, of which one makes the vocabulary. */
import { z } from "zod";
import { EOS, Random, UNK, ValueError } from "../../base/index.ts";
import { type ByteStore, Codec, PackedLines, PackedNumbers, plainSpeller, spellerOf } from "../../text/index.ts";
import { keptAside } from "./aside.ts";
import { type Corpus, memoryStorage, type Storage } from "./corpus.ts";
import { hashText } from "./fingerprint.ts";
import type { LanguageModelSettings } from "./options.ts";

/** A text as ids, in its parts. */
export interface EncodedCorpus {
  /** Differs for other data. */
  readonly fingerprint: string;
  readonly codec: Codec;
  readonly training: EncodedText;
  readonly validation: EncodedText | null;
  /** The random numbers after those that chose the lines to keep aside. */
  readonly random: readonly number[];
  /** Whether a line stands in the data; null where nobody knows. */
  readonly holds: ((line: string) => boolean) | null;
  /** What to tell whoever trains on it. */
  readonly notes: readonly string[];
}

/** A text as ids. */
export interface EncodedText {
  /** All of them in order. */
  readonly tokens: PackedNumbers;
  /** With unit lines, the same line by line; null for a running text. */
  readonly lines: PackedLines | null;
  /** The characters (code points) that are predicted, the end of a line or a document as one; 0 where nobody counted. */
  readonly characters: number;
}

const packedSchema = z.strictObject({ length: z.int().min(0), widths: z.string() });
const storedTextSchema = z.strictObject({
  tokens: packedSchema,
  lengths: packedSchema.nullable(),
  characters: z.int().min(0),
});

/** A text that was read, with the codec of a model, for evaluation. */
export function encodeText(corpus: Corpus, codec: Codec, storage: Storage = memoryStorage()): EncodedText {
  const part = new Part(corpus, new Encoder(corpus, codec), storage, "text", new Characters(corpus, codec));
  for (const some of pieces(corpus, nothing)) for (const { units } of some) part.add(units);
  return part.finish();
}

/**
 * A text that was read as ids of a codec, which is made from the training part where none is given.
 *
 * Of lines some are kept aside at random, all copies of a line on the same side; of a running text its end.
 *
 * @param storage where the ids are kept
 * @throws RangeError when no token is kept, or all of a running text would be kept aside
 */
export function encodeCorpus(
  corpus: Corpus,
  settings: LanguageModelSettings,
  given: Codec | null = null,
  storage: Storage = memoryStorage(),
): EncodedCorpus {
  const work = encoding(corpus, settings, given, storage);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** As `encodeCorpus`, yielding now and then. */
export function* encoding(
  corpus: Corpus,
  settings: LanguageModelSettings,
  given: Codec | null = null,
  storage: Storage = memoryStorage(),
): Generator<undefined, EncodedCorpus> {
  const random = new Random(settings.seed);
  const split = corpus.lines ? splitLines(corpus.hashes, settings, random) : splitText(corpus.units, settings);
  const codec = given ?? (yield* codecFor(corpus, split, settings));
  const encoder = new Encoder(corpus, codec);
  const training = new Part(corpus, encoder, storage, "training");
  const validation = split.isSplit
    ? new Part(corpus, encoder, storage, "validation", new Characters(corpus, codec))
    : null;
  for (const some of pieces(corpus, split)) {
    for (const { units, isAside } of some) (isAside ? validation! : training).add(units);
    yield;
  }
  const kept = validation?.finish();
  const hashes = corpus.hashes && new Set(corpus.hashes);
  const { lost } = corpus.numbering;
  return {
    fingerprint: corpus.fingerprint,
    codec,
    training: training.finish(),
    validation: kept && kept.tokens.length > 0 ? kept : null,
    random: random.state,
    holds: hashes && ((line) => hashes.has(hashText(settings.lowercase ? line.toLowerCase() : line))),
    notes:
      lost === 0
        ? []
        : [`the text has more distinct tokens than can be counted; ${lost} that came rarely are read as unknown`],
  };
}

/** What `toStored` gives: all that is needed to read encoded data again, besides their bytes and their codec. */
export const storedSchema = z.strictObject({
  fingerprint: z.string(),
  random: z.array(z.int().min(0)).length(4),
  training: storedTextSchema,
  validation: storedTextSchema.nullable(),
});

/** Encoded data as a plain object for JSON; their bytes are where they were stored. */
export function toStored({ fingerprint, random, training, validation }: EncodedCorpus): z.output<typeof storedSchema> {
  const stored = ({ tokens, lines, characters }: EncodedText) => ({
    tokens: tokens.toJSON(),
    lengths: lines?.lengths.toJSON() ?? null,
    characters,
  });
  return { fingerprint, random: [...random], training: stored(training), validation: validation && stored(validation) };
}

/**
 * The data that `toStored` described.
 *
 * @param open the bytes under a name
 * @throws FormatError when the bytes are not those
 */
export function fromStored(
  { fingerprint, random, training, validation }: z.output<typeof storedSchema>,
  codec: Codec,
  open: (name: string) => ByteStore,
  where: string,
): EncodedCorpus {
  const read = (name: string, { tokens: json, lengths, characters }: z.output<typeof storedTextSchema>) => {
    const tokens = PackedNumbers.fromJSON(json, open(name), `${where}/${name}`);
    const lines = lengths && PackedNumbers.fromJSON(lengths, open(`${name}-lines`), `${where}/${name}-lines`);
    return { tokens, lines: lines && new PackedLines(tokens, lines), characters };
  };
  return {
    fingerprint,
    codec,
    training: read("training", training),
    validation: validation && read("validation", validation),
    random,
    holds: null,
    notes: [],
  };
}

/** What is kept aside. */
interface Split {
  readonly isSplit: boolean;
  /** With unit lines: whether a line is kept aside, given what its hash says. */
  isAside(line: number, byHash: boolean): boolean;
  /** Of a running text: where the part begins that is kept aside. */
  readonly at: number;
}

const nothing: Split = { isSplit: false, isAside: () => false, at: Number.POSITIVE_INFINITY };

function splitLines(
  hashes: Float64Array | null,
  { validation }: Pick<LanguageModelSettings, "validation">,
  random: Random,
): Split {
  if (hashes === null) return { isSplit: validation > 0, isAside: (_, byHash) => byHash, at: 0 };
  const aside = keptAside(hashes, validation, random);
  return aside ? { isSplit: true, isAside: (line) => aside[line] === 1, at: 0 } : nothing;
}

function splitText(units: PackedNumbers, { validation }: Pick<LanguageModelSettings, "validation">): Split {
  const count = Math.round(units.length * validation);
  // A validation text of one token has nothing to predict.
  if (count < 2) return nothing;
  if (count === units.length)
    throw new ValueError(
      `train: validation must leave text to train on, got ${validation}, which keeps all of it aside; lower validation or give more text`,
    );
  return { ...nothing, isSplit: true, at: units.length - count };
}

/** A line, or a piece of a running text. */
interface Piece {
  readonly units: Int32Array;
  readonly isAside: boolean;
}

/** All lines, or a running text, some pieces at a time. */
function* pieces(corpus: Corpus, split: Split): Generator<readonly Piece[]> {
  const { units, lines } = corpus;
  if (lines === null) {
    const at = Math.min(split.at, units.length);
    for (const chunk of units.chunks(0, at)) yield [{ units: chunk, isAside: false }];
    for (const chunk of units.chunks(at)) yield [{ units: chunk, isAside: true }];
    return;
  }
  let line = 0;
  let begin = 0;
  for (const marks of lines.chunks()) {
    const together = units.read(
      begin,
      marks.reduce((sum, mark) => sum + (mark >> 1), begin),
    );
    let at = 0;
    yield Array.from(marks, (mark) => {
      const start = at;
      at += mark >> 1;
      return { units: together.subarray(start, at), isAside: split.isAside(line++, (mark & 1) === 1) };
    });
    begin += at;
  }
}

function* codecFor(corpus: Corpus, split: Split, settings: LanguageModelSettings): Generator<undefined, Codec> {
  const counts = new Float64Array(corpus.numbering.size);
  for (const some of pieces(corpus, split)) {
    for (const { units, isAside } of some) if (!isAside) for (let i = 0; i < units.length; i++) counts[units[i]!]!++;
    yield;
  }
  const seen = new Map<string, number>();
  for (const [unit, number] of corpus.numbering.entries()) if (counts[number]! > 0) seen.set(unit, counts[number]!);
  const { tokenizer, lowercase, minCount, vocabularySize } = settings;
  return Codec.fromCounts(seen, {
    tokenizer,
    lowercase,
    minCount,
    ...(vocabularySize !== undefined && { vocabularySize }),
  });
}

/** Turns numbers of units into ids, one or more for each. */
class Encoder {
  readonly codec: Codec;
  /** The id of each number; or, below 0, where its ids are in `#several`. */
  readonly #ids: Int32Array;
  readonly #several: Int32Array[] = [];

  constructor({ numbering, unit }: Corpus, codec: Codec) {
    this.codec = codec;
    this.#ids = new Int32Array(numbering.size).fill(UNK);
    if (unit === "documents") this.#ids[0] = EOS;
    for (const [text, number] of numbering.entries()) {
      const ids = codec.encodeUnit(text);
      this.#ids[number] = ids.length === 1 ? ids[0]! : -this.#several.push(ids);
    }
  }

  encode(units: Int32Array): Int32Array {
    if (this.#several.length === 0) {
      const ids = new Int32Array(units.length);
      for (let i = 0; i < ids.length; i++) ids[i] = this.#ids[units[i]!]!;
      return ids;
    }
    const ids: number[] = [];
    for (const number of units) {
      const id = this.#ids[number]!;
      if (id >= 0) ids.push(id);
      else for (const one of this.#several[-id - 1]!) ids.push(one);
    }
    return Int32Array.from(ids);
  }
}

/** Adds up a part of a text. */
class Part {
  readonly #encoder: Encoder;
  readonly #tokens: PackedNumbers;
  readonly #lengths: PackedNumbers | null;
  readonly #characters: Characters | null;

  constructor(corpus: Corpus, encoder: Encoder, storage: Storage, name: string, characters: Characters | null = null) {
    this.#encoder = encoder;
    this.#tokens = new PackedNumbers(storage.create(name));
    this.#lengths = corpus.lines && new PackedNumbers(storage.create(`${name}-lines`));
    this.#characters = characters;
  }

  /** A line, or more of a running text. */
  add(units: Int32Array): void {
    const ids = this.#encoder.encode(units);
    this.#tokens.push(ids);
    this.#lengths?.add(ids.length);
    this.#characters?.add(units);
  }

  finish(): EncodedText {
    const tokens = this.#tokens.finish();
    const lengths = this.#lengths?.finish();
    return {
      tokens,
      lines: lengths ? new PackedLines(tokens, lengths) : null,
      characters: this.#characters?.count ?? 0,
    };
  }
}

/**
 * Counts the characters of a text that a model is to predict: of a running text all but those of the first token. A
 * character that is several tokens belongs to the last of them, as in `Codec.pieces`.
 */
class Characters {
  readonly #corpus: Corpus;
  readonly #codec: Codec;
  /** The characters of each unit; where they depend on what stands before it, the units. */
  readonly #widths: Int32Array | null = null;
  readonly #units = new Map<number, string>();
  #speller: ReturnType<typeof spellerOf>;
  #count = 0;
  /** Those of the first token of a running text. */
  #first: number | null = null;

  constructor(corpus: Corpus, codec: Codec) {
    this.#corpus = corpus;
    this.#codec = codec;
    if (corpus.tokenizer.speller === plainSpeller) this.#widths = new Int32Array(corpus.numbering.size);
    for (const [unit, number] of corpus.numbering.entries()) {
      if (this.#widths) this.#widths[number] = lengthOf(unit);
      else this.#units.set(number, unit);
    }
    this.#speller = spellerOf(corpus.tokenizer);
  }

  get count(): number {
    return this.#count - (this.#first ?? 0);
  }

  /** A line, or more of a running text. */
  add(units: Int32Array): void {
    const { unit } = this.#corpus;
    for (const number of units) {
      if (unit === "documents" && number === 0) this.#end();
      else if (this.#widths) this.#count += this.#widths[number]!;
      else this.#count += lengthOf(this.#speller.push(this.#units.get(number) ?? ""));
      if (unit !== "lines") this.#first ??= this.#ofFirst(number);
    }
    if (unit === "lines") this.#end();
  }

  /** The characters of the first token of the unit that was counted first. */
  #ofFirst(number: number): number {
    for (const [unit, other] of this.#corpus.numbering.entries()) {
      if (other !== number) continue;
      const [id, ...others] = this.#codec.encodeUnit(unit);
      if (others.length > 0) return lengthOf(this.#codec.speller().push(id!));
    }
    return this.#count;
  }

  /** The end of a line or a document is a character too. */
  #end(): void {
    this.#count += 1 + lengthOf(this.#speller.end());
    this.#speller = spellerOf(this.#corpus.tokenizer);
  }
}

/** How many characters (code points) a text has. */
function lengthOf(text: string): number {
  let length = text.length;
  for (let i = 1; i < text.length; i++)
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) length--;
  return length;
}
