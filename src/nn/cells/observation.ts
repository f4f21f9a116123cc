/** What a cell shows of itself on request: its gates and states at every step of a batch of sequences. */
import type { Tensor } from "../../tensor/index.ts";

/** Numbers of the precision of the engine they come from. */
type Numbers = Tensor["data"];

/**
 * What one layer did in one direction. Every array is [T B H], 0 beyond the lengths, and a copy that stays. Place t is
 * step t of the sequence in either direction.
 */
export interface Trace {
  /** h after every step. */
  readonly y: Numbers;
  /** The cell state after every step, where the cell has one. */
  readonly c?: Numbers;
  /**
   * The gates by name, in the order of the weights, as activations: what multiplies, not what goes into the sigmoid.
   * Empty for a cell that has none, or does not tell.
   */
  readonly gates: Readonly<Record<string, Numbers>>;
  /** Every part of the state by its name; h is `y`. */
  readonly state: Readonly<Record<string, Numbers>>;
}

/** What one layer did in one direction, and which. */
export interface Observation extends Trace {
  /** From 0. */
  readonly layer: number;
  readonly reverse: boolean;
}

/**
 * Stacked gates taken apart.
 *
 * @param stacked [T B G.H], the activations
 * @param names   the G gates in order
 * @returns [T B H] for each
 */
export function gatesOf<const N extends string>(
  stacked: Numbers,
  H: number,
  names: readonly N[],
): { readonly [Name in N]: Numbers } {
  const G = names.length;
  const rows = stacked.length / (G * H);
  const apart = names.map((name, gate) => {
    const own = stacked.slice(0, rows * H);
    for (let row = 0; row < rows; row++) {
      const from = (row * G + gate) * H;
      own.set(stacked.subarray(from, from + H), row * H);
    }
    return [name, own] as const;
  });
  return Object.fromEntries(apart) as { [Name in N]: Numbers };
}

/** The trace of a cell whose state is h, and c where it is given; copies all it is given but the gates. */
export function traceOf(gates: Trace["gates"], y: Numbers, c?: Numbers): Trace {
  const h = y.slice();
  if (!c) return { y: h, gates, state: { h } };
  const cell = c.slice();
  return { y: h, c: cell, gates, state: { h, c: cell } };
}
