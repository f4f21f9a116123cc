import type { Args, FloatArray } from "../table.ts";
import { clearBeyond, rowOf, sigmoid, timeOf } from "./recurrent.ts";

/** What keeps a candidate positive: x + 1/2 from 0 on, sigmoid(x) below. Both are 1/2 at 0. */
export function positive(x: number): number {
  return x >= 0 ? x + 0.5 : sigmoid(x);
}

/** The slope of `positive`; from 0 on it is 1. */
export function positiveSlope(x: number): number {
  const s = sigmoid(x);
  return x >= 0 ? 1 : s * (1 - s);
}

/**
 * Minimal gated recurrent unit over a batch of sequences: its gates see the input only.
 *
 *   z = sigmoid(gates_z)     n = positive(gates_n)     h' = (1 - z) h + z n
 *
 * @param gates    [T B 2H]  z n: the input projection w_ih x + bias
 * @param lengths  [B]       1..T; order and padding as said in recurrent.ts
 * @param h0       [B H]
 * @param y        [T B H]   h after every step
 * @param hT       [B H]     h after the last step
 * @source Feng et al. 2024, arXiv:2410.01201, 3.1 and appendix B
 */
export function minGruForward(args: Args<"minGruForward">): void {
  const { H, gates } = args;
  scan(args, (row, j, h) => {
    const z = sigmoid(gates[row * 2 * H + j]!);
    return (1 - z) * h + z * positive(gates[row * 2 * H + H + j]!);
  });
}

/**
 * Backpropagation through time for `minGruForward`.
 *
 *   dh' = dy + dh of the step after (dhT at the last)
 *   dz = dh' (n - h) z (1 - z)     dn = dh' z positive'(gates_n)     dh = dh' (1 - z)
 *
 * @param gates  [T B 2H]  z n: the input projection before, its gradient after
 * @param y      [T B H]   from the forward pass
 * @param dy     [T B H]
 * @param dhT    [B H]     gradient of the state after the last step, beside what comes through y
 * @param dh0    [B H]
 */
export function minGruBackward(args: Args<"minGruBackward">): void {
  const { H, gates } = args;
  scanBack(args, 2, (row, j, h, dNext) => {
    const at = row * 2 * H + j;
    const z = sigmoid(gates[at]!);
    const x = gates[at + H]!;
    gates[at] = dNext * (positive(x) - h) * z * (1 - z);
    gates[at + H] = dNext * z * positiveSlope(x);
    return dNext * (1 - z);
  });
}

/** What both scans read of a kernel's arguments. */
interface Sequences {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  readonly reverse: boolean;
  readonly lengths: Int32Array;
  readonly h0: FloatArray;
  readonly y: FloatArray;
}

/** Takes h through time unit by unit. @param next  h after the step of row t B + b, for unit j and the h before */
export function scan(
  { T, B, H, reverse, lengths, h0, y, hT }: Sequences & { readonly hT: FloatArray },
  next: (row: number, j: number, h: number) => number,
): void {
  const h = new Float64Array(H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    h.set(rowOf(h0, b, H));
    for (let s = 0; s < length; s++) {
      const row = timeOf(s, length, reverse) * B + b;
      for (let j = 0; j < H; j++) y[row * H + j] = h[j] = next(row, j, h[j]!);
    }
    hT.set(h, b * H);
    clearBeyond(y, T, B, H, b, length);
  }
}

/** Takes dh back through time. @param back  the gradient of the h before, from that of the h after; writes the gates' */
export function scanBack(
  args: Sequences & { readonly gates: FloatArray; readonly dy: FloatArray; dhT: FloatArray; dh0: FloatArray },
  gateCount: number,
  back: (row: number, j: number, h: number, dNext: number) => number,
): void {
  const { T, B, H, reverse, gates, lengths, h0, y, dy, dhT, dh0 } = args;
  const dh = new Float64Array(H);
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    dh.set(rowOf(dhT, b, H));
    for (let s = length - 1; s >= 0; s--) {
      const row = timeOf(s, length, reverse) * B + b;
      const h = s === 0 ? rowOf(h0, b, H) : rowOf(y, timeOf(s - 1, length, reverse) * B + b, H);
      for (let j = 0; j < H; j++) dh[j] = back(row, j, h[j]!, dh[j]! + dy[row * H + j]!);
    }
    dh0.set(dh, b * H);
    clearBeyond(gates, T, B, gateCount * H, b, length);
  }
}
