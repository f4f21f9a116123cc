/** Echo state networks: a recurrent layer that is never trained, and a readout that is fitted in one solve. */
import { z } from "zod";
import { Random, readOptions, show, ValueError } from "../base/index.ts";
import { size } from "./options.ts";
import { Ridge } from "./ridge.ts";
import { spectralRadius } from "./spectral-radius.ts";

const schema = z.strictObject({
  inputSize: size.describe("numbers of each step"),
  outputSize: size.describe("numbers out"),
  units: size.default(200).describe("units of the reservoir"),
  spectralRadius: z.number().min(0).default(0.9).describe("greatest absolute eigenvalue of the recurrent weights"),
  density: z.number().gt(0).max(1).default(0.1).describe("share of recurrent weights that are not 0"),
  leak: z.number().gt(0).max(1).default(1).describe("how much of the state is new at each step"),
  inputScale: z.number().min(0).default(1).describe("greatest weight of inputs and biases"),
  ridge: z.number().min(0).default(1e-8).describe("penalty on large weights of the readout"),
  seed: z.int().min(0).default(1).describe("decides the weights of the reservoir"),
});

/** Options of `EchoState`. */
export type EchoStateOptions = z.input<typeof schema>;

/**
 * An echo state network.
 *
 *   h' = (1 - leak) h + leak tanh(wIn [1; x] + w h)     y = wOut [1; x; h]
 *
 * wIn and w are drawn once and stay: w is sparse and scaled to the spectral radius asked for (to about 1e-5). wOut is fitted
 * by ridge regression, without gradients. All in float64 on any machine, so a seed gives the same network everywhere.
 *
 *     const network = new EchoState({ inputSize: 1, outputSize: 1, units: 300 });
 *     network.observe(inputs, targets);
 *     network.fit();
 *     network.predict(others);
 *
 * @source Jaeger 2001, "The echo state approach to analysing and training recurrent neural networks", GMD report 148;
 *   Lukoševičius 2012, "A practical guide to applying echo state networks"
 */
export class EchoState {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly units: number;
  /** The readout [outputSize, 1 + inputSize + units], once it is fitted. */
  weights: Float64Array | null = null;
  readonly #leak: number;
  readonly #ridge: number;
  /** [units, 1 + inputSize] */
  readonly #in: Float64Array;
  readonly #recurrent: Sparse;
  readonly #sums: Ridge;

  /** @throws RangeError or TypeError for an option that cannot be, or where chance has left the reservoir without a loop */
  constructor(options: EchoStateOptions) {
    const read = readOptions("EchoState", schema, options);
    const { inputSize, outputSize, units, inputScale, density } = read;
    const random = new Random(read.seed);
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.units = units;
    this.#leak = read.leak;
    this.#ridge = read.ridge;
    const even = () => 2 * random.uniform() - 1;
    this.#in = Float64Array.from({ length: units * (1 + inputSize) }, () => inputScale * even());
    const w = Float64Array.from({ length: units * units }, () => (random.uniform() < density ? even() : 0));
    const radius = spectralRadius(w, units);
    if (radius === 0 && read.spectralRadius > 0)
      throw new ValueError(
        `EchoState: density ${density} left the ${units} units without a loop; give a greater density or more units`,
      );
    const by = radius === 0 ? 0 : read.spectralRadius / radius;
    this.#recurrent = sparse(
      w.map((value) => by * value),
      units,
    );
    this.#sums = new Ridge(1 + inputSize + units, outputSize);
  }

  /** The recurrent weights, [units units]. */
  get recurrentWeights(): Float64Array {
    const { starts, columns, values } = this.#recurrent;
    const dense = new Float64Array(this.units * this.units);
    for (let i = 0; i < this.units; i++)
      for (let k = starts[i]!; k < starts[i + 1]!; k++) dense[i * this.units + columns[k]!] = values[k]!;
    return dense;
  }

  /**
   * Takes a sequence into the sums that `fit` solves. Any number may follow one another; only the sums are kept.
   *
   * @param inputs   [T inputSize]
   * @param targets  [A outputSize], of the last A steps: the steps before only bring the reservoir into swing
   * @throws RangeError when the sizes do not fit or a number is not finite; then nothing of it is kept
   */
  observe(inputs: ArrayLike<number>, targets: ArrayLike<number>): void {
    const steps = this.#stepsOf("observe", inputs);
    const { outputSize } = this;
    const asked = targets.length / outputSize;
    if (!Number.isInteger(asked) || asked > steps)
      throw new ValueError(
        `EchoState: targets must be [A ${outputSize}] with A at most ${steps} steps, got ${targets.length} numbers`,
      );
    checkFinite("targets", targets);
    const y = new Float64Array(outputSize);
    this.#run(inputs, steps, (row, t) => {
      const at = t - (steps - asked);
      if (at < 0) return;
      for (let o = 0; o < outputSize; o++) y[o] = targets[at * outputSize + o]!;
      this.#sums.add(row, y);
    });
  }

  /** Fits the readout to all that was observed. @throws RangeError when that leaves it open */
  fit(): void {
    this.weights = this.#sums.solve(this.#ridge);
  }

  /**
   * What it says at the last `count` steps of a sequence, by default at all: [count outputSize].
   *
   * @param inputs [T inputSize]
   * @param count  0..T
   * @throws RangeError before `fit`, when the sizes do not fit, or an input is not finite
   */
  predict(inputs: ArrayLike<number>, count = inputs.length / this.inputSize): Float64Array {
    const { weights, outputSize } = this;
    if (!weights) throw new ValueError("EchoState: predict needs a fitted readout; call observe and fit first");
    const steps = this.#stepsOf("predict", inputs);
    if (!Number.isInteger(count) || count < 0 || count > steps)
      throw new ValueError(
        `EchoState: count must be a whole number from 0 to ${steps}, the steps of inputs, got ${show(count)}; leave it out for all`,
      );
    const said = new Float64Array(count * outputSize);
    this.#run(inputs, steps, (row, t) => {
      const at = t - (steps - count);
      if (at < 0) return;
      for (let o = 0; o < outputSize; o++) {
        let sum = 0;
        for (let j = 0; j < row.length; j++) sum += weights[o * row.length + j]! * row[j]!;
        said[at * outputSize + o] = sum;
      }
    });
    return said;
  }

  /** Runs from a state of zeros; `visit` gets [1; x; h] after each step, in an array that is used again. */
  #run(inputs: ArrayLike<number>, steps: number, visit: (row: Float64Array, t: number) => void): void {
    const { inputSize: I, units: H } = this;
    const { starts, columns, values } = this.#recurrent;
    const row = new Float64Array(1 + I + H);
    row[0] = 1;
    const h = row.subarray(1 + I);
    const next = new Float64Array(H);
    for (let t = 0; t < steps; t++) {
      for (let i = 0; i < I; i++) row[1 + i] = inputs[t * I + i]!;
      for (let j = 0; j < H; j++) {
        let z = 0;
        for (let i = 0; i <= I; i++) z += this.#in[j * (1 + I) + i]! * row[i]!;
        for (let k = starts[j]!; k < starts[j + 1]!; k++) z += values[k]! * h[columns[k]!]!;
        next[j] = (1 - this.#leak) * h[j]! + this.#leak * Math.tanh(z);
      }
      h.set(next);
      visit(row, t);
    }
  }

  #stepsOf(doing: string, inputs: ArrayLike<number>): number {
    const steps = inputs.length / this.inputSize;
    if (!Number.isInteger(steps) || steps < 1)
      throw new ValueError(
        `EchoState: ${doing} needs inputs [T ${this.inputSize}] with at least one step, got ${inputs.length} numbers`,
      );
    checkFinite("inputs", inputs);
    return steps;
  }
}

function checkFinite(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new ValueError(
        `EchoState: ${name}[${i}] must be a finite number, got ${show(values[i])}; leave out the sequence or fill the gap`,
      );
}

/** The entries of a matrix that are not 0, row by row: those of row i from starts[i] to starts[i + 1]. */
interface Sparse {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

function sparse(dense: Float64Array, n: number): Sparse {
  const [columns, values]: [number[], number[]] = [[], []];
  const starts = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const value = dense[i * n + j]!;
      if (value === 0) continue;
      columns.push(j);
      values.push(value);
    }
    starts[i + 1] = values.length;
  }
  return { starts, columns: Int32Array.from(columns), values: Float64Array.from(values) };
}
