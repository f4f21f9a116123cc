/** What evaluation and blame ask of whatever translates: a model, an ensemble, or in a test a table of probabilities. */
import type { Sides } from "./decoding.ts";
import type { ScoreOptions, TranslateOptions } from "./options.ts";
import type { AttentionPicture, SourceText, TextPair, TranslationHypothesis } from "./translation.ts";

/** One output of a search. */
export type FoundTarget = Pick<TranslationHypothesis, "text" | "ids" | "logProb" | "score" | "end" | "certified">;

/** Something that translates texts and says how likely it finds given translations. */
export interface Translator {
  /** By what it reads and writes, and how it searches where it is not told. */
  readonly sides: Pick<Sides, "source" | "target" | "facts" | "search">;
  /** For each text, in their order, the best outputs, the best first. */
  search(
    texts: readonly SourceText[],
    options?: TranslateOptions,
  ): readonly { readonly hypotheses: readonly FoundTarget[] }[];
  /** The log-probability of each target, EOS included, given its source, in their order. */
  scoreAll(pairs: readonly TextPair[], options?: ScoreOptions): readonly { readonly logProb: number }[];
  /** What it looks at while it writes a target; asked only where the search minds coverage. */
  attention?(source: string, target: string, options?: TranslateOptions): Pick<AttentionPicture, "weights">;
}
