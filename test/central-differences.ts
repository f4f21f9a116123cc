/** Proving gradients against central differences, in float64. */
import { expect } from "vitest";
import { Random } from "../src/base/index.ts";

/** Arrays by name: the arguments of a function, its results, or the gradients of either. */
export type Arrays = Readonly<Record<string, Float64Array>>;

/** An output as kernels get it: full of NaN, so that what is not written shows. */
export const garbage = (length: number) => new Float64Array(length).fill(Number.NaN);

/** Normal numbers. */
export const normals = (random: Random, length: number, scale = 1) =>
  Float64Array.from({ length }, () => scale * random.normal());

/** The sum of the products of two arrays. */
export const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, n) => sum + value * b[n]!, 0);

/**
 * Proves a backward pass: for a random linear loss of all results, the derivative along one random direction of each
 * argument is what central differences give, to a relative 1e-7 (step 1e-5), and none of them is too small to tell.
 *
 * NaN among the arguments stands for what must not matter; the direction is 0 there.
 */
export function proveGradients(
  inputs: Arrays,
  forward: (inputs: Arrays) => Arrays,
  backward: (inputs: Arrays, dResults: Arrays) => Arrays,
): void {
  const random = new Random(7);
  const dResults: Record<string, Float64Array> = {};
  for (const [name, result] of Object.entries(forward(inputs))) dResults[name] = normals(random, result.length);
  const loss = (at: Arrays) =>
    Object.entries(forward(at)).reduce((sum, [name, result]) => sum + dot(result, dResults[name]!), 0);
  const gradients = backward(inputs, dResults);
  expect(Object.keys(gradients).sort()).toEqual(Object.keys(inputs).sort());
  for (const [name, input] of Object.entries(inputs)) {
    const direction = input.map((value) => (Number.isNaN(value) ? 0 : random.normal()));
    const moved = (step: number) => loss({ ...inputs, [name]: input.map((value, n) => value + step * direction[n]!) });
    const numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
    const analytic = dot(gradients[name]!, direction);
    expect(Math.abs(analytic), `the gradient of ${name} is large enough to tell`).toBeGreaterThan(1e-3);
    expect(Math.abs(numeric / analytic - 1), `${name}: backward ${analytic}, differences ${numeric}`).toBeLessThan(
      1e-7,
    );
  }
}
