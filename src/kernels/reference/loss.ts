import type { Args, FloatArray } from "../table.ts";
import { addRow, addRows, dots, ungrouped } from "./matrix.ts";
import { sigmoid } from "./recurrent.ts";

/** log sum exp of V numbers from `at` on, safe from overflow; -Infinity for none. */
function logSumExp(x: FloatArray, at: number, V: number): number {
  let most = -Infinity;
  for (let v = 0; v < V; v++) most = Math.max(most, x[at + v]!);
  let sum = 0;
  for (let v = 0; v < V; v++) sum += Math.exp(x[at + v]! - most);
  return most + Math.log(sum);
}

/** The smoothed cross-entropy of V logits from `at` on, given their log sum exp. Without smoothing -Infinity is a fair logit. */
function smoothedLoss(logits: FloatArray, at: number, V: number, lse: number, target: number, s: number): number {
  const sharp = lse - logits[at + target]!;
  if (s === 0) return sharp;
  let sum = 0;
  for (let v = 0; v < V; v++) sum += logits[at + v]!;
  return (1 - s) * sharp + s * (lse - sum / V);
}

/**
 * Cross-entropy of a softmax with one right class per row, in nats.
 *
 *   lse = log sum over v of exp(logits[n, v])     s = smoothing
 *   loss[n] = (1 - s) (lse - logits[n, target]) + s (lse - mean over v of logits[n, v]),  0 where the target is -1
 *
 * @param logits   [N V]
 * @param targets  [N]    0..V-1, or -1 to leave a row out
 * @param loss     [N]
 * @param lse      [N]    of every row, those left out as well
 * @source Szegedy et al. 2016, arXiv:1512.00567, section 7 (label smoothing)
 */
export function crossEntropyForward({
  N,
  V,
  smoothing,
  logits,
  targets,
  loss,
  lse,
}: Args<"crossEntropyForward">): void {
  for (let n = 0; n < N; n++) {
    const target = targets[n]!;
    const logSum = logSumExp(logits, n * V, V);
    lse[n] = logSum;
    loss[n] = target < 0 ? 0 : smoothedLoss(logits, n * V, V, logSum, target, smoothing);
  }
}

/**
 * Gradient of `crossEntropyForward`.
 *
 *   dlogits[n, v] = dloss[n] (exp(logits[n, v] - lse[n]) - (1 - s) [v = target] - s/V),  exactly 0 where the target is -1
 *
 * @param lse      [N]    from the forward pass
 * @param dloss    [N]
 * @param dlogits  [N V]
 */
export function crossEntropyBackward(args: Args<"crossEntropyBackward">): void {
  const { N, V, smoothing, logits, targets, lse, dloss, dlogits } = args;
  for (let n = 0; n < N; n++) {
    const row = n * V;
    const target = targets[n]!;
    if (target < 0) {
      dlogits.fill(0, row, row + V);
      continue;
    }
    for (let v = 0; v < V; v++) {
      const wanted = (v === target ? 1 - smoothing : 0) + smoothing / V;
      dlogits[row + v] = dloss[n]! * (Math.exp(logits[row + v]! - lse[n]!) - wanted);
    }
  }
}

/**
 * Linear layer and cross-entropy in one, for vocabularies whose logits one would rather not keep.
 *
 *   logits[n] = w x[n] + bias     loss as crossEntropyForward
 *   d[n, v] = scale (softmax(logits[n])[v] - (1 - s) [v = target] - s/V)
 *   dx[n] = wᵀ d[n]     dw = sum over n of d[n] x[n]ᵀ     dbias = sum over n of d[n]
 *
 * So dx, dw and dbias are the gradients of scale * sum of loss. Rows with target -1 have loss and dx exactly 0 and no
 * share in the rest.
 *
 * @param x        [N I]
 * @param w        [V I]
 * @param bias     [V] or null for none
 * @param targets  [N]    0..V-1 or -1
 * @param loss     [N]
 * @param dx       [N I]  or null where it is not wanted, as dw [V I] and dbias [V]
 */
export function linearCrossEntropy(args: Args<"linearCrossEntropy">): void {
  const { N, I, V, smoothing, scale, x, w, bias, targets, loss, dx, dw, dbias } = args;
  const logits = new Float64Array(V);
  const d = new Float64Array(V);
  const dxRow = new Float64Array(I);
  const weightSums = new Float64Array(dw ? V * I : 0);
  const biasSums = new Float64Array(V);
  for (let n = 0; n < N; n++) {
    const target = targets[n]!;
    if (target < 0) {
      loss[n] = 0;
      dx?.fill(0, n * I, (n + 1) * I);
      continue;
    }
    dots(V, I, w, x, n * I, logits);
    if (bias) addRow(V, 1, bias, 0, logits, 0);
    const lse = logSumExp(logits, 0, V);
    loss[n] = smoothedLoss(logits, 0, V, lse, target, smoothing);
    if (!dx && !dw && !dbias) continue;
    for (let v = 0; v < V; v++) {
      const wanted = (v === target ? 1 - smoothing : 0) + smoothing / V;
      d[v] = scale * (Math.exp(logits[v]! - lse) - wanted);
    }
    dxRow.fill(0);
    if (dx) addRows(I, V, { by: d, at: 0, step: 1 }, w, dxRow);
    if (dw) for (let v = 0; v < V; v++) addRow(I, d[v]!, x, n * I, weightSums, v * I);
    addRow(V, 1, d, 0, biasSums, 0);
    dx?.set(dxRow, n * I);
  }
  dw?.set(weightSums);
  dbias?.set(biasSums);
}

/**
 * The greatest logits of each row, and what a softmax over all of them divides by.
 *
 *   logits[n] = w x[n] + bias     totals[n] = log sum over v of exp(logits[n, v])
 *   best[n, 0] >= best[n, 1] >= ... are the K greatest of those not barred, ids[n] where they are
 *
 * Of equal ones the first comes first. Where too few are left, ids hold -1 and best 0. A logit of -Infinity never counts.
 *
 * @param x       [N I]
 * @param w       [P I 16] by `group`
 * @param bias    [V] or null for none
 * @param barred  [U]    0..V-1
 * @param ids     [N K]
 * @param best    [N K]
 * @param totals  [N]
 */
export function linearBest(args: Args<"linearBest">): void {
  const { N, I, V, K, U, x, w: grouped, bias, barred, ids, best, totals } = args;
  const w = ungrouped(grouped, V, I);
  const logits = new Float64Array(V);
  const isBarred = new Set(barred.subarray(0, U));
  for (let n = 0; n < N; n++) {
    dots(V, I, w, x, n * I, logits);
    if (bias) addRow(V, 1, bias, 0, logits, 0);
    totals[n] = logits.every((logit) => logit === -Infinity) ? -Infinity : logSumExp(logits, 0, V);
    const order = [...logits.keys()]
      .filter((v) => !isBarred.has(v) && logits[v]! > -Infinity)
      .sort((i, j) => logits[j]! - logits[i]! || i - j);
    for (let i = 0; i < K; i++) {
      const id = order[i] ?? -1;
      ids[n * K + i] = id;
      best[n * K + i] = id < 0 ? 0 : logits[id]!;
    }
  }
}

/**
 * Cross-entropy of independent yes-or-no questions, in nats.
 *
 *   loss[n] = log(1 + exp(x)) - targets[n] x,  x = logits[n]
 *
 * computed as max(x, 0) - targets[n] x + log1p(exp(-|x|)), which cannot overflow.
 *
 * @param logits   [N]
 * @param targets  [N]  0..1
 * @param loss     [N]
 */
export function sigmoidCrossEntropyForward({ N, logits, targets, loss }: Args<"sigmoidCrossEntropyForward">): void {
  for (let n = 0; n < N; n++) {
    const x = logits[n]!;
    loss[n] = Math.max(x, 0) - targets[n]! * x + Math.log1p(Math.exp(-Math.abs(x)));
  }
}

/**
 * Gradient of `sigmoidCrossEntropyForward` for the logits.
 *
 *   dlogits[n] = dloss[n] (sigmoid(logits[n]) - targets[n])
 *
 * @param dloss    [N]
 * @param dlogits  [N]
 */
export function sigmoidCrossEntropyBackward(args: Args<"sigmoidCrossEntropyBackward">): void {
  const { N, logits, targets, dloss, dlogits } = args;
  for (let n = 0; n < N; n++) dlogits[n] = dloss[n]! * (sigmoid(logits[n]!) - targets[n]!);
}

/**
 * Softmax of every row: positive numbers that sum to 1.
 *
 *   y[n, v] = exp(x[n, v]) / sum over u of exp(x[n, u])
 *
 * @param x  [N V]
 * @param y  [N V]
 */
export function softmaxForward({ N, V, x, y }: Args<"softmaxForward">): void {
  for (let n = 0; n < N; n++) {
    const row = n * V;
    let most = -Infinity;
    for (let v = 0; v < V; v++) most = Math.max(most, x[row + v]!);
    let sum = 0;
    for (let v = 0; v < V; v++) sum += Math.exp(x[row + v]! - most);
    for (let v = 0; v < V; v++) y[row + v] = Math.exp(x[row + v]! - most) / sum;
  }
}

/**
 * Gradient of `softmaxForward`.
 *
 *   dx[n, v] = y[n, v] (dy[n, v] - sum over u of y[n, u] dy[n, u])
 *
 * @param y   [N V]  from the forward pass
 * @param dy  [N V]
 * @param dx  [N V]
 */
export function softmaxBackward({ N, V, y, dy, dx }: Args<"softmaxBackward">): void {
  for (let n = 0; n < N; n++) {
    const row = n * V;
    let sum = 0;
    for (let v = 0; v < V; v++) sum += y[row + v]! * dy[row + v]!;
    for (let v = 0; v < V; v++) dx[row + v] = y[row + v]! * (dy[row + v]! - sum);
  }
}
