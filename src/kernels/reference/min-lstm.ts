import type { Args } from "../table.ts";
import { positive, positiveSlope, scan, scanBack } from "./min-gru.ts";
import { sigmoid } from "./recurrent.ts";

/**
 * Minimal long short-term memory over a batch of sequences: its gates see the input only and add up to 1.
 *
 *   f, i = sigmoid(gates)     f' = f / (f + i)     i' = i / (f + i)     n = positive(gates_n)     h' = f' h + i' n
 *
 * @param gates    [T B 3H]  f i n: the input projection w_ih x + bias
 * @param lengths  [B]       1..T; order and padding as said in recurrent.ts
 * @param h0       [B H]
 * @param y        [T B H]   h after every step
 * @param hT       [B H]     h after the last step
 * @source Feng et al. 2024, arXiv:2410.01201, 3.2 and appendix B
 */
export function minLstmForward(args: Args<"minLstmForward">): void {
  const { H, gates } = args;
  scan(args, (row, j, h) => {
    const at = row * 3 * H + j;
    const f = forgetShare(gates[at]!, gates[at + H]!);
    return f * h + (1 - f) * positive(gates[at + 2 * H]!);
  });
}

/**
 * Backpropagation through time for `minLstmForward`.
 *
 *   dh' = dy + dh of the step after (dhT at the last)     du = dh' (h - n) f' i', u = log f - log i
 *   df = du (1 - f)     di = -du (1 - i)     dn = dh' i' positive'(gates_n)     dh = dh' f'
 *
 * @param gates  [T B 3H]  f i n: the input projection before, its gradient after
 * @param y      [T B H]   from the forward pass
 * @param dy     [T B H]
 * @param dhT    [B H]     gradient of the state after the last step, beside what comes through y
 * @param dh0    [B H]
 */
export function minLstmBackward(args: Args<"minLstmBackward">): void {
  const { H, gates } = args;
  scanBack(args, 3, (row, j, h, dNext) => {
    const at = row * 3 * H + j;
    const [f, i, x] = [gates[at]!, gates[at + H]!, gates[at + 2 * H]!];
    const keep = forgetShare(f, i);
    const du = dNext * (h - positive(x)) * keep * (1 - keep);
    gates[at] = du * sigmoid(-f);
    gates[at + H] = -du * sigmoid(-i);
    gates[at + 2 * H] = dNext * (1 - keep) * positiveSlope(x);
    return dNext * keep;
  });
}

/** f / (f + i) of two gates before their sigmoids. By logarithms: both gates may be shut, and then 0 / 0 would be NaN. */
function forgetShare(f: number, i: number): number {
  return sigmoid(softplus(-i) - softplus(-f));
}

/** log(1 + e^x) */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
