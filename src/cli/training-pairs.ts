/** The pairs of a training, read into memory, or where they are many into files of the run's folder while it goes on. */
import { pairDatasets } from "../datasets/index.ts";
import {
  type EncodedPairs,
  encodingPairs,
  type ModelParts,
  type PairCorpus,
  PairReader,
  readPairs,
  type TranslationSettings,
  translateRecipes,
} from "../tasks/index.ts";
import { gently } from "../train/index.ts";
import { FileReading, type ReadingHooks } from "./data.ts";
import { type PairFileOptions, pairsIn, placeIn, sizeOfPairs } from "./pair-files.ts";
import {
  DataFolder,
  largestInMemory,
  stoppable,
  type TrainingData,
  type TrainingDataOptions,
} from "./training-data.ts";

/** Where pairs come from: files, or a recipe. */
export type PairSource =
  | { readonly file: string; readonly options: PairFileOptions }
  | { readonly recipe: keyof typeof translateRecipes };

/** What messages call the pairs. */
export function nameOfPairs(source: PairSource): string {
  return "file" in source ? source.file : `recipe ${source.recipe}`;
}

/** Pairs that are ready. */
export interface TrainingPairs extends Omit<TrainingData, "encoded"> {
  readonly encoded: EncodedPairs;
  /** What to tell whoever trains on them. */
  readonly notes: readonly string[];
}

/** How pairs are read for a training. */
export interface TrainingPairsOptions extends Omit<TrainingDataOptions, "codec"> {
  /** What the model of the run is made of, where it is one to go on with. */
  readonly parts?: ModelParts | null;
}

/**
 * Reads pairs for a training.
 *
 * @throws as pairsIn and encodingPairs; nothing is left of the files then
 */
export async function readTrainingPairs(
  source: PairSource,
  settings: TranslationSettings,
  { path, isNew = false, parts = null, inMemory = largestInMemory, ...hooks }: TrainingPairsOptions,
): Promise<TrainingPairs> {
  const where = nameOfPairs(source);
  const notes: string[] = [];
  const encode = async (corpus: PairCorpus, folder: DataFolder | null) => {
    const encoded = await gently(stoppable(encodingPairs(where, corpus, settings, parts, folder?.bytes), hooks.signal));
    return { encoded, notes: [...notes, ...encoded.notes] };
  };
  if ("recipe" in source) {
    const { training, validation, origin } = pairDatasets[translateRecipes[source.recipe].dataset]({ where });
    notes.push(`the pairs are made of ${origin}`);
    return { ...(await encode(readPairs(where, { training, validation }, settings), null)), ...nothingToRemove };
  }
  const note = (line: string) => notes.push(line);
  if ((await bytesOf(source)) <= inMemory) {
    const corpus = await readFiles(source, settings, hooks, note);
    return { ...(await encode(corpus, null)), ...nothingToRemove };
  }
  const folder = await DataFolder.open(path, isNew);
  try {
    await folder.empty();
    const corpus = await readFiles(source, settings, { ...hooks, storage: folder.bytes }, note);
    const ready = await encode(corpus, folder);
    for (const name of ["pairs", "pair-entries"]) folder.bytes.remove(name);
    return {
      ...ready,
      close: () => folder.bytes.close(),
      remove: () => folder.remove(),
      discard: () => folder.discard(),
    };
  } catch (error) {
    await folder.unlock();
    await folder.discard();
    throw error;
  } finally {
    await folder.unlock();
  }
}

const nothingToRemove = { close: () => {}, remove: async () => {}, discard: async () => {} };

/** How long the files of some pairs are together; 0 for those of a recipe. */
export async function bytesOf(source: PairSource): Promise<number> {
  if ("recipe" in source) return 0;
  const { targetData, validationData, validationTargetData } = source.options;
  const files = [source.file, targetData, validationData, validationTargetData].filter((file) => file !== undefined);
  const sizes = await Promise.all(files.map(sizeOfPairs));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function readFiles(
  { file, options }: Extract<PairSource, { file: string }>,
  settings: TranslationSettings,
  hooks: ReadingHooks,
  note: (line: string) => void,
): Promise<PairCorpus> {
  const reader = new PairReader(settings, hooks.storage);
  const reading = new FileReading(hooks);
  const { targetData, validationData, validationTargetData } = options;
  const read = async (file: string, targets: string | undefined, part?: "training" | "validation") => {
    const what = placeIn(file);
    for await (const { pair, number } of pairsIn({ file, targets }, options, { reading, note }))
      reader.add(pair, { where: file, what, number }, part);
  };
  await read(file, targetData, validationData === undefined ? undefined : "training");
  if (validationData !== undefined) await read(validationData, validationTargetData, "validation");
  return reader.finish(file);
}
