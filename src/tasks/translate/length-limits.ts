/** How long sources and outputs may be: what keeps a decoding from running away. */
import type { PairFacts } from "./pair-facts.ts";

/**
 * Tokens after which an output is cut off, the end not counted: somewhat beyond what the training pairs had.
 *
 *   at most  r (S + 1) + 10, r the greatest ratio of target to source in training,
 *   and      (2 L + 10) max(1, S / longest source), L the longest target
 *   and      20,000
 *
 * @param S tokens of the source
 */
export function outputLimit({ greatestRatio, longestSource, longestTarget }: PairFacts, S: number): number {
  const byRatio = greatestRatio * (S + 1) + 10;
  const byLongest = (2 * longestTarget + 10) * Math.max(1, S / Math.max(1, longestSource));
  return Math.ceil(Math.min(byRatio, byLongest, longestEver));
}

/** Tokens of a source beyond which a model is not asked unless the source is cut: far more than any in training. */
export function sourceLimit({ longestSource }: PairFacts): number {
  return Math.min(longestEver, Math.max(100, 4 * longestSource));
}

/** No training has longer ones, whatever a file says that it was trained on. */
const longestEver = 20_000;
