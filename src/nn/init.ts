/**
 * Initial weights: functions from a seeded generator and a shape [out in] to numbers.
 *
 * A weight that stacks the matrices of several gates is filled one gate at a time, so that fan-in and fan-out are
 * those of a gate.
 */
import { type Random, ValueError } from "../base/index.ts";

/** Makes the initial numbers of a weight, row-major. The same generator state gives the same numbers. */
export type Initialiser = (random: Random, shape: readonly number[]) => Float64Array;

/** All zeros. */
export const zeros: Initialiser = (_random, shape) => new Float64Array(count(shape));

/** All the same number. */
export function constant(value: number): Initialiser {
  return (_random, shape) => new Float64Array(count(shape)).fill(value);
}

/** Evenly spread from -bound to bound. */
export function uniform(bound: number): Initialiser {
  return (random, shape) => fill(shape, () => bound * (2 * random.uniform() - 1));
}

/** Normal with mean 0 and the given standard deviation. */
export function normal(deviation = 1): Initialiser {
  return (random, shape) => fill(shape, () => deviation * random.normal());
}

/**
 * Uniform with variance 2 / (fan-in + fan-out), which keeps the size of signals and gradients through tanh layers.
 *
 * @throws RangeError when the shape has fewer than two axes
 * @source Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", eq. 16
 */
export const xavierUniform: Initialiser = (random, shape) => {
  const { fanIn, fanOut } = fans("xavierUniform", shape);
  return uniform(Math.sqrt(6 / (fanIn + fanOut)))(random, shape);
};

/** Normal with variance 2 / (fan-in + fan-out); see `xavierUniform`. */
export const xavierNormal: Initialiser = (random, shape) => {
  const { fanIn, fanOut } = fans("xavierNormal", shape);
  return normal(Math.sqrt(2 / (fanIn + fanOut)))(random, shape);
};

/**
 * Uniform with variance 2 / fan-in, which keeps the size of signals through ReLU layers.
 *
 * @throws RangeError when the shape has fewer than two axes
 * @source He, Zhang, Ren & Sun 2015, arXiv:1502.01852, eq. 10
 */
export const heUniform: Initialiser = (random, shape) =>
  uniform(Math.sqrt(6 / fans("heUniform", shape).fanIn))(random, shape);

/** Normal with variance 2 / fan-in; see `heUniform`. */
export const heNormal: Initialiser = (random, shape) =>
  normal(Math.sqrt(2 / fans("heNormal", shape).fanIn))(random, shape);

/**
 * A random matrix with orthonormal rows, or columns where there are more rows than columns: it keeps the length of
 * what passes through.
 *
 * @throws RangeError when the shape has not two axes
 * @source Saxe, McClelland & Ganguli 2014, arXiv:1312.6120, section 3
 */
export const orthogonal: Initialiser = (random, shape) => {
  const [rows, columns] = matrix("orthogonal", shape);
  const wide = rows <= columns;
  const [count, length] = wide ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal());
    // Twice, because one pass of Gram-Schmidt loses orthogonality to rounding.
    for (let pass = 0; pass < 2; pass++)
      for (const other of vectors) {
        const along = dot(vector, other);
        for (let i = 0; i < length; i++) vector[i]! -= along * other[i]!;
      }
    const norm = Math.sqrt(dot(vector, vector));
    if (norm < 1e-6) continue;
    vectors.push(vector.map((x) => x / norm));
  }
  const values = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) values[r * columns + c] = wide ? vectors[r]![c]! : vectors[c]![r]!;
  return values;
};

/**
 * Ones on the diagonal: as recurrent weight of a ReLU RNN it carries the state on unchanged.
 *
 * @throws RangeError when the shape has not two axes
 * @source Le, Jaitly & Hinton 2015, arXiv:1504.00941
 */
export const identity: Initialiser = (_random, shape) => {
  const [rows, columns] = matrix("identity", shape);
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = 1;
  return values;
};

function count(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function fill(shape: readonly number[], draw: () => number): Float64Array {
  return Float64Array.from({ length: count(shape) }, draw);
}

function fans(name: string, shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2)
    throw new ValueError(`${name}: needs a shape of two axes or more [out in], got [${shape.join(" ")}]`);
  return { fanIn: count(shape.slice(1)), fanOut: shape[0]! * count(shape.slice(2)) };
}

function matrix(name: string, shape: readonly number[]): [rows: number, columns: number] {
  if (shape.length !== 2) throw new ValueError(`${name}: needs a shape of two axes, got [${shape.join(" ")}]`);
  return [shape[0]!, shape[1]!];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
