/** How much of a gate, or of a hidden state, is at its limits, where hardly any gradient passes. */

/** The share of values at the limits of a gate. */
export interface Saturation {
  /** The gate, such as "f", or "h" for the hidden state of a cell that shows no gates. */
  readonly gate: string;
  /** Share at the lower limit: below 0.1 of a sigmoid, below -0.9 of a tanh, 0 of a rectified unit. */
  readonly low: number;
  /** Share at the upper limit: above 0.9 of a sigmoid or a tanh; none of a rectified unit. */
  readonly high: number;
}

/**
 * Counts the values at the limits.
 *
 * The kind of gate is told by its values: a sigmoid's lie from 0 to 1, a tanh's from -1 to 1. A hidden state without
 * negative values is that of rectified units.
 *
 * @source Karpathy, Johnson & Li 2015, arXiv:1506.02078, section 4.2: left-saturated below 0.1, right-saturated above 0.9
 */
export function saturationOf(gate: string, values: ArrayLike<number>): Saturation {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]!);
    most = Math.max(most, values[i]!);
  }
  const isRectified = most > 1 || (gate === "h" && least >= 0);
  const floor = least >= 0 ? 0.1 : -0.9;
  let [low, high] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (isRectified ? value === 0 : value < floor) low++;
    if (!isRectified && value > 0.9) high++;
  }
  const count = Math.max(1, values.length);
  return { gate, low: low / count, high: high / count };
}
