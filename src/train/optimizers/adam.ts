import { z } from "zod";
import { readOptions } from "../../base/index.ts";
import type { Parameters } from "../../nn/index.ts";
import { Optimizer } from "./optimizer.ts";

/** Options of `adam`. */
export const adamOptions = z.strictObject({
  rate: z.number().positive().default(0.001).describe("learning rate"),
  beta1: z.number().min(0).lt(1).default(0.9).describe("how much of the mean of gradients is kept"),
  beta2: z.number().min(0).lt(1).default(0.999).describe("how much of the mean of their squares is kept"),
  epsilon: z.number().positive().default(1e-8).describe("keeps the division away from 0"),
  weightDecay: z.number().min(0).default(0).describe("pull of the weights towards 0, as a part of the gradient"),
});

/** Options of `adamw`. */
export const adamwOptions = adamOptions.extend({
  weightDecay: z.number().min(0).default(0.01).describe("pull of the weights towards 0, apart from the gradient"),
});

/**
 * Adam: moving means of the gradient and of its square, corrected for beginning at 0.
 *
 *   m = beta1 m + (1 - beta1) g     v = beta2 v + (1 - beta2) g²
 *   w -= rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * @source Kingma & Ba 2015, arXiv:1412.6980
 */
export function adam(parameters: Parameters, options: z.input<typeof adamOptions> = {}): Optimizer {
  return make("adam", parameters, readOptions("adam", adamOptions, options));
}

/**
 * AdamW: Adam whose weight decay is no part of the gradient.
 *
 *   w -= rate weightDecay w, then as Adam
 *
 * @source Loshchilov & Hutter 2019, arXiv:1711.05101
 */
export function adamw(parameters: Parameters, options: z.input<typeof adamwOptions> = {}): Optimizer {
  return make("adamw", parameters, readOptions("adamw", adamwOptions, options));
}

function make(name: "adam" | "adamw", parameters: Parameters, options: z.output<typeof adamOptions>): Optimizer {
  const { rate, beta1, beta2, epsilon, weightDecay } = options;
  const decoupled = name === "adamw";
  return new Optimizer(parameters, {
    name,
    rate,
    moments: ["m", "v"],
    update: (kernels, { N, g, w, moments: [m, v], rate, step }) => {
      // Single precision kernels see rounded betas; the corrections are to fit those.
      const rounded = w instanceof Float32Array ? Math.fround : Number;
      const correction1 = 1 - rounded(beta1) ** step;
      const correction2 = 1 - rounded(beta2) ** step;
      kernels.adamUpdate({
        N,
        rate,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        decoupled,
        correction1,
        correction2,
        g,
        w,
        m: m!,
        v: v!,
      });
    },
  });
}
