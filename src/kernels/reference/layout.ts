import type { Args } from "../table.ts";
import { addRow } from "./matrix.ts";

/**
 * Repeats x along a new middle axis; the gradient of `sum`.
 *
 *   y[a, m, c] = x[a, c]
 *
 * @param x  [A C]
 * @param y  [A M C]
 */
export function expand({ A, M, C, x, y }: Args<"expand">): void {
  for (let a = 0; a < A; a++)
    for (let m = 0; m < M; m++) for (let c = 0; c < C; c++) y[(a * M + m) * C + c] = x[a * C + c]!;
}

/**
 * Sum over the middle axis, in the order of m; 0 when M is 0.
 *
 *   y[a, c] = sum over m of x[a, m, c]
 *
 * @param x  [A M C]
 * @param y  [A C]
 */
export function sum({ A, M, C, x, y }: Args<"sum">): void {
  const sums = new Float64Array(C);
  for (let a = 0; a < A; a++) {
    sums.fill(0);
    for (let m = 0; m < M; m++) addRow(C, 1, x, (a * M + m) * C, sums, 0);
    y.set(sums, a * C);
  }
}

/**
 * Greatest element over the middle axis, and where it is. NaN counts as greater than all numbers, so that it is noticed.
 *
 *   y[a, c] = max over m of x[a, m, c]     index[a, c] = the first m that has it
 *
 * @param x      [A M C]  M at least 1
 * @param y      [A C]
 * @param index  [A C]    0..M-1
 */
export function max({ A, M, C, x, y, index }: Args<"max">): void {
  for (let a = 0; a < A; a++)
    for (let c = 0; c < C; c++) {
      let best = 0;
      for (let m = 1; m < M; m++) if (exceeds(x[(a * M + m) * C + c]!, x[(a * M + best) * C + c]!)) best = m;
      y[a * C + c] = x[(a * M + best) * C + c]!;
      index[a * C + c] = best;
    }
}

function exceeds(next: number, best: number): boolean {
  return next > best || (Number.isNaN(next) && !Number.isNaN(best));
}

/**
 * Swaps the two middle axes.
 *
 *   y[a, n, m, c] = x[a, m, n, c]
 *
 * @param x  [A M N C]
 * @param y  [A N M C]
 */
export function transpose({ A, M, N, C, x, y }: Args<"transpose">): void {
  for (let a = 0; a < A; a++)
    for (let m = 0; m < M; m++)
      for (let n = 0; n < N; n++) {
        const from = ((a * M + m) * N + n) * C;
        const to = ((a * N + n) * M + m) * C;
        for (let c = 0; c < C; c++) y[to + c] = x[from + c]!;
      }
}

/**
 * Some columns of every row: y[r] = x[r, at : at + C].
 *
 * @param x   [R X]
 * @param at  0..X-C
 * @param y   [R C]
 */
export function take({ R, X, C, at, x, y }: Args<"take">): void {
  for (let r = 0; r < R; r++) for (let c = 0; c < C; c++) y[r * C + c] = x[r * X + at + c]!;
}

/**
 * Writes some columns of every row: y[r, at : at + C] = x[r]; the other columns stay.
 *
 * @param x   [R C]
 * @param at  0..X-C
 * @param y   [R X]
 */
export function place({ R, X, C, at, x, y }: Args<"place">): void {
  for (let r = 0; r < R; r++) for (let c = 0; c < C; c++) y[r * X + at + c] = x[r * C + c]!;
}

/**
 * Sum of squares, y[0] = sum of x[n]², in blocks of 4096: each block in the order of n, the blocks in order.
 *
 * @param x  [N]
 * @param y  [1]
 */
export function sumSquares({ N, x, y }: Args<"sumSquares">): void {
  let total = 0;
  for (let start = 0; start < N; start += 4096) {
    const end = Math.min(start + 4096, N);
    let block = 0;
    for (let n = start; n < end; n++) block += x[n]! * x[n]!;
    total += block;
  }
  y[0] = total;
}
