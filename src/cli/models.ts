/** The model that a run holds, ready to be used. */

import { z } from "zod";
import { FormatError } from "../base/index.ts";
import { parseJson } from "../formats/index.ts";
import { loadKernels } from "../kernels/index.ts";
import { LanguageModel, readSettings } from "../tasks/index.ts";
import { Engine } from "../tensor/index.ts";
import { Vocabulary } from "../text/index.ts";
import { type Checkpoint, type RunFolder, restoreModel } from "../train/index.ts";

/** A model with the checkpoint it was read from. */
export interface LoadedRun {
  readonly model: LanguageModel;
  readonly checkpoint: Checkpoint;
}

/** The vocabulary of a run. */
export async function readVocabulary({ folder }: RunFolder): Promise<Vocabulary> {
  const where = `${folder.path}/vocabulary.json`;
  return Vocabulary.fromJSON(parseJson(where, await folder.readText("vocabulary.json"), z.unknown()), where);
}

/**
 * The model of a run, from its best checkpoint, or its last where nothing was evaluated.
 *
 * @throws FormatError when the run has no checkpoint or its files do not fit each other
 */
export async function loadModel(run: RunFolder): Promise<LoadedRun> {
  const { folder, config } = run;
  if (config.task !== "language-model")
    throw new FormatError(`${folder.path}/config.json: task must be one of language-model, got "${config.task}"`);
  const settings = readSettings(`${folder.path}/config.json`, config.options);
  const vocabulary = await readVocabulary(run);
  const checkpoint = (await run.checkpoint("best")) ?? (await run.checkpoint("last"));
  if (!checkpoint)
    throw new FormatError(
      `${folder.path}: has no checkpoint yet; go on with: backstitch train --resume ${folder.path}`,
    );
  const { build } = await loadKernels({ precision: config.kernels.precision });
  const model = LanguageModel.create(new Engine(build, { seed: settings.seed }), vocabulary, settings);
  restoreModel(checkpoint, model.network);
  return { model, checkpoint };
}
