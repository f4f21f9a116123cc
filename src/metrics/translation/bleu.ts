import { z } from "zod";
import { readOptions } from "../../base/index.ts";
import { type Score, sacrebleuVersion, type TextMetric } from "./metric.ts";
import { matches, Ngrams, total } from "./ngrams.ts";
import { type BleuTokenizer, bleuTokenizers } from "./tokenizers.ts";
import { trimEnd } from "./words.ts";

const smoothings = { exp: null, floor: 0.1, "add-k": 1, none: null } as const;

/** How BLEU is computed. */
export const bleuOptions = z.strictObject({
  tokenizer: z
    .enum(Object.keys(bleuTokenizers) as [BleuTokenizer, ...BleuTokenizer[]])
    .default("13a")
    .describe("how texts are cut into words"),
  smoothing: z
    .enum(Object.keys(smoothings) as [keyof typeof smoothings, ...(keyof typeof smoothings)[]])
    .default("exp")
    .describe("what n-grams without a match count as (Chen & Cherry 2014)"),
  smoothingValue: z.number().min(0).optional().describe("for floor (0.1) and add-k (1)"),
  order: z.int().min(1).max(16).default(4).describe("longest n-gram"),
  effectiveOrder: z.boolean().default(false).describe("leave out n-grams longer than the text; for single sentences"),
  lowercase: z.boolean().default(false).describe("whether case is ignored"),
});

/** A BLEU score with all it was made from. */
export interface BleuScore extends Score {
  /** Matched n-grams, clipped, for each n from 1. */
  readonly counts: readonly number[];
  /** All n-grams. */
  readonly totals: readonly number[];
  /** Modified precisions after smoothing, in percent. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  /** Words written. */
  readonly length: number;
  /** Words of the references that are closest in length. */
  readonly referenceLength: number;
}

/**
 * BLEU: how many word sequences of a translation stand in its references.
 *
 *   100 BP exp(mean over n of log p_n)     p_n = clipped matches of n-grams / n-grams     BP = exp(1 - r/c) where c < r
 *
 * Equal to sacreBLEU to 1e-9.
 *
 * @throws RangeError or TypeError for an option that cannot be
 * @source Papineni et al. 2002; Post 2018, arXiv:1804.08771
 */
export function bleu(options: z.input<typeof bleuOptions> = {}): TextMetric<BleuScore> {
  const settings = readOptions("BLEU", bleuOptions, options);
  const { tokenizer, smoothing, order, effectiveOrder, lowercase } = settings;
  const smoothingValue = settings.smoothingValue ?? smoothings[smoothing];
  const cut = (text: string) => bleuTokenizers[tokenizer](trimEnd(lowercase ? text.toLowerCase() : text));
  return {
    name: "BLEU",
    higherIsBetter: true,
    statistics(hypothesis, references) {
      const words = cut(hypothesis);
      const others = references.map(cut);
      const ngrams = new Ngrams(order, words.length + others.reduce((sum, { length }) => sum + length, 0));
      const allowed = ngrams.none();
      for (const other of others)
        ngrams.count(other).forEach((counts, n) => {
          const most = allowed[n]!;
          for (const [gram, count] of counts) most.set(gram, Math.max(count, most.get(gram) ?? 0));
        });
      const counted = ngrams.count(words);
      return [
        words.length,
        closest(
          words.length,
          others.map(({ length }) => length),
        ),
        ...counted.map((counts, n) => matches(counts, allowed[n]!)),
        ...counted.map(total),
      ];
    },
    fromStatistics: (sums) => fromCounts(sums, { smoothing, smoothingValue, order, effectiveOrder }),
    signature: (references, extra = []) =>
      [
        `nrefs:${references}`,
        ...extra,
        `case:${lowercase ? "lc" : "mixed"}`,
        `eff:${effectiveOrder ? "yes" : "no"}`,
        `tok:${tokenizer}`,
        `smooth:${smoothing}${smoothingValue === null ? "" : `[${smoothingValue.toFixed(2)}]`}`,
        `version:${sacrebleuVersion}`,
      ].join("|"),
  };
}

/**
 * Whether BLEU can tell anything: some reference has as many words as the longest n-gram. Where none has, no output can be
 * right by it, and the score is 0 whatever is written.
 *
 * @param options as for `bleu`
 */
export function bleuReaches(
  references: readonly (readonly string[])[],
  options: z.input<typeof bleuOptions> = {},
): boolean {
  const { tokenizer, order, effectiveOrder } = readOptions("BLEU", bleuOptions, options);
  if (effectiveOrder) return true;
  return references.some((given) => given.some((text) => bleuTokenizers[tokenizer](trimEnd(text)).length >= order));
}

interface Smoothing {
  readonly smoothing: keyof typeof smoothings;
  readonly smoothingValue: number | null;
  readonly order: number;
  readonly effectiveOrder: boolean;
}

function fromCounts(
  [length = 0, referenceLength = 0, ...rest]: readonly number[],
  { smoothing, smoothingValue, order, effectiveOrder }: Smoothing,
): BleuScore {
  const counts = rest.slice(0, order);
  const totals = rest.slice(order);
  const brevityPenalty = length >= referenceLength ? 1 : length > 0 ? Math.exp(1 - referenceLength / length) : 0;
  const precisions = new Array<number>(order).fill(0);
  const found = { counts, totals, precisions, brevityPenalty, length, referenceLength };
  if (counts.every((count) => count === 0)) return { score: 0, ...found };
  let halvings = 1;
  let orders = order;
  for (let n = 0; n < order; n++) {
    if (smoothing === "add-k" && n > 0) {
      counts[n]! += smoothingValue!;
      totals[n]! += smoothingValue!;
    }
    if (totals[n] === 0) break;
    if (effectiveOrder) orders = n + 1;
    if (counts[n]! > 0) precisions[n] = (100 * counts[n]!) / totals[n]!;
    else if (smoothing === "exp") {
      halvings *= 2;
      precisions[n] = 100 / (halvings * totals[n]!);
    } else if (smoothing === "floor") precisions[n] = (100 * smoothingValue!) / totals[n]!;
  }
  let sum = 0;
  for (const precision of precisions.slice(0, orders)) sum += precision > 0 ? Math.log(precision) : -9999999999;
  return { score: brevityPenalty * Math.exp(sum / orders), ...found };
}

/** The length closest to a text's own; the shorter of two that are as close. */
function closest(length: number, lengths: readonly number[]): number {
  return lengths.reduce((best, other) => {
    const [a, b] = [Math.abs(other - length), Math.abs(best - length)];
    return a < b || (a === b && other < best) ? other : best;
  });
}

/** One n-gram of a text in the computation of a modified precision. */
export interface ClippedNgram {
  readonly ngram: string;
  /** How often it comes in the text. */
  readonly count: number;
  /** How often it comes in the reference that has it most often. */
  readonly most: number;
  /** The smaller of the two. */
  readonly clipped: number;
}

/**
 * The modified n-gram precision of one text, step by step.
 *
 *   p_n = (sum over n-grams of min(count, most in one reference)) / (sum of count)
 *
 * @param words      the text, cut into words
 * @param references the references, cut into words
 * @param n          how many words in a row
 * @returns the n-grams in the order of the text, the sums, and p_n (0 where the text has no n-gram)
 * @source Papineni et al. 2002, 2.1
 */
export function modifiedPrecision(
  words: readonly string[],
  references: readonly (readonly string[])[],
  n: number,
): {
  readonly ngrams: readonly ClippedNgram[];
  readonly clipped: number;
  readonly total: number;
  readonly precision: number;
} {
  const count = (list: readonly string[]) => {
    const counts = new Map<string, number>();
    for (let i = 0; i + n <= list.length; i++) {
      const ngram = list.slice(i, i + n).join(" ");
      counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
    }
    return counts;
  };
  const others = references.map(count);
  const ngrams = [...count(words)].map(([ngram, count]): ClippedNgram => {
    const most = Math.max(0, ...others.map((counts) => counts.get(ngram) ?? 0));
    return { ngram, count, most, clipped: Math.min(count, most) };
  });
  const clipped = ngrams.reduce((sum, gram) => sum + gram.clipped, 0);
  const all = ngrams.reduce((sum, gram) => sum + gram.count, 0);
  return { ngrams, clipped, total: all, precision: all > 0 ? clipped / all : 0 };
}
