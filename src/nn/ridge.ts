/** Ridge regression: linear weights fitted in one solve, from sums that grow row by row. */
import { ValueError } from "../base/index.ts";

/**
 * Fits y = W x by least squares with a penalty on large weights.
 *
 *   W = Y Xᵀ (X Xᵀ + ridge I)⁻¹
 *
 * Only the sums X Xᵀ and Y Xᵀ are kept, in float64, so that any number of rows fits into memory. They are solved by
 * Cholesky's decomposition; rows may be added after and solved again.
 *
 * @source Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634
 */
export class Ridge {
  readonly inputs: number;
  readonly outputs: number;
  readonly #xx: Float64Array;
  readonly #yx: Float64Array;

  constructor(inputs: number, outputs: number) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.#xx = new Float64Array(inputs * inputs);
    this.#yx = new Float64Array(outputs * inputs);
  }

  /** Adds a row: x [inputs] and the y [outputs] that belongs to it. */
  add(x: Float64Array, y: ArrayLike<number>): void {
    const n = this.inputs;
    // The lower triangle is enough.
    for (let i = 0; i < n; i++) {
      const xi = x[i]!;
      if (xi === 0) continue;
      for (let j = 0; j <= i; j++) this.#xx[i * n + j]! += xi * x[j]!;
    }
    for (let o = 0; o < this.outputs; o++) {
      const yo = y[o]!;
      for (let j = 0; j < n; j++) this.#yx[o * n + j]! += yo * x[j]!;
    }
  }

  /**
   * The weights [outputs inputs].
   *
   * @throws RangeError when rows and penalty leave them open
   */
  solve(ridge: number): Float64Array {
    const n = this.inputs;
    const lower = cholesky(this.#xx, n, ridge);
    const weights = this.#yx.slice();
    for (let o = 0; o < this.outputs; o++) substitute(lower, n, weights.subarray(o * n, (o + 1) * n));
    return weights;
  }
}

/** L with L Lᵀ = A + ridge I, of which only the lower triangle is read. */
function cholesky(a: Float64Array, n: number, ridge: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i !== j) {
        lower[i * n + j] = sum / lower[j * n + j]!;
        continue;
      }
      if (!(sum > 1e-14 * (a[i * n + i]! + ridge)))
        throw new ValueError(
          `ridge: the rows leave the weights open at input ${i}, with ridge ${ridge}; give more rows or a greater ridge`,
        );
      lower[i * n + i] = Math.sqrt(sum);
    }
  return lower;
}

/** Solves L Lᵀ x = b, in place of b. */
function substitute(lower: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) b[i]! -= lower[i * n + k]! * b[k]!;
    b[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i]! -= lower[k * n + i]! * b[k]!;
    b[i]! /= lower[i * n + i]!;
  }
}
