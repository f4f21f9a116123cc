import { z } from "zod";
import { readOptions, ValueError } from "../base/index.ts";
import { type Engine, linear, Tensor } from "../tensor/index.ts";
import { type Initialiser, uniform } from "./init.ts";
import { initialiser, size } from "./options.ts";

const schema = z.strictObject({
  inputSize: size.describe("numbers in"),
  outputSize: size.describe("numbers out"),
  bias: z.boolean().default(true).describe("whether to add a bias"),
  init: initialiser.optional().describe("initial weight; default uniform within 1/sqrt(inputSize), as PyTorch's"),
  weight: z
    .custom<Tensor>((given) => given instanceof Tensor, "a tensor such as embedding.weight")
    .optional()
    .describe("a weight to share with another layer, such as an embedding's (tied weights)"),
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
    const { inputSize: I, outputSize: O, bias, init, weight } = readOptions("Linear", schema, options);
    if (weight && (weight.shape.length !== 2 || weight.shape[0] !== O || weight.shape[1] !== I))
      throw new ValueError(
        `Linear: weight must be [outputSize inputSize] = [${O} ${I}], got [${weight.shape.join(" ")}]`,
      );
    if (weight && init)
      throw new ValueError("Linear: init does nothing to a weight that is shared; leave out one of them");
    const start: Initialiser = uniform(1 / Math.sqrt(I));
    this.inputSize = I;
    this.outputSize = O;
    this.weight = weight ?? engine.parameter((init ?? start)(engine.random, [O, I]), [O, I]);
    this.bias = bias ? engine.parameter(start(engine.random, [O]), [O]) : null;
  }

  /** @param x [... inputSize]; returns [... outputSize] */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
