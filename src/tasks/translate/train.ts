/** Training a translation model, in a run folder or in memory only. */
import { readOptions } from "../../base/index.ts";
import { errorRate, exactMatch, perplexity } from "../../metrics/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { everyPair } from "../../text/index.ts";
import { type Evaluation, gently, type Outcome } from "../../train/index.ts";
import { fitByOptions, type RunHooks, stepsOf, type TrainHooks, trainInMemory } from "../training.ts";
import { type PairData, type PreparedPairs, preparePairs } from "./data.ts";
import { TranslationModel } from "./model.ts";
import type { ModelParts } from "./model-parts.ts";
import { metricModes, type TranslationOptions, type TranslationSettings, translationOptions } from "./options.ts";
import type { Pair, SplitPairs } from "./pair-corpus.ts";
import type { JudgedPairs } from "./pair-encoding.ts";
import type { Question } from "./questions.ts";

/** A training that is ready to begin or to go on. */
export interface TranslationTraining {
  readonly model: TranslationModel;
  readonly data: PreparedPairs;
  readonly steps: number;
  /** Trains; with a run, goes on from its last checkpoint and saves there. */
  run(hooks: RunHooks): Promise<Outcome>;
}

/**
 * Reads the pairs, makes the vocabularies and the network.
 *
 * @param where starts messages about the data, such as the name of the file
 * @param data  pairs, or what was read of them already
 * @param parts those of a run to go on with
 */
export function prepareTranslation(
  engine: Engine,
  where: string,
  data: PairData,
  settings: TranslationSettings,
  parts: ModelParts | null = null,
): TranslationTraining {
  const prepared = preparePairs(where, data, settings, parts);
  const model = TranslationModel.create(engine, prepared.parts, settings);
  return {
    model,
    data: prepared,
    steps: stepsOf(settings, prepared.batches.batchesPerEpoch),
    run: (hooks) => train(model, prepared, hooks),
  };
}

/**
 * Trains a translation model on pairs, in Node and in a browser alike.
 *
 * @param pairs   those to learn, of which some are kept aside; or both parts
 * @returns the model with its best weights by the validation pairs, or its last ones without any
 * @throws RangeError or TypeError for an option that cannot be or too little data
 */
export async function trainTranslationModel(
  pairs: Iterable<Pair> | SplitPairs,
  options: TranslationOptions & TrainHooks = {},
): Promise<TranslationModel> {
  const { on = {}, signal, kernels, note, ...rest } = options;
  const settings = readOptions("train", translationOptions, rest);
  const hooks = { on, signal, kernels, note };
  return trainInMemory(settings, hooks, (engine) => {
    const training = prepareTranslation(engine, "train", pairs, settings);
    for (const line of training.data.notes) note?.(line);
    return training;
  });
}

function train(model: TranslationModel, { batches, validation }: PreparedPairs, hooks: RunHooks): Promise<Outcome> {
  const { network } = model;
  return fitByOptions(
    {
      model: network,
      batches,
      loss: (batch) => network.loss(batch),
      tokens: (batch) => batch.targetCount,
      judging: { metric: model.settings.metric, mode: metricModes[model.settings.metric]! },
      ...(validation && {
        evaluate: () => gently(judge(model, validation), hooks.signal),
        sample: () => samples(model, validation.questions.slice(0, 5)),
      }),
    },
    model.settings,
    hooks,
  );
}

/**
 * Judges a model while it is trained, yielding after each batch: the loss of all pairs, in nats per token, and of some
 * sources what becomes of them when the likeliest token is taken at each step.
 */
function* judge(model: TranslationModel, { pairs, questions }: JudgedPairs): Generator<undefined, Evaluation> {
  const { network, settings } = model;
  let nats = 0;
  let tokens = 0;
  for (const batch of everyPair(pairs, { batchSize: settings.batchSize })) {
    nats += network.loss(batch).item() * batch.targetCount;
    tokens += batch.targetCount;
    yield;
  }
  const outputs: string[] = [];
  for (let from = 0; from < questions.length; from += settings.batchSize) {
    outputs.push(...answers(model, questions.slice(from, from + settings.batchSize)));
    yield;
  }
  const references = questions.map(({ references }) => references);
  const unit = unitOf(model.target.tokenizer.name);
  return {
    loss: nats / tokens,
    perplexity: Number.isNaN(nats) ? Number.NaN : perplexity(nats, tokens),
    exactMatch: exactMatch(outputs, references),
    errorRate: errorRate(outputs, references, unit).rate,
  };
}

/** What errors are counted in: the characters of targets that are read by them, or else words, as phones are. */
function unitOf(tokenizer: string): "characters" | "words" {
  return tokenizer === "characters" || tokenizer === "graphemes" ? "characters" : "words";
}

/** Greedy outputs for sources, in their order. */
function answers(model: TranslationModel, questions: readonly Question[]): string[] {
  const sources = questions.map(({ source, tag }) => ({ source, tag }));
  return model.translateAll(sources, { beamSize: 1, longSource: "cut" }).map(({ text }) => text);
}

/** Some sources with what becomes of them and, where that is wrong, what is right. */
function samples(model: TranslationModel, questions: readonly Question[]): string[] {
  return answers(model, questions).map((output, i) => {
    const { source, references, tag } = questions[i]!;
    return `${tag === undefined ? "" : `<${tag}> `}${source} -> ${output}${references.includes(output) ? "" : ` (${references[0]})`}`;
  });
}
