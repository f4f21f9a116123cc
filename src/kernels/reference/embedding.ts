import type { Args } from "../table.ts";
import { addRow } from "./matrix.ts";

/**
 * Embedding: the row of a table for each id.
 *
 *   y[n] = w[ids[n]]
 *
 * @param ids  [N]    0..V-1
 * @param w    [V E]
 * @param y    [N E]
 */
export function embeddingForward({ N, E, ids, w, y }: Args<"embeddingForward">): void {
  for (let n = 0; n < N; n++) {
    const row = ids[n]! * E;
    for (let e = 0; e < E; e++) y[n * E + e] = w[row + e]!;
  }
}

/**
 * Gradient of `embeddingForward`: each row gathers the gradients of the places it was used at.
 *
 *   dw[v] = sum of dy[n] over the n with ids[n] = v, in the order of n; 0 for a v that does not occur
 *
 * @param dy  [N E]
 * @param dw  [V E]
 */
export function embeddingBackward({ N, V, E, ids, dy, dw }: Args<"embeddingBackward">): void {
  const sums = new Float64Array(V * E);
  for (let n = 0; n < N; n++) addRow(E, 1, dy, n * E, sums, ids[n]! * E);
  dw.set(sums);
}
