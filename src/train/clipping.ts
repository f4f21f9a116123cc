/** Keeps gradients from exploding, between backward and the optimizer's step. */
import { ValueError } from "../base/index.ts";
import type { Optimizer } from "./optimizers/index.ts";

/**
 * The length of all gradients of an optimizer's parameters, taken as one vector.
 *
 *   norm = sqrt(sum of g²)
 */
export function gradientNorm({ parameters }: Optimizer): number {
  const { kernels } = parameters.engine;
  const y = parameters.engine.array(1);
  let squares = 0;
  for (const { from, to } of parameters.withGradient()) {
    kernels.sumSquares({ N: to - from, x: parameters.gradients.subarray(from, to), y });
    squares += y[0]!;
  }
  return Math.sqrt(squares);
}

/**
 * Shortens the gradients together to the length `limit` where they are longer; their direction stays.
 *
 *   g *= min(1, limit / norm)
 *
 * @returns the norm before
 * @throws RangeError when the limit is not more than 0
 * @source Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, algorithm 1
 */
export function clipByGlobalNorm(optimizer: Optimizer, limit: number): number {
  checkLimit("clipByGlobalNorm", limit);
  const norm = gradientNorm(optimizer);
  if (norm <= limit || !Number.isFinite(norm)) return norm;
  const { parameters } = optimizer;
  const { kernels } = parameters.engine;
  for (const { from, to } of parameters.withGradient()) {
    const g = parameters.gradients.subarray(from, to);
    kernels.scale({ N: to - from, by: limit / norm, plus: 0, x: g, y: g });
  }
  return norm;
}

/**
 * Cuts every number of the gradients to -limit..limit.
 *
 * @throws RangeError when the limit is not more than 0
 */
export function clipByValue({ parameters }: Optimizer, limit: number): void {
  checkLimit("clipByValue", limit);
  const { kernels } = parameters.engine;
  for (const { from, to } of parameters.withGradient())
    kernels.clamp({ N: to - from, limit, x: parameters.gradients.subarray(from, to) });
}

function checkLimit(where: string, limit: number): void {
  if (!(limit > 0)) throw new ValueError(`${where}: the limit must be more than 0, got ${limit}`);
}
