/**
 * Checkpoints: all that decides how a training goes on.
 *
 *   model.safetensors       the parameters; with averaging their average
 *   optimizer.safetensors   the optimizer's moments
 *   carried.safetensors     what the loss carries from batch to batch, if anything
 *   weights.safetensors     with averaging the parameters that the training goes on from
 *   state.json              steps, random states, position in the data, and checksums of the others
 */
import { z } from "zod";
import { FormatError } from "../base/index.ts";
import type { Files } from "../files/index.ts";
import { parseJson, readSafetensors, writeSafetensors } from "../formats/index.ts";
import { type Parameters, parameters } from "../nn/index.ts";
import type { Optimizer } from "./optimizers/index.ts";
import { version } from "./version.ts";

type FloatArray = Float32Array | Float64Array;

const count = z.int().min(0);
const evaluation = z.number().nullable();

/** What a training knows besides its tensors. */
const stateSchema = z.strictObject({
  format: z.literal(1),
  backstitch: z.string(),
  /** Updates made. */
  step: count,
  /** Tokens read. */
  tokens: count,
  /** Passes over the data that are complete. */
  epoch: count,
  /** Where the data goes on, in the words of its source. */
  position: z.unknown(),
  /** The engine's generator. */
  random: z.array(z.int().min(0).max(0xffffffff)).length(4),
  optimizer: z.strictObject({ name: z.string(), step: count }),
  plateau: z.strictObject({ factor: z.number(), best: evaluation, waited: count, resting: count }).nullable(),
  earlyStopping: z.strictObject({ best: evaluation, waited: count }).nullable(),
  /** The best evaluation, and after which step it was made. */
  best: z.strictObject({ step: count, value: z.number() }).nullable(),
  /** Losses since the last line in the log. */
  unlogged: z.strictObject({ steps: count, loss: z.number() }),
  /** Whether the evaluation after the last update was broken off, so that it is to be made when the training goes on. */
  unjudged: z.boolean().default(false),
  files: z.record(z.string(), z.string()),
});

/** What a training knows besides its tensors. */
export type TrainingState = Omit<z.output<typeof stateSchema>, "format" | "backstitch" | "optimizer" | "files">;

/** Tensors by name, as a file holds them. */
export type StoredTensors = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: FloatArray }>>;

/** A checkpoint as it was read. */
export interface Checkpoint {
  /** What messages call it, such as "runs/names/checkpoints/last". */
  readonly where: string;
  readonly model: StoredTensors;
  readonly moments: StoredTensors;
  readonly carried: StoredTensors;
  /** With averaging the parameters that the training goes on from; `model` is their average then. */
  readonly weights: StoredTensors | null;
  readonly optimizer: { readonly name: string; readonly step: number };
  readonly state: TrainingState;
}

/**
 * The files of a checkpoint.
 *
 * @param weights those that the training goes on from, where the model holds their average
 */
export function writeCheckpoint(
  model: object,
  optimizer: Optimizer,
  state: TrainingState,
  { carried, weights }: { readonly carried?: StoredTensors | undefined; readonly weights?: StoredTensors } = {},
): Files {
  const { step, moments } = optimizer.state();
  const made: Record<string, Uint8Array> = {
    [modelFile]: write(parameters(model)),
    [optimizerFile]: write(moments),
    ...(carried && { [carriedFile]: write(carried) }),
    ...(weights && { [weightsFile]: write(weights) }),
  };
  const stored: z.output<typeof stateSchema> = {
    format: 1,
    backstitch: version,
    ...state,
    optimizer: { name: optimizer.name, step },
    files: Object.fromEntries(Object.entries(made).map(([name, bytes]) => [name, checksum(bytes)])),
  };
  return { ...made, [stateFile]: `${JSON.stringify(stored, null, 2)}\n` };
}

/**
 * The checkpoint in these files.
 *
 * @param where the folder they are from, as messages name it
 * @throws FormatError when a file is missing, damaged, or not the one that was saved with the others
 */
export function readCheckpoint(where: string, files: ReadonlyMap<string, Uint8Array>): Checkpoint {
  const bytesOf = (name: string) => {
    const bytes = files.get(name);
    if (bytes) return bytes;
    throw new FormatError(`${where}/${name}: is missing; the checkpoint is of use only whole, take another one`);
  };
  const text = new TextDecoder().decode(bytesOf(stateFile));
  checkFormat(`${where}/${stateFile}`, text);
  const {
    format,
    backstitch,
    optimizer,
    files: sums,
    ...state
  } = parseJson(`${where}/${stateFile}`, text, stateSchema);
  const arraysOf = (name: string) => {
    const bytes = bytesOf(name);
    // Read first: how a file is damaged says more than that it is.
    const stored = read(`${where}/${name}`, bytes);
    if (checksum(bytes) !== sums[name])
      throw new FormatError(
        `${where}/${name}: is not as it was saved with ${stateFile}, it was changed or replaced; put the old file back or take another checkpoint`,
      );
    return stored;
  };
  const carried = sums[carriedFile] ? arraysOf(carriedFile) : {};
  const weights = sums[weightsFile] ? arraysOf(weightsFile) : null;
  return { where, model: arraysOf(modelFile), moments: arraysOf(optimizerFile), carried, weights, optimizer, state };
}

/**
 * Gives a model the parameters of a checkpoint.
 *
 * @throws FormatError when names or shapes differ; nothing is changed then
 */
export function restoreModel({ where, model: stored }: Checkpoint, model: object): void {
  restoreTensors(`${where}/${modelFile}`, stored, parameters(model));
}

/**
 * Gives a model that holds the average of a checkpoint the parameters that its training goes on from, if it has them.
 *
 * @throws FormatError when names or shapes differ; nothing is changed then
 */
export function restoreWeights({ where, weights }: Checkpoint, { parameters }: Optimizer): void {
  if (weights) restoreTensors(`${where}/${weightsFile}`, weights, Object.fromEntries(parameters.entries));
}

function restoreTensors(file: string, stored: StoredTensors, wanted: Parameters): void {
  const mend = "was the config or the checkpoint changed? Put back the one that belongs to the other";
  for (const [name, { shape }] of Object.entries(wanted)) {
    const found = Object.hasOwn(stored, name) ? stored[name] : undefined;
    if (!found) throw new FormatError(`${file}: has no ${name}, but the config needs it; ${mend}`);
    if (found.shape.join(" ") !== shape.join(" "))
      throw new FormatError(
        `${file}: ${name} has shape [${found.shape.join(" ")}], but the config needs [${shape.join(" ")}]; ${mend}`,
      );
  }
  for (const name of Object.keys(stored))
    if (!Object.hasOwn(wanted, name))
      throw new FormatError(`${file}: has ${name}, but the config does not need it; ${mend}`);
  for (const [name, tensor] of Object.entries(wanted)) tensor.data.set(stored[name]!.data);
}

/**
 * Gives an optimizer the moments of a checkpoint.
 *
 * @throws FormatError when they are of another optimizer or of other parameters; nothing is changed then
 */
export function restoreOptimizer({ where, moments, optimizer: saved }: Checkpoint, optimizer: Optimizer): void {
  const file = `${where}/${optimizerFile}`;
  if (saved.name !== optimizer.name)
    throw new FormatError(
      `${file}: is of ${saved.name}, but the config needs ${optimizer.name}; resume with ${saved.name}`,
    );
  optimizer.load({ step: saved.step, moments }, file);
}

/**
 * Refuses a file that a newer version has written, before anything else in it is looked at.
 *
 * @throws FormatError
 */
export function checkFormat(where: string, text: string): void {
  const { format, backstitch } = parseJson(where, text, formatSchema);
  if (format !== 1)
    throw new FormatError(
      `${where}: was written by backstitch ${backstitch} in format ${format}, but this is ${version} and reads format 1; use that version`,
    );
}

const formatSchema = z.looseObject({ format: z.int(), backstitch: z.string() });
const modelFile = "model.safetensors";
const optimizerFile = "optimizer.safetensors";
const carriedFile = "carried.safetensors";
const weightsFile = "weights.safetensors";
const stateFile = "state.json";

function write(tensors: StoredTensors): Uint8Array {
  const arrays = Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape, data }] as const);
  return writeSafetensors({ arrays: new Map(arrays), metadata: { format: "pt", backstitch: version } });
}

function read(file: string, bytes: Uint8Array): StoredTensors {
  const { arrays } = readSafetensors(file, bytes);
  return Object.fromEntries(
    Array.from(arrays, ([name, { shape, data }]) => {
      if (data instanceof Float32Array || data instanceof Float64Array) return [name, { shape, data }];
      throw new FormatError(
        `${file}: ${name} must hold floats, holds ${data.constructor.name}; was the file replaced?`,
      );
    }),
  );
}

/** FNV-1a over 32-bit words, in hexadecimal, with the length: tells a changed file from the one that was saved. */
function checksum(bytes: Uint8Array): string {
  const words = bytes.length >>> 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words; i++) hash = Math.imul(hash ^ view.getInt32(4 * i, true), 0x01000193);
  for (let i = 4 * words; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return `${(hash >>> 0).toString(16).padStart(8, "0")}-${bytes.length}`;
}
