/**
 * How well a language model predicts: means over tokens or characters, from a summed loss.
 */
import { KindError, show, ValueError } from "../base/index.ts";

/**
 * Perplexity: among how many equally likely tokens the model is as uncertain as it is here.
 *
 *   exp(nats / tokens)
 *
 * Infinity above 709 nats a token, where no number holds it; the mean in nats still says it.
 *
 * @param nats   summed loss: minus the logarithm of the probability of all tokens
 * @param tokens how many tokens were predicted
 * @throws RangeError when there are no tokens or the loss is negative or NaN
 */
export function perplexity(nats: number, tokens: number): number {
  return Math.exp(mean("perplexity", nats, "tokens", tokens));
}

/**
 * Bits per character: how long the text is when the model compresses it.
 *
 *   nats / (characters log 2)
 *
 * Comparable between models that cut the same text into different tokens: the loss is that of all tokens, the count
 * that of the characters they make up.
 *
 * @param nats       summed loss: minus the logarithm of the probability of the text
 * @param characters how many characters (code points) the text has
 * @throws RangeError when there are no characters or the loss is negative or NaN
 */
export function bitsPerCharacter(nats: number, characters: number): number {
  return mean("bitsPerCharacter", nats, "characters", characters) / Math.LN2;
}

function mean(where: string, nats: number, name: string, count: number): number {
  if (typeof nats !== "number") throw new KindError(`${where}: nats must be a number, got ${show(nats)}`);
  if (typeof count !== "number") throw new KindError(`${where}: ${name} must be a number, got ${show(count)}`);
  if (!(nats >= 0)) throw new ValueError(`${where}: nats must be at least 0, got ${nats}`);
  if (!(count > 0)) throw new ValueError(`${where}: ${name} must be more than 0, got ${count}`);
  return nats / count;
}
