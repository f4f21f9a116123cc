import type { Args, FloatArray } from "../table.ts";

/**
 * The products of every row of a matrix with one vector.
 *
 *   sums[n] = w[n] . x, x read from `at` on
 *
 * Four rows at a time: four chains of additions instead of one keep the processor busy.
 *
 * @param w     [N K]
 * @param sums  [N], replaced
 */
export function dots(N: number, K: number, w: FloatArray, x: FloatArray, at: number, sums: Float64Array): void {
  let n = 0;
  for (; n + 4 <= N; n += 4) {
    const [w0, w1, w2, w3] = [n * K, (n + 1) * K, (n + 2) * K, (n + 3) * K];
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let k = 0; k < K; k++) {
      const xk = x[at + k]!;
      s0 += w[w0 + k]! * xk;
      s1 += w[w1 + k]! * xk;
      s2 += w[w2 + k]! * xk;
      s3 += w[w3 + k]! * xk;
    }
    sums[n] = s0;
    sums[n + 1] = s1;
    sums[n + 2] = s2;
    sums[n + 3] = s3;
  }
  for (; n < N; n++) {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += w[n * K + k]! * x[at + k]!;
    sums[n] = sum;
  }
}

/**
 * Adds a multiple of one row to another: sums[to + n] += by x[from + n], for N elements.
 */
export function addRow(N: number, by: number, x: FloatArray, from: number, sums: Float64Array, to: number): void {
  for (let n = 0; n < N; n++) sums[to + n]! += by * x[from + n]!;
}

/**
 * Adds all rows of a matrix, each times its factor.
 *
 *   sums[n] += sum over k of by[at + k step] x[k, n]
 *
 * Four rows at a time, so that the sums are read and written less often.
 *
 * @param by    the factors, `step` apart
 * @param x     [K N]
 * @param sums  [N], added to
 */
export function addRows(
  N: number,
  K: number,
  { by, at, step }: { readonly by: FloatArray; readonly at: number; readonly step: number },
  x: FloatArray,
  sums: Float64Array,
): void {
  let k = 0;
  for (; k + 4 <= K; k += 4) {
    const first = at + k * step;
    const [b0, b1, b2, b3] = [by[first]!, by[first + step]!, by[first + 2 * step]!, by[first + 3 * step]!];
    const [x0, x1, x2, x3] = [k * N, (k + 1) * N, (k + 2) * N, (k + 3) * N];
    for (let n = 0; n < N; n++) sums[n]! += b0 * x[x0 + n]! + b1 * x[x1 + n]! + b2 * x[x2 + n]! + b3 * x[x3 + n]!;
  }
  for (; k < K; k++) addRow(N, by[at + k * step]!, x, k * N, sums, 0);
}

/** Writes (or adds, with accumulate) one row of sums into row m of c. */
function store(N: number, sums: Float64Array, accumulate: boolean, c: FloatArray, m: number): void {
  for (let n = 0; n < N; n++) c[m * N + n] = accumulate ? c[m * N + n]! + sums[n]! : sums[n]!;
}

/**
 * Matrix product.
 *
 *   c[m, n] = sum over k of a[m, k] b[k, n]     added to c with accumulate
 *
 * @param a  [M K]
 * @param b  [K N]
 * @param c  [M N]
 */
export function gemmNN({ M, N, K, accumulate, a, b, c }: Args<"gemmNN">): void {
  const sums = new Float64Array(N);
  for (let m = 0; m < M; m++) {
    sums.fill(0);
    addRows(N, K, { by: a, at: m * K, step: 1 }, b, sums);
    store(N, sums, accumulate, c, m);
  }
}

/**
 * Matrix product with the second matrix transposed.
 *
 *   c[m, n] = sum over k of a[m, k] b[n, k]     added to c with accumulate
 *
 * @param a  [M K]
 * @param b  [N K]
 * @param c  [M N]
 */
export function gemmNT({ M, N, K, accumulate, a, b, c }: Args<"gemmNT">): void {
  const sums = new Float64Array(N);
  for (let m = 0; m < M; m++) {
    dots(N, K, b, a, m * K, sums);
    store(N, sums, accumulate, c, m);
  }
}

/**
 * Matrix product with the first matrix transposed.
 *
 *   c[m, n] = sum over k of a[k, m] b[k, n]     added to c with accumulate
 *
 * @param a  [K M]
 * @param b  [K N]
 * @param c  [M N]
 */
export function gemmTN({ M, N, K, accumulate, a, b, c }: Args<"gemmTN">): void {
  const sums = new Float64Array(N);
  for (let m = 0; m < M; m++) {
    sums.fill(0);
    addRows(N, K, { by: a, at: m, step: M }, b, sums);
    store(N, sums, accumulate, c, m);
  }
}

/**
 * A linear layer over N rows.
 *
 *   y[n] = w x[n] + bias
 *
 * @param x     [N I]
 * @param w     [O I]
 * @param bias  [O] or null for none
 * @param y     [N O]
 */
export function linearForward({ N, I, O, x, w, bias, y }: Args<"linearForward">): void {
  const sums = new Float64Array(O);
  for (let n = 0; n < N; n++) {
    dots(O, I, w, x, n * I, sums);
    if (bias) addRow(O, 1, bias, 0, sums, 0);
    y.set(sums, n * O);
  }
}

/**
 * Gradients of `linearForward`; an output that is null is not computed.
 *
 *   dx[n] = wᵀ dy[n]     dw = sum over n of dy[n] x[n]ᵀ     dbias = sum over n of dy[n]
 *
 * @param dy     [N O]
 * @param dx     [N I]
 * @param dw     [O I]
 * @param dbias  [O]
 */
export function linearBackward({ N, I, O, x, w, dy, dx, dw, dbias }: Args<"linearBackward">): void {
  if (dx) gemmNN({ M: N, N: I, K: O, accumulate: false, a: dy, b: w, c: dx });
  if (dw) gemmTN({ M: O, N: I, K: N, accumulate: false, a: dy, b: x, c: dw });
  if (dbias) {
    const sums = new Float64Array(O);
    for (let n = 0; n < N; n++) addRow(O, 1, dy, n * O, sums, 0);
    dbias.set(sums);
  }
}

/**
 * The rows of a weight in groups of 16.
 *
 *   y[p, i, j] = w[16 p + j, i], or 0 where w has no such row
 *
 * @param w  [O I]
 * @param y  [P I 16]
 */
export function group({ P, O, I, w, y }: Args<"group">): void {
  for (let p = 0; p < P; p++)
    for (let i = 0; i < I; i++)
      for (let j = 0; j < 16; j++) {
        const o = 16 * p + j;
        y[(p * I + i) * 16 + j] = o < O ? w[o * I + i]! : 0;
      }
}

/** The first O rows of a weight [O I] that `group` has put in groups. */
export function ungrouped(grouped: FloatArray, O: number, I: number): FloatArray {
  const w = new Float64Array(O * I);
  for (let o = 0; o < O; o++) for (let i = 0; i < I; i++) w[o * I + i] = grouped[((o >> 4) * I + i) * 16 + (o & 15)]!;
  return w;
}

/**
 * As `linearForward` with a weight in groups of 16 rows, or with accumulate added to what is there.
 *
 * @param x     [N I]
 * @param w     [P I 16] by `group`
 * @param bias  [O] or null for none
 * @param y     [N O]
 */
export function linearGrouped({ N, I, O, accumulate, x, w, bias, y }: Args<"linearGrouped">): void {
  const rows = ungrouped(w, O, I);
  const sums = new Float64Array(O);
  for (let n = 0; n < N; n++) {
    dots(O, I, rows, x, n * I, sums);
    if (bias) addRow(O, 1, bias, 0, sums, 0);
    store(O, sums, accumulate, y, n);
  }
}
