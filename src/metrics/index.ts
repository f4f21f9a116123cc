/** Metrics: how good a result is, from plain numbers. */
export { evaluationOf, type LanguageEvaluation } from "./language-evaluation.ts";
export { bitsPerCharacter, perplexity } from "./perplexity.ts";
