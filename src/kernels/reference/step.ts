import type { Args } from "../table.ts";
import { rowOf, sigmoid } from "./recurrent.ts";

/**
 * One step of an LSTM for rows of which several may extend one state, as those of a beam do.
 *
 *   i f g o = z[ids[b]] + p[slots[b]], squashed     c = f c0[slots[b]] + i g     h = o tanh(c)
 *
 * @param ids    [B]    the row of z that is the input of a row
 * @param z      [V 4H] projected inputs w_ih x + bias, such as those of a whole vocabulary
 * @param slots  [B]    which of the U states a row extends
 * @param p      [U 4H] wHh h0, made once for each state
 * @param c0     [U H]
 * @param h      [B H]
 * @param c      [B H]
 */
export function lstmStep(args: Args<"lstmStep">): void {
  const { B, H, ids, z, slots, p, c0, h, c } = args;
  for (let b = 0; b < B; b++) {
    const input = rowOf(z, ids[b]!, 4 * H);
    const product = rowOf(p, slots[b]!, 4 * H);
    const past = rowOf(c0, slots[b]!, H);
    const gate = (at: number) => input[at]! + product[at]!;
    for (let j = 0; j < H; j++) {
      const next = sigmoid(gate(H + j)) * past[j]! + sigmoid(gate(j)) * Math.tanh(gate(2 * H + j));
      c[b * H + j] = next;
      h[b * H + j] = sigmoid(gate(3 * H + j)) * Math.tanh(next);
    }
  }
}

/**
 * One step of a GRU for rows of which several may extend one state, as those of a beam do.
 *
 *   r, z = sigmoid(z[ids[b]] + fed[slots[b]] + p[slots[b]])     hn = p_n[slots[b]] + biasHn
 *   n = tanh(z_n[ids[b]] + fed_n[slots[b]] + r hn)              h = (1 - z) n + z h0[slots[b]]
 *
 * @param ids     [B]    the row of z that is the input of a row
 * @param z       [V 3H] projected inputs w_ih x + bias
 * @param slots   [B]    which of the U states a row extends
 * @param p       [U 3H] wHh h0, made once for each state
 * @param fed     [U 3H] or null: more input, the same for all rows that extend a state
 * @param biasHn  [H]    or null for none
 * @param h0      [U H]
 * @param h       [B H]
 */
export function gruStep(args: Args<"gruStep">): void {
  const { B, H, ids, z: inputs, slots, p, fed, biasHn, h0, h } = args;
  for (let b = 0; b < B; b++) {
    const input = rowOf(inputs, ids[b]!, 3 * H);
    const more = fed && rowOf(fed, slots[b]!, 3 * H);
    const product = rowOf(p, slots[b]!, 3 * H);
    const given = (at: number) => input[at]! + (more ? more[at]! : 0);
    for (let j = 0; j < H; j++) {
      const r = sigmoid(given(j) + product[j]!);
      const z = sigmoid(given(H + j) + product[H + j]!);
      const n = Math.tanh(given(2 * H + j) + r * (product[2 * H + j]! + (biasHn ? biasHn[j]! : 0)));
      h[b * H + j] = (1 - z) * n + z * h0[slots[b]! * H + j]!;
    }
  }
}
