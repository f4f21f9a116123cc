import type { Args } from "../table.ts";
import { dots } from "./matrix.ts";
import { backThrough, clearBeyond, rowOf, sigmoid, timeOf } from "./recurrent.ts";

/**
 * Long short-term memory over a batch of sequences.
 *
 *   i = sigmoid(gates_i + wHi h + pI c)     f = sigmoid(gates_f + wHf h + pF c)     g = tanh(gates_g + wHg h)
 *   c' = f c + i g     o = sigmoid(gates_o + wHo h + pO c')     h' = o tanh(c')
 *
 * The terms with p, the peepholes, are elementwise and absent without `peepholes`.
 *
 * @param gates      [T B 4H]  i f g o: the input projection w_ih x + bias before, the activations after
 * @param lengths    [B]       1..T; order and padding as said in recurrent.ts
 * @param h0         [B H]
 * @param c0         [B H]
 * @param wHh        [4H H]    wHi wHf wHg wHo
 * @param peepholes  [3 H]     pI pF pO, or null for none
 * @param y          [T B H]   h after every step
 * @param c          [T B H]   c after every step
 * @param hT         [B H]     h after the last step
 * @param cT         [B H]     c after the last step
 * @source Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000; peepholes: Gers & Schmidhuber 2000
 */
export function lstmForward(args: Args<"lstmForward">): void {
  const { T, B, H, reverse, gates, lengths, h0, c0, wHh, peepholes: p, y, c, hT, cT } = args;
  const a = new Float64Array(4 * H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    let h = rowOf(h0, b, H);
    let cell = rowOf(c0, b, H);
    for (let s = 0; s < length; s++) {
      const row = timeOf(s, length, reverse) * B + b;
      const gate = rowOf(gates, row, 4 * H);
      const next = rowOf(y, row, H);
      const cellNext = rowOf(c, row, H);
      dots(4 * H, H, wHh, h, 0, a);
      for (let j = 0; j < H; j++) {
        const past = cell[j]!;
        const i = sigmoid(gate[j]! + a[j]! + (p ? p[j]! * past : 0));
        const f = sigmoid(gate[H + j]! + a[H + j]! + (p ? p[H + j]! * past : 0));
        const g = Math.tanh(gate[2 * H + j]! + a[2 * H + j]!);
        const now = f * past + i * g;
        const o = sigmoid(gate[3 * H + j]! + a[3 * H + j]! + (p ? p[2 * H + j]! * now : 0));
        next[j] = o * Math.tanh(now);
        cellNext[j] = now;
        gate[j] = i;
        gate[H + j] = f;
        gate[2 * H + j] = g;
        gate[3 * H + j] = o;
      }
      h = next;
      cell = cellNext;
    }
    hT.set(h, b * H);
    cT.set(cell, b * H);
    clearBeyond(gates, T, B, 4 * H, b, length);
    clearBeyond(y, T, B, H, b, length);
    clearBeyond(c, T, B, H, b, length);
  }
}

/**
 * Backpropagation through time for `lstmForward`.
 *
 *   dh' = dy + dh of the step after (dhT at the last)     do = dh' tanh(c') o (1 - o)
 *   dc' = dc of the step after (dcT at the last) + dh' o (1 - tanh²(c')) + pO do
 *   di = dc' g i (1 - i)     df = dc' c f (1 - f)     dg = dc' i (1 - g²)     dc = dc' f + pI di + pF df
 *   dh = wHhᵀ [di df dg do]     dwHh = sum over steps of [di df dg do] hᵀ
 *   dpI = sum of di c     dpF = sum of df c     dpO = sum of do c'
 *
 * @param gates       [T B 4H]  i f g o: the activations before, di df dg do after, the gradient of the input projection
 * @param y           [T B H]   from the forward pass, as c [T B H]
 * @param dy          [T B H]
 * @param dhT         [B H]     gradient of the state after the last step, beside what comes through y; dcT [B H] alike
 * @param dh0         [B H]
 * @param dc0         [B H]
 * @param dwHh        [4H H]
 * @param dpeepholes  [3 H]     or null where it is not wanted; 0 without peepholes
 */
export function lstmBackward(args: Args<"lstmBackward">): void {
  const { T, B, H, reverse, gates, lengths, h0, c0, wHh, peepholes: p, y, c, dy } = args;
  const { dhT, dcT, dh0, dc0, dwHh, dpeepholes } = args;
  const da = new Float64Array(4 * H);
  const dh = new Float64Array(H);
  const dc = new Float64Array(H);
  const weightSums = new Float64Array(4 * H * H);
  const peepholeSums = new Float64Array(3 * H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    dh.set(rowOf(dhT, b, H));
    dc.set(rowOf(dcT, b, H));
    for (let s = length - 1; s >= 0; s--) {
      const row = timeOf(s, length, reverse) * B + b;
      const before = timeOf(s - 1, length, reverse) * B + b;
      const gate = rowOf(gates, row, 4 * H);
      const h = s === 0 ? rowOf(h0, b, H) : rowOf(y, before, H);
      const cell = s === 0 ? rowOf(c0, b, H) : rowOf(c, before, H);
      for (let j = 0; j < H; j++) {
        const i = gate[j]!;
        const f = gate[H + j]!;
        const g = gate[2 * H + j]!;
        const o = gate[3 * H + j]!;
        const past = cell[j]!;
        const now = c[row * H + j]!;
        const squashed = Math.tanh(now);
        const dNext = dh[j]! + dy[row * H + j]!;
        const dO = dNext * squashed * o * (1 - o);
        const dNow = dc[j]! + dNext * o * (1 - squashed * squashed) + (p ? p[2 * H + j]! * dO : 0);
        const dI = dNow * g * i * (1 - i);
        const dF = dNow * past * f * (1 - f);
        da[j] = dI;
        da[H + j] = dF;
        da[2 * H + j] = dNow * i * (1 - g * g);
        da[3 * H + j] = dO;
        dc[j] = dNow * f;
        if (p) {
          dc[j]! += p[j]! * dI + p[H + j]! * dF;
          peepholeSums[j]! += dI * past;
          peepholeSums[H + j]! += dF * past;
          peepholeSums[2 * H + j]! += dO * now;
        }
      }
      gate.set(da);
      dh.fill(0);
      backThrough(da, wHh, h, dh, weightSums);
    }
    dh0.set(dh, b * H);
    dc0.set(dc, b * H);
    clearBeyond(gates, T, B, 4 * H, b, length);
  }
  dwHh.set(weightSums);
  dpeepholes?.set(peepholeSums);
}
