/** Operations that move numbers without changing them: reshape, transpose, broadcast, slice, concat, stack. */
import { ValueError } from "../../base/index.ts";
import { sizeOf } from "../engine.ts";
import { record, type Tensor } from "../tensor.ts";

/** The shape as [A M C] around one axis. */
export function around(shape: readonly number[], axis: number): { A: number; M: number; C: number } {
  return { A: sizeOf(shape.slice(0, axis)), M: shape[axis]!, C: sizeOf(shape.slice(axis + 1)) };
}

/** The axis as a whole number from 0; negative axes count from the end. */
export function axisOf(name: string, x: Tensor, axis: number): number {
  const rank = x.shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ValueError(`${name}: axis must be from ${-rank} to ${rank - 1} for [${x.shape.join(" ")}], got ${axis}`);
  return axis < 0 ? axis + rank : axis;
}

/** The same numbers in another shape; one size may be -1 and is then worked out. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const known = sizeOf(shape.filter((n) => n !== -1));
  const to = shape.map((n) => (n === -1 ? x.size / known : n));
  if (shape.filter((n) => n === -1).length > 1 || !to.every(Number.isInteger) || sizeOf(to) !== x.size)
    throw new ValueError(`reshape: cannot read [${x.shape.join(" ")}] as [${shape.join(" ")}]`);
  return record({
    name: "reshape",
    inputs: [x],
    shapes: [to],
    forward: ([y]) => y!.array.set(x.data),
    backward: ([dy], [dx]) => dx!.array.set(dy!.array),
  })[0]!;
}

/** Swaps two axes, by default the last two. */
export function transpose(x: Tensor, first = -2, second = -1): Tensor {
  const [i, j] = [axisOf("transpose", x, first), axisOf("transpose", x, second)].sort((a, b) => a - b) as [
    number,
    number,
  ];
  if (i === j) return x;
  // Axes that are not neighbours: bring j next to i, swap, and bring it back.
  if (j - i > 1) return transpose(transpose(transpose(x, j - 1, j), i, j - 1), j - 1, j);
  const A = sizeOf(x.shape.slice(0, i));
  const M = x.shape[i]!;
  const N = x.shape[j]!;
  const C = sizeOf(x.shape.slice(j + 1));
  const shape = x.shape.with(i, N).with(j, M);
  const { kernels } = x.engine;
  return record({
    name: "transpose",
    inputs: [x],
    shapes: [shape],
    forward: ([y]) => kernels.transpose({ A, M, N, C, x: x.data, y: y!.array }),
    backward: ([dy], [dx]) => kernels.transpose({ A, M: N, N: M, C, x: dy!.array, y: dx!.array }),
  })[0]!;
}

/**
 * x repeated along axes of size 1 and new leading axes until it has `shape`.
 *
 * @throws RangeError when a size is neither 1 nor that of `shape`
 */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  const missing = shape.length - x.shape.length;
  if (missing < 0 || x.shape.some((n, i) => n !== 1 && n !== shape[missing + i]))
    throw new ValueError(`broadcastTo: cannot repeat [${x.shape.join(" ")}] into [${shape.join(" ")}]`);
  let result = x;
  for (let axis = 0; axis < shape.length; axis++) {
    const isNew = axis < missing;
    if (!isNew && result.shape[axis] === shape[axis]) continue;
    const after = result.shape.slice(isNew ? axis : axis + 1);
    result = expand(result, result.shape.slice(0, axis), shape[axis]!, after);
  }
  return result;
}

function expand(x: Tensor, before: readonly number[], M: number, after: readonly number[]): Tensor {
  const A = sizeOf(before);
  const C = sizeOf(after);
  const { kernels } = x.engine;
  return record({
    name: "broadcastTo",
    inputs: [x],
    shapes: [[...before, M, ...after]],
    forward: ([y]) => kernels.expand({ A, M, C, x: x.data, y: y!.array }),
    backward: ([dy], [dx]) => kernels.sum({ A, M, C, x: dy!.array, y: dx!.array }),
  })[0]!;
}

/** The part of x from `start` up to but not including `end` along an axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const i = axisOf("slice", x, axis);
  const { A: R, M, C: inner } = around(x.shape, i);
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > M)
    throw new ValueError(`slice: needs 0 <= start <= end <= ${M}, got ${start} to ${end}`);
  const [X, C, at] = [M * inner, (end - start) * inner, start * inner];
  const { kernels } = x.engine;
  return record({
    name: "slice",
    inputs: [x],
    shapes: [x.shape.with(i, end - start)],
    forward: ([y]) => kernels.take({ R, X, C, at, x: x.data, y: y!.array }),
    backward: ([dy], [dx]) => {
      dx!.array.fill(0);
      kernels.place({ R, X, C, at, x: dy!.array, y: dx!.array });
    },
  })[0]!;
}

/** The tensors one after another along an axis, by default the last; their other sizes must agree. */
export function concat(xs: readonly Tensor[], axis = -1): Tensor {
  const first = xs[0];
  if (!first) throw new ValueError("concat: needs at least one tensor");
  const i = axisOf("concat", first, axis);
  for (const x of xs)
    if (x.shape.length !== first.shape.length || x.shape.some((n, k) => k !== i && n !== first.shape[k]))
      throw new ValueError(
        `concat: shapes must agree but for axis ${i}, got [${first.shape.join(" ")}] and [${x.shape.join(" ")}]`,
      );
  const { A: R, C: inner } = around(first.shape, i);
  const M = xs.reduce((sum, x) => sum + x.shape[i]!, 0);
  const X = M * inner;
  let at = 0;
  const parts = xs.map((x) => {
    const part = { C: x.shape[i]! * inner, at };
    at += part.C;
    return part;
  });
  const { kernels } = first.engine;
  return record({
    name: "concat",
    inputs: xs,
    shapes: [first.shape.with(i, M)],
    forward: ([y]) => {
      for (const [k, { C, at }] of parts.entries()) kernels.place({ R, X, C, at, x: xs[k]!.data, y: y!.array });
    },
    backward: ([dy], dxs) => {
      for (const [k, { C, at }] of parts.entries()) {
        const dx = dxs[k];
        if (dx) kernels.take({ R, X, C, at, x: dy!.array, y: dx.array });
      }
    },
  })[0]!;
}

/**
 * x in `count` parts of one size along an axis, by default the last: the gates of a stacked weight, say.
 *
 * @throws RangeError when `count` does not divide the axis
 */
export function split(x: Tensor, count: number, axis = -1): Tensor[] {
  const i = axisOf("split", x, axis);
  const { A: R, M, C: inner } = around(x.shape, i);
  if (!Number.isInteger(count) || count < 1 || M % count !== 0)
    throw new ValueError(`split: count must divide axis ${i} of [${x.shape.join(" ")}], got ${count}`);
  const C = (M / count) * inner;
  const X = M * inner;
  const { kernels } = x.engine;
  return record({
    name: "split",
    inputs: [x],
    shapes: Array.from({ length: count }, () => x.shape.with(i, M / count)),
    forward: (ys) => {
      for (const [k, y] of ys.entries()) kernels.take({ R, X, C, at: k * C, x: x.data, y: y.array });
    },
    backward: (dys, [dx]) => {
      if (dys.includes(null)) dx!.array.fill(0);
      for (const [k, dy] of dys.entries()) if (dy) kernels.place({ R, X, C, at: k * C, x: dy.array, y: dx!.array });
    },
  });
}

/** Tensors of one shape as rows of a new first axis. */
export function stack(xs: readonly Tensor[]): Tensor {
  const first = xs[0];
  if (!first) throw new ValueError("stack: needs at least one tensor");
  const size = first.size;
  for (const x of xs)
    if (x.shape.length !== first.shape.length || x.shape.some((n, k) => n !== first.shape[k]))
      throw new ValueError(`stack: shapes must agree, got [${first.shape.join(" ")}] and [${x.shape.join(" ")}]`);
  return record({
    name: "stack",
    inputs: xs,
    shapes: [[xs.length, ...first.shape]],
    forward: ([y]) => {
      for (const [k, x] of xs.entries()) y!.array.set(x.data, k * size);
    },
    backward: ([dy], dxs) => {
      for (const [k, dx] of dxs.entries()) dx?.array.set(dy!.array.subarray(k * size, (k + 1) * size));
    },
  })[0]!;
}

/** The parts of x along its first axis, without that axis: the steps of a [T B ...] sequence. */
export function unstack(x: Tensor): Tensor[] {
  const [count = 0, ...rest] = x.shape;
  const size = sizeOf(rest);
  return record({
    name: "unstack",
    inputs: [x],
    shapes: Array.from({ length: count }, () => rest),
    forward: (ys) => {
      for (const [k, y] of ys.entries()) y.array.set(x.data.subarray(k * size, (k + 1) * size));
    },
    backward: (dys, [dx]) => {
      for (const [k, dy] of dys.entries()) {
        const part = dx!.array.subarray(k * size, (k + 1) * size);
        if (dy) part.set(dy.array);
        else part.fill(0);
      }
    },
  });
}
