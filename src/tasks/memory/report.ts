/** What came of the memory tasks, as tables and pictures. */
import { lineChart, page, table } from "../../draw/index.ts";
import { type LearnerName, type ProblemName, problemNames } from "./options.ts";
import type { Problem } from "./problem.ts";
import { remedies } from "./remedies.ts";
import { problemOf } from "./train.ts";
import { isSame, type MemoryResult, type MemoryTrial } from "./trial.ts";

/** A table: what stands above the columns, and the rows. */
export interface ReportTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Whether a result belongs to the table of cells and distances, not to a remedy. */
const isPlain = ({ options }: MemoryTrial) => options === undefined;

/** Cells by distances for each task: whether it was learned, and the accuracy or the mean squared error. */
export function memoryTable(results: readonly MemoryResult[]): ReportTable {
  const plain = results.filter(isPlain);
  const learners = unique(plain.map(({ cell }) => cell));
  const places = unique(plain.map(({ task, distance }) => `${task} ${distance}`));
  return {
    head: ["task", "distance", "who remembers nothing", ...learners],
    rows: places.map((place) => {
      const [task, distance] = place.split(" ") as [ProblemName, string];
      const own = plain.filter((result) => result.task === task && result.distance === Number(distance));
      return [
        task,
        distance,
        chanceOf(task),
        ...learners.map((cell) => said(own.find((found) => found.cell === cell))),
      ];
    }),
  };
}

/** What each remedy changes: those whose trainings are all over. */
export function remedyTable(results: readonly MemoryResult[]): ReportTable {
  return {
    head: ["remedy", "against", "task", "setting", "comes to"],
    rows: remedies.flatMap(({ name, against, trials }) => {
      const found = trials.map((trial) => results.find((result) => isSame(result, trial)));
      // One side alone shows no effect.
      if (found.includes(undefined)) return [];
      return trials.map((trial, i) => [
        ...(i === 0 ? [name, against] : ["", ""]),
        `${trial.task} ${trial.distance}`,
        settingOf(trial, trials),
        said(found[i]),
      ]);
    }),
  };
}

/** How the loss grows with the distance, as a share of that of one who remembers nothing. */
export function memoryChart(results: readonly MemoryResult[], task: ProblemName): string {
  const own = results.filter((result) => isPlain(result) && result.task === task);
  return lineChart({
    title: `${task}: ${problem(task).summary}`,
    description: own.map((found) => `${found.cell} at ${found.distance}: ${said(found)}`).join("; "),
    x: { label: "distance (steps)", scale: "log" },
    y: { label: task === "adding" ? "error, 1 = no memory" : "wrong answers, 1 = no memory", range: [0, 1.1] },
    lines: unique(own.map(({ cell }) => cell)).map((cell) => ({
      name: cell,
      points: own
        .filter((found) => found.cell === cell)
        .sort((a, b) => a.distance - b.distance)
        .map((found) => [found.distance, forgotten(found)] as const),
    })),
  });
}

/** The tasks that `memoryChart` has something to show of. */
export function chartedTasks(results: readonly MemoryResult[]): ProblemName[] {
  return problemNames.filter((task) => results.some((result) => isPlain(result) && result.task === task));
}

/** The tables and charts in one page, with the numbers. */
export function memoryPage(results: readonly MemoryResult[]): string {
  const plain = results.filter(isPlain);
  const effects = remedyTable(results);
  const cells = memoryTable(plain);
  return page({
    title: "Who remembers how long",
    summary: "Tasks that ask for what was seen long before, learned by real training: yes where the task was learned.",
    body: [
      ...(plain.length > 0 ? [table(cells.head, cells.rows)] : []),
      ...chartedTasks(plain).map((task) => `<p>${memoryChart(plain, task)}</p>`),
      ...(effects.rows.length > 0 ? ["<h2>Remedies</h2>", table(effects.head, effects.rows)] : []),
    ].join("\n"),
    data: results,
  });
}

/** A result in few words: "yes 99.8 %", "no 0.164", or "diverged". */
export function said(result: MemoryResult | undefined): string {
  if (!result) return "";
  if (result.diverged) return "diverged";
  const { accuracy, loss, isLearned } = result;
  const number = accuracy === null ? (loss ?? Number.NaN).toFixed(4) : `${(100 * accuracy).toFixed(1)} %`;
  return `${isLearned ? "yes" : "no"} ${number}`;
}

/** How much is forgotten, from 0 to that of one who remembers nothing, 1. */
function forgotten({ task, accuracy, loss, baseline, diverged }: MemoryResult): number {
  if (diverged) return Number.NaN;
  if (accuracy === null) return (loss ?? Number.NaN) / baseline;
  return (1 - accuracy) / (1 - 1 / problem(task).classes!);
}

function chanceOf(task: ProblemName): string {
  const { classes, baseline } = problem(task);
  return classes === null ? baseline.toFixed(4) : `${(100 / classes).toFixed(1)} %`;
}

/** The cell, and the options in which the trainings of a remedy differ. */
function settingOf({ cell, options = {} }: MemoryTrial, all: readonly MemoryTrial[]): string {
  const differing = Object.entries(options).filter(
    ([name, value]) => !all.every((other) => other.options?.[name as keyof typeof other.options] === value),
  );
  const cells = unique<LearnerName>(all.map((other) => other.cell));
  const said = differing.map(([name, value]) => `${name} ${String(value)}`).join(", ");
  return [cell, cells.length > 1 ? "" : said].filter((part) => part !== "").join(", ");
}

function problem(name: ProblemName): Problem {
  return problemOf(name, { symbols: 1 });
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
