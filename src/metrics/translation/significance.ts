/** How sure a score is, and whether one system is better than another, by resampling sentences. */
import { z } from "zod";
import { Random, readOptions, ValueError } from "../../base/index.ts";
import { corpusStatistics, type References, type Score, signatureOf, sumOf, type TextMetric } from "./metric.ts";

/** How often sentences are drawn anew. */
export const resamplingOptions = z.strictObject({
  samples: z.int().min(1).max(1_000_000).default(1000).describe("how many corpora are drawn"),
  seed: z.int().min(0).default(12345).describe("decides which sentences are drawn"),
});

type ResamplingOptions = z.input<typeof resamplingOptions>;

/** A score with its 95 % interval: mean - margin to mean + margin. */
export interface Interval {
  readonly score: number;
  /** The mean of the resampled scores. */
  readonly mean: number;
  /** Half the width of the interval that holds 95 % of them. */
  readonly margin: number;
  readonly signature: string;
}

/** A comparison of two systems. */
export interface Comparison {
  readonly baseline: number;
  readonly system: number;
  /** system - baseline */
  readonly difference: number;
  /** How likely so great a difference is where the two are equally good. */
  readonly p: number;
  readonly signature: string;
}

/**
 * A corpus score with a confidence interval: sentences are drawn with replacement, as many as there are, again and again.
 *
 * @source Koehn 2004, W04-3250
 */
export function bootstrap(
  metric: TextMetric,
  hypotheses: readonly string[],
  references: readonly References[],
  options: ResamplingOptions = {},
): Interval {
  const { samples, seed } = readOptions("bootstrap", resamplingOptions, options);
  const statistics = corpusStatistics(metric, hypotheses, references);
  const random = new Random(seed);
  const sums = packed(statistics);
  const scores = draws(random, samples, statistics.length, (rows) => metric.fromStatistics(sums(rows)).score);
  return {
    score: scoreOf(metric, statistics),
    ...interval(scores),
    signature: signatureOf(metric, references, [`bs:${samples}`, `seed:${seed}`]),
  };
}

/**
 * Compares two systems by paired bootstrap resampling: the same sentences are drawn for both.
 *
 * p = (1 + how often |difference| less its mean is at least the difference found) / (1 + samples)
 *
 * @throws RangeError where the systems did not translate the same sentences
 * @source Koehn 2004; the p-value as in sacreBLEU, but that equal differences count
 */
export function pairedBootstrap(
  metric: TextMetric,
  baseline: readonly string[],
  system: readonly string[],
  references: readonly References[],
  options: ResamplingOptions = {},
): Comparison {
  const { samples, seed } = readOptions("pairedBootstrap", resamplingOptions, options);
  const [a, b] = pair("pairedBootstrap", metric, baseline, system, references);
  const random = new Random(seed);
  const [sumsOfA, sumsOfB] = [packed(a), packed(b)];
  const scoreOfSums = (sums: readonly number[]) => metric.fromStatistics(sums).score;
  const differences = draws(random, samples, a.length, (rows) =>
    Math.abs(scoreOfSums(sumsOfB(rows)) - scoreOfSums(sumsOfA(rows))),
  );
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / samples;
  const found = { baseline: scoreOf(metric, a), system: scoreOf(metric, b) };
  const difference = found.system - found.baseline;
  return {
    ...found,
    difference,
    p: pValue(
      differences.map((one) => one - mean),
      difference,
    ),
    signature: signatureOf(metric, references, [`bs:${samples}`, `seed:${seed}`]),
  };
}

/**
 * Compares two systems by approximate randomisation: of each sentence the two translations are swapped or not, by chance.
 *
 * p = (1 + how often the difference is at least the one found) / (1 + samples)
 *
 * @param options 10,000 samples by default
 * @throws RangeError where the systems did not translate the same sentences
 * @source Riezler & Maxwell 2005, W05-0908
 */
export function approximateRandomization(
  metric: TextMetric,
  baseline: readonly string[],
  system: readonly string[],
  references: readonly References[],
  options: ResamplingOptions = {},
): Comparison {
  const where = "approximateRandomization";
  const { samples, seed } = readOptions(where, resamplingOptions, { samples: 10_000, ...options });
  const [a, b] = pair(where, metric, baseline, system, references);
  const random = new Random(seed);
  const sums = packed([...a, ...b]);
  const N = a.length;
  const [mixed, others] = [new Int32Array(N), new Int32Array(N)];
  const differences = Array.from({ length: samples }, () => {
    for (let i = 0; i < N; i++) {
      const isSwapped = random.integer(2) === 1;
      mixed[i] = isSwapped ? N + i : i;
      others[i] = isSwapped ? i : N + i;
    }
    return Math.abs(metric.fromStatistics(sums(mixed)).score - metric.fromStatistics(sums(others)).score);
  });
  const found = { baseline: scoreOf(metric, a), system: scoreOf(metric, b) };
  const difference = found.system - found.baseline;
  return {
    ...found,
    difference,
    p: pValue(differences, difference),
    signature: signatureOf(metric, references, [`ar:${samples}`, `seed:${seed}`]),
  };
}

/** Scores of the same sentences in another order differ by less. */
const rounding = 1e-9;

type Statistics = readonly (readonly number[])[];

function pair(
  where: string,
  metric: TextMetric,
  baseline: readonly string[],
  system: readonly string[],
  references: readonly References[],
): [Statistics, Statistics] {
  if (baseline.length !== system.length)
    throw new ValueError(
      `${where}: both systems must have translated the same sentences, got ${baseline.length} and ${system.length}`,
    );
  return [corpusStatistics(metric, baseline, references), corpusStatistics(metric, system, references)];
}

function scoreOf(metric: TextMetric<Score>, statistics: Statistics): number {
  return metric.fromStatistics(sumOf(statistics)).score;
}

/** The sums of chosen rows of statistics, which lie side by side, as they are summed millions of times. */
function packed(statistics: Statistics): (rows: Int32Array) => number[] {
  const K = statistics[0]!.length;
  const values = new Float64Array(statistics.length * K);
  statistics.forEach((row, i) => {
    values.set(row, i * K);
  });
  return (rows) => {
    const sums = new Float64Array(K);
    for (let i = 0; i < rows.length; i++) {
      const from = rows[i]! * K;
      for (let k = 0; k < K; k++) sums[k]! += values[from + k]!;
    }
    return [...sums];
  };
}

function draws(random: Random, samples: number, count: number, score: (rows: Int32Array) => number): number[] {
  const rows = new Int32Array(count);
  return Array.from({ length: samples }, () => {
    for (let i = 0; i < count; i++) rows[i] = random.integer(count);
    return score(rows);
  });
}

/** The mean, and half the distance between the bounds of 95 % of the scores. */
export function interval(scores: readonly number[]): { readonly mean: number; readonly margin: number } {
  const sorted = scores.toSorted((a, b) => a - b);
  const low = Math.floor(sorted.length / 40);
  return {
    mean: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    margin: (sorted[sorted.length - low - 1]! - sorted[low]!) / 2,
  };
}

/**
 * The share of chance differences that are at least the one found, which itself counts as one of them.
 *
 * sacreBLEU counts greater ones only, by which a system would differ for sure from itself.
 */
export function pValue(differences: readonly number[], found: number): number {
  const least = Math.abs(found) - rounding;
  const asGreat = differences.filter((difference) => difference >= least).length;
  return (asGreat + 1) / (differences.length + 1);
}
