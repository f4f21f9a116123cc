import { z } from "zod";

/** Whether a smaller value of what is evaluated is better, as of a loss, or a greater one, as of an accuracy. */
export type Mode = "min" | "max";

/** The option that says which. */
export const modeOption = z.enum(["min", "max"]).default("min").describe("whether small or great evaluations are good");

/** Whether `value` is better than the best so far by more than `minDelta`; the first always is. */
export function improves(value: number, best: number | null, mode: Mode, minDelta = 0): boolean {
  if (best === null) return true;
  return mode === "min" ? value < best - minDelta : value > best + minDelta;
}
