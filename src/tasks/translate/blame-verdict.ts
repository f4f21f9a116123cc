/** Who is to blame for one output: the model that prefers it, or the search that did not find what the model prefers. */

/**
 * What is said of one output.
 *
 * - `right`: it is one of the references
 * - `model`: wrong, and the model prefers it to every reference; a better search would not help
 * - `search`: wrong, and the model prefers a reference that the search did not find
 * - `unreachable`: wrong, and no search could have found a reference: see `Barrier`
 * - `undecided`: wrong, and the model finds it as good as the reference, to the precision of its numbers
 */
export type Verdict = "right" | "model" | "search" | "unreachable" | "undecided";

/** All verdicts, in the order in which they are told. */
export const verdicts = ["right", "model", "search", "unreachable", "undecided"] as const satisfies readonly Verdict[];

/**
 * Why a reference cannot be found: it has tokens that the model does not know, it cannot be spelled with the model's
 * tokens (capitals where the model writes small letters, blanks that its tokens do not keep), it is longer or shorter
 * than the search may write, or repeats what the search may not.
 */
export type Barrier = "unknown" | "spelling" | "length" | "repetition";

/** How two scores compare: as the model's numbers are float32 sums, what is as near as this counts as equal. */
export const precision = 1e-5;

/** Whether one score is more than another, to their precision: 1, 0 for equal, -1. */
export function compareScores(a: number, b: number): -1 | 0 | 1 {
  const size = Math.max(1, Math.abs(a), Math.abs(b));
  if (a === b || (Number.isFinite(size) && Math.abs(a - b) <= precision * size)) return 0;
  return a > b ? 1 : -1;
}

/** What a verdict stands on. */
export interface Scored {
  readonly logProb: number;
  readonly score: number;
}

/** A verdict by what the search maximises and, beside it, by probability alone. */
export interface Judged {
  readonly verdict: Verdict;
  /** The verdict if the search maximised the plain log-probability. */
  readonly byProbability: Verdict;
}

/**
 * Compares a wrong output with the references that the search could have found.
 *
 *   search fault    score(y*|x) > score(y|x)      model fault    score(y*|x) < score(y|x)
 *
 * Of several references the best counts: for `byProbability` that of the highest log-probability.
 *
 * @param output    what was written
 * @param reachable the references that could have been found
 * @source Ng, Sequence Models (course 5), "Error analysis in beam search"
 */
export function judge(output: Scored, reachable: readonly Scored[]): Judged {
  if (reachable.length === 0) return { verdict: "unreachable", byProbability: "unreachable" };
  const by = (measure: "score" | "logProb"): Verdict => {
    const best = Math.max(...reachable.map((reference) => reference[measure]));
    return ({ "1": "search", "0": "undecided", "-1": "model" } as const)[`${compareScores(best, output[measure])}`];
  };
  return { verdict: by("score"), byProbability: by("logProb") };
}
