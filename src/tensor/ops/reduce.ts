/** Sums, means and maxima, over one axis or over all numbers. */
import { ValueError } from "../../base/index.ts";
import { record, type Tensor } from "../tensor.ts";
import { scale } from "./elementwise.ts";
import { around, axisOf } from "./layout.ts";

/** The sum over an axis, which disappears; without an axis the sum of all numbers, shape []. */
export function sum(x: Tensor, axis?: number): Tensor {
  const i = axis === undefined ? undefined : axisOf("sum", x, axis);
  const { A, M, C } = i === undefined ? { A: 1, M: x.size, C: 1 } : around(x.shape, i);
  const { kernels } = x.engine;
  return record({
    name: "sum",
    inputs: [x],
    shapes: [i === undefined ? [] : x.shape.toSpliced(i, 1)],
    forward: ([y]) => kernels.sum({ A, M, C, x: x.data, y: y!.array }),
    backward: ([dy], [dx]) => kernels.expand({ A, M, C, x: dy!.array, y: dx!.array }),
  })[0]!;
}

/** The mean over an axis, which disappears; without an axis the mean of all numbers, shape []. */
export function mean(x: Tensor, axis?: number): Tensor {
  const count = axis === undefined ? x.size : x.shape[axisOf("mean", x, axis)]!;
  if (count === 0) throw new ValueError(`mean: needs at least one number, got [${x.shape.join(" ")}]`);
  return scale(sum(x, axis), 1 / count);
}

/** The greatest number along an axis, which disappears; the gradient goes to the first of equals. */
export function max(x: Tensor, axis = -1): Tensor {
  const i = axisOf("max", x, axis);
  const { A, M, C } = around(x.shape, i);
  if (M === 0) throw new ValueError(`max: axis ${i} of [${x.shape.join(" ")}] is empty`);
  const index = new Int32Array(A * C);
  const { kernels } = x.engine;
  return record({
    name: "max",
    inputs: [x],
    shapes: [x.shape.toSpliced(i, 1)],
    forward: ([y]) => kernels.max({ A, M, C, x: x.data, y: y!.array, index }),
    backward: ([dy], [dx]) => {
      const from = dy!.array;
      const to = dx!.array.fill(0);
      for (let a = 0; a < A; a++)
        for (let c = 0; c < C; c++) to[(a * M + index[a * C + c]!) * C + c] = from[a * C + c]!;
    },
  })[0]!;
}

/** Where the greatest number along an axis is: ids without gradient, the first of equals. */
export function argmax(x: Tensor, axis = -1): Int32Array {
  const i = axisOf("argmax", x, axis);
  const { A, M, C } = around(x.shape, i);
  if (M === 0) throw new ValueError(`argmax: axis ${i} of [${x.shape.join(" ")}] is empty`);
  const index = new Int32Array(A * C);
  x.engine.kernels.max({ A, M, C, x: x.data, y: x.engine.array(A * C), index });
  return index;
}
