/**
 * What the recurrent kernels share.
 *
 * Every kernel is one layer in one direction over the whole sequence of the whole batch, one sequence after another:
 *
 *   lengths [B]      sequence b has lengths[b] real steps, 1..T
 *   order            t = 0, 1, .. lengths[b]-1; with reverse t = lengths[b]-1, .. 1, 0. It starts from h0 (and c0),
 *                    and hT (and cT) is the state after the last step of that order
 *   past state       y[t-1], with reverse y[t+1], at the first step h0: y is also the store of h
 *   t >= lengths[b]  what is read there does not matter, be it NaN; y, c, hn and gates are written 0 there, by the
 *                    forward kernels as by the backward ones, and so the gradients there are exactly 0
 */
import type { FloatArray } from "../table.ts";
import { addRow, addRows } from "./matrix.ts";

/** The logistic function, 1 / (1 + exp(-x)). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The place in time of step `s`, counted in the order in which a sequence is read. */
export function timeOf(s: number, length: number, reverse: boolean): number {
  return reverse ? length - 1 - s : s;
}

/** Row `row` of a matrix of rows of `width`, as a view. */
export function rowOf(matrix: FloatArray, row: number, width: number): FloatArray {
  return matrix.subarray(row * width, (row + 1) * width);
}

/** Writes 0 into `run` [T B width] at the steps of sequence b from `length` on. */
export function clearBeyond(run: FloatArray, T: number, B: number, width: number, b: number, length: number): void {
  for (let t = length; t < T; t++) rowOf(run, t * B + b, width).fill(0);
}

/**
 * The way back through a = wHh h for one step of one sequence.
 *
 *   dh += wHhᵀ da     dwHh += da hᵀ
 *
 * @param da    [G.H]    gradient of the pre-activations
 * @param wHh   [G.H H]
 * @param h     [H]      the state before the step
 * @param dh    [H]      added to
 * @param dwHh  [G.H H]  added to
 */
export function backThrough(
  da: Float64Array,
  wHh: FloatArray,
  h: FloatArray,
  dh: Float64Array,
  dwHh: Float64Array,
): void {
  const H = h.length;
  addRows(H, da.length, { by: da, at: 0, step: 1 }, wHh, dh);
  for (let n = 0; n < da.length; n++) addRow(H, da[n]!, h, 0, dwHh, n * H);
}
