/** Models made of tables of probabilities, and searches so plain that they are right: what the searches are tested by. */
import fc from "fast-check";
import { BOS, EOS, PAD, Random, UNK } from "../src/base/index.ts";
import type { Hypothesis, NextStep } from "../src/decode/index.ts";
import { logSumExp } from "../src/decode/scores.ts";

/** Tokens other than the special ones. */
export const [A, B, C] = [4, 5, 6];
/** Source positions. */
const S = 3;

/** What each row has read. */
export type Seen = readonly (readonly number[])[];
/** Probabilities of the next token after a sequence, by its ids without BOS; they need not sum to 1. */
export type Table = (seen: readonly number[]) => readonly number[];
/** How much each source position is looked at after a sequence. */
export type Weigh = (seen: readonly number[]) => readonly number[];

/** A model whose state is what each row has read. */
export function modelOf(table: Table, weigh?: Weigh): NextStep<Seen> {
  return ({ ids, shape: [T, rows] }, state) => {
    const read = Array.from({ length: rows! }, (_, b) => [
      ...(state?.[b] ?? []),
      ...Array.from({ length: T! }, (_, t) => ids[t * rows! + b]!),
    ]);
    const texts = read.map((seen) => seen.filter((id) => id !== BOS));
    return {
      logits: texts.flatMap((seen) => table(seen).map(Math.log)),
      state: read,
      ...(weigh && { weights: texts.flatMap((seen) => weigh(seen)) }),
    };
  };
}

export const select = (state: Seen, rows: readonly number[]): Seen => rows.map((row) => state[row]!);

/** A search of a random model. */
export interface RandomSearch {
  readonly seed: number;
  readonly normalisation: "length" | "gnmt" | "none";
  readonly alpha: number;
  readonly coverage: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly noRepeat: number;
  readonly prefix: readonly number[];
  readonly prompt: readonly number[];
  readonly sources: number;
  readonly best: number;
}

const word = fc.constantFrom(A, B, C);
export const randomSearch: fc.Arbitrary<RandomSearch> = fc.record({
  seed: fc.integer(),
  normalisation: fc.constantFrom("length", "gnmt", "none"),
  alpha: fc.constantFrom(0, 0.6, 0.7, 1, 2),
  coverage: fc.constantFrom(0, 0.3),
  minLength: fc.nat(3),
  maxLength: fc.integer({ min: 1, max: 4 }),
  noRepeat: fc.constantFrom(0, 0, 2),
  prefix: fc.oneof(fc.constant([]), fc.array(word, { maxLength: 2 })),
  prompt: fc.array(word, { maxLength: 2 }),
  sources: fc.integer({ min: 1, max: S }),
  best: fc.integer({ min: 1, max: 6 }),
});

/** The options of a random search of one prompt. */
export function settingsOf(given: RandomSearch) {
  const { normalisation, alpha, coverage, maxLength, noRepeat } = given;
  return {
    ...{ normalisation, alpha, coverage, maxLength, noRepeat },
    minLength: Math.min(given.minLength, maxLength),
    prefixes: [given.prefix.slice(0, maxLength)],
    prompts: [given.prompt],
    sourceLengths: [given.sources],
  };
}

type Settings = ReturnType<typeof settingsOf>;

/**
 * Random probabilities of EOS, A, B and C after every sequence: halves, so that sums are exact and ties are many, any
 * numbers, impossible and certain tokens where that leaves a way, an EOS that comes late; sometimes UNK too.
 */
export function randomTable({ seed, minLength, noRepeat, prefix }: RandomSearch): Table {
  const isFree = noRepeat === 0 && prefix.length === 0;
  return remembered(seed, (random, seen) => {
    const [eos, ...rest] = pick(random, [
      () => random.shuffle([0.5, 0.25, 0.125, 0.125]),
      () => [random.uniform(), random.uniform(), random.uniform(), random.uniform()].map((p) => p + 0.01),
      () => [seen.length < 2 ? 1e-6 : 0.5, 0.25, 0.25, 0.5],
      () => random.shuffle(isFree ? [0.5, 0.5, 0, 0] : [0.25, 0.25, 0.25, 0.25]),
      () => random.shuffle(isFree && minLength === 0 ? [1, 0, 0, 0] : [0.25, 0.5, 0.125, 0.125]),
    ])();
    return [0, pick(random, [0, 0, 1]), 0, eos!, ...rest];
  });
}

/** Random weights after every sequence, which sum to 1. */
export function randomWeights({ seed }: Pick<RandomSearch, "seed">): Weigh {
  return remembered(seed + 1, (random) => {
    const weights = [random.uniform(), random.uniform() ** 4, random.uniform() ** 8];
    return weights.map((weight) => weight / weights.reduce((sum, other) => sum + other, 0));
  });
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}

function remembered(
  seed: number,
  make: (random: Random, seen: readonly number[]) => readonly number[],
): (seen: readonly number[]) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  return (seen) => {
    const key = String(seen);
    const hash = seen.reduce((sum, id) => Math.imul(sum, 31) + id, seed);
    const made = known.get(key) ?? make(new Random(hash >>> 0), seen);
    known.set(key, made);
    return made;
  };
}

/** A sequence on its way. */
interface Way {
  readonly ids: readonly number[];
  readonly logProb: number;
  /** The logit of its last token. */
  readonly logit: number;
}

/** A sequence of which all is said. */
type Done = Hypothesis & { readonly T: number };

/** All extensions of a sequence that the settings allow. */
function extensions(table: Table, way: Way, settings: Settings): Way[] {
  const { minLength, noRepeat, prefixes, prompts } = settings;
  const seen = [...prompts[0]!, ...way.ids];
  const logits = table(seen).map(Math.log);
  const isRepeated = (v: number) => {
    const grams = seen
      .map((_, i) => String(seen.slice(i, i + noRepeat)))
      .slice(0, Math.max(0, seen.length - noRepeat + 1));
    return noRepeat > 0 && grams.includes(String([...seen.slice(seen.length - noRepeat + 1), v]));
  };
  const forced = prefixes[0]![way.ids.length];
  return logits.flatMap((logit, v) => {
    if (forced !== undefined && v !== forced) return [];
    if (forced === undefined && (isRepeated(v) || (v === EOS && way.ids.length < minLength))) return [];
    if (logit === -Infinity || v === PAD || v === UNK || v === BOS) return [];
    const logProb = way.logProb + (logit - logSumExp(logits));
    return [{ ids: [...way.ids, v], logProb, logit }];
  });
}

/** A sequence with its score, if it has ended. */
function ended({ ids, logProb }: Way, weigh: Weigh, settings: Settings): Done | null {
  const { normalisation, alpha, coverage, maxLength, prompts, sourceLengths } = settings;
  const T = ids.length;
  const isEos = ids.at(-1) === EOS;
  if (!isEos && T < maxLength) return null;
  const divisor = { length: T ** alpha, gnmt: ((5 + T) / 6) ** alpha, none: 1 }[normalisation];
  let covered = 0;
  for (let s = 0; s < sourceLengths[0]!; s++) {
    const mass = ids.reduce((sum, _, t) => sum + weigh([...prompts[0]!, ...ids.slice(0, t)])[s]!, 0);
    covered += Math.log(Math.min(1, Math.max(1e-9, mass)));
  }
  const score = logProb / divisor + (coverage > 0 ? coverage * covered : 0);
  return { ids: isEos ? ids.slice(0, -1) : ids, logProb, score, end: isEos ? "eos" : "length", T };
}

const start: Way = { ids: [], logProb: 0, logit: 0 };

function byIds(a: readonly number[], b: readonly number[]): number {
  for (let t = 0; t < Math.min(a.length, b.length); t++) if (a[t] !== b[t]) return a[t]! - b[t]!;
  return a.length - b.length;
}

function ranked(all: readonly Done[]): Hypothesis[] {
  const order = [...all].sort((a, b) => b.score - a.score || a.T - b.T || byIds(a.ids, b.ids));
  return order.map(({ T: _, ...hypothesis }) => hypothesis);
}

/** Every sequence there is, the best first. */
export function exhaustive(table: Table, weigh: Weigh, settings: Settings): Hypothesis[] {
  const all: Done[] = [];
  const go = (way: Way) => {
    for (const next of extensions(table, way, settings)) {
      const done = ended(next, weigh, settings);
      if (done) all.push(done);
      else go(next);
    }
  };
  go(start);
  return ranked(all);
}

/** Beam search with objects, all extensions sorted, to its very end. */
export function naiveBeam(
  table: Table,
  weigh: Weigh,
  settings: Settings & { readonly beamSize: number; readonly best: number },
): Hypothesis[] {
  const all: Done[] = [];
  for (let live: readonly Way[] = [start]; live.length > 0; ) {
    const next = live.flatMap((way) => extensions(table, way, settings));
    next.sort(
      (a, b) =>
        b.logProb - a.logProb ||
        byIds(a.ids.slice(0, -1), b.ids.slice(0, -1)) ||
        b.logit - a.logit ||
        byIds(a.ids, b.ids),
    );
    const kept = next.slice(0, settings.beamSize);
    for (const way of kept) {
      const done = ended(way, weigh, settings);
      if (done) all.push(done);
    }
    live = kept.filter((way) => ended(way, weigh, settings) === null);
  }
  return ranked(all).slice(0, settings.best);
}
