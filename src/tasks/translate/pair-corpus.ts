/** Pairs as they are read, one by one: units, not yet ids, in memory or wherever there is room for them. */
import { KindError, show, ValueError } from "../../base/index.ts";
import { PackedNumbers, type Tokenizer, type TokenizerName, unitsOf } from "../../text/index.ts";
import { drawnBy, Hashes } from "../language-model/aside.ts";
import { memoryStorage, type ReaderLimits, type Storage } from "../language-model/corpus.ts";
import { Fingerprint, hashText } from "../language-model/fingerprint.ts";
import { Numbering } from "../language-model/numbering.ts";
import type { TranslationSettings } from "./options.ts";

/** A source and its target. */
export interface Pair {
  readonly source: string;
  readonly target: string;
  /** What else is right; each is learned as a target of its own, unless the option `references` says otherwise. */
  readonly references?: readonly string[] | undefined;
  /** What is to be made of the source, such as the language of the target: all pairs have one, or none has. */
  readonly tag?: string | undefined;
}

/** The options that decide how pairs are read. */
export type PairReading = Pick<
  TranslationSettings,
  | "tokenizer"
  | "targetTokenizer"
  | "lowercase"
  | "targetLowercase"
  | "maxSourceLength"
  | "maxTargetLength"
  | "strict"
  | "duplicates"
  | "validation"
  | "seed"
>;

/** One side of all pairs: what cut it into units, and their numbers. */
export interface CorpusSide {
  readonly tokenizer: Tokenizer;
  readonly numbering: Numbering;
}

/** Pairs that were read. */
export interface PairCorpus {
  readonly source: CorpusSide;
  readonly target: CorpusSide;
  /** The units of all pairs as numbers, of each those of the source and then those of the target. */
  readonly units: PackedNumbers;
  /**
   * Of each pair: the units of its source and of its target, its tag plus one (0: none), where it stood, and 1 where it is
   * kept aside, as it was given or as its hash says, with 2 more where another target of its source came before.
   */
  readonly entries: PackedNumbers;
  /** A hash of the source of each pair; null where there are too many, or it was given which pairs are kept aside. */
  readonly hashes: Float64Array | null;
  /** Whether it was given which pairs are kept aside. */
  readonly isSplit: boolean;
  readonly tags: readonly string[];
  /** What messages call the place of a pair. */
  readonly what: Place["what"];
  /** Pairs that were left out because a side was empty. */
  readonly empty: LeftOut;
  /** Pairs that were left out because a side was too long. */
  readonly long: LeftOut;
  /** Pairs that came again, as far as was remembered. */
  readonly repeated: LeftOut;
  /** Differs for other pairs, and where it was given which are kept aside, for another choice of them. */
  readonly fingerprint: string;
}

/** Numbers in each of `PairCorpus.entries`. */
export const entryLength = 5;

/** Pairs that were left out: how many, and where the first of them stands, such as "line 3". */
export interface LeftOut {
  readonly count: number;
  readonly first: string | null;
}

/** Where a pair stands, as messages have it: which pair of a list, line of a file or unit of a translation memory. */
export interface Place {
  readonly where: string;
  readonly what: "pair" | "line" | "unit";
  readonly number: number;
}

/** Takes pairs one by one, in memory that does not grow with them (but for that of the storage). */
export class PairReader {
  readonly #reading: PairReading;
  readonly #sides: { readonly source: CorpusSide; readonly target: CorpusSide };
  readonly #fingerprint = new Fingerprint();
  readonly #units: PackedNumbers;
  readonly #entries: PackedNumbers;
  readonly #hashes: Hashes;
  readonly #tags = new Map<string, number>();
  #isSplit = false;
  #first: Place | null = null;
  #count = 0;
  #empty: LeftOut = { count: 0, first: null };
  #long: LeftOut = { count: 0, first: null };
  #repeated: LeftOut = { count: 0, first: null };
  readonly #pairs = new Remembered();
  readonly #sources = new Remembered();

  constructor(reading: PairReading, storage: Storage = memoryStorage(), limits: ReaderLimits = {}) {
    const { tokenizer, targetTokenizer = tokenizer, lowercase, targetLowercase } = reading;
    const { hashes, ...numbering } = limits;
    const sideOf = (name: TokenizerName, lowercase: boolean): CorpusSide => {
      const units = unitsOf(name, { lowercase });
      const byCharacter = name === "characters";
      return { tokenizer: units, numbering: new Numbering(units, { byCharacter, lowercase, ...numbering }) };
    };
    this.#reading = reading;
    this.#sides = { source: sideOf(tokenizer, lowercase), target: sideOf(targetTokenizer, targetLowercase) };
    this.#hashes = new Hashes(hashes);
    this.#units = new PackedNumbers(storage.create("pairs"));
    this.#entries = new PackedNumbers(storage.create("pair-entries"));
  }

  /**
   * Takes a pair. One with a side of white space is left out and counted, or with `strict` refused.
   *
   * @param part where it belongs, for pairs that are split already; all of them are then
   * @throws RangeError for what is refused
   */
  add(pair: Pair, place: Place, part?: "training" | "validation"): void {
    if (part !== undefined) this.#isSplit = true;
    for (const target of new Set([pair.target, ...(pair.references ?? [])]))
      this.#add(pair, target, place, part && part === "validation");
  }

  #add({ source, tag }: Pair, target: string, place: Place, isAside: boolean | undefined): void {
    const at = `${place.where}: ${place.what} ${place.number}`;
    const blank = source.trim() === "" ? "source" : target.trim() === "" ? "target" : undefined;
    if (blank) {
      this.#empty = another(this.#empty, `${place.what} ${place.number}`);
      if (!this.#reading.strict) return;
      throw new ValueError(
        `${at}: ${blank} must hold text, is empty; fill it in, or leave such pairs out without strict`,
      );
    }
    const number = this.#tagNumber(tag, place, at);
    const sides = {
      source: this.#sides.source.numbering.encode(source),
      target: this.#sides.target.numbering.encode(target),
    };
    // A unit of a tokenizer that is trained is one token or more.
    if (isTooLong(at, sides, this.#reading)) {
      this.#long = another(this.#long, `${place.what} ${place.number}`);
      return;
    }
    if (this.#pairs.has(hashText(JSON.stringify([source, target, tag, isAside])))) {
      this.#repeated = another(this.#repeated, `${place.what} ${place.number}`);
      if (this.#reading.duplicates === "drop") return;
    }
    const isFurther = this.#sources.has(hashText(JSON.stringify([source, tag, isAside])));
    const { lowercase, seed, validation } = this.#reading;
    const hash = hashText(lowercase ? source.toLowerCase() : source);
    this.#hashes.add(hash);
    this.#entries.push([
      sides.source.length,
      sides.target.length,
      number,
      place.number,
      ((isAside ?? drawnBy(hash, seed) < validation) ? 1 : 0) + (isFurther ? 2 : 0),
    ]);
    for (const units of [sides.source, sides.target]) {
      this.#units.push(units);
      this.#fingerprint.numbers(units);
      this.#fingerprint.end();
    }
    if (number > 0) this.#fingerprint.numbers(Int32Array.of(number));
    if (isAside !== undefined) this.#fingerprint.numbers(Int32Array.of(isAside ? 1 : 0));
    this.#first ??= place;
    this.#count++;
  }

  #tagNumber(tag: string | undefined, place: Place, at: string): number {
    const first = this.#first;
    if (first && this.#tags.size > 0 !== (tag !== undefined)) {
      const [has, had] = tag === undefined ? ["no tag", "one"] : ["a tag", "none"];
      throw new ValueError(`${at}: has ${has}, but ${place.what} ${first.number} has ${had}; tag all pairs or none`);
    }
    if (tag === undefined) return 0;
    if (tag.trim() === "") throw new ValueError(`${at}: tag must hold text, is empty`);
    const number = this.#tags.get(tag) ?? this.#tags.size + 1;
    this.#tags.set(tag, number);
    return number;
  }

  /**
   * The pairs that were read.
   *
   * @throws RangeError when there are none
   */
  finish(where: string): PairCorpus {
    if (this.#count === 0) throw nonePair(where, this.#empty, this.#long, this.#reading);
    const { source, target } = this.#sides;
    const names = [...source.numbering.entries(), [" ", 0] as const, ...target.numbering.entries()];
    const tags = [...this.#tags.keys()];
    return {
      source,
      target,
      units: this.#units.finish(),
      entries: this.#entries.finish(),
      hashes: this.#isSplit ? null : this.#hashes.all,
      isSplit: this.#isSplit,
      tags,
      what: this.#first!.what,
      empty: this.#empty,
      long: this.#long,
      repeated: this.#repeated,
      fingerprint: this.#fingerprint.value([...names, ...tags.map((tag, i) => [tag, i] as const)]),
    };
  }
}

/** Knows what has come before, by its hash, up to a number of them. */
class Remembered {
  readonly #hashes = new Set<number>();

  /** Whether it has come before; from now on it has. */
  has(hash: number): boolean {
    if (this.#hashes.has(hash)) return true;
    if (this.#hashes.size < mostRemembered) this.#hashes.add(hash);
    return false;
  }
}

const mostRemembered = 1 << 19;

/** One more that is left out. */
export function another({ count, first }: LeftOut, place: string): LeftOut {
  return { count: count + 1, first: first ?? place };
}

/** Whether a side of a pair has too many tokens. @throws RangeError with `strict` */
export function isTooLong(
  at: string,
  pair: { readonly source: Int32Array; readonly target: Int32Array },
  { maxSourceLength, maxTargetLength, strict }: Pick<PairReading, "maxSourceLength" | "maxTargetLength" | "strict">,
): boolean {
  const limits = { source: maxSourceLength, target: maxTargetLength };
  const side = (["source", "target"] as const).find((side) => pair[side].length > limits[side]);
  if (side === undefined) return false;
  if (!strict) return true;
  const option = side === "source" ? "maxSourceLength" : "maxTargetLength";
  throw new ValueError(
    `${at}: ${side} must have at most ${limits[side]} tokens, got ${pair[side].length}; raise ${option}, or leave such pairs out without strict`,
  );
}

/** The error for data of which nothing is left. */
export function nonePair(
  where: string,
  { count: empty }: LeftOut,
  { count: long }: LeftOut,
  { maxSourceLength, maxTargetLength }: Pick<PairReading, "maxSourceLength" | "maxTargetLength">,
): ValueError {
  const causes = [
    ...(empty > 0 ? [`${empty} with an empty side`] : []),
    ...(long > 0
      ? [`${long} longer than maxSourceLength = ${maxSourceLength} or maxTargetLength = ${maxTargetLength}`]
      : []),
  ];
  const cause = causes.length > 0 ? `got only ${causes.join(" and ")}` : "got none";
  return new ValueError(`${where}: needs at least one pair of texts, ${cause}`);
}

/** Pairs that are split already. */
export interface SplitPairs {
  readonly training: Iterable<Pair>;
  readonly validation: Iterable<Pair>;
}

/**
 * Pairs that are in memory.
 *
 * @param where starts the messages
 * @throws TypeError or RangeError when they are no pairs, or nothing is left
 */
export function readPairs(
  where: string,
  pairs: Iterable<Pair> | SplitPairs,
  reading: PairReading,
  limits?: ReaderLimits,
): PairCorpus {
  const reader = new PairReader(reading, memoryStorage(), limits);
  const read = (name: string, some: Iterable<Pair>, part?: keyof SplitPairs) => {
    if (typeof some !== "object" || some === null || !(Symbol.iterator in some))
      throw new KindError(`${name}: the data must be a list of pairs { source, target }, got ${show(some)}`);
    let number = 0;
    for (const pair of some) {
      checkPair(`${name}: pair ${++number}`, pair);
      reader.add(pair, { where: name, what: "pair", number }, part);
    }
  };
  if (typeof pairs === "object" && pairs !== null && "training" in pairs) {
    read(where, pairs.training, "training");
    read(`${where}: validation`, pairs.validation, "validation");
  } else read(where, pairs);
  return reader.finish(where);
}

function checkPair(where: string, pair: unknown): void {
  if (typeof pair !== "object" || pair === null)
    throw new KindError(`${where} must be { source, target }, got ${show(pair)}`);
  const { source, target, references = [], tag = "" } = pair as Readonly<Record<keyof Pair, unknown>>;
  for (const [name, text] of Object.entries({ source, target, tag }))
    if (typeof text !== "string") throw new KindError(`${where}: ${name} must be text, got ${show(text)}`);
  if (!Array.isArray(references) || references.some((text) => typeof text !== "string"))
    throw new KindError(`${where}: references must be a list of texts, got ${show(references)}`);
}
