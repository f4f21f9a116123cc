import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { FormatError, nearest, type OptionSchema, readOptions, StopError, ValueError } from "../../base/index.ts";
import { nodeFolder } from "../../files/node.ts";
import { loadKernels } from "../../kernels/index.ts";
import {
  changeableOptions,
  type LanguageModelSettings,
  languageModel,
  languageModelRecipes,
  memory,
  type Recipe,
  readSettings,
  recipes,
  tasks,
  translationModel,
} from "../../tasks/index.ts";
import { Engine } from "../../tensor/index.ts";
import { type RunConfig, RunFolder } from "../../train/index.ts";
import { type ConfigFile, isConfigPath, readConfigFile } from "../config-file.ts";
import { type DataSource, dataHelp, findFiles, isTextPath, isThere, nameOf, sourceOf } from "../data.ts";
import { changesOf, flagsOf, pick } from "../flags.ts";
import { beginMemory, refuseOthers, resumeMemory } from "../memory.ts";
import { codecFiles, readRunCodec } from "../models.ts";
import { pairDataHelp, pairFileOptions } from "../pair-files.ts";
import { readWatched } from "../reading.ts";
import { findRun, newRunPath } from "../runs.ts";
import { Screen, type Voice } from "../screen.ts";
import { languageTalk, runTraining, type Work } from "../training.ts";
import { readTrainingData, type TrainingData, type TrainingDataOptions } from "../training-data.ts";
import { beginTranslation, resumeTranslation, translationFlags } from "../translation-training.ts";

interface TrainFlags extends Voice {
  readonly data?: string;
  readonly run?: string;
  readonly resume?: string | true;
  readonly [option: string]: unknown;
}

/** `backstitch train`: trains a recipe, a task on a file, or what a config file says; or goes on with a run. */
export function trainCommand(program: Command): void {
  const command = program
    .command("train [what]")
    .description("train a recipe, a task on your own data, or what a config file says")
    .option("--data <path>", "what to train on: texts, or for translate pairs")
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
  backstitch train translate --data pairs.tsv --epochs 20
  backstitch train translate --data en.txt --target-data de.txt --model bahdanau
  backstitch train config.yaml
  backstitch train --resume
  backstitch train --resume runs/names --epochs 60
  backstitch train memory --cells rnn,lstm --distances 10,50
  backstitch train memory --remedies

The options of a task:
  backstitch train language-model --help
  backstitch train translate --help
  backstitch train memory --help
What a recipe chooses of them is told by: backstitch recipes dates

${dataHelp}

${pairDataHelp}

A config file (YAML or JSON) holds the same options: recipe or task, data, run, and any of the task's, as in
hiddenSize: 256. Ctrl-C stops a training and saves it; --resume goes on as though it had never stopped. What does not
decide the data or the shapes may be changed then, such as epochs or rate; schedules follow the new length.`,
    );
  const own = [...command.options];
  for (const option of Object.values(flagsByTask).flat())
    if (!command.options.some(({ long }) => long === option.long)) command.addOption(option);
  // Tasks share names of options and not their defaults, so that each has a help of its own.
  command.configureHelp({
    visibleOptions: ({ args: [what = ""] }) => {
      const task = taskOf(what);
      // Help that is no help: of the task that was meant it would tell nothing.
      const meant = nearName(what);
      if (meant !== undefined && meant !== what) throw unknownName(what);
      const options = Object.hasOwn(flagsByTask, task) ? flagsByTask[task]! : [];
      const help = new Option("-h, --help", "display help for command; after a task its options");
      return [...own, help, ...options.filter(({ hidden }) => !hidden)];
    },
  });
  command.action(async (what: string | undefined, flags: TrainFlags) => {
    const screen = new Screen(flags);
    if (flags.resume !== undefined) await resume(what, flags, screen);
    else await begin(what, flags, screen);
  });
}

/** The flags of each task, under a heading. */
const flagsByTask: Readonly<Record<string, readonly Option[]>> = {
  "language-model": headed("Texts, model and training:", languageModel.options),
  translate: [...headed("Pairs:", pairFileOptions), ...headed("Model, training and search:", translationModel.options)],
  memory: headed("What is learned, and training:", memory.options),
};

function headed(heading: string, schema: OptionSchema): Option[] {
  return flagsOf(schema).map((option) => option.helpGroup(heading));
}

/** The task that is named, or that of the recipe that is. */
function taskOf(what: string): string {
  return Object.hasOwn(recipes, what) ? recipes[what as keyof typeof recipes].task : what;
}

async function begin(what: string | undefined, flags: TrainFlags, screen: Screen): Promise<void> {
  if (what === undefined) throw noName(flags);
  const file = isConfigPath(what) ? await readConfigFile(what) : await named(what);
  const recipe: Recipe | null = file.recipe === null ? null : recipes[file.recipe as keyof typeof recipes];
  checkTask(file.task, flags);
  if (file.task === "translate") {
    await beginTranslation(what, file, flags, screen);
    return;
  }
  if (file.task === "memory") {
    const run = flags.run ?? file.run;
    await beginMemory({ ...recipe?.options, ...file.options }, { ...flags, ...(run !== undefined && { run }) }, screen);
    return;
  }
  const source = sourceOf(flags.data ?? file.data ?? null, file.recipe);
  if (source === null) throw new StopError(`train: ${what} needs data; give --data <path>, such as a UTF-8 text file`);
  const settings = readOptions(isConfigPath(what) ? what : "train", languageModel.options, {
    ...recipe?.options,
    ...file.options,
    ...pick("train", languageModel.options, flags),
  });
  const path = flags.run ?? file.run ?? (await newRunPath(file.recipe ?? "language-model"));
  const { build, notes } = await loadKernels();
  const data = await readTexts(source, settings, { path, isNew: true }, screen);
  if (data === null) return;
  let work: Work;
  try {
    const engine = new Engine(build, { seed: settings.seed });
    const training = languageModel.prepare(engine, nameOf(source), data.encoded, settings);
    const { name, isa, precision } = build;
    const config: RunConfig = {
      task: "language-model",
      recipe: file.recipe,
      data: "file" in source ? resolve(source.file) : null,
      fingerprint: training.data.fingerprint,
      options: settings,
      kernels: { name, isa, precision },
    };
    const run = await RunFolder.create(nodeFolder(path), config, codecFiles(training.model.codec));
    const talk = languageTalk(run, training, screen);
    work = { run, training, talk, engine, notes: [...notes, ...data.encoded.notes], screen };
  } catch (error) {
    await data.discard();
    throw error;
  }
  await runOn(work, data);
}

/** As readTrainingData, shown while it goes on; null when a signal has ended it. */
async function readTexts(
  source: DataSource,
  settings: LanguageModelSettings,
  options: Omit<TrainingDataOptions, "progress" | "signal">,
  screen: Screen,
): Promise<TrainingData | null> {
  const bytes = "file" in source ? (await findFiles(source.file)).bytes : 0;
  const watched = { name: nameOf(source), bytes };
  return readWatched(watched, screen, (watch) => readTrainingData(source, settings, { ...options, ...watch }));
}

/** Trains; when it has come to its end, the files of the data go. */
async function runOn(work: Work, data: TrainingData): Promise<void> {
  try {
    const { reason } = await runTraining(work);
    if (reason !== "aborted") await data.remove();
  } finally {
    data.close();
  }
}

async function resume(what: string | undefined, flags: TrainFlags, screen: Screen): Promise<void> {
  const given = typeof flags.resume === "string" ? flags.resume : (what ?? flags.run);
  const path = await findRun(given);
  const run = await RunFolder.resume(nodeFolder(path));
  try {
    const { config } = run;
    const where = `${path}/config.json`;
    checkTask(config.task, flags);
    if (config.task === "translate") {
      await resumeTranslation(run, flags, screen);
      return;
    }
    if (config.task === "memory") {
      await resumeMemory(run, flags, screen);
      return;
    }
    const settings = readOptions("train", languageModel.options, {
      ...readSettings(where, config.options),
      ...changesOf("train", languageModel.options, changeableOptions, flags, config.options),
    });
    if (config.recipe !== null && !Object.hasOwn(languageModelRecipes, config.recipe))
      throw new FormatError(
        `${where}: recipe must be one of ${Object.keys(languageModelRecipes).join(", ")}, got "${config.recipe}"`,
      );
    const source = sourceOf(flags.data ?? config.data, config.recipe);
    if (source === null) throw new FormatError(`${where}: needs data or recipe; give --data <file>`);
    const codec = await readRunCodec(run, settings);
    const data = await readTexts(source, settings, { path, codec }, screen);
    if (data === null) return;
    const { build, notes } = await loadKernels({ precision: config.kernels.precision });
    const engine = new Engine(build, { seed: settings.seed });
    const training = languageModel.prepare(engine, nameOf(source), data.encoded, settings);
    if (config.fingerprint !== undefined && config.fingerprint !== data.encoded.fingerprint) {
      await data.remove();
      throw new StopError(
        `${nameOf(source)}: is not the text that ${path} was begun with; give that one with --data, or train anew without --resume`,
      );
    }
    const { name, isa } = config.kernels;
    const moved =
      build.name === name && build.isa === isa
        ? []
        : [
            `the run began on ${name} kernels (${isa}) and goes on with ${build.name} (${build.isa}); the last bits may differ`,
          ];
    const change = { options: settings, data: "file" in source ? resolve(source.file) : null };
    const talk = languageTalk(run, training, screen);
    await runOn({ run, training, talk, engine, notes: [...notes, ...moved], screen, change }, data);
  } finally {
    await run.close();
  }
}

/** Refuses flags that are for other tasks. @throws RangeError */
function checkTask(task: string, flags: TrainFlags): void {
  const { [task]: own = languageModel.options.shape, ...others } = taskFlags;
  refuseOthers(task, flags, own, Object.assign({}, ...Object.values(others)));
}

/** The options of each task that trains. */
const taskFlags: Readonly<Record<string, object>> = {
  [languageModel.name]: languageModel.options.shape,
  translate: translationFlags,
  memory: memory.options.shape,
};

/** A recipe or a task by its name. @throws RangeError for any other, with what was probably meant */
async function named(what: string): Promise<ConfigFile> {
  if (Object.hasOwn(recipes, what))
    return { recipe: what, task: recipes[what as keyof typeof recipes].task, options: {} };
  if (Object.hasOwn(tasks, what)) return { recipe: null, task: what as keyof typeof tasks, options: {} };
  if (arePairs(what))
    throw new ValueError(
      `train: needs a recipe, a task or a config file, got the pairs ${what}; to train on them: ${commandOn(what)}`,
    );
  if (isTextPath(what) || (await isThere(what)))
    throw new ValueError(
      `train: needs a recipe, a task or a config file, got the text ${what}; to train on it: ${commandOn(what)}`,
    );
  throw unknownName(what);
}

function noName({ data, ...flags }: TrainFlags): ValueError {
  const needs = "train: needs a recipe, a task or a config file";
  if (data === undefined)
    return new ValueError(
      `${needs}; recipes: ${Object.keys(recipes).join(", ")}; tasks: ${Object.keys(tasks).join(", ")}`,
    );
  const isPairs = Object.keys(pairFileOptions.shape).some((name) => flags[name] !== undefined);
  const perhaps = isPairs ? "backstitch train translate with the same options" : commandOn(data);
  return new ValueError(`${needs} beside --data; perhaps: ${perhaps}`);
}

function arePairs(path: string): boolean {
  return /\.(tsv|tmx)$/i.test(path);
}

/** What trains on a file. */
function commandOn(path: string): string {
  return `backstitch train ${arePairs(path) ? "translate" : "language-model"} --data ${path}`;
}

function unknownName(what: string): ValueError {
  const near = nearName(what);
  return new ValueError(
    `train: no recipe or task "${what}"; ${near ? `did you mean "${near}"?` : `there is ${names.join(", ")}, or a config file that ends in .yaml`}`,
  );
}

/** What can be trained, by name. */
const names = [...new Set([...Object.keys(recipes), ...Object.keys(tasks)])];

function nearName(what: string): string | undefined {
  return nearest(what, names);
}
