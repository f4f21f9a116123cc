import type { Args } from "../table.ts";
import { attendBackwardThrough, attendForwardThrough } from "./attentive.ts";
import { gruBackward, gruForward } from "./gru.ts";
import { addRow } from "./matrix.ts";
import { clearBeyond, rowOf } from "./recurrent.ts";

const one = Int32Array.of(1);

/**
 * A GRU with attention inside its step; see attentive.ts for what is fed, `gruForward` for the cell.
 *
 * @param gates   [T B 3H]  r z n: the input projection before, the activations after
 * @param biasHn  [H]       or null for none
 * @param hn      [T B H]   what r multiplies
 */
export function attentiveGruForward(args: Args<"attentiveGruForward">): void {
  const { T, B, H, gates, lengths, wHh, biasHn, y, hn } = args;
  const hT = new Float64Array(H);
  attendForwardThrough(
    {
      G: 3,
      step({ row, b, isLast }, h) {
        gruForward({
          ...{ T: 1, B: 1, H, reverse: false, lengths: one, wHh, biasHn, hT },
          gates: rowOf(gates, row, 3 * H),
          h0: h,
          y: rowOf(y, row, H),
          hn: rowOf(hn, row, H),
        });
        if (isLast) clearBeyond(hn, T, B, H, b, lengths[b]!);
      },
    },
    args,
  );
}

/** Backpropagation through time for `attentiveGruForward`. @param gates after: the gradient of the input projection */
export function attentiveGruBackward(args: Args<"attentiveGruBackward">): void {
  const { H, gates, wHh, y, hn, dwHh, dbiasHn } = args;
  const sums = { wHh: new Float64Array(3 * H * H), biasHn: new Float64Array(H) };
  const part = { wHh: new Float64Array(3 * H * H), biasHn: new Float64Array(H) };
  const zeros = new Float64Array(H);
  attendBackwardThrough(
    {
      G: 3,
      step({ row }, h, dy) {
        const dh0 = new Float64Array(H);
        gruBackward({
          ...{ T: 1, B: 1, H, reverse: false, lengths: one, wHh },
          gates: rowOf(gates, row, 3 * H),
          h0: h,
          y: rowOf(y, row, H),
          hn: rowOf(hn, row, H),
          dy,
          dhT: zeros,
          dh0,
          dwHh: part.wHh,
          dbiasHn: part.biasHn,
        });
        addRow(part.wHh.length, 1, part.wHh, 0, sums.wHh, 0);
        addRow(H, 1, part.biasHn, 0, sums.biasHn, 0);
        return dh0;
      },
    },
    args,
  );
  dwHh.set(sums.wHh);
  dbiasHn?.set(sums.biasHn);
}
