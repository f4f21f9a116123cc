/** Trained models, ready to be used: from a run folder, or from the one file that `export` writes. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { FormatError } from "../base/index.ts";
import { diskError, type Files } from "../files/index.ts";
import { parseJson } from "../formats/index.ts";
import { loadKernels } from "../kernels/index.ts";
import {
  hasOwnTokenizer,
  LanguageModel,
  type LanguageModelSettings,
  languageModel,
  readCodec,
  readSettings,
  writeCodec,
} from "../tasks/index.ts";
import { Engine } from "../tensor/index.ts";
import type { Codec } from "../text/index.ts";
import { type Checkpoint, type RunFolder, restoreModel } from "../train/index.ts";
import { openRun } from "./runs.ts";

/** A model with the checkpoint it was read from. */
interface LoadedRun {
  readonly model: LanguageModel;
  readonly checkpoint: Checkpoint;
}

/** A model, what messages call it, and after how many updates it was saved; null where its file does not say. */
export interface OpenedModel {
  readonly where: string;
  readonly model: LanguageModel;
  readonly step: number | null;
}

/** Whether an argument names a model file. */
export function isModelFile(path: string): boolean {
  return /\.safetensors$/i.test(path);
}

/**
 * The model that an argument means: a file that `export` wrote, a run, or without any the last run that has a model.
 *
 * @throws StopError or FormatError when there is none, or it cannot be read
 */
export async function openModel(given?: string): Promise<OpenedModel> {
  if (given === undefined || !isModelFile(given)) {
    const run = await openRun(given, vocabularyFile);
    const { model, checkpoint } = await loadModel(run);
    return { where: run.folder.path, model, step: checkpoint.state.step };
  }
  const bytes = await readFile(given).catch((error: unknown) => {
    throw diskError(given, "read", error);
  });
  return { where: given, model: await languageModel.load(bytes, { where: given }), step: null };
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

/**
 * The model of a run, from its best checkpoint, or its last where nothing was evaluated.
 *
 * @throws FormatError when the run has no checkpoint or its files do not fit each other
 */
export async function loadModel(run: RunFolder): Promise<LoadedRun> {
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
  if (task === "language-model") return;
  const advice = task === "memory" ? `; see its table with: backstitch show ${path}` : "";
  throw new FormatError(`${path}/config.json: task must be one of language-model, got "${task}"${advice}`);
}

/** The model of a run as it was before it was trained. */
export async function freshModel(run: RunFolder): Promise<LanguageModel> {
  const { folder, config } = run;
  const where = `${folder.path}/config.json`;
  checkTask(run);
  const settings = readSettings(where, config.options);
  const codec = await readRunCodec(run, settings);
  const { build } = await loadKernels({ precision: config.kernels.precision });
  return LanguageModel.create(new Engine(build, { seed: settings.seed }), codec, settings);
}
