/**
 * Metrics that compare texts with references: each makes a few numbers of every sentence, which are summed over a corpus
 * and only then become a score. So a corpus score, a sentence score and a resampled one come from the same statistics.
 */
import { KindError, show, ValueError } from "../../base/index.ts";

/** What every score has. */
export interface Score {
  readonly score: number;
}

/** A metric over sentences and their references. */
export interface TextMetric<S extends Score = Score> {
  /** Such as BLEU or chrF2. */
  readonly name: string;
  /** Whether more is better. */
  readonly higherIsBetter: boolean;
  /** Numbers of one sentence that add up over a corpus. */
  statistics(hypothesis: string, references: readonly string[]): readonly number[];
  /** The score of summed statistics. */
  fromStatistics(sums: readonly number[]): S;
  /** How the score was made, as sacreBLEU writes it. @param references how many each sentence has, or "var" */
  signature(references: number | "var", extra?: readonly string[]): string;
}

/** The references of one sentence: one or several. */
export type References = string | readonly string[];

/** The version of sacreBLEU whose scores these are, to 1e-9. */
export const sacrebleuVersion = "2.6.0";

/**
 * The score of a corpus.
 *
 * @param hypotheses what a model wrote, one text for each sentence
 * @param references for each sentence one reference or several
 * @throws RangeError or TypeError where they are no texts or not as many
 */
export function corpusScore<S extends Score>(
  metric: TextMetric<S>,
  hypotheses: readonly string[],
  references: readonly References[],
): S & { readonly signature: string } {
  const statistics = corpusStatistics(metric, hypotheses, references);
  return { ...metric.fromStatistics(sumOf(statistics)), signature: signatureOf(metric, references) };
}

/**
 * The score of one sentence.
 *
 * For BLEU give the option effectiveOrder, or a sentence of fewer than four words has none.
 */
export function sentenceScore<S extends Score>(metric: TextMetric<S>, hypothesis: string, references: References): S {
  return metric.fromStatistics(sumOf(corpusStatistics(metric, [hypothesis], [references])));
}

/** The statistics of every sentence of a corpus. */
export function corpusStatistics(
  metric: TextMetric,
  hypotheses: readonly string[],
  references: readonly References[],
): (readonly number[])[] {
  const where = metric.name;
  if (!Array.isArray(hypotheses) || !Array.isArray(references))
    throw new KindError(`${where}: hypotheses and references must be lists, got ${show(hypotheses)}`);
  if (hypotheses.length === 0) throw new ValueError(`${where}: needs at least 1 sentence, got 0`);
  if (hypotheses.length !== references.length)
    throw new ValueError(
      `${where}: needs references for each of ${hypotheses.length} sentences, got ${references.length}`,
    );
  return hypotheses.map((hypothesis, i) => {
    if (typeof hypothesis !== "string")
      throw new KindError(`${where}: hypotheses[${i}] must be text, got ${show(hypothesis)}`);
    const given = listOf(references[i]!);
    if (given.length === 0) throw new ValueError(`${where}: references[${i}] must hold at least 1 text, got 0`);
    const wrong = given.find((reference) => typeof reference !== "string");
    if (wrong !== undefined) throw new KindError(`${where}: references[${i}] must be text, got ${show(wrong)}`);
    return metric.statistics(hypothesis, given);
  });
}

/** The signature for a corpus with these references. */
export function signatureOf(
  metric: TextMetric,
  references: readonly References[],
  extra: readonly string[] = [],
): string {
  const counts = new Set(references.map((given) => listOf(given).length));
  return metric.signature(counts.size === 1 ? [...counts][0]! : "var", extra);
}

/** Sums lists of equal length, element by element. */
export function sumOf(lists: readonly (readonly number[])[]): number[] {
  const sums = new Array<number>(lists[0]!.length).fill(0);
  for (const list of lists) for (let k = 0; k < sums.length; k++) sums[k]! += list[k]!;
  return sums;
}

function listOf(references: References): readonly string[] {
  return typeof references === "string" ? [references] : references;
}
