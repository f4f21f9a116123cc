/** How two rows of numbers go together. */

/**
 * Pearson's correlation: the covariance of x and y over the product of their deviations; 0 where one does not change.
 *
 * Of a y that is 0 or 1 it is the point-biserial correlation.
 */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const N = x.length;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < N; i++) {
    meanX += x[i]!;
    meanY += y[i]!;
  }
  meanX /= N;
  meanY /= N;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < N; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  // What rounding alone makes of a constant is no change.
  const least = 1e-24 * N;
  if (xx <= least * meanX * meanX || yy <= least * meanY * meanY) return 0;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/** The rank of each number from 1 up; equal ones share the mean of theirs. */
export function ranks(x: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: x.length }, (_, i) => i).sort((a, b) => x[a]! - x[b]!);
  const ranked = new Float64Array(x.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && x[order[to]!] === x[order[from]!]) to++;
    for (let k = from; k < to; k++) ranked[order[k]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranked;
}

/**
 * The area under the receiver operating characteristic: how likely one that is positive ranks above one that is not,
 * equal ranks counting half.
 *
 *   (sum of the ranks of the P positives - P (P + 1) / 2) / (P (N - P))
 *
 * @param ranked as `ranks` gives them; NaN when all or none are positive
 * @source Mann & Whitney 1947; Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747
 */
export function areaUnderCurve(ranked: Float64Array, isPositive: (i: number) => boolean): number {
  let positives = 0;
  let sum = 0;
  ranked.forEach((rank, i) => {
    if (!isPositive(i)) return;
    positives++;
    sum += rank;
  });
  return (sum - (positives * (positives + 1)) / 2) / (positives * (ranked.length - positives));
}
