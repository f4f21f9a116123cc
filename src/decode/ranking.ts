/** What sequences are ranked by, and the most that one which goes on can still come to. */
import { z } from "zod";

/** What log-probabilities are divided by, so that long sequences are not at a loss. */
export const normalisations = ["length", "gnmt", "none"] as const;

/** How sequences are ranked. */
export const rankingOptions = z.strictObject({
  normalisation: z
    .enum(normalisations)
    .default("length")
    .describe("scores are log P / T^alpha, or with gnmt log P / ((5 + T) / 6)^alpha, or log P"),
  alpha: z
    .number()
    .min(0)
    .default(0.7)
    .describe("how much length is made up for: 0 looks for the likeliest sequence, 1 for the likeliest per token"),
  coverage: z.number().min(0).default(0).describe("weight of GNMT's penalty for parts of the source not looked at"),
});

/** How sequences are ranked, every default filled in. */
export type RankingSettings = z.output<typeof rankingOptions>;

/**
 * What sequences are ranked by. Of a sequence Y of T tokens, EOS included:
 *
 *   score(Y) = log P(Y) / d(T) + coverage sum over source positions s of log(min(sum over tokens t of weight[t, s], 1))
 *
 *   d(T) = T^alpha ("length"), ((5 + T) / 6)^alpha ("gnmt") or 1 ("none")
 *
 * **The bound.** Let a sequence of log-probability p go on, its tokens never more than L. Whatever follows, its
 * log-probability p' is at most p, since the logarithm of a probability is never above 0. Its length T is at most L, so
 * with alpha >= 0 its divisor is at most D = d(L), the greatest of d(1..L), and because p' <= 0, p' / d(T) <= p' / D <= p / D. The
 * penalty for coverage is a sum of logarithms of numbers of at most 1, times a weight of at least 0: at most 0. So no
 * continuation scores above
 *
 *   bound(p) = p / D
 *
 * for every normalisation, with coverage and without. Each step of this holds in floating point as well: a quotient by
 * a positive number, and a sum with a number of at most 0, are rounded monotonically. The bound falls with p, so what
 * has no hope takes the hope from all that is less likely.
 *
 * @source "length": Cho et al. 2014, arXiv:1409.1259, and Ng's course, sequence models, week 3; "gnmt" and coverage: Wu
 *   et al. 2016, arXiv:1609.08144, equation 14; when to end: Huang, Zhao & Ma 2017, arXiv:1809.00069, 4
 */
export class Ranking {
  /** The weight of the penalty for coverage. */
  readonly coverage: number;
  readonly #normalisation: RankingSettings["normalisation"];
  readonly #alpha: number;
  /** The divisors of short lengths, as far as they were asked for: powers take long. */
  readonly #known: number[] = [];

  constructor({ normalisation, alpha, coverage }: RankingSettings) {
    this.coverage = coverage;
    this.#normalisation = normalisation;
    this.#alpha = normalisation === "none" ? 0 : alpha;
  }

  /**
   * What a sequence scores.
   *
   * @param T       its tokens, EOS included
   * @param covered what `coverageOf` says of it
   */
  score(logProb: number, T: number, covered = 0): number {
    return logProb / this.#divisor(T) + (this.coverage > 0 ? this.coverage * covered : 0);
  }

  /** The most that a sequence of this log-probability scores, whatever follows, at `longest` tokens or fewer. */
  bound(logProb: number, longest: number): number {
    return logProb / this.greatest(longest);
  }

  /** D: no divisor of a length up to `longest` is greater. */
  greatest(longest: number): number {
    const divisor = this.#divisor(longest);
    // Powers are rounded, so that of neighbours the shorter may have the greater one by a hair.
    return this.#alpha === 0 || this.#alpha === 1 ? divisor : divisor * (1 + 2 ** -50);
  }

  #divisor(T: number): number {
    const known = this.#known;
    while (known.length <= Math.min(T, longestKept)) known.push(this.#power(known.length));
    return known[T] ?? this.#power(T);
  }

  #power(T: number): number {
    return (this.#normalisation === "gnmt" ? (5 + T) / 6 : T) ** this.#alpha;
  }
}

/** The longest length whose divisor is kept. */
const longestKept = 1000;

/** The least that a source position counts as looked at, so that a score is a number always. */
const leastMass = 1e-9;

/**
 * How well the source was looked at: 0 when each position was given a weight of 1 in all, less for each that was not.
 *
 *   sum over s of log(min(max(mass[s], 1e-9), 1))
 *
 * @param mass the weights of each source position, summed over the tokens of a sequence
 * @param from where the positions of the sequence begin
 * @param to   before which they end
 * @source Wu et al. 2016, arXiv:1609.08144, equation 14
 */
export function coverageOf(mass: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let s = from; s < to; s++) sum += Math.log(Math.min(Math.max(mass[s]!, leastMass), 1));
  return sum;
}
