/** The pairs that a translator is judged by: of a file, or those that a recipe keeps apart. */
import { isUserError, StopError, ValueError } from "../base/index.ts";
import { pairDatasets } from "../datasets/index.ts";
import { type JudgedPair, type Question, questionsOf, translateRecipes } from "../tasks/index.ts";
import { isModelFile, type OpenedTranslator } from "./models.ts";
import { pairFileOptions, pairsIn } from "./pair-files.ts";
import { openRun } from "./runs.ts";
import { count, type Screen } from "./screen.ts";

/** How the pairs to judge by are read. */
export const judgedPairOptions = pairFileOptions
  .pick({ targetData: true, columns: true, tagColumn: true, reverse: true, from: true, to: true })
  .extend({ reverse: pairFileOptions.shape.reverse.describe("the model turns targets into sources") });

/** What a translator is asked, and how much of the data that is. */
export interface JudgedPairs {
  readonly questions: readonly Question[];
  /** What messages call the data. */
  readonly name: string;
  /** Sources in the data, each once. */
  readonly all: number;
}

/** Where the pairs are, and how many are wanted. */
export interface JudgedPairFlags {
  readonly data?: string | undefined;
  /** At most so many sources, taken evenly from all. */
  readonly limit?: number | undefined;
}

type Judged = Pick<OpenedTranslator, "where" | "runs">;

/**
 * Reads pairs as questions: each source once, with all of its references.
 *
 * @param command starts messages
 * @param judged  what is judged: the recipe of a run has pairs kept apart
 * @param options as `judgedPairOptions` has them
 * @throws StopError or FormatError when there are none, or they cannot be read
 */
export async function readJudgedPairs(
  command: string,
  judged: Judged,
  { data, limit = Number.POSITIVE_INFINITY }: JudgedPairFlags,
  options: Readonly<Record<string, unknown>>,
  screen: Screen,
): Promise<JudgedPairs> {
  const { name, pairs } =
    data === undefined
      ? await recipePairs(command, judged)
      : { name: data, pairs: await filePairs(data, options, screen) };
  const questions = questionsOf(pairs);
  return { questions: evenly(questions, limit), name, all: questions.length };
}

async function filePairs(
  file: string,
  options: Readonly<Record<string, unknown>>,
  screen: Screen,
): Promise<JudgedPair[]> {
  const { targetData, ...reading } = judgedPairOptions.parse(options);
  const pairs: JudgedPair[] = [];
  let empty = 0;
  const note = (line: string) => screen.note(`${file}: ${line}`);
  for await (const { pair } of pairsIn({ file, targets: targetData }, reading, { note })) {
    if (pair.source.trim() === "" || pair.target.trim() === "") empty++;
    else pairs.push(pair);
  }
  if (pairs.length === 0) throw new StopError(`${file}: must hold pairs to judge by, holds none`);
  if (empty > 0) screen.note(`${file}: ${count(empty)} ${empty === 1 ? "pair" : "pairs"} with an empty side left out`);
  return pairs;
}

async function recipePairs(command: string, { where, runs }: Judged): Promise<{ name: string; pairs: JudgedPair[] }> {
  const recipe = runs > 1 || isModelFile(where) ? null : (await openRun(where)).config.recipe;
  if (recipe === null || !Object.hasOwn(translateRecipes, recipe))
    throw new ValueError(`${command}: needs pairs to judge by; give --data <file>`);
  const { dataset } = translateRecipes[recipe as keyof typeof translateRecipes];
  const name = `test part of recipe ${recipe}`;
  return { name, pairs: pairDatasets[dataset]({ where: name }).test };
}

/** What a translator says of the pairs it is judged by, as the command says it of the run. */
export function byRun(error: unknown, command: string, where: string): unknown {
  if (!isUserError(error)) return error;
  const [, said] = /^(?:translate|score): (.*)$/s.exec(error.message) ?? [];
  if (said === undefined) return error;
  const advice = said.startsWith("needs a tag ") ? "; give pairs with tags, see --tag-column" : "";
  error.message = `${command}: ${where}: ${said}${advice}`;
  return error;
}

/** So many of a list, at equal distances. */
function evenly<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);
}
