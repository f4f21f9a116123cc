/** Training a language model, in a run folder or in memory only. */
import { readOptions } from "../../base/index.ts";
import { type LoadOptions, loadKernels } from "../../kernels/index.ts";
import { Engine, type Tensor } from "../../tensor/index.ts";
import type { Codec } from "../../text/index.ts";
import {
  type Carried,
  EarlyStopping,
  fit,
  gently,
  type Listeners,
  type Outcome,
  type RunFolder,
} from "../../train/index.ts";
import { BestWeights } from "../best-weights.ts";
import { makeOptimizer, makeSchedule } from "../update-rule.ts";
import { type Corpus, type EncodedCorpus, type PreparedData, prepare, type TextData } from "./data.ts";
import { LanguageModel } from "./model.ts";
import type { NetworkState } from "./network.ts";
import {
  checkLengths,
  type LanguageModelOptions,
  type LanguageModelSettings,
  languageModelOptions,
  samplesOf,
} from "./options.ts";

/** What a training may be given besides its options. */
export interface TrainHooks {
  /** Functions to call while training. */
  readonly on?: Listeners;
  /** Stops the training after the current step. */
  readonly signal?: AbortSignal;
  /** Which kernels to use; by default the fastest here. */
  readonly kernels?: LoadOptions;
  /** Told, in a line each, why faster kernels than those in use cannot be used. */
  readonly note?: (line: string) => void;
}

/** A training that is ready to begin or to go on. */
export interface LanguageTraining {
  readonly model: LanguageModel;
  readonly data: PreparedData;
  readonly steps: number;
  /** Trains; with a run, goes on from its last checkpoint and saves there. */
  run(hooks: TrainHooks & { readonly run?: RunFolder }): Promise<Outcome>;
}

/**
 * Reads the data, makes the vocabulary and the network.
 *
 * @param where starts messages about the data, such as the name of the file
 * @param data  a text, or one that was read already, or is ids already
 * @param codec that of a run to go on with
 */
export function prepareTraining(
  engine: Engine,
  where: string,
  data: TextData | Corpus | EncodedCorpus,
  settings: LanguageModelSettings,
  codec: Codec | null = null,
): LanguageTraining {
  checkLengths("train", settings);
  const prepared = prepare(where, data, settings, codec);
  const model = LanguageModel.create(engine, prepared.codec, settings);
  const steps = Math.max(1, Math.round((settings.epochs * prepared.batches.batchesPerEpoch) / settings.accumulate));
  return {
    model,
    data: prepared,
    steps,
    run: (hooks) => train(model, prepared, steps, hooks),
  };
}

/**
 * Trains a language model on lines or on a text, in Node and in a browser alike.
 *
 * @returns the model with its best weights by the validation data, or its last ones without any
 * @throws RangeError or TypeError for an option that cannot be or too little data
 */
export async function trainLanguageModel(
  data: TextData,
  options: LanguageModelOptions & TrainHooks = {},
): Promise<LanguageModel> {
  const { on = {}, signal, kernels, note, ...rest } = options;
  const settings = readOptions("train", languageModelOptions, rest);
  const { build, notes } = await loadKernels(kernels);
  for (const line of notes) note?.(line);
  const engine = new Engine(build, { seed: settings.seed });
  const training = prepareTraining(engine, "train", data, settings);
  const best = new BestWeights(training.model.network);
  const evaluate: Listeners["evaluate"] = (found) => {
    if (found.isBest) best.keep();
    return on.evaluate?.(found);
  };
  await training.run({ on: { ...on, evaluate }, ...(signal && { signal }) });
  best.restore();
  return training.model;
}

async function train(
  model: LanguageModel,
  { batches, validation }: PreparedData,
  steps: number,
  { on, signal, run }: TrainHooks & { readonly run?: RunFolder },
): Promise<Outcome> {
  const { network, settings } = model;
  const updatesPerEpoch = Math.ceil(batches.batchesPerEpoch / settings.accumulate);
  const { schedule, plateau } = makeSchedule(settings, steps, updatesPerEpoch);
  const evaluateEvery = validation ? (settings.evaluateEvery ?? updatesPerEpoch) : 0;
  const carried = new CarriedState(network.engine);
  return fit(
    {
      model: network,
      optimizer: makeOptimizer(network, settings),
      batches,
      loss: (batch) => {
        const { loss, state } = network.loss(batch, batch.continues ? carried.current : null);
        carried.current = settings.unit === "lines" ? null : state;
        return loss;
      },
      ...(settings.unit !== "lines" && { carried }),
      tokens: (batch) => batch.targetCount,
      ...(validation && {
        evaluate: async () => {
          const { loss, perplexity, bitsPerCharacter } = await gently(model.judge(validation, "validation"), signal);
          return { loss, perplexity, bitsPerCharacter };
        },
      }),
      sample: () => model.generate({ samples: Math.min(samplesOf(settings), 5) }),
      schedule,
      plateau,
      earlyStopping:
        settings.patience > 0 && evaluateEvery > 0 ? new EarlyStopping({ patience: settings.patience }) : null,
      ...(run && { run }),
      ...(signal && { signal }),
      ...(on && { on }),
    },
    {
      steps,
      clipNorm: settings.clipNorm,
      clipValue: settings.clipValue,
      accumulate: settings.accumulate,
      averaging: settings.averaging,
      logEvery: settings.logEvery,
      evaluateEvery,
      sampleEvery: settings.sampleEvery ?? Math.ceil(steps / 5),
      checkpointEvery: settings.checkpointEvery,
    },
  );
}

/** The state that running text carries from one batch to the next, saved so that a training resumes to the bit. */
class CarriedState implements Carried {
  current: NetworkState | null = null;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  state(): ReturnType<Carried["state"]> {
    const entries = (this.current ?? []).flatMap((parts, layer) =>
      Object.entries(parts).map(([part, { shape, data }]) => [`${layer}.${part}`, { shape, data }] as const),
    );
    return Object.fromEntries(entries);
  }

  restore(stored: ReturnType<Carried["state"]>): void {
    const layers: Record<string, Tensor>[] = [];
    for (const [name, { shape, data }] of Object.entries(stored)) {
      const [layer, part] = name.split(".") as [string, string];
      layers[Number(layer)] = { ...layers[Number(layer)], [part]: this.#engine.tensor(data, shape) };
    }
    this.current = layers.length > 0 ? (layers as unknown as NetworkState) : null;
  }
}
