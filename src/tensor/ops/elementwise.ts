/** Operations on every element: arithmetic with broadcasting, and functions of one number. */
import { ValueError } from "../../base/index.ts";
import type { maps, zips } from "../../kernels/index.ts";
import { record, type Tensor } from "../tensor.ts";
import { broadcastTo } from "./layout.ts";

type Map = (typeof maps)[number];
type Zip = (typeof zips)[number];

/** a + b, elementwise; shapes are broadcast as in NumPy, and one side may be a number. */
export function add(a: Tensor, b: Tensor | number): Tensor;
export function add(a: number, b: Tensor): Tensor;
export function add(a: Tensor | number, b: Tensor | number): Tensor {
  if (typeof a === "number") return typeof b === "number" ? numbersOnly("add") : scale(b, 1, a);
  return typeof b === "number" ? scale(a, 1, b) : zip("add", a, b);
}

/** a - b, elementwise; shapes are broadcast as in NumPy, and one side may be a number. */
export function sub(a: Tensor, b: Tensor | number): Tensor;
export function sub(a: number, b: Tensor): Tensor;
export function sub(a: Tensor | number, b: Tensor | number): Tensor {
  if (typeof a === "number") return typeof b === "number" ? numbersOnly("sub") : scale(b, -1, a);
  return typeof b === "number" ? scale(a, 1, -b) : zip("sub", a, b);
}

/** a times b, elementwise; shapes are broadcast as in NumPy, and one side may be a number. */
export function mul(a: Tensor, b: Tensor | number): Tensor;
export function mul(a: number, b: Tensor): Tensor;
export function mul(a: Tensor | number, b: Tensor | number): Tensor {
  if (typeof a === "number") return typeof b === "number" ? numbersOnly("mul") : scale(b, a);
  return typeof b === "number" ? scale(a, b) : zip("mul", a, b);
}

/** a / b, elementwise; shapes are broadcast as in NumPy, and one side may be a number. */
export function div(a: Tensor, b: Tensor | number): Tensor;
export function div(a: number, b: Tensor): Tensor;
export function div(a: Tensor | number, b: Tensor | number): Tensor {
  if (typeof a === "number") {
    if (typeof b === "number") return numbersOnly("div");
    const { engine, size, shape } = b;
    return zip("div", engine.tensor(engine.array(size).fill(a), shape), b);
  }
  return typeof b === "number" ? scale(a, 1 / b) : zip("div", a, b);
}

function numbersOnly(name: string): never {
  throw new ValueError(`${name}: one side must be a tensor, got two numbers`);
}

/** by x + plus, elementwise. */
export function scale(x: Tensor, by: number, plus = 0): Tensor {
  const N = x.size;
  const { kernels } = x.engine;
  return record({
    name: "scale",
    inputs: [x],
    shapes: [x.shape],
    forward: ([y]) => kernels.scale({ N, by, plus, x: x.data, y: y!.array }),
    backward: ([dy], [dx]) => kernels.scale({ N, by, plus: 0, x: dy!.array, y: dx!.array }),
  })[0]!;
}

function zip(op: Zip, left: Tensor, right: Tensor): Tensor {
  const shape = broadcastShape(op, left.shape, right.shape);
  const a = broadcastTo(left, shape);
  const b = broadcastTo(right, shape);
  const N = a.size;
  const { kernels, pool } = a.engine;
  return record({
    name: op,
    inputs: [a, b],
    shapes: [shape],
    forward: ([y]) => kernels.zip({ N, op, a: a.data, b: b.data, y: y!.array }),
    backward: ([dy], [da, db], _saved, [y]) => {
      const apply = (by: Zip, x: Store, z: Store, out: Store) =>
        kernels.zip({ N, op: by, a: x.array, b: z.array, y: out.array });
      const copy = (by: number, out: Store) => kernels.scale({ N, by, plus: 0, x: dy!.array, y: out.array });
      if (op === "add" || op === "sub") {
        if (da) copy(1, da);
        if (db) copy(op === "add" ? 1 : -1, db);
      } else if (op === "mul") {
        if (da) apply("mul", dy!, stored(b), da);
        if (db) apply("mul", dy!, stored(a), db);
      } else {
        // y = a / b: da = dy / b, db = -dy y / b
        if (da) apply("div", dy!, stored(b), da);
        if (db)
          pool.borrow((lend) => {
            const minus = lend(N);
            const quotient = lend(N);
            copy(-1, minus);
            apply("div", stored(y!), stored(b), quotient);
            apply("mul", minus, quotient, db);
          });
      }
    },
  })[0]!;
}

type Store = { readonly array: Tensor["data"] };
const stored = (tensor: Tensor): Store => ({
  get array() {
    return tensor.data;
  },
});

function broadcastShape(name: string, a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === b.length && a.every((n, i) => n === b[i])) return a;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[a.length - rank + i] ?? 1;
    const n = b[b.length - rank + i] ?? 1;
    if (m !== n && m !== 1 && n !== 1)
      throw new ValueError(
        `${name}: shapes must agree or be broadcast (1 against any size), got [${a.join(" ")}] and [${b.join(" ")}]`,
      );
    return m === 1 ? n : m;
  });
}

function map(op: Map, x: Tensor): Tensor {
  const N = x.size;
  const { kernels } = x.engine;
  return record({
    name: op,
    inputs: [x],
    shapes: [x.shape],
    forward: ([y]) => kernels.map({ N, op, x: x.data, y: y!.array }),
    backward: ([dy], [dx], _saved, [y]) =>
      kernels.mapBackward({ N, op, x: x.data, y: y!.data, dy: dy!.array, dx: dx!.array }),
  })[0]!;
}

/** The hyperbolic tangent of every element. */
export const tanh = (x: Tensor): Tensor => map("tanh", x);
/** 1 / (1 + exp(-x)) of every element. */
export const sigmoid = (x: Tensor): Tensor => map("sigmoid", x);
/** max(x, 0) of every element; the gradient at 0 is 0. */
export const relu = (x: Tensor): Tensor => map("relu", x);
/** e to the power of every element. */
export const exp = (x: Tensor): Tensor => map("exp", x);
/** The natural logarithm of every element. */
export const log = (x: Tensor): Tensor => map("log", x);
/** The square root of every element. */
export const sqrt = (x: Tensor): Tensor => map("sqrt", x);
/** The square of every element. */
export const square = (x: Tensor): Tensor => map("square", x);
/** Minus every element. */
export const neg = (x: Tensor): Tensor => map("neg", x);
/** The absolute value of every element; the gradient at 0 is 0. */
export const abs = (x: Tensor): Tensor => map("abs", x);
