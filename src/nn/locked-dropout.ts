import { ValueError } from "../base/index.ts";
import { record, type Tensor } from "../tensor/index.ts";

/**
 * Dropout with one mask for all steps of a sequence (variational or locked dropout): what is dropped of a sequence stays
 * dropped to its end, so that a recurrent layer cannot average the noise away.
 *
 *   y[t] = x[t] m,   m = 0 with probability rate, else 1 / (1 - rate)
 *
 * The engine's `random` decides m; with a rate of 0, and under `noGrad`, x is returned as it is.
 *
 * @param x [T ...], the steps first
 * @throws RangeError when the rate is not from 0 up to 1 or x has no steps
 * @source Gal & Ghahramani 2016, arXiv:1512.05287; the name is that of Merity, Keskar & Socher 2018, arXiv:1708.02182
 */
export function lockedDropout(x: Tensor, rate: number): Tensor {
  if (!(rate >= 0 && rate < 1))
    throw new ValueError(`lockedDropout: rate must be from 0 up to but not including 1, got ${rate}`);
  const [T] = x.shape;
  if (T === undefined) throw new ValueError("lockedDropout: x must be [T ...], got []");
  const { kernels, pool, random, recording } = x.engine;
  if (rate === 0 || !recording || x.size === 0) return x;
  const seed = random.bits() | 0;
  const C = x.size / T;
  const steps = Math.min(T, Math.ceil(atOnce / C));
  const multiply = (from: Tensor["data"], mask: Tensor["data"], to: Tensor["data"]) => {
    for (let at = 0; at < from.length; at += mask.length) {
      const N = Math.min(mask.length, from.length - at);
      const [a, b, y] = [from.subarray(at, at + N), mask.subarray(0, N), to.subarray(at, at + N)];
      kernels.zip({ N, op: "mul", a, b, y });
    }
  };
  return record({
    name: "lockedDropout",
    inputs: [x],
    shapes: [x.shape],
    saves: [steps * C],
    forward: ([y], [mask]) =>
      pool.borrow((lend) => {
        const [ones, step] = [lend(C), lend(C)];
        ones.array.fill(1);
        kernels.dropout({ N: C, rate, seed, x: ones.array, y: step.array });
        kernels.expand({ A: 1, M: steps, C, x: step.array, y: mask!.array });
        multiply(x.data, mask!.array, y!.array);
      }),
    backward: ([dy], [dx], [mask]) => multiply(dy!.array, mask!.array, dx!.array),
  })[0]!;
}

/** Numbers that are multiplied in one call: enough for the call not to count, few enough for the mask to stay in the cache. */
const atOnce = 16_384;
