/** What translating takes and gives. */
import type { BeamTree } from "../../decode/index.ts";

/** A text to translate, with a tag that says what to make of it where the model was trained with tags. */
export type SourceText = string | { readonly source: string; readonly tag?: string | undefined };

/** A text with one of its translations. */
export interface TextPair {
  readonly source: string;
  readonly target: string;
  readonly tag?: string | undefined;
}

/** One output that was found or drawn. */
export interface TranslationHypothesis {
  readonly text: string;
  /** Its tokens as a reader sees them, without the end. */
  readonly pieces: readonly string[];
  readonly ids: readonly number[];
  /** The sum of the log-probabilities of its tokens, the end included. */
  readonly logProb: number;
  /** What hypotheses are ranked by. */
  readonly score: number;
  /** Whether it came to its end, or was cut off at the greatest length. */
  readonly end: "eos" | "length";
  /** With `certify`: whether no other output scores more; false where the budget did not do to say. */
  readonly certified?: boolean;
}

/** What became of a text. */
export interface Translation {
  readonly source: string;
  /** The best output. */
  readonly text: string;
  /** The best outputs, the best first; of an empty source an empty one, for which no model was asked. */
  readonly hypotheses: readonly TranslationHypothesis[];
  /** The pieces of the source that the model does not know, in their order. */
  readonly unknown: readonly string[];
  /** How many tokens of an over-long source were cut off its end. */
  readonly cut: number;
  /** With `trace`: what the search did. */
  readonly tree?: BeamTree;
}

/** How likely a model finds a translation. */
export interface TranslationScore {
  /** The sum over the tokens, the end included. */
  readonly logProb: number;
  readonly tokens: readonly { readonly piece: string; readonly logProb: number }[];
}

/** What a model looked at. */
export interface AttentionPicture {
  /** The pieces that were read, tag and end included. */
  readonly source: readonly string[];
  /** The pieces that were written, end included. */
  readonly target: readonly string[];
  /** For each piece of the target how much each of the source mattered; each row sums to 1. */
  readonly weights: readonly Float64Array[];
}
