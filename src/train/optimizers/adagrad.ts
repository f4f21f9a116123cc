import { z } from "zod";
import { readOptions } from "../../base/index.ts";
import type { Parameters } from "../../nn/index.ts";
import { Optimizer } from "./optimizer.ts";

/** Options of `adagrad`. */
export const adagradOptions = z.strictObject({
  rate: z.number().positive().default(0.01).describe("learning rate"),
  epsilon: z.number().positive().default(1e-10).describe("keeps the division away from 0"),
  weightDecay: z.number().min(0).default(0).describe("pull of the weights towards 0"),
});

/**
 * Adagrad: a rate for each weight that falls with all the gradients it has seen.
 *
 *   s += g²     w -= rate g / (sqrt(s) + epsilon)
 *
 * @source Duchi, Hazan & Singer 2011
 */
export function adagrad(parameters: Parameters, options: z.input<typeof adagradOptions> = {}): Optimizer {
  const { rate, epsilon, weightDecay } = readOptions("adagrad", adagradOptions, options);
  return new Optimizer(parameters, {
    name: "adagrad",
    rate,
    moments: ["squares"],
    update: (kernels, { N, g, w, moments: [squares], rate }) =>
      kernels.adagradUpdate({ N, rate, epsilon, weightDecay, g, w, squares: squares! }),
  });
}
