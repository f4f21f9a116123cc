/**
 * The data of a training, read into memory, or where they are large into files of the run's folder:
 *
 *   data/training      the ids of the text, a few bytes each; with unit lines also data/training-lines, their lengths
 *   data/validation    the same of the part that is kept aside
 *   data/index.json    what is needed to read them, and of what they were made; written last
 *
 * They are there as long as the training is under way, so that it need not read the text again to go on, and are removed
 * when it has come to its end.
 */
import { rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { FormatError, StopError } from "../base/index.ts";
import type { Lock } from "../files/index.ts";
import { makeFolder, NodeBytes, nodeFolder } from "../files/node.ts";
import { parseJson } from "../formats/index.ts";
import {
  type EncodedCorpus,
  encoding,
  fromStored,
  type LanguageModelSettings,
  storedSchema,
  toStored,
} from "../tasks/index.ts";
import type { Codec } from "../text/index.ts";
import { gently } from "../train/index.ts";
import { type DataFiles, type DataSource, findFiles, hashData, type ReadingHooks, readData } from "./data.ts";

/** Data that are ready, and their files if there are any. */
export interface TrainingData {
  readonly encoded: EncodedCorpus;
  /** Ends the use of the files. */
  close(): void;
  /** Removes them, when they are not needed any more. */
  remove(): Promise<void>;
  /** Removes them, and the folder that was made for them, where no run begins. */
  discard(): Promise<void>;
}

/** How data are read for a training. */
export interface TrainingDataOptions extends Omit<ReadingHooks, "storage"> {
  /** The folder of the run, which nobody else writes to. */
  readonly path: string;
  /** Whether the run is yet to be made: then nobody holds the right to write to it so far. */
  readonly isNew?: boolean;
  /** The codec of the run, where it is one to go on with. */
  readonly codec?: Codec | null;
  /** The most bytes of text that are read into memory. */
  readonly inMemory?: number;
}

/** Texts of more bytes than this go through files. */
export const largestInMemory = 1 << 24;

/**
 * Reads data for a training.
 *
 * @throws as readData; nothing is left of the files then
 */
export async function readTrainingData(
  source: DataSource,
  settings: LanguageModelSettings,
  { path, isNew = false, codec = null, inMemory = largestInMemory, ...hooks }: TrainingDataOptions,
): Promise<TrainingData> {
  const files = "file" in source ? await findFiles(source.file) : null;
  if (files === null || files.bytes <= inMemory) {
    const { corpus } = await readData(source, settings, hooks);
    const nothing = async () => {};
    return {
      encoded: await gently(stoppable(encoding(corpus, settings, codec), hooks.signal)),
      close: () => {},
      remove: nothing,
      discard: nothing,
    };
  }
  const folder = await DataFolder.open(path, isNew);
  const { bytes } = folder;
  const ends = {
    close: () => bytes.close(),
    remove: () => folder.remove(),
    discard: () => folder.discard(),
  };
  let isBegun = false;
  try {
    const stored = codec && (await readStored(files, path, codec, bytes, hooks));
    if (stored) return { encoded: stored, ...ends };
    isBegun = true;
    await folder.empty();
    const { corpus, hash } = await readData(source, settings, { ...hooks, storage: bytes });
    const encoded = await gently(stoppable(encoding(corpus, settings, codec, bytes), hooks.signal));
    for (const name of ["units", "units-of-lines"]) bytes.remove(name);
    bytes.sync();
    const index: Index = { version: 1, bytes: files.bytes, hash: hash!, encoded: toStored(encoded) };
    await nodeFolder(path).folder(dataFolder).write(indexFile, JSON.stringify(index));
    return { encoded, ...ends };
  } catch (error) {
    bytes.close();
    await folder.unlock();
    if (isBegun) await folder.discard();
    throw error;
  } finally {
    await folder.unlock();
  }
}

/** The folder in that of a run that holds what is too large for the memory. */
export class DataFolder {
  readonly bytes: NodeBytes;
  readonly #path: string;
  /** The highest folder that was made for it. */
  readonly #made: string | undefined;
  #lock: Lock | null;

  private constructor(path: string, made: string | undefined, lock: Lock | null) {
    this.bytes = new NodeBytes(join(path, dataFolder));
    this.#path = path;
    this.#made = made;
    this.#lock = lock;
  }

  /** @throws StopError when the run is to be new, and there is one */
  static async open(path: string, isNew: boolean): Promise<DataFolder> {
    const run = nodeFolder(path);
    if (isNew && (await run.exists("config.json")))
      throw new StopError(`${path}: holds a run already; resume it or choose another folder`);
    // What is made for the data alone goes with them.
    const made = await makeFolder(path);
    return new DataFolder(path, made, isNew ? await run.lock() : null);
  }

  /** Removes what an earlier training has left. */
  async empty(): Promise<void> {
    await nodeFolder(this.#path).remove(dataFolder);
  }

  async remove(): Promise<void> {
    this.bytes.close();
    await this.empty();
  }

  async discard(): Promise<void> {
    await this.remove();
    if (this.#made !== undefined) await removeEmpty(resolve(this.#path), resolve(this.#made));
  }

  /** Lets the run have its folder. */
  async unlock(): Promise<void> {
    await this.#lock?.release();
    this.#lock = null;
  }
}

/** Work that ends with the reason of a signal. */
export function* stoppable<R>(work: Generator<unknown, R>, signal: AbortSignal | undefined): Generator<undefined, R> {
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = work.next();
    if (done) return value as R;
    yield;
  }
}

/** Removes a folder and those it stands in, up to `highest`, as far as they are empty. */
async function removeEmpty(path: string, highest: string): Promise<void> {
  for (let at = path; at.length >= highest.length; at = dirname(at)) {
    const isGone = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

/** Whether a folder holds nothing but data that a training which never began has left. */
export async function isLeftOver(path: string): Promise<boolean> {
  const names = await nodeFolder(path)
    .list()
    .catch(() => [""]);
  return names.every((name) => name === dataFolder);
}

const dataFolder = "data";
const indexFile = "index.json";

const indexSchema = z.strictObject({
  version: z.literal(1),
  /** How long the files were, and what their bytes came to. */
  bytes: z.int(),
  hash: z.string(),
  encoded: storedSchema,
});
type Index = z.output<typeof indexSchema>;

/** The data that a training before this one has stored, or null where there are none of these files. */
async function readStored(
  files: DataFiles,
  path: string,
  codec: Codec,
  bytes: NodeBytes,
  hooks: ReadingHooks,
): Promise<EncodedCorpus | null> {
  const folder = nodeFolder(path).folder(dataFolder);
  if (!(await folder.exists(indexFile))) return null;
  const where = `${path}/${dataFolder}`;
  try {
    const index = parseJson(`${where}/${indexFile}`, await folder.readText(indexFile), indexSchema);
    if (index.bytes !== files.bytes || index.hash !== (await hashData(files, hooks))) return null;
    return fromStored(index.encoded, codec, (name) => bytes.open(name), where);
  } catch (error) {
    // What is damaged, or of another version, is made anew.
    if (error instanceof FormatError) return null;
    throw error;
  }
}
