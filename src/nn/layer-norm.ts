import { z } from "zod";
import { readOptions } from "../base/index.ts";
import { type Engine, layerNorm, type Tensor } from "../tensor/index.ts";
import { constant, zeros } from "./init.ts";
import { size } from "./options.ts";

const schema = z.strictObject({
  inputSize: size.describe("numbers that are normalised together"),
  epsilon: z.number().positive().default(1e-5).describe("added to the variance"),
});

/** Options of `LayerNorm`. */
export type LayerNormOptions = z.input<typeof schema>;

/** Layer normalisation: each row is brought to mean 0 and variance 1, then scaled by `gain` and moved by `bias`. */
export class LayerNorm {
  readonly inputSize: number;
  readonly epsilon: number;
  /** [inputSize], ones at the start */
  readonly gain: Tensor;
  /** [inputSize], zeros at the start */
  readonly bias: Tensor;

  /** @throws RangeError or TypeError for an option that cannot be */
  constructor(engine: Engine, options: LayerNormOptions) {
    const { inputSize: I, epsilon } = readOptions("LayerNorm", schema, options);
    this.inputSize = I;
    this.epsilon = epsilon;
    this.gain = engine.parameter(constant(1)(engine.random, [I]));
    this.bias = engine.parameter(zeros(engine.random, [I]));
  }

  /** @param x [... inputSize] */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.gain, this.bias, this.epsilon);
  }
}
