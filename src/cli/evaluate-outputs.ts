/** Outputs in files scored against references in files: no model has a part in it. */
import { ValueError } from "../base/index.ts";
import { type ScoringOptions, translationScorer } from "../tasks/index.ts";
import { checkAsMany, readLines, readReferences } from "./output-lines.ts";
import type { Screen } from "./screen.ts";
import { type Telling, tellScores } from "./translation-scores.ts";

/** Which files are scored. */
export interface OutputFiles {
  /** What was written, a line for each source. */
  readonly hypotheses: string;
  readonly references: readonly string[] | undefined;
  /** What another system wrote. */
  readonly pairedWith: string | undefined;
}

/**
 * Scores a file, and compares it with another.
 *
 * @throws RangeError for files that do not belong together; StopError or FormatError when one cannot be read
 */
export async function evaluateOutputs(
  screen: Screen,
  { hypotheses: file, references: files = [], pairedWith }: OutputFiles,
  options: ScoringOptions,
  telling: Telling,
): Promise<void> {
  if (files.length === 0)
    throw new ValueError("evaluate: --hypotheses needs references to score against; give --references <files...>");
  const hypotheses = await readLines(file);
  const references = await readReferences(files, file, hypotheses.length);
  const others = pairedWith === undefined ? null : await readLines(pairedWith);
  if (others) checkAsMany(pairedWith!, others.length, file, hypotheses.length);
  const scorer = translationScorer(options);
  const scores = scorer.score(hypotheses, references);
  const comparisons = others && scorer.compare(hypotheses, others, references);
  tellScores(
    screen,
    { hypotheses: file, references: files, against: pairedWith ?? null },
    scores,
    comparisons,
    telling,
  );
}
