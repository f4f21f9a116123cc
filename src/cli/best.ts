/** How good the best weights of a training are, as people read it. */

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
