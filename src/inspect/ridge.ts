/** Least squares with a price on weights, of columns of any size. */
import { Ridge } from "../nn/index.ts";

/** Numbers to learn from. */
export interface Rows {
  /** [N H] */
  readonly x: Float32Array | Float64Array;
  /** [N] */
  readonly y: Float64Array;
  readonly H: number;
}

/** A fitted weighted sum. */
export interface RidgeFit {
  readonly ridge: number;
  /** [H] for columns that are centred and divided by their deviation. */
  readonly weights: Float64Array;
  /** The sums for other rows [N H]. */
  predict(x: Float32Array | Float64Array): Float64Array;
}

/**
 * Ridge regression: (zᵀz / N + ridge I) w = zᵀ(y - mean) / N, with z the columns of x centred and divided by their
 * deviation, 0 for a column that does not change.
 *
 * @returns a fit for each ridge
 * @source Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634
 */
export function ridgeRegression({ x, y, H }: Rows, ridges: readonly number[]): RidgeFit[] {
  const N = y.length;
  const means = new Float64Array(H);
  for (let k = 0; k < N; k++) for (let u = 0; u < H; u++) means[u]! += x[k * H + u]! / N;
  const variances = new Float64Array(H);
  for (let k = 0; k < N; k++) for (let u = 0; u < H; u++) variances[u]! += (x[k * H + u]! - means[u]!) ** 2 / N;
  const scales = variances.map((variance, u) => (variance <= 1e-24 * means[u]! ** 2 ? 0 : 1 / Math.sqrt(variance)));
  const mean = y.reduce((sum, value) => sum + value, 0) / N;

  const sums = new Ridge(H, 1);
  const row = new Float64Array(H);
  for (let k = 0; k < N; k++) {
    for (let u = 0; u < H; u++) row[u] = (x[k * H + u]! - means[u]!) * scales[u]!;
    sums.add(row, [y[k]! - mean]);
  }
  return ridges.map((ridge) => {
    // The sums are of all rows, not their mean.
    const weights = sums.solve(ridge * N);
    return {
      ridge,
      weights,
      predict: (other) =>
        Float64Array.from({ length: other.length / H }, (_, k) => {
          let sum = mean;
          for (let u = 0; u < H; u++) sum += weights[u]! * (other[k * H + u]! - means[u]!) * scales[u]!;
          return sum;
        }),
    };
  });
}
