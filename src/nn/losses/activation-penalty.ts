import { z } from "zod";
import { checkInts, readOptions, ValueError } from "../../base/index.ts";
import { record, type Tensor } from "../../tensor/index.ts";

const schema = z.strictObject({
  size: z.number().min(0).default(0).describe("weight of the squared activations (AR)"),
  change: z.number().min(0).default(0).describe("weight of their squared change from step to step (TAR)"),
});

/** Options of `activationPenalty`. */
export type ActivationPenaltyOptions = z.input<typeof schema>;

/**
 * A penalty on activations that are large or change quickly, to be added to a loss.
 *
 *   size mean(y[t]²) + change mean((y[t+1] - y[t])²)
 *
 * Each mean is over the real steps, or pairs of steps, of all sequences and all H numbers; without any pair it is 0.
 *
 * @param y        [T B H]  0 beyond the lengths, as `Recurrent` gives it
 * @param lengths  [B]      real steps of each sequence, 1..T
 * @returns a tensor of one number
 * @throws RangeError when the sizes do not fit
 * @source Merity, McCann & Socher 2017, arXiv:1708.01009
 */
export function activationPenalty(y: Tensor, lengths: Int32Array, options: ActivationPenaltyOptions): Tensor {
  const { size, change } = readOptions("activationPenalty", schema, options);
  const [T, B, H] = y.shape as [number, number, number];
  if (y.shape.length !== 3 || lengths.length !== B)
    throw new ValueError(
      `activationPenalty: needs y [T B H] and lengths [B], got [${y.shape.join(" ")}] and [${lengths.length}]`,
    );
  checkInts("activationPenalty", "lengths", lengths, 1, T);
  const C = B * H;
  const steps = lengths.reduce((sum, length) => sum + length, 0);
  const pairs = steps - B;
  const ends = lengths.slice();
  const [bySize, byChange] = [size / (steps * H), pairs > 0 ? change / (pairs * H) : 0];
  const { kernels, pool } = y.engine;
  const M = (T - 1) * C;

  /** y[t+1] - y[t] of all real pairs of steps, 0 elsewhere. */
  const differences = (to: Tensor["data"]) => {
    const { data } = y;
    kernels.zip({ N: M, op: "sub", a: data.subarray(C), b: data.subarray(0, M), y: to });
    for (const [b, end] of ends.entries())
      for (let t = end - 1; t < T - 1; t++) to.fill(0, t * C + b * H, t * C + (b + 1) * H);
  };
  const squares = (x: Tensor["data"], sum: Tensor["data"]) => {
    kernels.sumSquares({ N: x.length, x, y: sum });
    return sum[0]!;
  };
  return record({
    name: "activationPenalty",
    inputs: [y],
    shapes: [[]],
    forward: ([penalty]) =>
      pool.borrow((lend) => {
        const [sum, change] = [lend(1), lend(byChange > 0 ? M : 0)];
        let total = bySize > 0 ? bySize * squares(y.data, sum.array) : 0;
        if (byChange > 0) {
          differences(change.array);
          total += byChange * squares(change.array, sum.array);
        }
        penalty!.array[0] = total;
      }),
    backward: ([dPenalty], [dy]) =>
      pool.borrow((lend) => {
        const change = lend(byChange > 0 ? M : 0);
        const by = 2 * dPenalty!.array[0]!;
        const [to, from] = [dy!.array, y.data];
        kernels.scale({ N: to.length, by: by * bySize, plus: 0, x: from, y: to });
        if (byChange === 0) return;
        differences(change.array);
        const d = change.array;
        kernels.accumulate({ N: M, by: by * byChange, x: d, y: to.subarray(C) });
        kernels.accumulate({ N: M, by: -by * byChange, x: d, y: to.subarray(0, M) });
      }),
  })[0]!;
}
