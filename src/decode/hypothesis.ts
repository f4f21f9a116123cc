/** A sequence that a search has found. */
export interface Hypothesis {
  /** Its tokens, without the prompt and the EOS. */
  readonly ids: readonly number[];
  /** The logarithm of its probability under the model, EOS included, given the prompt. */
  readonly logProb: number;
  /** What sequences are ranked by; see `Ranking`. */
  readonly score: number;
  /** Why it ended: by EOS, or at `maxLength` tokens. */
  readonly end: "eos" | "length";
}

/** How many tokens of a sequence were predicted, EOS included. */
export function predicted({ ids, end }: Pick<Hypothesis, "ids" | "end">): number {
  return ids.length + (end === "eos" ? 1 : 0);
}

/** Which of two sequences of ids comes first: the one with the lower first id that differs, or the shorter. */
export function compareIds(a: readonly number[], b: readonly number[]): number {
  const shared = Math.min(a.length, b.length);
  for (let t = 0; t < shared; t++) if (a[t] !== b[t]) return a[t]! - b[t]!;
  return a.length - b.length;
}
