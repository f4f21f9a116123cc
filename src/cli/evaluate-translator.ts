/** Translation models judged by pairs: what they write is scored, and compared with what others write. */
import { visible } from "../draw/index.ts";
import {
  type Question,
  type ScoringOptions,
  searchOptions,
  type TranslateOptions,
  translateOptions,
  translating,
  translationScorer,
} from "../tasks/index.ts";
import { gentlyEach } from "../train/index.ts";
import { Interrupt } from "./interrupt.ts";
import { byRun, type JudgedPairFlags, readJudgedPairs } from "./judged-pairs.ts";
import { type OpenedTranslator, openTranslator } from "./models.ts";
import { saveOutput, tellWritten } from "./output-file.ts";
import { count, type Screen } from "./screen.ts";
import { type Telling, tellScores } from "./translation-scores.ts";
import { WorkProgress } from "./work-progress.ts";

/** How a translator is asked to search. */
export const judgedSearchOptions = searchOptions.extend({
  minLength: translateOptions.shape.minLength,
  maxLength: translateOptions.shape.maxLength,
});

/** What is judged, and by what. */
export interface TranslatorJudging extends JudgedPairFlags {
  /** Other runs, of which what they write is compared. */
  readonly against?: readonly string[] | undefined;
  /** Where what is written goes, a line for each source. */
  readonly output?: string | undefined;
  /** How the pairs are read. */
  readonly reading: Readonly<Record<string, unknown>>;
  readonly search: TranslateOptions;
  readonly scoring: ScoringOptions;
  readonly telling: Telling;
}

/**
 * Translates the pairs and tells the scores.
 *
 * @throws StopError, FormatError or RangeError for data or runs that cannot be read, or are not for each other
 */
export async function evaluateTranslator(
  screen: Screen,
  opened: OpenedTranslator,
  { against, output, reading, search, scoring, telling, ...where }: TranslatorJudging,
): Promise<void> {
  const scorer = translationScorer(scoring);
  const pairs = await readJudgedPairs("evaluate", opened, where, reading, screen);
  const { questions, name, all } = pairs;
  if (questions.length < all) screen.say(screen.color.dim(`${count(questions.length)} of ${count(all)} sources`));
  const other = against === undefined ? null : await openTranslator(against);
  const hypotheses = await outputsOf(screen, opened, questions, search);
  if (hypotheses === null) return;
  // What comes after may be broken off.
  if (output !== undefined) await saveOutput(output, linesOf(hypotheses));
  const others = other && (await outputsOf(screen, other, questions, search));
  if (other && others === null) return;
  const references = questions.map((question) => question.references);
  const facts = {
    run: opened.where,
    data: name,
    against: other?.where ?? null,
    search: searchOf(opened, search),
    step: opened.step,
  };
  tellScores(
    screen,
    facts,
    scorer.score(hypotheses, references),
    others && scorer.compare(hypotheses, others, references),
    telling,
  );
  const searched = Object.entries(facts.search).map(([option, value]) => `${option}:${value}`);
  const step = opened.step === null ? [] : [`step:${opened.step}`];
  screen.result(screen.color.dim(`search  ${[...searched, ...step].join("|")}`));
  tellWrong(screen, questions, hypotheses, `${opened.where}${where.data === undefined ? "" : ` --data ${where.data}`}`);
  if (output !== undefined) tellWritten(screen, output);
}

/** Some outputs that are none of their references, with the command that tells what is wrong with all of them. */
function tellWrong(screen: Screen, questions: readonly Question[], outputs: readonly string[], judged: string): void {
  const wrong = questions.flatMap(({ source, references }, i) =>
    references.includes(outputs[i]!) ? [] : [{ source, reference: references[0]!, output: outputs[i]! }],
  );
  if (wrong.length === 0) return;
  const { bold, dim } = screen.color;
  screen.result(`\n${bold("wrong")}`);
  for (const { source, reference, output } of wrong.slice(0, mostWrong)) {
    screen.result(visible(source));
    screen.result(`  output     ${visible(output)}`);
    screen.result(`  reference  ${visible(reference)}`);
  }
  const these = wrong.length <= mostWrong ? "why" : `and ${count(wrong.length - mostWrong)} more`;
  screen.result(dim(`${these}: backstitch blame ${judged}`));
}

const mostWrong = 3;

/** How outputs were searched for: as was asked, else as the model was told in training. */
function searchOf({ model }: OpenedTranslator, options: TranslateOptions): Readonly<Record<string, unknown>> {
  return { ...model.sides.search, ...options };
}

/** What a translator writes for each question; null when a signal has ended it. */
async function outputsOf(
  screen: Screen,
  { model, where }: OpenedTranslator,
  questions: readonly Question[],
  search: TranslateOptions,
): Promise<string[] | null> {
  const outputs: string[] = [];
  const interrupt = new Interrupt();
  const progress = new WorkProgress(screen, "sources", questions.length);
  try {
    for await (const text of gentlyEach(
      translating(model, questions, { ...search, longSource: "cut" }),
      interrupt.signal,
    )) {
      outputs.push(text);
      progress.show(outputs.length);
    }
    return outputs;
  } catch (error) {
    if (error !== interrupt.signal.reason) throw byRun(error, "evaluate", where);
    process.exitCode = interrupt.exitCode;
    progress.close();
    screen.result(`stopped after ${count(outputs.length)} of ${count(questions.length)} sources by ${where}`);
    return null;
  } finally {
    progress.close();
    interrupt.close();
  }
}

/** Texts as lines; a line break within one becomes a space. */
function linesOf(texts: readonly string[]): string {
  return texts.map((text) => `${text.replaceAll(/\r?\n/g, " ")}\n`).join("");
}
