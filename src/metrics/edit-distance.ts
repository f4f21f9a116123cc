/** The fewest changes that turn one sequence into another, and what they are. */

/** One place in the alignment of two sequences. */
export interface Edit<T> {
  /** What is done to the reference: an item kept, replaced, left out or put in. */
  readonly kind: "same" | "substitution" | "deletion" | "insertion";
  /** The item of the reference; null for an insertion. */
  readonly reference: T | null;
  /** The item of the hypothesis; null for a deletion. */
  readonly hypothesis: T | null;
}

/** An alignment with its counts. */
export interface Alignment<T> {
  readonly edits: readonly Edit<T>[];
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
  /** All three together: the Levenshtein distance. */
  readonly distance: number;
}

/**
 * Aligns what a model wrote with what it should have written, with the fewest substitutions, deletions and insertions.
 *
 * Of several such alignments it takes at each place, from the end, a pair before a deletion before an insertion.
 * Takes time and memory in proportion to the product of the lengths.
 *
 * @source Levenshtein 1966; Wagner & Fischer 1974
 */
export function align<T>(reference: readonly T[], hypothesis: readonly T[]): Alignment<T> {
  const [R, H] = [reference.length, hypothesis.length];
  const width = H + 1;
  // costs[r * width + h]: distance between the first r items of the reference and the first h of the hypothesis.
  const costs = new Int32Array((R + 1) * width);
  for (let h = 0; h <= H; h++) costs[h] = h;
  for (let r = 1; r <= R; r++) {
    costs[r * width] = r;
    for (let h = 1; h <= H; h++) {
      const pair = costs[(r - 1) * width + h - 1]! + (reference[r - 1] === hypothesis[h - 1] ? 0 : 1);
      const single = Math.min(costs[(r - 1) * width + h]!, costs[r * width + h - 1]!) + 1;
      costs[r * width + h] = Math.min(pair, single);
    }
  }
  const edits: Edit<T>[] = [];
  const counts = { same: 0, substitution: 0, deletion: 0, insertion: 0 };
  for (let [r, h] = [R, H]; r > 0 || h > 0; ) {
    const cost = costs[r * width + h]!;
    const isSame = r > 0 && h > 0 && reference[r - 1] === hypothesis[h - 1];
    const isPair = r > 0 && h > 0 && cost === costs[(r - 1) * width + h - 1]! + (isSame ? 0 : 1);
    const isDeletion = !isPair && r > 0 && cost === costs[(r - 1) * width + h]! + 1;
    const kind = isPair ? (isSame ? "same" : "substitution") : isDeletion ? "deletion" : "insertion";
    counts[kind]++;
    edits.push({
      kind,
      reference: kind === "insertion" ? null : reference[--r]!,
      hypothesis: kind === "deletion" ? null : hypothesis[--h]!,
    });
  }
  const { substitution, deletion, insertion } = counts;
  return {
    edits: edits.reverse(),
    substitutions: substitution,
    deletions: deletion,
    insertions: insertion,
    distance: substitution + deletion + insertion,
  };
}
