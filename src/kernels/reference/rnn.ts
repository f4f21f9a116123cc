import type { Args } from "../table.ts";
import { dots } from "./matrix.ts";
import { backThrough, clearBeyond, rowOf, timeOf } from "./recurrent.ts";

/**
 * Elman's recurrent layer over a batch of sequences.
 *
 *   h' = act(z + wHh h)     act = tanh or relu
 *
 * @param z        [T B H]  input projection, w_ih x + bias
 * @param lengths  [B]      1..T; order and padding as said in recurrent.ts
 * @param h0       [B H]
 * @param wHh      [H H]
 * @param y        [T B H]  h after every step
 * @param hT       [B H]    h after the last step
 * @source Elman 1990, doi:10.1207/s15516709cog1402_1
 */
export function rnnForward({ T, B, H, act, reverse, z, lengths, h0, wHh, y, hT }: Args<"rnnForward">): void {
  const a = new Float64Array(H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    let h = rowOf(h0, b, H);
    for (let s = 0; s < length; s++) {
      const row = timeOf(s, length, reverse) * B + b;
      const next = rowOf(y, row, H);
      dots(H, H, wHh, h, 0, a);
      for (let j = 0; j < H; j++) {
        const sum = z[row * H + j]! + a[j]!;
        next[j] = act === "tanh" ? Math.tanh(sum) : Math.max(sum, 0);
      }
      h = next;
    }
    hT.set(h, b * H);
    clearBeyond(y, T, B, H, b, length);
  }
}

/**
 * Backpropagation through time for `rnnForward`.
 *
 *   dh' = dy + dh of the step after (dhT at the last)     dz = dh' act'(a), act' = 1 - h'² or [h' > 0]
 *   dh = wHhᵀ dz     dwHh = sum over steps of dz hᵀ
 *
 * @param y     [T B H]  from the forward pass
 * @param dy    [T B H]
 * @param dhT   [B H]    gradient of the state after the last step, beside what comes through y
 * @param dz    [T B H]
 * @param dh0   [B H]
 * @param dwHh  [H H]
 */
export function rnnBackward(args: Args<"rnnBackward">): void {
  const { T, B, H, act, reverse, lengths, h0, wHh, y, dy, dhT, dz, dh0, dwHh } = args;
  const da = new Float64Array(H);
  const dh = new Float64Array(H);
  const sums = new Float64Array(H * H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    dh.set(rowOf(dhT, b, H));
    for (let s = length - 1; s >= 0; s--) {
      const row = timeOf(s, length, reverse) * B + b;
      const h = s === 0 ? rowOf(h0, b, H) : rowOf(y, timeOf(s - 1, length, reverse) * B + b, H);
      for (let j = 0; j < H; j++) {
        const next = y[row * H + j]!;
        const slope = act === "tanh" ? 1 - next * next : next > 0 ? 1 : 0;
        da[j] = (dh[j]! + dy[row * H + j]!) * slope;
      }
      dz.set(da, row * H);
      dh.fill(0);
      backThrough(da, wHh, h, dh, sums);
    }
    dh0.set(dh, b * H);
    clearBeyond(dz, T, B, H, b, length);
  }
  dwHh.set(sums);
}
