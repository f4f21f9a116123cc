import { z } from "zod";
import { readOptions } from "../../base/index.ts";
import { sacrebleuVersion, type TextMetric } from "./metric.ts";
import { matches, Ngrams, total } from "./ngrams.ts";
import { splitWords, withoutBlanks } from "./words.ts";

/** How chrF is computed. */
export const chrfOptions = z.strictObject({
  characterOrder: z.int().min(1).max(16).default(6).describe("longest sequence of characters"),
  wordOrder: z.int().min(0).max(16).default(0).describe("longest sequence of words; 2 makes chrF++"),
  beta: z.number().positive().default(2).describe("how many times recall counts as much as precision"),
  lowercase: z.boolean().default(false).describe("whether case is ignored"),
  whitespace: z.boolean().default(false).describe("whether blanks are characters too"),
  epsilonSmoothing: z.boolean().default(false).describe("smoothing of chrF++.py instead of effective orders"),
});

/**
 * chrF: how many character sequences a translation shares with its reference, as an F score; chrF++ with words too.
 *
 *   100 (1 + beta²) P R / (beta² P + R)     P, R = precision and recall, means over the orders
 *
 * Of several references each sentence takes the one with which it scores best. Equal to sacreBLEU to 1e-9.
 *
 * @throws RangeError or TypeError for an option that cannot be
 * @source Popović 2015, W15-3049; chrF++: Popović 2017, W17-4770
 */
export function chrf(options: z.input<typeof chrfOptions> = {}): TextMetric {
  const settings = readOptions("chrF", chrfOptions, options);
  const { characterOrder, wordOrder, beta, lowercase, whitespace, epsilonSmoothing } = settings;
  const prepare = (text: string) => {
    const line = lowercase ? text.toLowerCase() : text;
    return { characters: [...(whitespace ? line : withoutBlanks(line))], words: wordOrder > 0 ? cutEnds(line) : [] };
  };
  const scoreOf = (statistics: readonly number[]) => fScore(statistics, beta, epsilonSmoothing);
  return {
    name: `chrF${beta}${"+".repeat(wordOrder)}`,
    higherIsBetter: true,
    statistics(hypothesis, references) {
      const own = prepare(hypothesis);
      const others = references.map(prepare);
      const size = (part: "characters" | "words") =>
        own[part].length + others.reduce((sum, other) => sum + other[part].length, 0);
      const characters = new Ngrams(characterOrder, size("characters"));
      const words = new Ngrams(wordOrder, size("words"));
      const counted = (text: typeof own) => [...characters.count(text.characters), ...words.count(text.words)];
      const mine = counted(own);
      let best: number[] = [];
      let most = -1;
      for (const other of others) {
        const theirs = counted(other);
        const statistics = mine.flatMap((counts, n) => {
          const reference = theirs[n]!;
          // Where the reference is too short for any, those of the text are not held against it.
          return [reference.size > 0 ? total(counts) : 0, total(reference), matches(counts, reference)];
        });
        const score = scoreOf(statistics);
        if (score > most) {
          most = score;
          best = statistics;
        }
      }
      return best;
    },
    fromStatistics: (sums) => ({ score: scoreOf(sums) }),
    signature: (references, extra = []) =>
      [
        `nrefs:${references}`,
        ...extra,
        `case:${lowercase ? "lc" : "mixed"}`,
        `eff:${epsilonSmoothing ? "no" : "yes"}`,
        `nc:${characterOrder}`,
        `nw:${wordOrder}`,
        `space:${whitespace ? "yes" : "no"}`,
        `version:${sacrebleuVersion}`,
      ].join("|"),
  };
}

const tiny = 1e-16;

/** @param statistics for each order the n-grams of the text, those of the reference, and those in both */
function fScore(statistics: readonly number[], beta: number, epsilonSmoothing: boolean): number {
  const factor = beta ** 2;
  const orders = statistics.length / 3;
  let [smoothed, precisions, recalls, effective] = [0, 0, 0, 0];
  for (let k = 0; k < orders; k++) {
    const [own, theirs, both] = statistics.slice(3 * k, 3 * k + 3) as [number, number, number];
    const precision = own > 0 ? both / own : tiny;
    const recall = theirs > 0 ? both / theirs : tiny;
    const divisor = factor * precision + recall;
    smoothed += divisor > 0 ? ((1 + factor) * precision * recall) / divisor : tiny;
    if (own > 0 && theirs > 0) {
      precisions += precision;
      recalls += recall;
      effective++;
    }
  }
  if (epsilonSmoothing) return (100 * smoothed) / orders;
  const P = effective > 0 ? precisions / effective : 0;
  const R = effective > 0 ? recalls / effective : 0;
  return P + R > 0 ? (100 * (1 + factor) * P * R) / (factor * P + R) : 0;
}

const punctuation = new Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

/** Words with one mark cut off: the last character where it is one, or else the first. */
function cutEnds(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const characters = [...word];
    if (characters.length === 1) return [word];
    if (punctuation.has(characters.at(-1)!)) return [characters.slice(0, -1).join(""), characters.at(-1)!];
    if (punctuation.has(characters[0]!)) return [characters[0]!, characters.slice(1).join("")];
    return [word];
  });
}
