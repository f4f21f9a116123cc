import { resolve } from "node:path";
import type { Command } from "commander";
import { FormatError, nearest, readOptions, StopError, ValueError } from "../../base/index.ts";
import { datasets } from "../../datasets/index.ts";
import { nodeFolder, readTextFile } from "../../files/node.ts";
import { loadKernels } from "../../kernels/index.ts";
import {
  type LanguageModelSettings,
  type LanguageTraining,
  languageModel,
  type Recipe,
  readSettings,
  recipes,
  type TextData,
  tasks,
} from "../../tasks/index.ts";
import { Engine } from "../../tensor/index.ts";
import { type Outcome, RunFolder } from "../../train/index.ts";
import { isConfigPath, readConfigFile } from "../config-file.ts";
import { flagsOf, pick } from "../flags.ts";
import { loadModel, readVocabulary } from "../models.ts";
import { TrainingProgress } from "../progress.ts";
import { findRun, newRunPath } from "../runs.ts";
import { clock, count, Screen, type Voice } from "../screen.ts";

interface TrainFlags extends Voice {
  readonly data?: string;
  readonly run?: string;
  readonly resume?: string | true;
  readonly [option: string]: unknown;
}

/** What a training is about, wherever it was said: flags, a config file, a recipe or a run to go on with. */
interface Plan {
  readonly recipe: string | null;
  readonly data: string | null;
  readonly settings: LanguageModelSettings;
}

/** `backstitch train`: trains a recipe, a task on a file, or what a config file says; or goes on with a run. */
export function trainCommand(program: Command): void {
  const command = program
    .command("train [what]")
    .description("train a recipe, a task on your own data, or what a config file says")
    .option("--data <file>", "a UTF-8 text file to train on")
    .option("--run <folder>", "where to save [default: runs/ and the name]")
    .option("--resume [run]", "go on with a run that was stopped, by default the last one")
    .option("--json", "one JSON object per line")
    .option("--quiet", "only results and errors")
    .addHelpText(
      "after",
      `
Examples:
  backstitch train names
  backstitch train names --cell gru --hidden-size 256 --epochs 20
  backstitch train language-model --data lines.txt
  backstitch train language-model --data book.txt --unit text --run runs/book
  backstitch train config.yaml
  backstitch train --resume

A config file holds the same options: recipe or task, data, run, and any of those above as in hiddenSize: 256.`,
    );
  command.optionsGroup("Model and training:");
  for (const option of flagsOf(languageModel.options)) command.addOption(option);
  command.action(async (what: string | undefined, flags: TrainFlags) => {
    const screen = new Screen(flags);
    if (flags.resume !== undefined) await resume(what, flags, screen);
    else await begin(what, flags, screen);
  });
}

async function begin(what: string | undefined, flags: TrainFlags, screen: Screen): Promise<void> {
  if (what === undefined)
    throw new ValueError(
      `train: needs a recipe, a task or a config file; recipes: ${Object.keys(recipes).join(", ")}; tasks: ${Object.keys(tasks).join(", ")}`,
    );
  const fromFlags = {
    options: pick(languageModel.options, flags),
    ...(flags.data !== undefined && { data: flags.data }),
    ...(flags.run !== undefined && { run: flags.run }),
  };
  const file = isConfigPath(what) ? await readConfigFile(what) : named(what);
  const recipe: Recipe | null = file.recipe === null ? null : recipes[file.recipe as keyof typeof recipes];
  const data = fromFlags.data ?? file.data ?? null;
  if (data === null && recipe === null)
    throw new StopError(`train: ${what} needs data; give --data <file>, a UTF-8 text file`);
  const settings = readOptions(isConfigPath(what) ? what : "train", languageModel.options, {
    ...recipe?.options,
    ...file.options,
    ...fromFlags.options,
  });
  const plan = { recipe: file.recipe, data: data === null ? null : resolve(data), settings };
  const text = await readData(plan, data);
  const { build, notes } = await loadKernels();
  const engine = new Engine(build, { seed: settings.seed });
  const training = languageModel.prepare(engine, data ?? `recipe ${file.recipe}`, text, settings);
  const path = fromFlags.run ?? file.run ?? (await newRunPath(file.recipe ?? "language-model"));
  const { name, isa, precision } = build;
  const run = await RunFolder.create(
    nodeFolder(path),
    {
      task: "language-model",
      recipe: plan.recipe,
      data: plan.data,
      options: settings,
      kernels: { name, isa, precision },
    },
    { "vocabulary.json": `${JSON.stringify(training.model.vocabulary.toJSON())}\n` },
  );
  await work({ run, training, text, engine, notes, screen, isResumed: false });
}

async function resume(what: string | undefined, flags: TrainFlags, screen: Screen): Promise<void> {
  const given = typeof flags.resume === "string" ? flags.resume : (what ?? flags.run);
  const path = await findRun(given);
  const changed = Object.keys(pick(languageModel.options, flags));
  if (changed.length > 0)
    throw new ValueError(
      `train: --resume goes on with the options of the run, but got ${changed[0]}; leave it out, or train anew without --resume`,
    );
  const run = await RunFolder.resume(nodeFolder(path));
  try {
    const { config } = run;
    const settings = readSettings(`${path}/config.json`, config.options);
    const recipe = config.recipe;
    if (recipe !== null && !Object.hasOwn(recipes, recipe))
      throw new FormatError(
        `${path}/config.json: recipe must be one of ${Object.keys(recipes).join(", ")}, got "${recipe}"`,
      );
    const data = flags.data ?? config.data;
    const text = await readData({ recipe, data, settings }, data);
    const { build, notes } = await loadKernels({ precision: config.kernels.precision });
    const engine = new Engine(build, { seed: settings.seed });
    const training = languageModel.prepare(
      engine,
      data ?? `recipe ${recipe}`,
      text,
      settings,
      await readVocabulary(run),
    );
    if (build.name !== config.kernels.name || build.isa !== config.kernels.isa)
      screen.say(
        `note: the run began on ${config.kernels.name} (${config.kernels.isa}) kernels and goes on with ${build.name} (${build.isa}); the last bits may differ`,
      );
    await work({ run, training, text, engine, notes, screen, isResumed: true });
  } finally {
    await run.close();
  }
}

interface Work {
  readonly run: RunFolder;
  readonly training: LanguageTraining;
  readonly text: TextData;
  readonly engine: Engine;
  readonly notes: readonly string[];
  readonly screen: Screen;
  readonly isResumed: boolean;
}

async function work({ run, training, text, engine, notes, screen, isResumed }: Work): Promise<void> {
  const { model, data, steps } = training;
  const { path } = run.folder;
  const { name, isa, threads } = engine.build;
  const { bold, dim, cyan } = screen.color;
  for (const note of notes) screen.say(dim(`note: ${note}`));
  screen.emit({ event: "start", run: path, parameters: model.parameterCount, tokens: data.trainingTokens, steps });
  const { cell, layers, hiddenSize } = model.settings;
  screen.say(
    `${bold(path)}  ${layers > 1 ? `${layers} layers of ` : ""}${cell} H ${hiddenSize}, ${count(model.parameterCount)} parameters, ` +
      `${count(data.trainingTokens)} tokens, vocabulary ${model.vocabulary.size}  ${dim(`${name} kernels, ${isa}, ${threads} ${threads === 1 ? "thread" : "threads"}`)}`,
  );
  const stopper = new AbortController();
  const interrupt = () => {
    if (stopper.signal.aborted) process.exit(130);
    stopper.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  const progress = new TrainingProgress(screen);
  const began = performance.now();
  let outcome: Outcome;
  try {
    outcome = await training.run({ run, on: progress.listeners, signal: stopper.signal });
  } finally {
    progress.close();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    await run.close();
  }
  if (outcome.reason === "aborted") {
    screen.result(`stopped at step ${outcome.step} of ${steps}, saved; to go on: backstitch train --resume ${path}`);
    process.exitCode = 130;
    return;
  }
  const seconds = (performance.now() - began) / 1000;
  const best = outcome.best
    ? `, best validation loss ${outcome.best.value.toFixed(3)} at step ${outcome.best.step}`
    : "";
  const early = outcome.reason === "early" ? " (early: no more improvement)" : "";
  screen.say(`${isResumed ? "finished" : "trained"} in ${clock(seconds)}${early}${best}`);
  await showSamples(run, text, screen, cyan);
  screen.say("");
  screen.say(`More:  backstitch generate ${path} --temperature 1    Look:  backstitch show ${path}`);
}

/** Samples of the trained model, those first that are not in the data. */
async function showSamples(
  run: RunFolder,
  text: TextData,
  screen: Screen,
  colour: (text: string) => string,
): Promise<void> {
  const { model } = await loadModel(await RunFolder.open(run.folder));
  const { samples: wanted, unit } = model.settings;
  if (unit === "text") {
    for (const sample of model.generate({ samples: 1, maxLength: 400 })) {
      screen.emit({ event: "generated", text: sample });
      screen.result(colour(sample));
    }
    return;
  }
  const known = new Set(typeof text === "string" ? text.split(/\r?\n/) : text);
  const drawn = [...new Set(model.generate({ samples: Math.min(4 * wanted, 1000) }))];
  const fresh = drawn.filter((sample) => !known.has(sample)).slice(0, wanted);
  screen.say(`\n${fresh.length} new ones, none of them in the data:`);
  for (const sample of fresh) {
    screen.emit({ event: "generated", text: sample });
    screen.result(`  ${colour(sample)}`);
  }
}

async function readData({ recipe }: Plan, path: string | null): Promise<TextData> {
  if (path !== null) return readTextFile(path);
  const { dataset } = recipes[recipe as keyof typeof recipes];
  return datasets[dataset](`recipe ${recipe}`);
}

function named(what: string): { recipe: string | null; data?: string; run?: string; options: Record<string, unknown> } {
  if (Object.hasOwn(recipes, what)) return { recipe: what, options: {} };
  if (Object.hasOwn(tasks, what)) return { recipe: null, options: {} };
  const known = [...Object.keys(recipes), ...Object.keys(tasks)];
  const near = nearest(what, known);
  throw new ValueError(
    `train: no recipe or task "${what}"; ${near ? `did you mean "${near}"?` : `there is ${known.join(", ")}, or a config file that ends in .yaml`}`,
  );
}
