/** Trained models, ready to be used: from a run folder, or from the one file that `export` writes. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { FormatError, isUserError, ValueError } from "../base/index.ts";
import { diskError, type Files } from "../files/index.ts";
import { parseJson, readSafetensors } from "../formats/index.ts";
import { loadKernels } from "../kernels/index.ts";
import {
  Ensemble,
  hasOwnTokenizer,
  LanguageModel,
  type LanguageModelSettings,
  languageModel,
  type ModelParts,
  partNames,
  readCodec,
  readParts,
  readSettings,
  readTranslationSettings,
  TranslationModel,
  translationModel,
  writeCodec,
  writeParts,
} from "../tasks/index.ts";
import { Engine } from "../tensor/index.ts";
import type { Codec } from "../text/index.ts";
import { type Checkpoint, type RunFolder, restoreModel } from "../train/index.ts";
import { openRun, type RunKind } from "./runs.ts";

/** A model of any task that has one. */
export type AnyModel = LanguageModel | TranslationModel;

/** A model with the checkpoint it was read from. */
interface LoadedRun<M extends AnyModel = LanguageModel> {
  readonly model: M;
  readonly checkpoint: Checkpoint;
}

/** A model, what messages call it, and after how many updates it was saved; null where its file does not say. */
export interface OpenedModel<M extends AnyModel = LanguageModel> {
  readonly where: string;
  readonly model: M;
  readonly step: number | null;
}

/** A model that translates, or several that do it as one. */
export type AnyTranslator = TranslationModel | Ensemble;

/** A translator, and what messages call it. */
export interface OpenedTranslator {
  readonly where: string;
  /** How many runs or files it is made of. */
  readonly runs: number;
  readonly model: AnyTranslator;
  /** After how many updates the model was saved; null where its file does not say, and for several models. */
  readonly step: number | null;
}

/** Whether an argument names a model file. */
export function isModelFile(path: string): boolean {
  return /\.safetensors$/i.test(path);
}

/**
 * The language model that an argument means: a file that `export` wrote, a run, or without any the last run that has one.
 *
 * @throws StopError or FormatError when there is none, it cannot be read, or it is of another task
 */
export async function openModel(given?: string): Promise<OpenedModel> {
  const opened = await openAny(given, languageModelRun);
  const { where, model, step } = opened;
  if (model instanceof LanguageModel) return { where, model, step };
  throw new FormatError(`${where}: must be a language model, translates; use: backstitch translate ${where}`);
}

/**
 * The translation model that arguments mean, or the ensemble of several; without any, the last run that translates.
 *
 * @throws StopError or FormatError when there is none, or it cannot be read, or is of another task; RangeError for models
 *   that cannot be one
 */
export async function openTranslator(given: readonly string[]): Promise<OpenedTranslator> {
  const opened: OpenedModel<TranslationModel>[] = [];
  for (const one of given.length > 0 ? given : [undefined]) {
    const { where, model, step } = await openAny(one, translatorRun);
    if (!(model instanceof TranslationModel))
      throw new FormatError(`${where}: must be a model that translates, writes; use: backstitch generate ${where}`);
    opened.push({ where, model, step });
  }
  const [first] = opened;
  const runs = opened.length;
  if (runs === 1) return { ...first!, runs };
  const where = opened.map((one) => one.where).join(" ");
  return { where, runs, model: ensembleOf(opened), step: null };
}

/** Several models as one; where they cannot be, the message names them as they were given. */
function ensembleOf(opened: readonly OpenedModel<TranslationModel>[]): Ensemble {
  try {
    return new Ensemble(opened.map(({ model }) => model));
  } catch (error) {
    if (!isUserError(error)) throw error;
    const [problem = ""] = error.message.split("; ");
    const named = problem
      .replace(/^Ensemble: all models /, "several runs are one ensemble: all ")
      .replaceAll(/\bmodels\[(\d+)\]/g, (_, i: string) => opened[Number(i)]!.where);
    throw new ValueError(`${named}; give those trained on the same pairs with the same options, or ask each by itself`);
  }
}

/**
 * The model of any task that an argument means.
 *
 * @param kind what the run last trained must be, where none is given
 */
export async function openAny(given?: string, kind: RunKind = anyModelRun): Promise<OpenedModel<AnyModel>> {
  if (given === undefined || !isModelFile(given)) {
    const run = await openRun(given, kind);
    const { model, checkpoint } = await loadModel(run);
    return { where: run.folder.path, model, step: checkpoint.state.step };
  }
  const bytes = await readFile(given).catch((error: unknown) => {
    throw diskError(given, "read", error);
  });
  const { task } = readSafetensors(given, bytes).metadata;
  const { load } = task === translationModel.name ? translationModel : languageModel;
  return { where: given, model: await load(bytes, { where: given }), step: null };
}

/** What the model of a run reads and writes by. */
export async function readRunCodec({ folder }: RunFolder, settings: LanguageModelSettings): Promise<Codec> {
  const where = { vocabulary: `${folder.path}/${vocabularyFile}`, tokenizer: `${folder.path}/${tokenizerFile}` };
  const vocabulary = parseJson(where.vocabulary, await folder.readText(vocabularyFile), z.unknown());
  const tokenizer = hasOwnTokenizer(settings)
    ? parseJson(where.tokenizer, await folder.readText(tokenizerFile), z.unknown())
    : null;
  return readCodec(settings, { vocabulary, tokenizer }, where);
}

/** The files of a run that hold what its model reads and writes by. */
export function codecFiles(codec: Codec): Files {
  const { vocabulary, tokenizer } = writeCodec(codec);
  return {
    [vocabularyFile]: `${vocabulary}\n`,
    ...(tokenizer !== undefined && { [tokenizerFile]: `${tokenizer}\n` }),
  };
}

const vocabularyFile = "vocabulary.json";
const tokenizerFile = "tokenizer.json";

/** The parts of the translation model of a run, besides its weights and options. */
export async function readRunParts({ folder }: RunFolder): Promise<ModelParts> {
  const read = async (part: keyof ModelParts) =>
    parseJson(`${folder.path}/${part}.json`, await folder.readText(`${part}.json`), z.unknown());
  const [source, target, facts] = await Promise.all(partNames.map(read));
  const where = (part: keyof ModelParts) => `${folder.path}/${part}.json`;
  return readParts(
    { source, target, facts },
    { source: where("source"), target: where("target"), facts: where("facts") },
  );
}

/** The files of a run that hold the parts of its translation model. */
export function partFiles(parts: ModelParts): Files {
  return Object.fromEntries(Object.entries(writeParts(parts)).map(([part, text]) => [`${part}.json`, `${text}\n`]));
}

const targetFile = "target.json";

const languageModelRun: RunKind = { holding: [vocabularyFile], what: "run of a language model", recipe: "names" };
const translatorRun: RunKind = { holding: [targetFile], what: "run that translates", recipe: "dates-english" };
const anyModelRun: RunKind = { holding: [vocabularyFile, targetFile], what: "run of a model", recipe: "names" };

/**
 * The model of a run, from its best checkpoint, or its last where nothing was evaluated.
 *
 * @throws FormatError when the run has no checkpoint or its files do not fit each other
 */
export async function loadModel(run: RunFolder): Promise<LoadedRun<AnyModel>> {
  checkTask(run);
  const { path } = run.folder;
  const checkpoint = (await run.checkpoint("best")) ?? (await run.checkpoint("last"));
  if (!checkpoint)
    throw new FormatError(`${path}: has no checkpoint yet; go on with: backstitch train --resume ${path}`);
  const model = await freshModel(run);
  restoreModel(checkpoint, model.network);
  return { model, checkpoint };
}

function checkTask({ folder: { path }, config: { task } }: RunFolder): void {
  if (task === languageModel.name || task === translationModel.name) return;
  const advice = task === "memory" ? `; see its table with: backstitch show ${path}` : "";
  throw new FormatError(
    `${path}/config.json: task must be one of ${languageModel.name}, ${translationModel.name}, got "${task}"${advice}`,
  );
}

/** The model of a run as it was before it was trained. */
export async function freshModel(run: RunFolder): Promise<AnyModel> {
  const { folder, config } = run;
  const where = `${folder.path}/config.json`;
  checkTask(run);
  const { build } = await loadKernels({ precision: config.kernels.precision });
  if (config.task === translationModel.name) {
    const settings = readTranslationSettings(where, config.options);
    const parts = await readRunParts(run);
    return TranslationModel.create(new Engine(build, { seed: settings.seed }), parts, settings);
  }
  const settings = readSettings(where, config.options);
  const codec = await readRunCodec(run, settings);
  return LanguageModel.create(new Engine(build, { seed: settings.seed }), codec, settings);
}
