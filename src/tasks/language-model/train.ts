/** Training a language model, in a run folder or in memory only. */
import { readOptions } from "../../base/index.ts";
import type { Engine, Tensor } from "../../tensor/index.ts";
import type { Codec } from "../../text/index.ts";
import { type Carried, gently, type Outcome } from "../../train/index.ts";
import { fitByOptions, type RunHooks, stepsOf, type TrainHooks, trainInMemory } from "../training.ts";
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

/** A training that is ready to begin or to go on. */
export interface LanguageTraining {
  readonly model: LanguageModel;
  readonly data: PreparedData;
  readonly steps: number;
  /** Trains; with a run, goes on from its last checkpoint and saves there. */
  run(hooks: RunHooks): Promise<Outcome>;
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
  return {
    model,
    data: prepared,
    steps: stepsOf(settings, prepared.batches.batchesPerEpoch),
    run: (hooks) => train(model, prepared, hooks),
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
  const hooks = { on, signal, kernels, note };
  return trainInMemory(settings, hooks, (engine) => prepareTraining(engine, "train", data, settings));
}

function train(model: LanguageModel, { batches, validation }: PreparedData, hooks: RunHooks): Promise<Outcome> {
  const { network, settings } = model;
  const carried = new CarriedState(network.engine);
  return fitByOptions(
    {
      model: network,
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
          const judged = await gently(model.judge(validation, "validation"), hooks.signal);
          const { loss, perplexity, bitsPerCharacter } = judged;
          return { loss, perplexity, bitsPerCharacter };
        },
      }),
      sample: () => model.generate({ samples: Math.min(samplesOf(settings), 5) }),
    },
    settings,
    hooks,
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
