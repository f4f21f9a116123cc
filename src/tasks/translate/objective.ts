/** What a search over hypotheses maximises. */
import type { TranslateSettings } from "./options.ts";

/** How length is made up for. */
export type Objective = Pick<TranslateSettings, "normalisation" | "alpha">;

/**
 * The score of a hypothesis.
 *
 *   length: log P / T^alpha      gnmt: log P / ((5 + T) / 6)^alpha      none: log P
 *
 * @param length T, its tokens, the EOS included
 */
export function scoreOf(logProb: number, length: number, { normalisation, alpha }: Objective): number {
  if (normalisation === "none") return logProb;
  return logProb / (normalisation === "length" ? length : (5 + length) / 6) ** alpha;
}
