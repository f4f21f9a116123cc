/** `backstitch train translate` and the recipes of pairs. */
import { resolve } from "node:path";
import { FormatError, KindError, readOptions, StopError } from "../base/index.ts";
import { nodeFolder } from "../files/node.ts";
import { loadKernels } from "../kernels/index.ts";
import {
  changeableTranslationOptions,
  designOf,
  readTranslationSettings,
  TranslationModel,
  type TranslationSettings,
  type TranslationTraining,
  toldTags,
  translateRecipes,
  translationModel,
} from "../tasks/index.ts";
import { Engine } from "../tensor/index.ts";
import { type RunConfig, RunFolder } from "../train/index.ts";
import type { ConfigFile } from "./config-file.ts";
import { changesOf, pick } from "./flags.ts";
import { loadModel, partFiles, readRunParts } from "./models.ts";
import { type PairFileOptions, pairFileOptions } from "./pair-files.ts";
import { readWatched } from "./reading.ts";
import { newRunPath } from "./runs.ts";
import { count, type Screen } from "./screen.ts";
import { runTraining, type TrainingTalk, type Work } from "./training.ts";
import {
  bytesOf,
  nameOfPairs,
  type PairSource,
  readTrainingPairs,
  type TrainingPairs,
  type TrainingPairsOptions,
} from "./training-pairs.ts";

/** Flags as `train` was given them. */
type Flags = Readonly<Record<string, unknown>> & { readonly data?: string; readonly run?: string };

/** All options that a training of a translation model may be given: its own, and how its files are read. */
export const translationFlags = { ...translationModel.options.shape, ...pairFileOptions.shape };

/** Begins a training. @param what what the command was given: starts messages about options */
export async function beginTranslation(what: string, file: ConfigFile, flags: Flags, screen: Screen): Promise<void> {
  const recipe = file.recipe === null ? null : translateRecipes[file.recipe as keyof typeof translateRecipes];
  const own = (given: Readonly<Record<string, unknown>>, shape: object) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(shape, name)));
  const reading = readOptions("train", pairFileOptions, {
    ...own(file.options, pairFileOptions.shape),
    ...pick("train", pairFileOptions, flags),
  });
  const source = sourceOf(flags.data ?? file.data ?? null, file.recipe, reading);
  if (source === null) throw new StopError(`train: ${what} needs data; give --data <path>, such as pairs.tsv`);
  const settings = readOptions("train", translationModel.options, {
    ...recipe?.options,
    ...own(file.options, translationModel.options.shape),
    ...pick("train", translationModel.options, flags),
  });
  const path = flags.run ?? file.run ?? (await newRunPath(file.recipe ?? translationModel.name));
  const { build, notes } = await loadKernels();
  const pairs = await readPairs(source, settings, { path, isNew: true }, screen);
  if (pairs === null) return;
  let work: Work;
  try {
    const engine = new Engine(build, { seed: settings.seed });
    const training = translationModel.prepare(engine, nameOfPairs(source), pairs.encoded, settings);
    const { name, isa, precision } = build;
    const config: RunConfig = {
      task: translationModel.name,
      recipe: file.recipe,
      ...storedSource(source),
      fingerprint: pairs.encoded.fingerprint,
      options: settings,
      kernels: { name, isa, precision },
    };
    const run = await RunFolder.create(nodeFolder(path), config, partFiles(training.model.parts));
    const talk = talkOf(run, training, screen);
    work = { run, training, talk, engine, notes: [...notes, ...pairs.notes], screen };
  } catch (error) {
    await pairs.discard();
    throw error;
  }
  await runOn(work, pairs);
}

/** Goes on with a training. */
export async function resumeTranslation(run: RunFolder, flags: Flags, screen: Screen): Promise<void> {
  const { config } = run;
  const { path } = run.folder;
  const where = `${path}/config.json`;
  const { options: schema } = translationModel;
  const settings = readOptions("train", schema, {
    ...readTranslationSettings(where, config.options),
    ...changesOf("train", schema, changeableTranslationOptions, flags, config.options),
  });
  if (config.recipe !== null && !Object.hasOwn(translateRecipes, config.recipe))
    throw new FormatError(
      `${where}: recipe must be one of ${Object.keys(translateRecipes).join(", ")}, got "${config.recipe}"`,
    );
  const stored = pairFileOptions.safeParse(config.reading ?? {});
  if (!stored.success) throw new FormatError(`${where}: reading must say how pairs are read; give --data <file> anew`);
  const moved = pairFileOptions.pick({ targetData: true, validationData: true, validationTargetData: true });
  const reading = {
    ...stored.data,
    ...changesOf("train", pairFileOptions, moved, flags, { ...stored.data }),
  };
  const source = sourceOf(flags.data ?? config.data, config.recipe, reading);
  if (source === null) throw new FormatError(`${where}: needs data or recipe; give --data <file>`);
  const parts = await readRunParts(run);
  const pairs = await readPairs(source, settings, { path, parts }, screen);
  if (pairs === null) return;
  if (config.fingerprint !== undefined && config.fingerprint !== pairs.encoded.fingerprint) {
    await pairs.remove();
    throw new StopError(
      `${nameOfPairs(source)}: are not the pairs that ${path} was begun with; give those with --data, or train anew without --resume`,
    );
  }
  const { build, notes } = await loadKernels({ precision: config.kernels.precision });
  const engine = new Engine(build, { seed: settings.seed });
  const training = translationModel.prepare(engine, nameOfPairs(source), pairs.encoded, settings, parts);
  const { name, isa } = config.kernels;
  const other =
    build.name === name && build.isa === isa
      ? []
      : [
          `the run began on ${name} kernels (${isa}) and goes on with ${build.name} (${build.isa}); the last bits may differ`,
        ];
  const change = { options: settings, ...storedSource(source) };
  const talk = talkOf(run, training, screen);
  await runOn({ run, training, talk, engine, notes: [...notes, ...pairs.notes, ...other], screen, change }, pairs);
}

function sourceOf(file: string | null, recipe: string | null, options: PairFileOptions): PairSource | null {
  if (file !== null) return { file, options };
  if (recipe === null) return null;
  const [given] = Object.entries(options).find(([, value]) => value !== undefined && value !== false) ?? [];
  if (given !== undefined) throw new KindError(`train: ${recipe} has its own data; leave ${given} out, or give data`);
  return { recipe: recipe as keyof typeof translateRecipes };
}

/** Where the pairs are, as a run keeps it. */
function storedSource(source: PairSource): Pick<RunConfig, "data" | "reading"> {
  if ("recipe" in source) return { data: null };
  const { targetData, validationData, validationTargetData, ...rest } = source.options;
  const files = Object.entries({ targetData, validationData, validationTargetData }).flatMap(([name, file]) =>
    file === undefined ? [] : [[name, resolve(file)] as const],
  );
  return { data: resolve(source.file), reading: { ...rest, ...Object.fromEntries(files) } };
}

/** As readTrainingPairs, shown while it goes on; null when a signal has ended it. */
async function readPairs(
  source: PairSource,
  settings: TranslationSettings,
  options: Omit<TrainingPairsOptions, "progress" | "signal">,
  screen: Screen,
): Promise<TrainingPairs | null> {
  const watched = { name: nameOfPairs(source), bytes: await bytesOf(source) };
  return readWatched(watched, screen, (watch) => readTrainingPairs(source, settings, { ...options, ...watch }));
}

/** Trains; when it has come to its end, the files of the data go. */
async function runOn(work: Work, pairs: TrainingPairs): Promise<void> {
  try {
    const { reason } = await runTraining(work);
    if (reason !== "aborted") await pairs.remove();
  } finally {
    pairs.close();
  }
}

function talkOf(run: RunFolder, { model, data }: TranslationTraining, screen: Screen): TrainingTalk {
  const { settings, source, target } = model;
  const { cell, attention } = designOf(settings);
  const { encoderLayers, decoderLayers, hiddenSize, epochs, batchSize } = settings;
  const layers = encoderLayers === 1 && decoderLayers === 1 ? "" : `, ${encoderLayers}+${decoderLayers} layers`;
  const looks = attention === "none" ? "no attention" : `${attention} attention`;
  const sizes = settings.sharedVocabulary
    ? `vocabulary ${source.size}`
    : `vocabularies ${source.size} and ${target.size}`;
  const { tags: known } = model.facts;
  const tags = known.length > 0 ? `, ${known.length === 1 ? "tag" : "tags"} ${toldTags(known)}` : "";
  const aside =
    data.validation === null
      ? "nothing kept aside for validation"
      : `${count(data.validation.pairs.length)} kept aside for validation`;
  return {
    network: `${settings.model}: ${cell} H ${hiddenSize}${layers}, ${looks}`,
    data: `${count(data.training.length)} pairs (${count(data.trainingTokens)} tokens), ${sizes}${tags}, ${aside}`,
    tokens: data.trainingTokens,
    epochs,
    batchSize,
    use: "translate",
    showResults: () => showOutputs(run, data, screen),
  };
}

/** How many sources are translated at the end. */
const shownOutputs = 10;

/** What the trained model makes of some sources that were kept aside, as it searches by itself. */
async function showOutputs(run: RunFolder, data: TranslationTraining["data"], screen: Screen): Promise<void> {
  const questions = data.validation?.questions.slice(0, shownOutputs) ?? [];
  if (questions.length === 0) return;
  const { model } = await loadModel(await RunFolder.open(run.folder));
  if (!(model instanceof TranslationModel)) return;
  const found = model.translateAll(questions, { longSource: "cut" });
  const right = found.filter(({ text }, i) => questions[i]!.references.includes(text)).length;
  screen.say(`\n${right} of ${found.length} that were kept aside are right:`);
  const { cyan, green, dim } = screen.color;
  for (const [i, { source, text }] of found.entries()) {
    const { references, tag } = questions[i]!;
    const isRight = references.includes(text);
    screen.emit({ event: "translated", source, text, references, ...(tag !== undefined && { tag }) });
    const given = `${tag === undefined ? "" : `<${tag}> `}${source}`;
    screen.result(`  ${given} ${dim("->")} ${isRight ? green(text) : `${cyan(text)} ${dim(`(${references[0]})`)}`}`);
  }
}
