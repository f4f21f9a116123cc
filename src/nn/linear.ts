import { z } from "zod";
import { readOptions } from "../base/index.ts";
import { type Engine, linear, type Tensor } from "../tensor/index.ts";
import { type Initialiser, uniform } from "./init.ts";
import { initialiser, size } from "./options.ts";

const schema = z.strictObject({
  inputSize: size.describe("numbers in"),
  outputSize: size.describe("numbers out"),
  bias: z.boolean().default(true).describe("whether to add a bias"),
  init: initialiser.optional().describe("initial weight; default uniform within 1/sqrt(inputSize), as PyTorch's"),
});

/** Options of `Linear`. */
export type LinearOptions = z.input<typeof schema>;

/** A linear layer: y = weight x + bias. */
export class Linear {
  readonly inputSize: number;
  readonly outputSize: number;
  /** [outputSize inputSize] */
  readonly weight: Tensor;
  /** [outputSize] */
  readonly bias: Tensor | null;

  /** @throws RangeError or TypeError for an option that cannot be */
  constructor(engine: Engine, options: LinearOptions) {
    const { inputSize: I, outputSize: O, bias, init } = readOptions("Linear", schema, options);
    const start: Initialiser = uniform(1 / Math.sqrt(I));
    this.inputSize = I;
    this.outputSize = O;
    this.weight = engine.parameter((init ?? start)(engine.random, [O, I]), [O, I]);
    this.bias = bias ? engine.parameter(start(engine.random, [O]), [O]) : null;
  }

  /** @param x [... inputSize]; returns [... outputSize] */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
