/** Pairs that were read, as ids of two codecs: split in parts, of which one makes the vocabularies. */
import { Random, UNK, ValueError } from "../../base/index.ts";
import { Codec, type EncodedPair, PackedNumbers, type PackedPairs, PairPacker, spellerOf } from "../../text/index.ts";
import { drawnBy, keptAside } from "../language-model/aside.ts";
import { memoryStorage, type Storage } from "../language-model/corpus.ts";
import { hashText } from "../language-model/fingerprint.ts";
import type { ModelParts } from "./model-parts.ts";
import type { TranslationSettings } from "./options.ts";
import {
  another,
  type CorpusSide,
  entryLength,
  isTooLong,
  type LeftOut,
  nonePair,
  type PairCorpus,
} from "./pair-corpus.ts";
import { factsOf, taggedIds } from "./pair-facts.ts";
import type { Question } from "./questions.ts";

/** Pairs as ids, in their parts. */
export interface EncodedPairs {
  /** Differs for other data. */
  readonly fingerprint: string;
  readonly parts: ModelParts;
  readonly training: PackedPairs;
  /** Ids of all targets to train on. */
  readonly targetTokens: number;
  readonly validation: JudgedPairs | null;
  /** The random numbers after those that chose the pairs to keep aside. */
  readonly random: readonly number[];
  /** What to tell whoever trains on them. */
  readonly notes: readonly string[];
}

/** Pairs that are kept aside. */
export interface JudgedPairs {
  readonly pairs: PackedPairs;
  /** Some of their sources with all of their references, to translate and compare, in random order. */
  readonly questions: readonly Question[];
}

/**
 * Pairs that were read as ids of codecs, which are made from the training part where none are given. Some are kept aside
 * at random, all of a source on the same side.
 *
 * @param storage where the ids are kept
 * @throws RangeError when no token or pair is kept, or with `strict` when a side is too long
 */
export function encodePairs(
  where: string,
  corpus: PairCorpus,
  settings: TranslationSettings,
  given: ModelParts | null = null,
  storage: Storage = memoryStorage(),
): EncodedPairs {
  const work = encodingPairs(where, corpus, settings, given, storage);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** As `encodePairs`, yielding now and then. */
export function* encodingPairs(
  where: string,
  corpus: PairCorpus,
  settings: TranslationSettings,
  given: ModelParts | null = null,
  storage: Storage = memoryStorage(),
): Generator<undefined, EncodedPairs> {
  const random = new Random(settings.seed);
  const aside = corpus.hashes && keptAside(corpus.hashes, settings.validation, random);
  const isAside = ({ index, byHash }: Entry) => (corpus.hashes ? aside?.[index] === 1 : byHash);
  const codecs = given ?? (yield* codecsFor(where, corpus, isAside, settings));
  const tags = given?.facts.tags ?? corpus.tags;
  const encoders = {
    source: new Encoder(corpus.source, codecs.source),
    target: new Encoder(corpus.target, codecs.target),
  };
  const store = (name: string) =>
    new PairPacker(new PackedNumbers(storage.create(name)), new PackedNumbers(storage.create(`${name}-lengths`)));
  const parts = { training: store("training"), validation: store("validation") };
  const questions = new Questions(corpus, settings);
  let { long } = corpus;
  let [kept, targetTokens] = [0, 0];
  for (const some of entriesOf(corpus)) {
    for (const entry of some) {
      const source = encoders.source.encode(entry.source);
      const target = encoders.target.encode(entry.target);
      if (isTooLong(`${where}: ${entry.place}`, { source, target }, settings)) {
        long = another(long, entry.place);
        continue;
      }
      const tag = corpus.tags[entry.tag - 1];
      const reader = { codec: codecs.source, tags };
      const pair: EncodedPair = { source: taggedIds(`${where}: ${entry.place}`, reader, source, tag), target };
      if (isAside(entry)) {
        questions.add(entry);
        if (!isLearned(entry, settings)) continue;
        kept++;
        parts.validation.add(pair);
      } else if (isLearned(entry, settings)) {
        targetTokens += target.length;
        parts.training.add(pair);
      }
    }
    yield;
  }
  const training = parts.training.finish();
  if (training.length === 0) throw kept > 0 ? allAside(where, corpus) : nonePair(where, corpus.empty, long, settings);
  const validation = parts.validation.finish();
  return {
    fingerprint: corpus.fingerprint,
    parts: given ?? { ...codecs, facts: factsOf(training, corpus.tags) },
    training,
    targetTokens,
    validation: kept > 0 ? { pairs: validation, questions: questions.all } : null,
    random: random.state,
    notes: notesOf(corpus, settings, long),
  };
}

function allAside(where: string, { isSplit }: PairCorpus): ValueError {
  const advice = isSplit ? "give some to train on" : "lower validation";
  return new ValueError(`${where}: needs a pair to train on, but all are kept aside; ${advice}`);
}

function notesOf(
  { empty, repeated, source, target }: PairCorpus,
  { maxSourceLength, maxTargetLength, duplicates }: TranslationSettings,
  long: LeftOut,
): string[] {
  const leftOut = ({ count, first }: LeftOut, why: string) => {
    if (count === 0) return [];
    return count === 1
      ? [`1 pair ${why} is left out, at ${first}`]
      : [`${count} pairs ${why} are left out, the first at ${first}`];
  };
  const lost = source.numbering.lost + target.numbering.lost;
  return [
    ...leftOut(empty, "with an empty side"),
    ...leftOut(long, `longer than ${maxSourceLength} tokens in the source or ${maxTargetLength} in the target`),
    ...(duplicates === "drop" ? leftOut(repeated, "that came before") : []),
    ...(duplicates === "keep" && repeated.count > 0
      ? [
          `${repeated.count === 1 ? "1 pair comes" : `${repeated.count} pairs come`} again, ${repeated.count === 1 ? "at" : "the first at"} ${repeated.first}`,
        ]
      : []),
    ...(lost > 0
      ? [`the pairs have more distinct tokens than can be counted; ${lost} that came rarely are read as unknown`]
      : []),
  ];
}

/** A pair as numbers of units. */
interface Entry {
  readonly index: number;
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** The number of its tag from 1 on; 0 for none. */
  readonly tag: number;
  /** Where it stood, such as "line 5". */
  readonly place: string;
  readonly byHash: boolean;
  /** Whether another target of its source came before. */
  readonly isFurther: boolean;
}

const isLearned = ({ isFurther }: Entry, { references }: Pick<TranslationSettings, "references">) =>
  references === "all" || !isFurther;

/** All pairs in order, some at a time. */
function* entriesOf({ units, entries, what }: PairCorpus): Generator<readonly Entry[]> {
  const atOnce = 1 << 11;
  let begin = 0;
  for (let first = 0; first * entryLength < entries.length; first += atOnce) {
    const rows = entries.read(first * entryLength, Math.min(entries.length, (first + atOnce) * entryLength));
    let length = 0;
    for (let at = 0; at < rows.length; at += entryLength) length += rows[at]! + rows[at + 1]!;
    const together = units.read(begin, begin + length);
    begin += length;
    let at = 0;
    yield Array.from({ length: rows.length / entryLength }, (_, i) => {
      const [sourceLength, targetLength, tag, number, marks] = rows.subarray(i * entryLength) as unknown as number[];
      const source = together.subarray(at, at + sourceLength!);
      const target = together.subarray(at + sourceLength!, at + sourceLength! + targetLength!);
      at += sourceLength! + targetLength!;
      return { index: first + i, source, target, tag: tag!, place: `${what} ${number}`, ...marked(marks!) };
    });
  }
}

const marked = (marks: number) => ({ byHash: (marks & 1) !== 0, isFurther: (marks & 2) !== 0 });

function* codecsFor(
  where: string,
  corpus: PairCorpus,
  isAside: (entry: Entry) => boolean,
  settings: TranslationSettings,
): Generator<undefined, Pick<ModelParts, "source" | "target">> {
  const counts = {
    source: new Float64Array(corpus.source.numbering.size),
    target: new Float64Array(corpus.target.numbering.size),
  };
  let learned = 0;
  for (const some of entriesOf(corpus)) {
    for (const entry of some) {
      if (isAside(entry) || !isLearned(entry, settings)) continue;
      learned++;
      for (let i = 0; i < entry.source.length; i++) counts.source[entry.source[i]!]!++;
      for (let i = 0; i < entry.target.length; i++) counts.target[entry.target[i]!]!++;
    }
    yield;
  }
  if (learned === 0) throw allAside(where, corpus);
  const seen = (side: "source" | "target", into = new Map<string, number>()) => {
    for (const [unit, number] of corpus[side].numbering.entries()) {
      const count = counts[side][number]!;
      if (count > 0) into.set(unit, (into.get(unit) ?? 0) + count);
    }
    return into;
  };
  const { tokenizer, targetTokenizer = tokenizer, lowercase, targetLowercase, minCount } = settings;
  const { vocabularySize, targetVocabularySize = vocabularySize } = settings;
  if (settings.sharedVocabulary) {
    if (targetTokenizer !== tokenizer)
      throw new ValueError(
        `train: sharedVocabulary needs one tokenizer for both sides, got ${tokenizer} and ${targetTokenizer}; leave targetTokenizer out`,
      );
    const both = { tokenizer, minCount, ...(vocabularySize !== undefined && { vocabularySize }) };
    const { tokenizer: found, vocabulary } = Codec.fromCounts(seen("target", seen("source")), both);
    return {
      source: new Codec(found, vocabulary, { lowercase }),
      target: new Codec(found, vocabulary, { lowercase: targetLowercase }),
    };
  }
  const make = (side: "source" | "target", tokenizer: typeof targetTokenizer, lowercase: boolean, size?: number) =>
    Codec.fromCounts(seen(side), {
      tokenizer,
      lowercase,
      minCount,
      ...(size !== undefined && { vocabularySize: size }),
    });
  return {
    source: make("source", tokenizer, lowercase, vocabularySize),
    target: make("target", targetTokenizer, targetLowercase, targetVocabularySize),
  };
}

/** Turns numbers of units into ids, one or more for each. */
class Encoder {
  readonly #ids: readonly Int32Array[];

  constructor({ numbering }: CorpusSide, codec: Codec) {
    const ids = new Array<Int32Array>(numbering.size).fill(Int32Array.of(UNK));
    for (const [unit, number] of numbering.entries()) ids[number] = codec.encodeUnit(unit);
    this.#ids = ids;
  }

  encode(units: Int32Array): Int32Array {
    let length = 0;
    for (let i = 0; i < units.length; i++) length += this.#ids[units[i]!]!.length;
    const ids = new Int32Array(length);
    let at = 0;
    for (let i = 0; i < units.length; i++) {
      const some = this.#ids[units[i]!]!;
      for (let k = 0; k < some.length; k++) ids[at++] = some[k]!;
    }
    return ids;
  }
}

/** Sources drawn by their hashes, with all of their references; how many is bounded, however many there are. */
class Questions {
  readonly #corpus: PairCorpus;
  readonly #seed: number;
  readonly #texts: { readonly source: Spelling; readonly target: Spelling };
  #drawn = new Map<string, { readonly draw: number; readonly question: Question & { references: string[] } }>();
  #most = 1;
  /** How many there are at most. */
  readonly #count: number;

  constructor(
    corpus: PairCorpus,
    {
      seed,
      metric,
      judgeOn = metric === "loss" ? 200 : 3000,
    }: Pick<TranslationSettings, "seed" | "metric" | "judgeOn">,
  ) {
    this.#corpus = corpus;
    this.#seed = seed;
    this.#count = judgeOn;
    this.#texts = { source: spelling(corpus.source), target: spelling(corpus.target) };
  }

  add({ source: units, target, tag }: Entry): void {
    const source = this.#texts.source(units);
    const key = `${tag} ${source}`;
    const known = this.#drawn.get(key);
    const draw = known?.draw ?? drawnBy(hashText(key), this.#seed + 1);
    if (draw > this.#most) return;
    const reference = this.#texts.target(target);
    if (known) {
      if (!known.question.references.includes(reference)) known.question.references.push(reference);
      return;
    }
    const name = this.#corpus.tags[tag - 1];
    const question = { source, references: [reference], ...(name !== undefined && { tag: name }) };
    this.#drawn.set(key, { draw, question });
    if (this.#drawn.size > 4 * this.#count) this.#forget();
  }

  get all(): readonly Question[] {
    if (this.#drawn.size > this.#count) this.#forget();
    return [...this.#drawn.values()].sort((a, b) => a.draw - b.draw).map(({ question }) => question);
  }

  #forget(): void {
    const draws = Float64Array.from(this.#drawn.values(), ({ draw }) => draw).sort();
    this.#most = draws[this.#count - 1]!;
    this.#drawn = new Map([...this.#drawn].filter(([, { draw }]) => draw <= this.#most));
  }
}

type Spelling = (units: Int32Array) => string;

/** The text of units. */
function spelling({ tokenizer, numbering }: CorpusSide): Spelling {
  const texts = new Map(Array.from(numbering.entries(), ([unit, number]) => [number, unit] as const));
  return (units) => {
    const speller = spellerOf(tokenizer);
    let text = "";
    for (const unit of units) text += speller.push(texts.get(unit) ?? "");
    return text + speller.end();
  };
}
