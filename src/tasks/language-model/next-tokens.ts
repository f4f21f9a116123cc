/** The tokens that may come next, ranked. */
import { z } from "zod";
import { BOS, EOS, PAD, UNK } from "../../base/index.ts";
import { checkLogits, highest, logSoftmax } from "../../decode/index.ts";
import type { LanguageModel } from "./model.ts";

/** How many of the tokens that may come next are told. */
export const nextTokenOptions = z.strictObject({
  top: z.int().min(1).default(10).describe("how many tokens are told"),
});

/** A token that may come next. */
export interface NextToken {
  /** What it adds to the text; empty for an end, and for a part of a character. */
  readonly text: string;
  /** What it is: a token of the vocabulary, the end of the line, or any token that the model does not know. */
  readonly kind: "token" | "end" | "unknown";
  readonly id: number;
  /** From 0 to 1; those of all tokens sum to 1. */
  readonly probability: number;
  /** The logarithm of the probability, which says how small it is where a number no longer can. */
  readonly logProb: number;
}

/**
 * The likeliest tokens, the likeliest first, the lower id first of equals.
 *
 * @param logits [V] after the text
 * @param after    the last tokens of the text, which decide whether a word comes with a space
 * @param isSpaced whether that space is there already
 */
export function rankNext(
  model: LanguageModel,
  logits: ArrayLike<number>,
  { top, after, isSpaced }: { readonly top: number; readonly after: readonly number[]; readonly isSpaced: boolean },
): NextToken[] {
  checkLogits("next", logits, "the text");
  const logProbs = logSoftmax(logits);
  // PAD and BOS stand for nothing that could come.
  for (const id of [PAD, BOS]) logProbs[id] = -Infinity;
  if (model.settings.unit === "text") logProbs[EOS] = -Infinity;
  return highest(logProbs, Math.min(top, logProbs.length))
    .filter((id) => logProbs[id]! > -Infinity)
    .map((id) => {
      const logProb = logProbs[id]!;
      const kind = id === EOS ? "end" : id === UNK ? "unknown" : "token";
      const text = kind === "token" ? added(model, after, id) : "";
      return { text: isSpaced ? text.replace(/^ /, "") : text, kind, id, probability: Math.exp(logProb), logProb };
    });
}

/** What a token adds to a text. */
function added({ codec }: LanguageModel, after: readonly number[], id: number): string {
  const speller = codec.speller();
  for (const before of after) speller.push(before);
  return speller.push(id) + speller.end();
}
