import { z } from "zod";
import { readOptions } from "../../base/index.ts";
import type { Parameters } from "../../nn/index.ts";
import { Optimizer } from "./optimizer.ts";

/** Options of `rmsprop`. */
export const rmspropOptions = z.strictObject({
  rate: z.number().positive().default(0.01).describe("learning rate"),
  decay: z.number().min(0).lt(1).default(0.99).describe("how much of the mean of squares is kept"),
  momentum: z.number().min(0).lt(1).default(0).describe("how much of the last velocity is kept"),
  epsilon: z.number().positive().default(1e-8).describe("keeps the division away from 0"),
  weightDecay: z.number().min(0).default(0).describe("pull of the weights towards 0"),
});

/**
 * RMSprop: gradients divided by a moving mean of their size.
 *
 *   s = decay s + (1 - decay) g²     v = momentum v + g / (sqrt(s) + epsilon)     w -= rate v
 *
 * @source Tieleman & Hinton 2012, Coursera lecture 6.5, in the form of PyTorch
 */
export function rmsprop(parameters: Parameters, options: z.input<typeof rmspropOptions> = {}): Optimizer {
  const { rate, decay, momentum, epsilon, weightDecay } = readOptions("rmsprop", rmspropOptions, options);
  return new Optimizer(parameters, {
    name: "rmsprop",
    rate,
    moments: momentum > 0 ? ["squares", "velocity"] : ["squares"],
    update: (kernels, { N, g, w, moments: [squares, velocity = null], rate }) =>
      kernels.rmspropUpdate({ N, rate, decay, momentum, epsilon, weightDecay, g, w, squares: squares!, velocity }),
  });
}
