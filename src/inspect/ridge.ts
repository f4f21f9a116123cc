/** Least squares with a price on weights. */

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
 * @returns a fit for each ridge, by Cholesky's decomposition
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

  const gram = new Float64Array(H * H);
  const right = new Float64Array(H);
  const row = new Float64Array(H);
  for (let k = 0; k < N; k++) {
    for (let u = 0; u < H; u++) row[u] = (x[k * H + u]! - means[u]!) * scales[u]!;
    for (let u = 0; u < H; u++) {
      const at = row[u]! / N;
      right[u]! += at * (y[k]! - mean);
      for (let v = 0; v <= u; v++) gram[u * H + v]! += at * row[v]!;
    }
  }
  return ridges.map((ridge) => {
    const weights = solve(gram, right, ridge, H);
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

/** Solves (a + ridge I) w = b for a symmetric a, of which the lower half is read. */
function solve(a: Float64Array, b: Float64Array, ridge: number, H: number): Float64Array {
  const lower = a.slice();
  for (let i = 0; i < H; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * H + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= lower[i * H + k]! * lower[j * H + k]!;
      lower[i * H + j] = i === j ? Math.sqrt(sum) : sum / lower[j * H + j]!;
    }
  const w = b.slice();
  for (let i = 0; i < H; i++) {
    for (let k = 0; k < i; k++) w[i]! -= lower[i * H + k]! * w[k]!;
    w[i]! /= lower[i * H + i]!;
  }
  for (let i = H - 1; i >= 0; i--) {
    for (let k = i + 1; k < H; k++) w[i]! -= lower[k * H + i]! * w[k]!;
    w[i]! /= lower[i * H + i]!;
  }
  return w;
}
