/** How far back a network remembers, told from its gradients. */

/** What the lengths of gradients by distance say about a network's memory. */
export interface Memory {
  /** The greatest distance at which the gradient is still at least `threshold` of the one at distance 0. */
  readonly steps: number;
  /** Whether that is the greatest distance measured, so that the memory may reach further. */
  readonly isOpen: boolean;
  /** What one step more multiplies the gradient by: the geometric mean from distance 1 on. 1 where nothing can be told. */
  readonly factor: number;
  /**
   * "exploding" where the farthest gradient is more than 10 times the one at distance 0, "vanishing" where it is below
   * `threshold` of it, otherwise "lasting".
   */
  readonly verdict: "vanishing" | "lasting" | "exploding";
}

/**
 * The effective memory of a network.
 *
 * @param norms      lengths of the gradient by distance from the loss, from 0 on
 * @param threshold  share of norms[0] that still counts, such as 0.01
 */
export function memoryOf(norms: readonly number[], threshold: number): Memory {
  const [first = 0] = norms;
  const farthest = norms.length - 1;
  const last = norms[farthest] ?? 0;
  const steps = Math.max(
    0,
    norms.findLastIndex((norm) => first > 0 && !(norm < threshold * first)),
  );
  const verdict = last < threshold * first || first === 0 ? "vanishing" : last <= 10 * first ? "lasting" : "exploding";
  return { steps, isOpen: steps === farthest && farthest > 0, factor: factorOf(norms), verdict };
}

function factorOf(norms: readonly number[]): number {
  // Gradients that are 0 or infinite have left what the numbers can hold: the steps before them tell the factor.
  const end = norms.findIndex((norm, distance) => distance > 0 && !(norm > 0 && norm < Number.POSITIVE_INFINITY));
  const last = (end < 0 ? norms.length : end) - 1;
  if (last < 2) return last < 1 && end === 1 && norms[1] === 0 ? 0 : 1;
  return (norms[last]! / norms[1]!) ** (1 / (last - 1));
}
