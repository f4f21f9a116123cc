/** Matrix products, embedding lookups, normalisation and dropout: operations that are one kernel call each way. */
import { checkInts, checkTokens, type Tokens, ValueError } from "../../base/index.ts";
import { sizeOf } from "../engine.ts";
import { record, type Tensor } from "../tensor.ts";

/**
 * The matrix product of a [M K] and b [K N]: [M N].
 *
 * @throws RangeError when a or b has not two axes or the inner sizes differ
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [M, K] = a.shape;
  const [inner, N] = b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || K !== inner)
    throw new ValueError(`matmul: needs [M K] and [K N], got [${a.shape.join(" ")}] and [${b.shape.join(" ")}]`);
  const [m, k, n] = [M!, K!, N!];
  const { kernels } = a.engine;
  return record({
    name: "matmul",
    inputs: [a, b],
    shapes: [[m, n]],
    forward: ([c]) => kernels.gemmNN({ M: m, N: n, K: k, accumulate: false, a: a.data, b: b.data, c: c!.array }),
    backward: ([dc], [da, db]) => {
      if (da) kernels.gemmNT({ M: m, N: k, K: n, accumulate: false, a: dc!.array, b: b.data, c: da.array });
      if (db) kernels.gemmTN({ M: k, N: n, K: m, accumulate: false, a: a.data, b: dc!.array, c: db.array });
    },
  })[0]!;
}

/**
 * w x + bias for every row: x [... I], w [O I], bias [O] or null; returns [... O].
 *
 * @throws RangeError when the sizes do not fit
 */
export function linear(x: Tensor, w: Tensor, bias: Tensor | null = null): Tensor {
  const [O, I] = w.shape;
  if (w.shape.length !== 2 || x.shape.at(-1) !== I)
    throw new ValueError(`linear: needs x [... I] and w [O I], got [${x.shape.join(" ")}] and [${w.shape.join(" ")}]`);
  if (bias && (bias.shape.length !== 1 || bias.size !== O))
    throw new ValueError(`linear: bias must be [${O}] for w [${w.shape.join(" ")}], got [${bias.shape.join(" ")}]`);
  const [N, i, o] = [sizeOf(x.shape.slice(0, -1)), I!, O!];
  const { kernels } = x.engine;
  return record({
    name: "linear",
    inputs: bias ? [x, w, bias] : [x, w],
    shapes: [[...x.shape.slice(0, -1), O!]],
    forward: ([y]) =>
      kernels.linearForward({ N, I: i, O: o, x: x.data, w: w.data, bias: bias ? bias.data : null, y: y!.array }),
    backward: ([dy], [dx, dw, dbias]) =>
      kernels.linearBackward({
        N,
        I: i,
        O: o,
        x: x.data,
        w: w.data,
        dy: dy!.array,
        dx: dx ? dx.array : null,
        dw: dw ? dw.array : null,
        dbias: dbias ? dbias.array : null,
      }),
  })[0]!;
}

/**
 * The rows of `weight` [V E] that the tokens name: [... E] for tokens of shape [...].
 *
 * @throws RangeError when an id is not from 0 to V-1
 */
export function embedding(weight: Tensor, tokens: Tokens): Tensor {
  const [V, E] = weight.shape;
  if (weight.shape.length !== 2)
    throw new ValueError(`embedding: weight must be [V E], got [${weight.shape.join(" ")}]`);
  checkTokens("embedding", "tokens", tokens);
  checkInts("embedding", "ids", tokens.ids, 0, V! - 1);
  const { kernels, recording } = weight.engine;
  // Backward reads the ids again: the caller may have filled the array anew by then.
  const ids = recording ? tokens.ids.slice() : tokens.ids;
  const [N, v, e] = [ids.length, V!, E!];
  return record({
    name: "embedding",
    inputs: [weight],
    shapes: [[...tokens.shape, E!]],
    forward: ([y]) => kernels.embeddingForward({ N, V: v, E: e, ids, w: weight.data, y: y!.array }),
    backward: ([dy], [dw]) => kernels.embeddingBackward({ N, V: v, E: e, ids, dy: dy!.array, dw: dw!.array }),
  })[0]!;
}

/** Softmax over the last axis: exp(x) / sum exp(x). */
export function softmax(x: Tensor): Tensor {
  const V = x.shape.at(-1) ?? 1;
  const N = sizeOf(x.shape.slice(0, -1));
  const { kernels } = x.engine;
  return record({
    name: "softmax",
    inputs: [x],
    shapes: [x.shape],
    forward: ([y]) => kernels.softmaxForward({ N, V, x: x.data, y: y!.array }),
    backward: ([dy], [dx], _saved, [y]) => kernels.softmaxBackward({ N, V, y: y!.data, dy: dy!.array, dx: dx!.array }),
  })[0]!;
}

/**
 * Layer normalisation over the last axis: gain (x - mean) / sqrt(variance + epsilon) + bias (Ba, Kiros & Hinton 2016,
 * arXiv:1607.06450, eq. 4).
 *
 * @param x     [... H]
 * @param gain  [H]
 * @param bias  [H]
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const H = x.shape.at(-1) ?? 1;
  if (gain.size !== H || bias.size !== H)
    throw new ValueError(
      `layerNorm: gain and bias must be [${H}] for x [${x.shape.join(" ")}], got [${gain.shape.join(" ")}] and [${bias.shape.join(" ")}]`,
    );
  const N = sizeOf(x.shape.slice(0, -1));
  const { kernels } = x.engine;
  return record({
    name: "layerNorm",
    inputs: [x, gain, bias],
    shapes: [x.shape],
    saves: [N, N],
    forward: ([y], [mean, rstd]) =>
      kernels.layerNormForward({
        N,
        H,
        epsilon,
        x: x.data,
        gain: gain.data,
        bias: bias.data,
        y: y!.array,
        mean: mean!.array,
        rstd: rstd!.array,
      }),
    backward: ([dy], [dx, dgain, dbias], [mean, rstd]) =>
      // The kernel writes all three gradients; those nobody wants go to scratch.
      x.engine.pool.borrow((lend) => {
        const [toX, toGain, toBias] = [dx ?? lend(x.size), dgain ?? lend(H), dbias ?? lend(H)];
        kernels.layerNormBackward({
          N,
          H,
          x: x.data,
          gain: gain.data,
          mean: mean!.array,
          rstd: rstd!.array,
          dy: dy!.array,
          dx: toX.array,
          dgain: toGain.array,
          dbias: toBias.array,
        });
      }),
  })[0]!;
}

/**
 * Dropout: every number is 0 with probability `rate`, and divided by 1 - rate otherwise (Srivastava 2014). The engine's
 * `random` decides which; with a rate of 0, and under `noGrad`, x is returned as it is.
 */
export function dropout(x: Tensor, rate: number): Tensor {
  if (!(rate >= 0 && rate < 1))
    throw new ValueError(`dropout: rate must be from 0 up to but not including 1, got ${rate}`);
  const { kernels, random, recording } = x.engine;
  if (rate === 0 || !recording) return x;
  const seed = random.bits() | 0;
  const N = x.size;
  return record({
    name: "dropout",
    inputs: [x],
    shapes: [x.shape],
    forward: ([y]) => kernels.dropout({ N, rate, seed, x: x.data, y: y!.array }),
    backward: ([dy], [dx]) => kernels.dropout({ N, rate, seed, x: dy!.array, y: dx!.array }),
  })[0]!;
}
