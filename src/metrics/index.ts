/** Metrics: how good a result is, from plain numbers. */
export { bitsPerCharacter, perplexity } from "./perplexity.ts";
