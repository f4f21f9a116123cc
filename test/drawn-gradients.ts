/** Proving gradients of what draws random numbers, such as dropout: each evaluation draws the same ones. */
import type { Tensor } from "../src/tensor/index.ts";

/**
 * The greatest relative difference between backward and central differences, along one random direction for each
 * parameter, in float64 (step 1e-5). Unlike `gradientCheck` it records every evaluation, since nothing is dropped else.
 */
export function drawnGradientError(f: () => Tensor, parameters: Readonly<Record<string, Tensor>>): number {
  const tensors = Object.values(parameters);
  const { engine } = tensors[0]!;
  const { state } = engine.random;
  const value = () => {
    engine.random.state = state;
    return f();
  };
  for (const tensor of tensors) tensor.zeroGrad();
  value().backward();
  const gradients = tensors.map(({ grad, size }) => grad?.slice() ?? new Float64Array(size));
  const random = engine.random.fork();
  const errors = tensors.map((tensor, i) => {
    const direction = Float64Array.from({ length: tensor.size }, () => random.normal());
    const start = tensor.data.slice();
    const at = (distance: number) => {
      for (let n = 0; n < start.length; n++) tensor.data[n] = start[n]! + distance * direction[n]!;
      return value().item();
    };
    const numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
    tensor.data.set(start);
    const analytic = direction.reduce((sum, d, n) => sum + d * gradients[i]![n]!, 0);
    if (Math.abs(analytic) < 1e-6)
      throw new Error(`the gradient of ${Object.keys(parameters)[i]} is too small to tell`);
    return Math.abs(analytic - numeric) / (Math.abs(analytic) + Math.abs(numeric));
  });
  return Math.max(...errors);
}
