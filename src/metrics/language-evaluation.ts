import { KindError, show, ValueError } from "../base/index.ts";
import { perplexity } from "./perplexity.ts";

/** How well a language model predicts a text. */
export interface LanguageEvaluation {
  /** Mean loss in nats per token. */
  readonly loss: number;
  /** exp(loss): among how many equally likely tokens the model is as uncertain. */
  readonly perplexity: number;
  /** loss / log 2. */
  readonly bitsPerToken: number;
  /** How many tokens were predicted, line ends included. */
  readonly tokens: number;
  /** How many of them the model does not know: predicting UNK for them makes a text look easier than it is. */
  readonly unknown: number;
}

/**
 * The figures that follow from sums over a text, which may be gathered batch by batch.
 *
 * @param sums nats: summed loss; tokens: how many were predicted; unknown: how many of them were UNK
 * @throws RangeError when there are no tokens, the loss is negative or NaN, or more tokens are unknown than there are
 */
export function evaluationOf(sums: {
  readonly nats: number;
  readonly tokens: number;
  readonly unknown: number;
}): LanguageEvaluation {
  const { nats, tokens, unknown } = sums;
  if (typeof unknown !== "number") throw new KindError(`evaluationOf: unknown must be a number, got ${show(unknown)}`);
  if (!(unknown >= 0 && unknown <= tokens)) {
    throw new ValueError(`evaluationOf: unknown must be from 0 to tokens = ${tokens}, got ${unknown}`);
  }
  const loss = nats / tokens;
  return { loss, perplexity: perplexity(nats, tokens), bitsPerToken: loss / Math.LN2, tokens, unknown };
}
