import type { Args } from "../table.ts";
import { addRow } from "./matrix.ts";

/**
 * Layer normalisation: every row is brought to mean 0 and variance 1, then scaled and shifted.
 *
 *   mean = sum x / H     variance = sum (x - mean)² / H     rstd = 1 / sqrt(variance + epsilon)
 *   y = gain (x - mean) rstd + bias
 *
 * @param x     [N H]
 * @param gain  [H]
 * @param bias  [H]
 * @param y     [N H]
 * @param mean  [N]
 * @param rstd  [N]
 * @source Ba, Kiros & Hinton 2016, arXiv:1607.06450
 */
export function layerNormForward(args: Args<"layerNormForward">): void {
  const { N, H, epsilon, x, gain, bias, y, mean, rstd } = args;
  for (let n = 0; n < N; n++) {
    const row = n * H;
    let sum = 0;
    for (let j = 0; j < H; j++) sum += x[row + j]!;
    const mu = sum / H;
    let squares = 0;
    for (let j = 0; j < H; j++) squares += (x[row + j]! - mu) ** 2;
    const r = 1 / Math.sqrt(squares / H + epsilon);
    for (let j = 0; j < H; j++) y[row + j] = gain[j]! * (x[row + j]! - mu) * r + bias[j]!;
    mean[n] = mu;
    rstd[n] = r;
  }
}

/**
 * Gradients of `layerNormForward`.
 *
 *   u = (x - mean) rstd     d = gain dy     dx = rstd (d - mean of d - u mean of (d u))
 *   dgain = sum over rows of dy u     dbias = sum over rows of dy
 *
 * @param mean   [N]    from the forward pass, as rstd [N]
 * @param dy     [N H]
 * @param dx     [N H]
 * @param dgain  [H]
 * @param dbias  [H]
 */
export function layerNormBackward(args: Args<"layerNormBackward">): void {
  const { N, H, x, gain, mean, rstd, dy, dx, dgain, dbias } = args;
  const gainSums = new Float64Array(H);
  const biasSums = new Float64Array(H);
  for (let n = 0; n < N; n++) {
    const row = n * H;
    const mu = mean[n]!;
    const r = rstd[n]!;
    let dSum = 0;
    let duSum = 0;
    for (let j = 0; j < H; j++) {
      const u = (x[row + j]! - mu) * r;
      const d = gain[j]! * dy[row + j]!;
      dSum += d;
      duSum += d * u;
      gainSums[j]! += dy[row + j]! * u;
    }
    for (let j = 0; j < H; j++) {
      const u = (x[row + j]! - mu) * r;
      dx[row + j] = r * (gain[j]! * dy[row + j]! - dSum / H - (u * duSum) / H);
    }
    addRow(H, 1, dy, row, biasSums, 0);
  }
  dgain.set(gainSums);
  dbias.set(biasSums);
}
