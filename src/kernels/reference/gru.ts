import type { Args } from "../table.ts";
import { addRow, dots } from "./matrix.ts";
import { backThrough, clearBeyond, rowOf, sigmoid, timeOf } from "./recurrent.ts";

/**
 * Gated recurrent unit over a batch of sequences.
 *
 *   r = sigmoid(gates_r + wHr h)     z = sigmoid(gates_z + wHz h)     hn = wHn h + biasHn
 *   n = tanh(gates_n + r hn)         h' = (1 - z) n + z h
 *
 * @param gates    [T B 3H]  r z n: the input projection w_ih x + bias before, the activations after
 * @param lengths  [B]       1..T; order and padding as said in recurrent.ts
 * @param h0       [B H]
 * @param wHh      [3H H]    wHr wHz wHn
 * @param biasHn   [H]       or null for none; it differs from a bias in gates_n by being inside the product with r
 * @param y        [T B H]   h after every step
 * @param hn       [T B H]   what r multiplies; the backward pass needs it
 * @param hT       [B H]     h after the last step
 * @source Cho et al. 2014, arXiv:1406.1078, with the reset gate after the product as in cuDNN and PyTorch
 */
export function gruForward(args: Args<"gruForward">): void {
  const { T, B, H, reverse, gates, lengths, h0, wHh, biasHn, y, hn, hT } = args;
  const a = new Float64Array(3 * H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    let h = rowOf(h0, b, H);
    for (let s = 0; s < length; s++) {
      const row = timeOf(s, length, reverse) * B + b;
      const gate = rowOf(gates, row, 3 * H);
      const next = rowOf(y, row, H);
      dots(3 * H, H, wHh, h, 0, a);
      if (biasHn) addRow(H, 1, biasHn, 0, a, 2 * H);
      for (let j = 0; j < H; j++) {
        const r = sigmoid(gate[j]! + a[j]!);
        const z = sigmoid(gate[H + j]! + a[H + j]!);
        const n = Math.tanh(gate[2 * H + j]! + r * a[2 * H + j]!);
        next[j] = (1 - z) * n + z * h[j]!;
        gate[j] = r;
        gate[H + j] = z;
        gate[2 * H + j] = n;
        hn[row * H + j] = a[2 * H + j]!;
      }
      h = next;
    }
    hT.set(h, b * H);
    clearBeyond(gates, T, B, 3 * H, b, length);
    clearBeyond(y, T, B, H, b, length);
    clearBeyond(hn, T, B, H, b, length);
  }
}

/**
 * Backpropagation through time for `gruForward`.
 *
 *   dh' = dy + dh of the step after (dhT at the last)
 *   dn = dh' (1 - z) (1 - n²)     dz = dh' (h - n) z (1 - z)     dr = dn hn r (1 - r)     dhn = dn r
 *   dh = dh' z + wHhᵀ [dr dz dhn]     dwHh = sum over steps of [dr dz dhn] hᵀ     dbiasHn = sum of dhn
 *
 * @param gates    [T B 3H]  r z n: the activations before, dr dz dn after, which is the gradient of the input projection
 * @param y        [T B H]   from the forward pass, as hn [T B H]
 * @param dy       [T B H]
 * @param dhT      [B H]     gradient of the state after the last step, beside what comes through y
 * @param dh0      [B H]
 * @param dwHh     [3H H]
 * @param dbiasHn  [H]       or null where it is not wanted
 */
export function gruBackward(args: Args<"gruBackward">): void {
  const { T, B, H, reverse, gates, lengths, h0, wHh, y, hn, dy, dhT, dh0, dwHh, dbiasHn } = args;
  const da = new Float64Array(3 * H);
  const dh = new Float64Array(H);
  const weightSums = new Float64Array(3 * H * H);
  const biasSums = new Float64Array(H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    dh.set(rowOf(dhT, b, H));
    for (let s = length - 1; s >= 0; s--) {
      const row = timeOf(s, length, reverse) * B + b;
      const gate = rowOf(gates, row, 3 * H);
      const h = s === 0 ? rowOf(h0, b, H) : rowOf(y, timeOf(s - 1, length, reverse) * B + b, H);
      for (let j = 0; j < H; j++) {
        const r = gate[j]!;
        const z = gate[H + j]!;
        const n = gate[2 * H + j]!;
        const dNext = dh[j]! + dy[row * H + j]!;
        const dn = dNext * (1 - z) * (1 - n * n);
        const dr = dn * hn[row * H + j]! * r * (1 - r);
        const dz = dNext * (h[j]! - n) * z * (1 - z);
        gate[j] = da[j] = dr;
        gate[H + j] = da[H + j] = dz;
        gate[2 * H + j] = dn;
        da[2 * H + j] = dn * r;
        dh[j] = dNext * z;
      }
      backThrough(da, wHh, h, dh, weightSums);
      addRow(H, 1, da, 2 * H, biasSums, 0);
    }
    dh0.set(dh, b * H);
    clearBeyond(gates, T, B, 3 * H, b, length);
  }
  dwHh.set(weightSums);
  dbiasHn?.set(biasSums);
}

/**
 * The simplified gated recurrent unit, without the reset (relevance) gate.
 *
 *   z = sigmoid(gates_z + wHz h)     n = tanh(gates_n + wHn h)     h' = (1 - z) n + z h
 *
 * Beware: courses that write h' = u n + (1 - u) h mean u = 1 - z.
 *
 * @param gates    [T B 2H]  z n: the input projection w_ih x + bias before, the activations after
 * @param lengths  [B]       1..T; order and padding as said in recurrent.ts
 * @param h0       [B H]
 * @param wHh      [2H H]    wHz wHn
 * @param y        [T B H]   h after every step
 * @param hT       [B H]     h after the last step
 */
export function gruSimplifiedForward(args: Args<"gruSimplifiedForward">): void {
  const { T, B, H, reverse, gates, lengths, h0, wHh, y, hT } = args;
  const a = new Float64Array(2 * H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    let h = rowOf(h0, b, H);
    for (let s = 0; s < length; s++) {
      const row = timeOf(s, length, reverse) * B + b;
      const gate = rowOf(gates, row, 2 * H);
      const next = rowOf(y, row, H);
      dots(2 * H, H, wHh, h, 0, a);
      for (let j = 0; j < H; j++) {
        const z = sigmoid(gate[j]! + a[j]!);
        const n = Math.tanh(gate[H + j]! + a[H + j]!);
        next[j] = (1 - z) * n + z * h[j]!;
        gate[j] = z;
        gate[H + j] = n;
      }
      h = next;
    }
    hT.set(h, b * H);
    clearBeyond(gates, T, B, 2 * H, b, length);
    clearBeyond(y, T, B, H, b, length);
  }
}

/**
 * Backpropagation through time for `gruSimplifiedForward`.
 *
 *   dh' = dy + dh of the step after (dhT at the last)
 *   dz = dh' (h - n) z (1 - z)     dn = dh' (1 - z) (1 - n²)
 *   dh = dh' z + wHhᵀ [dz dn]     dwHh = sum over steps of [dz dn] hᵀ
 *
 * @param gates  [T B 2H]  z n: the activations before, dz dn after, which is the gradient of the input projection
 * @param y      [T B H]   from the forward pass
 * @param dy     [T B H]
 * @param dhT    [B H]     gradient of the state after the last step, beside what comes through y
 * @param dh0    [B H]
 * @param dwHh   [2H H]
 */
export function gruSimplifiedBackward(args: Args<"gruSimplifiedBackward">): void {
  const { T, B, H, reverse, gates, lengths, h0, wHh, y, dy, dhT, dh0, dwHh } = args;
  const da = new Float64Array(2 * H);
  const dh = new Float64Array(H);
  const sums = new Float64Array(2 * H * H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    dh.set(rowOf(dhT, b, H));
    for (let s = length - 1; s >= 0; s--) {
      const row = timeOf(s, length, reverse) * B + b;
      const gate = rowOf(gates, row, 2 * H);
      const h = s === 0 ? rowOf(h0, b, H) : rowOf(y, timeOf(s - 1, length, reverse) * B + b, H);
      for (let j = 0; j < H; j++) {
        const z = gate[j]!;
        const n = gate[H + j]!;
        const dNext = dh[j]! + dy[row * H + j]!;
        da[j] = dNext * (h[j]! - n) * z * (1 - z);
        da[H + j] = dNext * (1 - z) * (1 - n * n);
        dh[j] = dNext * z;
      }
      gate.set(da);
      backThrough(da, wHh, h, dh, sums);
    }
    dh0.set(dh, b * H);
    clearBeyond(gates, T, B, 2 * H, b, length);
  }
  dwHh.set(sums);
}
