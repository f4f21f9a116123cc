/** `backstitch train memory`: the memory tasks, in a run folder that keeps every training that is over. */
import { z } from "zod";
import { KindError, nearest, readOptions, ValueError } from "../base/index.ts";
import { nodeFolder } from "../files/node.ts";
import { parseJson } from "../formats/index.ts";
import { loadKernels } from "../kernels/index.ts";
import {
  chartedTasks,
  type MemoryResult,
  type MemorySettings,
  memory,
  memoryChart,
  memoryPage,
  memoryTable,
  remedyTable,
  resultSchema,
  trialsOf,
} from "../tasks/index.ts";
import { RunFolder } from "../train/index.ts";
import { kebab, pick } from "./flags.ts";
import { Interrupt } from "./interrupt.ts";
import { MemoryProgress } from "./memory-progress.ts";
import { plainTable } from "./plain-table.ts";
import { newRunPath } from "./runs.ts";
import type { Screen } from "./screen.ts";

/** Flags as `train` was given them. */
type Flags = Readonly<Record<string, unknown>>;

const resultsFile = "results.json";
const pageFile = "memory.html";

/** Begins the memory tasks anew. @param given what a config file or a recipe says */
export async function beginMemory(given: Flags, flags: Flags, screen: Screen): Promise<void> {
  if (flags.data !== undefined) throw new KindError("train: memory draws its own data; leave --data out");
  const settings = readOptions("train", memory.options, { ...given, ...pick("train", memory.options, flags) });
  const path = (flags.run as string | undefined) ?? (await newRunPath("memory"));
  const { build, notes } = await loadKernels();
  for (const note of notes) screen.note(note);
  const { name, isa, precision } = build;
  const run = await RunFolder.create(nodeFolder(path), {
    task: memory.name,
    recipe: memory.name,
    data: null,
    options: settings,
    kernels: { name, isa, precision },
  });
  await learn(run, settings, [], screen);
}

/** Goes on with the memory tasks: what is over is not done again. More tasks, cells and distances may be asked for. */
export async function resumeMemory(run: RunFolder, flags: Flags, screen: Screen): Promise<void> {
  const where = `${run.folder.path}/config.json`;
  const { options } = run.config;
  const wanted = pick("train", memory.options, flags);
  for (const [name, value] of Object.entries(wanted))
    if (!changeable.includes(name) && value !== options[name])
      throw new ValueError(
        `train: --resume cannot change ${name}, which is ${String(options[name])} in this run; leave --${kebab(name)} out, or train anew without --resume`,
      );
  const settings = readOptions(where, memory.options, { ...options, ...wanted });
  const known = await readMemoryResults(run);
  await run.change({ options: settings });
  await learn(run, settings, known, screen);
}

const changeable: readonly string[] = ["tasks", "cells", "distances", "remedies"];

/** The trainings of a run that are over. @throws FormatError when the file is not as it was written */
export async function readMemoryResults({ folder }: RunFolder): Promise<MemoryResult[]> {
  if (!(await folder.exists(resultsFile))) return [];
  const where = `${folder.path}/${resultsFile}`;
  return parseJson(where, await folder.readText(resultsFile), z.array(resultSchema));
}

/** Tables of results in the terminal. */
export function showMemory(results: readonly MemoryResult[], screen: Screen): void {
  for (const { head, rows } of [memoryTable(results), remedyTable(results)])
    if (rows.length > 0) screen.result(`\n${plainTable(head, rows)}`);
}

/**
 * Refuses flags that are another task's.
 *
 * @param task   what is trained
 * @param own    the options it has
 * @param others those of the other tasks
 * @throws RangeError
 */
export function refuseOthers(task: string, flags: Flags, own: object, others: object): void {
  const wrong = Object.keys(flags).find((name) => !Object.hasOwn(own, name) && Object.hasOwn(others, name));
  if (wrong === undefined) return;
  const near = nearest(wrong, Object.keys(own));
  const hint = near ? `did you mean --${kebab(near)}?` : "leave it out";
  throw new ValueError(`train: ${task} has no option --${kebab(wrong)}; ${hint}`);
}

async function learn(
  run: RunFolder,
  settings: MemorySettings,
  known: readonly MemoryResult[],
  screen: Screen,
): Promise<void> {
  const { folder } = run;
  const trials = trialsOf(settings);
  screen.emit({ event: "start", run: folder.path, trainings: trials.length, known: known.length });
  const kept = known.length > 0 ? `, ${known.length} kept from before` : "";
  screen.say(`${screen.color.bold(folder.path)}  ${trials.length} trainings${kept}`);
  const interrupt = new Interrupt();
  const progress = new MemoryProgress(screen, settings);
  // What was asked for before stays in the file, though it is not asked for now.
  const all = [...known];
  let results: MemoryResult[];
  try {
    results = await memory.train({
      ...settings,
      known,
      signal: interrupt.signal,
      onTrial: (trial, number) => progress.begin(trial, number),
      onStep: (step) => progress.step(step),
      onResult: async (result) => {
        all.push(result);
        await folder.write(resultsFile, `${JSON.stringify(all, null, 1)}\n`);
        progress.end(result);
      },
    });
    await folder.write(pageFile, memoryPage(all));
    for (const task of chartedTasks(all)) await folder.write(`${task}.svg`, memoryChart(all, task));
  } finally {
    progress.close();
    interrupt.close();
    await run.close();
  }
  screen.emit({ event: "results", run: folder.path, results });
  showMemory(results, screen);
  const isOver = results.length === trials.length;
  if (interrupt.signal.aborted && !isOver) {
    process.exitCode = interrupt.exitCode;
    screen.result(
      `\nstopped after ${results.length} of ${trials.length} trainings; to go on: backstitch train --resume ${folder.path}`,
    );
  }
  screen.say(screen.color.dim(`\nwritten to ${folder.path}/${pageFile}`));
}
