/** Which weights of a training are the best, and how good they are. */
import { metricModes } from "../tasks/index.ts";
import type { MetricLine } from "../train/index.ts";

interface Best {
  readonly value: number;
  readonly step: number;
}

/** The evaluation that the weights were chosen by, such as "best validation loss 0.1234 at step 300". */
export function bestText(options: Readonly<Record<string, unknown>>, { value, step }: Best, digits: number): string {
  const shares: Readonly<Record<string, string>> = { exactMatch: "exact match", errorRate: "error rate" };
  const { metric } = options;
  const share = typeof metric === "string" ? shares[metric] : undefined;
  const told = share === undefined ? `loss ${value.toFixed(digits)}` : `${share} ${(100 * value).toFixed(1)}%`;
  return `best validation ${told} at step ${step}`;
}

/** An evaluation that was logged. */
type LoggedEvaluation = Extract<MetricLine, { readonly kind: "evaluation" }>;

/** The evaluation of the weights that are kept: the best by the option `metric`, of equals the last. */
export function keptEvaluation(
  lines: readonly MetricLine[],
  options: Readonly<Record<string, unknown>>,
): LoggedEvaluation | null {
  const metric = typeof options.metric === "string" ? options.metric : "loss";
  const sign = metricModes[metric] === "max" ? 1 : -1;
  let kept: LoggedEvaluation | null = null;
  let best = -Infinity;
  for (const line of lines) {
    const value = line.kind === "evaluation" ? line.values[metric] : null;
    if (line.kind !== "evaluation" || typeof value !== "number" || sign * value < best) continue;
    [kept, best] = [line, sign * value];
  }
  return kept;
}
