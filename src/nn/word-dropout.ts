import { record, type Tensor } from "../tensor/index.ts";

/**
 * Dropout of whole words: a dropped word is 0 wherever it stands in the batch, the others grow by 1 / (1 - rate).
 *
 *   y[n] = x[n] m[word of row n],   m = 0 with probability rate, else 1 / (1 - rate)
 *
 * The engine's `random` decides m; with a rate of 0, and under `noGrad`, x is returned as it is.
 *
 * @param x     [... E] a row for each word: the rows of `ids`, or without them the whole table [V E]
 * @param rate  from 0 up to but not including 1
 * @param ids   the words that the rows are of, with V, how many words there are
 * @source Gal & Ghahramani 2016, arXiv:1512.05287, section 4.2; as Merity, Keskar & Socher 2018, arXiv:1708.02182
 */
export function wordDropout(
  x: Tensor,
  rate: number,
  words: { readonly ids: Int32Array; readonly V: number } | null = null,
): Tensor {
  const { kernels, pool, random, recording } = x.engine;
  if (rate === 0 || !recording || x.size === 0) return x;
  const seed = random.bits() | 0;
  const E = x.shape.at(-1)!;
  const N = x.size / E;
  const rows = Math.min(N, Math.ceil(atOnce / E));
  const multiply = (from: Tensor["data"], mask: Tensor["data"], to: Tensor["data"], wide: Tensor["data"]) => {
    for (let n = 0; n < N; n += rows) {
      const A = Math.min(rows, N - n);
      const [begin, end] = [n * E, (n + A) * E];
      const factors = wide.subarray(0, A * E);
      kernels.expand({ A, M: E, C: 1, x: mask.subarray(n, n + A), y: factors });
      kernels.zip({ N: A * E, op: "mul", a: from.subarray(begin, end), b: factors, y: to.subarray(begin, end) });
    }
  };
  return record({
    name: "wordDropout",
    inputs: [x],
    shapes: [x.shape],
    saves: [N],
    forward: ([y], [mask]) =>
      pool.borrow((lend) => {
        const V = words?.V ?? N;
        const [ones, drawn, wide] = [lend(V), lend(V), lend(rows * E)];
        ones.array.fill(1);
        kernels.dropout({ N: V, rate, seed, x: ones.array, y: drawn.array });
        const [to, from] = [mask!.array, drawn.array];
        if (words) for (let n = 0; n < N; n++) to[n] = from[words.ids[n]!]!;
        else to.set(from);
        multiply(x.data, mask!.array, y!.array, wide.array);
      }),
    backward: ([dy], [dx], [mask]) =>
      pool.borrow((lend) => {
        const wide = lend(rows * E);
        multiply(dy!.array, mask!.array, dx!.array, wide.array);
      }),
  })[0]!;
}

/** Numbers that are multiplied in one call: enough for the call not to count, few enough for their factors to stay in the cache. */
const atOnce = 16_384;
