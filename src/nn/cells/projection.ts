/** The input half of a recurrent layer, inside the layer's own operation, so that its result is never copied. */
import type { Store, Tensor } from "../../tensor/index.ts";
import type { Lookup } from "../embedding.ts";

/** wIh x + bias for all steps of a batch, and its gradients. */
export interface Projection {
  readonly T: number;
  readonly B: number;
  /** The source, wIh and bias: the first three inputs of the operation. */
  readonly inputs: readonly [Tensor, Tensor, Tensor];
  /** Writes the projection, [T B G.H]. */
  forward(z: Store): void;
  /** Writes those of the first three gradients that are not null, from the gradient of the projection. */
  backward(dz: Store, dInputs: readonly (Store | null)[]): void;
}

/**
 * The projection of a source.
 *
 * Of tokens with their table every row of the table is projected once, and the projected rows are gathered: the same
 * numbers as gathering first, with V instead of T B rows to multiply. Its gradient goes the same way back. Of a table
 * that was projected before, rows are only gathered; that has no gradient.
 *
 * @param wIh   [G.H I]
 * @param bias  [G.H]
 */
export function project(source: Tensor | Lookup, wIh: Tensor, bias: Tensor): Projection {
  const [O, I] = wIh.shape as [number, number];
  const { kernels, pool } = wIh.engine;
  const linearForward = (N: number, x: Tensor, y: Store) =>
    kernels.linearForward({ N, I, O, x: x.data, w: wIh.data, bias: bias.data, y: y.array });
  const linearBackward = (N: number, x: Tensor, dy: Store, [dx, dw, dbias]: readonly (Store | null)[]) => {
    if (!dx && !dw && !dbias) return;
    kernels.linearBackward({
      N,
      I,
      O,
      x: x.data,
      w: wIh.data,
      dy: dy.array,
      dx: dx ? dx.array : null,
      dw: dw ? dw.array : null,
      dbias: dbias ? dbias.array : null,
    });
  };

  if (!("tokens" in source)) {
    const [T, B] = source.shape as [number, number];
    return {
      T,
      B,
      inputs: [source, wIh, bias],
      forward: (z) => linearForward(T * B, source, z),
      backward: (dz, dInputs) => linearBackward(T * B, source, dz, dInputs),
    };
  }
  const { weight, tokens, projected } = source;
  const { ids } = tokens;
  const [T, B] = tokens.shape as [number, number];
  const [V] = weight.shape as [number, number];
  const N = ids.length;
  const prepared = projected?.get(wIh);
  if (prepared)
    return {
      T,
      B,
      inputs: [weight, wIh, bias],
      forward: (z) => kernels.embeddingForward({ N, V, E: O, ids, w: prepared.data, y: z.array }),
      backward: () => {
        throw new Error("a prepared table was recorded");
      },
    };
  return {
    T,
    B,
    inputs: [weight, wIh, bias],
    forward: (z) =>
      pool.borrow((lend) => {
        const table = lend(V * O);
        linearForward(V, weight, table);
        kernels.embeddingForward({ N, V, E: O, ids, w: table.array, y: z.array });
      }),
    backward: (dz, dInputs) =>
      pool.borrow((lend) => {
        const dTable = lend(V * O);
        kernels.embeddingBackward({ N, V, E: O, ids, dy: dz.array, dw: dTable.array });
        linearBackward(V, weight, dTable, dInputs);
      }),
  };
}
