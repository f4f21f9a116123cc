import type { Args, FloatArray } from "../table.ts";
import { attendBackwardThrough, attendForwardThrough } from "./attentive.ts";
import { lstmBackward, lstmForward } from "./lstm.ts";
import { addRow } from "./matrix.ts";
import { clearBeyond, rowOf } from "./recurrent.ts";

const one = Int32Array.of(1);

/**
 * An LSTM with attention inside its step; see attentive.ts for what is fed, `lstmForward` for the cell.
 *
 * @param gates  [T B 4H]  i f g o: the input projection before, the activations after
 * @param c      [T B H]   c after every step
 */
export function attentiveLstmForward(args: Args<"attentiveLstmForward">): void {
  const { T, B, H, gates, lengths, c0, wHh, y, c, cT } = args;
  const hT = new Float64Array(H);
  attendForwardThrough(
    {
      G: 4,
      step({ row, b, isFirst, isLast }, h) {
        lstmForward({
          ...{ T: 1, B: 1, H, reverse: false, lengths: one, peepholes: null, wHh },
          gates: rowOf(gates, row, 4 * H),
          h0: h,
          c0: isFirst ? rowOf(c0, b, H) : rowOf(c, row - B, H),
          y: rowOf(y, row, H),
          c: rowOf(c, row, H),
          hT,
          cT: rowOf(cT, b, H),
        });
        if (isLast) clearBeyond(c, T, B, H, b, lengths[b]!);
      },
    },
    args,
  );
}

/** Backpropagation through time for `attentiveLstmForward`. @param gates after: the gradient of the input projection */
export function attentiveLstmBackward(args: Args<"attentiveLstmBackward">): void {
  const { B, H, gates, c0, wHh, y, c, dcT, dc0, dwHh } = args;
  const sums = new Float64Array(4 * H * H);
  const part = new Float64Array(4 * H * H);
  const zeros = new Float64Array(H);
  let dc: FloatArray = zeros;
  attendBackwardThrough(
    {
      G: 4,
      step({ row, b, isFirst, isLast }, h, dy) {
        const [dh0, dcBefore] = [new Float64Array(H), new Float64Array(H)];
        lstmBackward({
          ...{ T: 1, B: 1, H, reverse: false, lengths: one, peepholes: null, dpeepholes: null, wHh },
          gates: rowOf(gates, row, 4 * H),
          h0: h,
          c0: isFirst ? rowOf(c0, b, H) : rowOf(c, row - B, H),
          y: rowOf(y, row, H),
          c: rowOf(c, row, H),
          dy,
          dhT: zeros,
          dcT: isLast ? rowOf(dcT, b, H) : dc,
          dh0,
          dc0: dcBefore,
          dwHh: part,
        });
        addRow(part.length, 1, part, 0, sums, 0);
        dc = dcBefore;
        if (isFirst) dc0.set(dc, b * H);
        return dh0;
      },
    },
    args,
  );
  dwHh.set(sums);
}
