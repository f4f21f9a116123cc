import { z } from "zod";
import { readOptions, ValueError } from "../../base/index.ts";
import type { Parameters } from "../../nn/index.ts";
import { Optimizer } from "./optimizer.ts";

/** Options of `sgd`. */
export const sgdOptions = z.strictObject({
  rate: z.number().positive().default(0.1).describe("learning rate"),
  momentum: z.number().min(0).lt(1).default(0).describe("how much of the last velocity is kept"),
  nesterov: z.boolean().default(false).describe("look ahead along the velocity (needs momentum)"),
  weightDecay: z.number().min(0).default(0).describe("pull of the weights towards 0"),
});

/**
 * Stochastic gradient descent, with momentum or Nesterov's momentum.
 *
 *   v = momentum v + g + weightDecay w     w -= rate v     (nesterov: w -= rate (g + momentum v))
 *
 * @source Sutskever, Martens, Dahl & Hinton 2013, in the form of PyTorch
 */
export function sgd(parameters: Parameters, options: z.input<typeof sgdOptions> = {}): Optimizer {
  const { rate, momentum, nesterov, weightDecay } = readOptions("sgd", sgdOptions, options);
  if (nesterov && momentum === 0)
    throw new ValueError("sgd: nesterov needs momentum, got momentum 0; give for example momentum 0.9");
  return new Optimizer(parameters, {
    name: "sgd",
    rate,
    moments: momentum > 0 ? ["velocity"] : [],
    update: (kernels, { N, g, w, moments: [velocity = null], rate }) =>
      kernels.sgdUpdate({ N, rate, momentum, nesterov, weightDecay, g, w, velocity }),
  });
}
