/** The gradient flow of language models: over several places of a text, trained or fresh, one cell beside the other. */
import { z } from "zod";
import { BOS, EOS, readOptions, ValueError } from "../../base/index.ts";
import { gradientFlow, type LayerFlow } from "../../inspect/index.ts";
import { type LoadOptions, loadKernels } from "../../kernels/index.ts";
import { AdaptiveSoftmax, type CellName, cells, linearCrossEntropy, parameters, type State } from "../../nn/index.ts";
import { Engine, noGrad, scale, type Tensor } from "../../tensor/index.ts";
import { Codec } from "../../text/index.ts";
import type { Progress } from "../../train/index.ts";
import { LanguageModel, type LanguageModelSettings, languageModel } from "../language-model/index.ts";

/** How a model is measured. */
export const placeOptions = z.strictObject({
  distance: z
    .int()
    .min(2)
    .max(100_000)
    .optional()
    .describe("steps back from the loss [default: 100, or a line's length]"),
  places: z.int().min(1).max(1000).default(16).describe("places of the text whose mean is taken"),
  threshold: z.number().gt(0).lt(1).default(0.01).describe("share of the last gradient that still counts as memory"),
});

/** How cells are compared. */
export const compareOptions = z.strictObject({
  ...placeOptions.shape,
  cells: z
    .array(z.enum<CellName[]>(Object.keys(cells) as [CellName, ...CellName[]]))
    .min(1)
    .readonly()
    .default(["rnn", "gru", "lstm"])
    .describe("cells to put side by side"),
  hiddenSize: z.int().min(1).max(8192).default(64).describe("units per layer, H"),
  layers: z.int().min(1).max(64).default(1).describe("recurrent layers"),
  init: languageModel.options.shape.init.describe("initial recurrent weights"),
  forgetBias: z.number().default(1).describe("initial bias of forget gates"),
  gain: z.number().positive().max(100).default(1).describe("factor of the initial recurrent weights, of fresh cells"),
  updates: z.int().min(0).default(0).describe("updates of training before the measurement (0: fresh)"),
  rate: z.number().positive().max(100).default(0.004).describe("learning rate of that training"),
  seed: z.int().min(0).default(1).describe("decides all random numbers"),
});

/** Options of `modelFlow`. */
export type PlaceOptions = z.input<typeof placeOptions>;
/** Options of `compareFlow`. */
export type CompareOptions = z.input<typeof compareOptions>;

/** The gradient flow of one model. */
export interface ModelFlow {
  /** The cell, or what else tells the model from those beside it. */
  readonly name: string;
  /** Updates it was trained for, where that is known. */
  readonly updates: number | null;
  readonly layers: readonly LayerFlow[];
}

/** Measurements side by side. */
export interface FlowReport {
  /** Steps back from the loss; every list of lengths holds one more. */
  readonly distance: number;
  /** How many places of the text were measured. */
  readonly places: number;
  readonly threshold: number;
  readonly models: readonly ModelFlow[];
}

/**
 * Measures how the gradient of the loss of one token flows back through a model: the mean over several places of a text.
 *
 *     const { models } = modelFlow(model, text, { distance: 50 });
 *     models[0].layers[0].norms;   // |dL/dh_t| by distance
 *
 * A model of lines reads whole lines, of which those that are long enough are taken; another one 64 tokens before each
 * place, so that it begins in a state it knows.
 *
 * @param name what the report calls it; default its cell
 * @throws RangeError or TypeError for an option that cannot be, or a text that is too short
 */
export function modelFlow(
  model: LanguageModel,
  text: string,
  options: PlaceOptions = {},
  { name = model.settings.cell, updates = null }: Partial<Pick<ModelFlow, "name" | "updates">> = {},
): FlowReport {
  const settings = readOptions("gradients", placeOptions, options);
  const { network, codec } = model;
  const isLines = model.settings.unit === "lines";
  const windows = isLines
    ? lineWindows(codec, text, settings.distance, settings.places)
    : textWindows(codec.encode(text), settings.distance ?? 100, settings.places);
  const { distance, inputs, before, targets } = windows;
  const B = targets.length;
  const state =
    before.length === 0
      ? undefined
      : noGrad(network.engine, () => network.recurrent.forward(lookup(network, before, B)).state as readonly State[]);
  const layers = gradientFlow(network.recurrent, lookup(network, inputs, B), {
    ...(state && { state }),
    threshold: settings.threshold,
    loss: (h) => scale(lossOf(network, h, targets), B),
  });
  const places = { distance, places: B, threshold: settings.threshold };
  return { ...places, models: [{ name, updates, layers }] };
}

/** What comparing may be given besides its options. */
export interface CompareHooks {
  readonly kernels?: LoadOptions;
  /** Before the model of a cell is trained or measured. */
  readonly onCell?: (cell: CellName) => void;
  /** After every update of a training. */
  readonly onStep?: (progress: Progress) => void;
  /** Stops after the current update; what was measured before is the result. */
  readonly signal?: AbortSignal;
}

/**
 * Measures models that differ in their cell alone, on the same places of a text, character by character: fresh ones, or
 * ones that were trained on it for a while.
 *
 * @param text what is measured, and trained, on
 * @throws RangeError or TypeError for an option that cannot be, or a text that is too short
 */
export async function compareFlow(text: string, options: CompareOptions & CompareHooks = {}): Promise<FlowReport> {
  const { kernels, onCell, onStep, signal, ...rest } = options;
  const settings = readOptions("gradients", compareOptions, rest);
  const { distance = 100, places, threshold, cells, updates, seed } = settings;
  if (updates > 0 && settings.gain !== 1)
    throw new ValueError(
      `gradients: gain is for fresh cells, got ${settings.gain} with updates ${updates}; leave one of them out`,
    );
  const models: ModelFlow[] = [];
  let found: FlowReport | null = null;
  for (const cell of cells) {
    if (signal?.aborted) break;
    onCell?.(cell);
    const { hiddenSize, layers, init, forgetBias, rate } = settings;
    const own = { unit: "text", cell, hiddenSize, layers, init, forgetBias, rate, seed, validation: 0 } as const;
    const model =
      updates === 0
        ? await freshModel(text, readOptions("gradients", languageModel.options, own), settings.gain, kernels)
        : await languageModel.train(text, {
            ...own,
            ...trainingFor(text, updates),
            schedule: "constant",
            ...(kernels && { kernels }),
            ...(signal && { signal }),
            ...(onStep && { on: { step: onStep } }),
          });
    found = modelFlow(model, text, { distance, places, threshold }, { name: cell, updates });
    models.push(...found.models);
  }
  return { distance, places: found?.places ?? 0, threshold, models };
}

async function freshModel(
  text: string,
  settings: LanguageModelSettings,
  gain: number,
  kernels?: LoadOptions,
): Promise<LanguageModel> {
  const { build } = await loadKernels(kernels);
  const engine = new Engine(build, { seed: settings.seed });
  const model = LanguageModel.create(engine, Codec.train([text], { tokenizer: settings.tokenizer }), settings);
  for (const [name, { data }] of Object.entries(parameters(model.network.recurrent)))
    if (name.endsWith(".wHh")) for (let i = 0; i < data.length; i++) data[i]! *= gain;
  return model;
}

/** Options that make a training of about so many updates of 32 streams, 100 characters each; fewer of a short text. */
function trainingFor(text: string, updates: number) {
  const [batchSize, chunk] = [32, Math.max(1, Math.min(100, Math.floor(text.length / 64)))];
  const inOnePass = Math.max(1, Math.floor((text.length - 1) / batchSize / chunk));
  return { batchSize, chunk, epochs: updates / inOnePass };
}

/** Sequences side by side, with what comes before and after them. */
interface Windows {
  readonly distance: number;
  /** [T B] */
  readonly inputs: Int32Array;
  /** [T' B], read first; may be empty. */
  readonly before: Int32Array;
  /** [B] */
  readonly targets: Int32Array;
}

const longestRunUp = 64;

/** Places spread evenly over a text. */
function textWindows(ids: Int32Array, distance: number, most: number): Windows {
  const T = distance + 1;
  const spare = ids.length - T - 1;
  if (spare < 0)
    throw new ValueError(
      `gradients: the text must have at least ${T + 1} tokens for a distance of ${distance}, has ${ids.length}; give more text or a smaller distance`,
    );
  const runUp = Math.min(longestRunUp, spare);
  const B = Math.min(most, spare - runUp + 1);
  const begins = Array.from({ length: B }, (_, b) => runUp + Math.floor((b * (spare - runUp)) / Math.max(1, B - 1)));
  return {
    distance,
    inputs: sideBySide(begins.map((at) => ids.subarray(at, at + T))),
    before: sideBySide(begins.map((at) => ids.subarray(at - runUp, at))),
    targets: Int32Array.from(begins, (at) => ids[at + T]!),
  };
}

/** Lines that are long enough, each from its begin to where the distance ends. */
function lineWindows(codec: Codec, text: string, wanted: number | undefined, most: number): Windows {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => Int32Array.of(BOS, ...codec.encode(line), EOS))
    .sort((a, b) => b.length - a.length);
  const [longest] = lines;
  const distance = wanted ?? Math.min(100, (lines[Math.min(most, lines.length) - 1]?.length ?? 0) - 2);
  const T = distance + 1;
  if (!longest || longest.length < T + 1 || distance < 1)
    throw new ValueError(
      `gradients: a line must have at least ${Math.max(1, T - 1)} tokens for a distance of ${Math.max(1, distance)}, the longest has ${Math.max(0, (longest?.length ?? 2) - 2)}; give longer lines or a smaller distance`,
    );
  const taken = lines.filter((line) => line.length > T).slice(0, most);
  return {
    distance,
    inputs: sideBySide(taken.map((line) => line.subarray(0, T))),
    before: new Int32Array(0),
    targets: Int32Array.from(taken, (line) => line[T]!),
  };
}

/** [T B] of B sequences of one length. */
function sideBySide(rows: readonly Int32Array[]): Int32Array {
  const T = rows[0]!.length;
  const B = rows.length;
  return Int32Array.from({ length: T * B }, (_, i) => rows[i % B]![Math.floor(i / B)]!);
}

function lookup({ embedding }: LanguageModel["network"], ids: Int32Array, B: number) {
  return embedding.lookup({ ids, shape: [ids.length / B, B] });
}

/** The mean cross-entropy of the tokens that follow h [B H]. */
function lossOf({ projection, output }: LanguageModel["network"], h: Tensor, targets: Int32Array): Tensor {
  const x = projection ? projection.forward(h) : h;
  const tokens = { ids: targets, shape: [targets.length] };
  if (output instanceof AdaptiveSoftmax) return output.forward(x, tokens);
  return linearCrossEntropy(x, output.weight, output.bias, tokens);
}
