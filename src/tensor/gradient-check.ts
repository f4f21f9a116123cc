/** A check for the gradient of any function of tensors, against central differences. */
import { checkNames, ValueError } from "../base/index.ts";
import { noGrad } from "./engine.ts";
import type { Tensor } from "./tensor.ts";

/** How one parameter's gradient compares along one random direction. */
export interface GradientReport {
  readonly name: string;
  /** The directional derivative that backward gives. */
  readonly analytic: number;
  /** (f(p + step d) - f(p - step d)) / (2 step). */
  readonly numeric: number;
  /** |analytic - numeric| / max(1e-8, |analytic| + |numeric|). */
  readonly error: number;
}

/**
 * Compares backward with central differences, along one random direction for each parameter.
 *
 * Use a float64 engine: in float32 the differences are mostly rounding. An error below 1e-7 is a pass.
 *
 * @param f           computes the loss, a tensor of one number, anew each time, without dropout
 * @param parameters  the tensors to check, by name
 * @returns a report for each parameter, in order
 */
export function gradientCheck(
  f: () => Tensor,
  parameters: Readonly<Record<string, Tensor>>,
  options: { readonly step?: number } = {},
): GradientReport[] {
  checkNames("gradientCheck", ["step"], options);
  const { step = 1e-5 } = options;
  const entries = Object.entries(parameters);
  const engine = entries[0]?.[1].engine;
  if (!engine) throw new ValueError("gradientCheck: needs at least one parameter");
  if (engine.precision !== "float64")
    throw new ValueError('gradientCheck: needs float64; load the kernels with { precision: "float64" }');
  for (const [, parameter] of entries) parameter.zeroGrad();
  f().backward();
  const value = () => noGrad(engine, () => f().item());
  const random = engine.random.fork();
  return entries.map(([name, parameter]) => {
    const direction = Float64Array.from({ length: parameter.size }, () => random.normal());
    const start = parameter.data.slice();
    const at = (distance: number) => {
      const { data } = parameter;
      for (let i = 0; i < data.length; i++) data[i] = start[i]! + distance * direction[i]!;
      return value();
    };
    const numeric = (at(step) - at(-step)) / (2 * step);
    parameter.data.set(start);
    const gradient = parameter.grad ?? new Float64Array(parameter.size);
    let analytic = 0;
    for (let i = 0; i < direction.length; i++) analytic += gradient[i]! * direction[i]!;
    const error = Math.abs(analytic - numeric) / Math.max(1e-8, Math.abs(analytic) + Math.abs(numeric));
    return { name, analytic, numeric, error };
  });
}
