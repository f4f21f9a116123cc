import Table from "cli-table3";
import type { Command } from "commander";
import { drawCurves } from "../../draw/index.ts";
import { parameters } from "../../nn/index.ts";
import { TranslationModel, toldTags } from "../../tasks/index.ts";
import type { MetricLine } from "../../train/index.ts";
import { bestText } from "../best.ts";
import { readMemoryResults, showMemory } from "../memory.ts";
import { type AnyModel, freshModel, isModelFile, loadModel, openAny } from "../models.ts";
import { openRun } from "../runs.ts";
import { columnsOf, count, Screen, type Voice, wrapped } from "../screen.ts";

/** `backstitch show`: what a run is and how it went. */
export function showCommand(program: Command): void {
  program
    .command("show [run]")
    .description("a run's options, parameters, loss curve and last samples")
    .option("--json", "all of it as one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  backstitch show\n  backstitch show runs/names --json\n  backstitch show names.safetensors",
    )
    .action(async (path: string | undefined, options: Voice) => {
      const screen = new Screen(options);
      if (path !== undefined && isModelFile(path)) await showFile(path, screen);
      else await showRun(path, screen);
    });
}

async function showFile(path: string, screen: Screen): Promise<void> {
  const { model } = await openAny(path);
  const { bold } = screen.color;
  screen.emit({ file: path, options: model.settings, parameters: shapesOf(model) });
  screen.result(`${bold(path)}  ${model instanceof TranslationModel ? "translate" : "language-model"}\n`);
  screen.result(columns(model.settings));
  showSides(model, screen);
  screen.result(`\n${parameterTable(model)}`);
}

async function showRun(path: string | undefined, screen: Screen): Promise<void> {
  const run = await openRun(path);
  const { config } = run;
  if (config.task === "memory") {
    const results = await readMemoryResults(run);
    screen.emit({ run: run.folder.path, config, results });
    screen.result(`${screen.color.bold(run.folder.path)}  ${config.task}\n\n${columns(config.options)}`);
    showMemory(results, screen);
    return;
  }
  const metrics = await run.metrics();
  // Where the run is says the last checkpoint, not the best one, which its model is read from.
  const state = (await run.checkpoint("last"))?.state ?? (await run.checkpoint("best"))?.state;
  const best = state?.best ?? null;
  const model = state ? (await loadModel(run)).model : await freshModel(run);
  screen.emit({
    run: run.folder.path,
    config,
    parameters: shapesOf(model),
    step: state?.step ?? 0,
    best,
    metrics,
  });
  const { bold, dim, cyan, green } = screen.color;
  const kernels = `${config.kernels.name} kernels (${config.kernels.isa})`;
  const heading = `${bold(run.folder.path)}  ${config.task}  ${dim(config.recipe ?? config.data ?? "")}  ${dim(kernels)}`;
  screen.result(`${wrapped(heading, columnsOf(Number.POSITIVE_INFINITY), 2)}\n`);
  screen.result(columns(config.options));
  showSides(model, screen);
  screen.result(`\n${parameterTable(model)}\n`);
  screen.result(curves(metrics, screen) ?? "nothing was logged yet");
  const saved =
    state === undefined
      ? `no checkpoint yet; go on with: backstitch train --resume ${run.folder.path}`
      : `saved at step ${state.step}${best ? `, ${green(bestText(config.options, best, 4))}` : ""}`;
  screen.result(wrapped(saved, columnsOf(Number.POSITIVE_INFINITY), 2));
  const judged = metrics.findLast((line) => line.kind === "evaluation" && (best === null || line.step === best.step));
  if (judged?.kind === "evaluation" && typeof judged.values.exactMatch === "number")
    screen.result(
      `${percent(judged.values.exactMatch)} right at step ${judged.step}, error rate ${percent(judged.values.errorRate ?? 0)}`,
    );
  const last = metrics.findLast((line) => line.kind === "samples");
  if (last?.kind === "samples") {
    screen.result(`\nsamples at step ${last.step}:`);
    for (const sample of last.samples) screen.result(`  ${cyan(sample)}`);
  }
}

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;

/** What a translation model reads and writes. */
function showSides(model: AnyModel, screen: Screen): void {
  if (!(model instanceof TranslationModel)) return;
  const { source, target, facts } = model;
  const side = ({ tokenizer, size }: typeof source, longest: number) =>
    `${tokenizer.name}, ${count(size)} tokens known, ${count(longest)} in the longest`;
  screen.result(`\nsource  ${side(source, facts.longestSource)}`);
  screen.result(`target  ${side(target, facts.longestTarget)}`);
  if (facts.tags.length > 0) screen.result(wrapped(`tags    ${toldTags(facts.tags)}`, columnsOf(80), 8));
}

function shapesOf(model: AnyModel): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(parameters(model.network)).map(([name, { shape }]) => [name, shape]));
}

function parameterTable(model: AnyModel): string {
  const rows = Object.entries(parameters(model.network)).map(
    ([name, { shape, size }]) => [name, `[${shape.join(" ")}]`, count(size)] as const,
  );
  const all = ["all", "", count(model.parameterCount)] as const;
  const widest = (column: 1 | 2) => Math.max(7, ...[...rows, all].map((row) => row[column].length));
  // In a small terminal names lose their beginnings, which are the most alike.
  const room = Math.max(12, columnsOf(Number.POSITIVE_INFINITY) - widest(1) - widest(2) - 4);
  const table = plainTable(["parameter", "shape", "numbers"]);
  for (const [name, ...rest] of rows) table.push([name.length > room ? `…${name.slice(1 - room)}` : name, ...rest]);
  table.push([...all]);
  return table.toString();
}

/** Options in three columns, or as many as fit. */
function columns(options: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(options).map(([name, value]) => [name, String(value)] as const);
  for (let across = 3; ; across--) {
    const rows = Math.ceil(entries.length / across);
    const table = plainTable([]);
    for (let i = 0; i < rows; i++) {
      const row = Array.from({ length: across }, (_, column) => entries[i + column * rows]);
      table.push(row.flatMap((entry) => (entry ? [entry[0], entry[1]] : ["", ""])));
    }
    const text = table.toString();
    const width = Math.max(...text.split("\n").map((line) => line.length));
    if (across === 1 || width <= columnsOf(Number.POSITIVE_INFINITY)) return text;
  }
}

function plainTable(head: string[]): Table.Table {
  const none = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"];
  const more = ["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"];
  return new Table({
    head,
    chars: Object.fromEntries([...none, ...more].map((name) => [name, name === "middle" ? "  " : ""])),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
}

function curves(metrics: readonly MetricLine[], screen: Screen): string | undefined {
  const training: [number, number][] = [];
  const validation: [number, number][] = [];
  for (const line of metrics) {
    if (line.kind === "progress") training.push([line.step, line.loss]);
    if (line.kind === "evaluation" && typeof line.values.loss === "number")
      validation.push([line.step, line.values.loss]);
  }
  if (training.length === 0) return undefined;
  const both = validation.length > 0;
  const width = Math.max(20, Math.min(100, (process.stdout.columns ?? 80) - 14));
  const { blue, yellow } = screen.color;
  const chart = drawCurves(
    [
      { curve: training, paint: blue },
      { curve: validation, paint: yellow },
    ],
    { width, height: 12 },
  );
  const title = `loss by step: ${blue("training")}${both ? ` and ${yellow("validation")}` : ""}`;
  return `${title}\n${chart}`;
}
