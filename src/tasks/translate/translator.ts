/** What evaluation and blame ask of whatever translates: a model, an ensemble, or in a test a table of probabilities. */
import type { Codec } from "../../text/index.ts";
import type { TranslateOptions, TranslateSettings } from "./options.ts";

/** One output of a search. */
export interface FoundTarget {
  readonly text: string;
  readonly ids: ArrayLike<number>;
  /** The sum of the log-probabilities of its tokens, EOS included. */
  readonly logProb: number;
  /** What the search maximises. */
  readonly score: number;
  /** Whether it ended with EOS, or at the limit of its length. */
  readonly end: "eos" | "length";
  /** With a budget to certify: whether no other output scores more. */
  readonly certified?: boolean;
}

/** Something that translates texts and says how likely it finds given translations. */
export interface Translator {
  /** By what it reads sources. */
  readonly source: Codec;
  /** By what it writes targets. */
  readonly target: Codec;
  /** How it searches where it is not told. */
  readonly settings: Pick<TranslateSettings, "alpha" | "normalisation" | "coverage" | "noRepeat">;
  /** For each text, in their order, the best outputs, the best first. */
  search(
    texts: readonly string[],
    options?: TranslateOptions,
  ): readonly { readonly hypotheses: readonly FoundTarget[] }[];
  /** The log-probability of each target, EOS included, given its source, in their order. */
  scoreAll(
    pairs: readonly { readonly source: string; readonly target: string }[],
  ): readonly { readonly logProb: number }[];
}
