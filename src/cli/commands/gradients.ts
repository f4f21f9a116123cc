import type { Command } from "commander";
import { KindError, ValueError } from "../../base/index.ts";
import { type DatasetName, datasets } from "../../datasets/index.ts";
import { readTextFile } from "../../files/node.ts";
import {
  compareFlow,
  compareOptions,
  type FlowReport,
  flowChart,
  flowCurves,
  flowLines,
  flowPage,
  flowTable,
  languageModelRecipes,
  modelFlow,
  placeOptions,
  saturationTable,
} from "../../tasks/index.ts";
import type { RunFolder } from "../../train/index.ts";
import { flagsOf, kebab, pick } from "../flags.ts";
import { Interrupt } from "../interrupt.ts";
import { isModelFile, openModel } from "../models.ts";
import { endingOf, writeOutput } from "../output-file.ts";
import { fittingTable } from "../plain-table.ts";
import { TrainingProgress } from "../progress.ts";
import { openRun } from "../runs.ts";
import { columnsOf, counted, Screen, type Voice, wrapped } from "../screen.ts";

interface GradientFlags extends Voice {
  readonly data?: string;
  readonly output?: string;
  readonly [option: string]: unknown;
}

/** `backstitch gradients`: how far the gradients of a trained model reach back, or those of fresh cells side by side. */
export function gradientsCommand(program: Command): void {
  const command = program
    .command("gradients [run]")
    .description("see how far gradients reach back through time: of a run, or of fresh rnn, gru and lstm side by side")
    .option("--data <file>", "the text to measure on [default: that of a recipe, or names of dinosaurs]")
    .option("--output <file>", "also write a picture: .svg, or .html with the numbers")
    .option("--json", "one JSON object per line")
    .option("--quiet", "only results and errors")
    .addHelpText(
      "after",
      `
A gradient that falls to nothing within a few steps cannot teach what lies further back; one that grows without end
makes training unstable. Memory is the greatest distance at which the gradient is still 1 % (--threshold) of that at
the loss. With --updates each cell is trained on the text before it is measured.

Examples:
  backstitch gradients
  backstitch gradients --forget-bias 3 --distance 200 --output gradients.html
  backstitch gradients --cells rnn,lstm --updates 300
  backstitch gradients runs/book --data book.txt`,
    );
  for (const option of flagsOf(compareOptions)) command.addOption(option);
  command.action(async (path: string | undefined, flags: GradientFlags) => {
    const ending = endingOf("gradients", flags.output, ["svg", "html"]);
    const screen = new Screen(flags);
    const report = path === undefined ? await ofCells(flags, screen) : await ofRun(path, flags);
    if (report.models.length === 0) return;
    show(report, screen);
    if (flags.output === undefined) return;
    await writeOutput(screen, flags.output, ending === "svg" ? flowChart(report) : flowPage(report));
  });
}

async function ofRun(path: string, flags: GradientFlags): Promise<FlowReport> {
  const other = Object.keys(pick("gradients", compareOptions, flags)).find(
    (name) => !Object.hasOwn(placeOptions.shape, name),
  );
  if (other !== undefined)
    throw new ValueError(
      `gradients: --${kebab(other)} is for fresh cells, but ${path} is a model that has its own; leave it out`,
    );
  const { where, model, step } = await openModel(path);
  const text = await textOf(isModelFile(where) ? null : await openRun(where), flags);
  if (text === null) throw new KindError(`gradients: needs a text to measure ${where} on; give --data <file>`);
  return modelFlow(model, text, pick("gradients", placeOptions, flags), { updates: step });
}

/** The text to measure on: the one given, or else that of the run's recipe. */
async function textOf(run: RunFolder | null, { data }: GradientFlags): Promise<string | null> {
  if (data !== undefined) return readTextFile(data);
  const recipe = run?.config.recipe;
  return recipe && Object.hasOwn(languageModelRecipes, recipe)
    ? textOfSet(languageModelRecipes[recipe as keyof typeof languageModelRecipes].dataset)
    : null;
}

function textOfSet(name: DatasetName): string {
  const read = datasets[name]("gradients");
  return typeof read === "string" ? read : `${read.join("\n")}\n`;
}

async function ofCells(flags: GradientFlags, screen: Screen): Promise<FlowReport> {
  const text = flags.data === undefined ? textOfSet("dinosaurs") : await readTextFile(flags.data);
  const options = pick("gradients", compareOptions, flags);
  const interrupt = new Interrupt();
  let progress: TrainingProgress | null = null;
  try {
    const report = await compareFlow(text, {
      ...options,
      signal: interrupt.signal,
      onCell: (cell) => {
        progress?.close();
        if (!options.updates) return;
        screen.say(`training ${cell}`);
        progress = new TrainingProgress(screen);
      },
      onStep: (step) => progress?.listeners.step?.(step),
    });
    if (interrupt.signal.aborted) process.exitCode = interrupt.exitCode;
    return report;
  } finally {
    (progress as TrainingProgress | null)?.close();
    interrupt.close();
  }
}

function show(report: FlowReport, screen: Screen): void {
  screen.emit({ ...report });
  const { red, green, blue, yellow, magenta, cyan, dim } = screen.color;
  const paints = [red, green, blue, yellow, magenta, cyan];
  const width = Math.max(20, Math.min(100, (process.stdout.columns ?? 80) - 14));
  const names = flowLines(report).map(({ name }, i) => paints[i % paints.length]!(name));
  const columns = columnsOf(Number.POSITIVE_INFINITY);
  const places = counted(report.places, "place");
  screen.result(wrapped(`|dL/dh| by steps back from the loss, the mean over ${places}: ${names.join(", ")}`, columns));
  screen.result(flowCurves(report, paints, { width, height: 12 }));
  const memory = flowTable(report);
  const gates = saturationTable(report);
  for (const { head, rows } of [memory, gates]) screen.result(`\n${fittingTable(head, rows, columns)}`);
  const limits =
    "at its limits: a sigmoid below 0.1 or above 0.9, a tanh below -0.9 or above 0.9, a rectified unit at 0";
  screen.result(dim(wrapped(limits, columns)));
}
