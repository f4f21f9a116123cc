/** How much of a gate, or of a hidden state, is at its limits, where hardly any gradient passes. */
import type { Squash } from "./gates.ts";

/** The share of values at the limits of a gate. */
export interface Saturation {
  /** The gate, such as "f", or "h" for the hidden state of a cell that shows no gates. */
  readonly gate: string;
  /** Share at the lower limit: below 0.1 of a sigmoid or a positive unit, below -0.9 of a tanh, 0 of a rectified unit. */
  readonly low: number;
  /** Share at the upper limit: above 0.9 of a sigmoid or a tanh; none of a rectified or a positive unit. */
  readonly high: number;
}

/**
 * Counts the values at the limits.
 *
 * @param squash what the values went through: a rectified unit is at its limit at exactly 0, and it and the positive
 *   function of the minimal cells have no upper one
 * @source Karpathy, Johnson & Li 2015, arXiv:1506.02078, section 4.2: left-saturated below 0.1, right-saturated above 0.9
 */
export function saturationOf(gate: string, values: ArrayLike<number>, squash: Squash): Saturation {
  const { floor, ceiling } = limits[squash];
  let [low, high] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (squash === "relu" ? value === 0 : value < floor) low++;
    if (value > ceiling) high++;
  }
  const count = Math.max(1, values.length);
  return { gate, low: low / count, high: high / count };
}

/** Below and above which hardly any gradient passes. */
const limits: Readonly<Record<Squash, { readonly floor: number; readonly ceiling: number }>> = {
  sigmoid: { floor: 0.1, ceiling: 0.9 },
  tanh: { floor: -0.9, ceiling: 0.9 },
  relu: { floor: 0, ceiling: Number.POSITIVE_INFINITY },
  positive: { floor: 0.1, ceiling: Number.POSITIVE_INFINITY },
};
