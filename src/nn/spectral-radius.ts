import { ValueError } from "../base/index.ts";

/**
 * The greatest absolute value of a square matrix's eigenvalues, complex ones included.
 *
 *   radius = lim |A^k|^(1/k)     with k = 2, 4, 8, ... by squaring, and |.| Frobenius' norm
 *
 * The terms come down to the radius, never below it (for k steps by at most the k-th root of a constant), so the squaring
 * ends where one more takes off less than a millionth; the result is exact to about 1e-5. Takes n³ operations for each
 * of some 17 squarings: a second for n = 300.
 *
 * @param matrix [n n], row-major
 * @throws RangeError when it is not n times n
 * @source Gelfand 1941, "Normierte Ringe"
 */
export function spectralRadius(matrix: ArrayLike<number>, n: number): number {
  if (matrix.length !== n * n)
    throw new ValueError(`spectralRadius: matrix must be [${n} ${n}] = ${n * n} numbers, got ${matrix.length}`);
  let power = Float64Array.from(matrix);
  let logarithm = 0;
  let estimate = Number.POSITIVE_INFINITY;
  for (let squarings = 0; ; squarings++) {
    // Scaled first, so that squares neither over- nor underflow.
    const most = power.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (most === 0) return 0;
    const norm = most * Math.sqrt(power.reduce((sum, value) => sum + (value / most) ** 2, 0));
    // A^(2^squarings) = exp(logarithm) power; kept near 1, so that nothing over- or underflows.
    logarithm += Math.log(norm);
    for (let i = 0; i < power.length; i++) power[i]! /= norm;
    const before = estimate;
    estimate = logarithm / 2 ** squarings;
    if (squarings === mostSquarings || before - estimate < 1e-6) break;
    power = squared(power, n);
    logarithm *= 2;
  }
  return Math.exp(estimate);
}

const mostSquarings = 40;

function squared(a: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = result.subarray(i * n, (i + 1) * n);
    for (let k = 0; k < n; k++) {
      const by = a[i * n + k]!;
      if (by === 0) continue;
      const other = k * n;
      for (let j = 0; j < n; j++) row[j]! += by * a[other + j]!;
    }
  }
  return result;
}
