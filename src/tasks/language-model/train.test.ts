import { describe, expect, test } from "vitest";
import { KindError, Random, ValueError } from "../../base/index.ts";
import { memoryFolder } from "../../files/index.ts";
import { loadKernels } from "../../kernels/index.ts";
import { Engine } from "../../tensor/index.ts";
import { RunFolder } from "../../train/index.ts";
import { type LanguageModelOptions, languageModel } from "./index.ts";

const kernels = { build: "wasm" } as const;
const random = new Random(3);
const lines = Array.from({ length: 40 }, () =>
  Array.from({ length: 2 + random.integer(5) }, () => ["a", "e", "k", "n", "s", "e\u0301"][random.integer(6)]).join(""),
).map((line, i) => (i === 7 ? line.toUpperCase() : line));
const base: LanguageModelOptions = {
  hiddenSize: 8,
  embeddingSize: 4,
  epochs: 4,
  batchSize: 8,
  rate: 0.05,
  maxLength: 8,
  sampleEvery: 4,
  logEvery: 3,
  checkpointEvery: 7,
};

/** All that a training does and makes: its log, its weights, how often it saved, and texts of the model. */
async function traceOf(options: LanguageModelOptions): Promise<string> {
  const { build } = await loadKernels(kernels);
  const settings = languageModel.options.parse({ ...base, ...options });
  const training = languageModel.prepare(new Engine(build, { seed: settings.seed }), "test", lines, settings);
  const run = await RunFolder.create(memoryFolder(), {
    task: "language-model",
    recipe: null,
    data: null,
    options: {},
    kernels: { name: "wasm", isa: "simd128", precision: "float32" },
  });
  const saved: number[] = [];
  await training.run({ run, on: { checkpoint: ({ step }) => saved.push(step) } });
  const { model } = training;
  const weights = Object.values((await run.checkpoint("last"))!.model).map(({ data }) => Array.from(data));
  return JSON.stringify([await run.metrics(), weights, saved, model.generate()]);
}

describe("every option does something:", () => {
  /** A value other than the default, and the options under which it matters. */
  const changes: Readonly<Record<keyof typeof languageModel.options.shape, [unknown, LanguageModelOptions?]>> = {
    unit: ["text"],
    tokenizer: ["graphemes"],
    lowercase: [true],
    minCount: [45],
    vocabularySize: [6],
    validation: [0.3],
    cell: ["gru"],
    embeddingSize: [5],
    hiddenSize: [9],
    layers: [2],
    dropout: [0.3],
    residual: [true, { layers: 2 }],
    tied: [true],
    adaptiveSoftmax: [true],
    cutoffs: [[2, 4], { adaptiveSoftmax: true }],
    init: ["orthogonal"],
    forgetBias: [3],
    inputDropout: [0.3],
    lockedDropout: [true, { dropout: 0.3 }],
    embeddingDropout: [0.3],
    weightDrop: [0.3],
    epochs: [5],
    batchSize: [7],
    chunk: [5, { unit: "text" }],
    optimizer: ["rmsprop"],
    rate: [0.01],
    momentum: [0.5, { optimizer: "sgd" }],
    nesterov: [true, { optimizer: "sgd", momentum: 0.5 }],
    weightDecay: [0.1],
    schedule: ["constant"],
    decay: [0.1, { schedule: "step" }],
    decayEvery: [1, { schedule: "exponential" }],
    warmup: [5],
    clipNorm: [0.01, { optimizer: "sgd" }],
    clipValue: [0.001, { optimizer: "sgd" }],
    smoothing: [0.2],
    accumulate: [2],
    activationPenalty: [2],
    changePenalty: [1],
    averaging: [0.9],
    patience: [1, { evaluateEvery: 1, rate: 1 }],
    evaluateEvery: [3],
    sampleEvery: [5],
    checkpointEvery: [5],
    logEvery: [4],
    seed: [2],
    temperature: [0.2],
    topK: [1],
    topP: [0.1],
    typical: [0.2],
    repetitionPenalty: [3],
    repetitionWindow: [1, { repetitionPenalty: 3 }],
    noRepeat: [1],
    minLength: [8],
    maxLength: [2],
    unknown: [true, { minCount: 45, temperature: 2 }],
    samples: [2],
  };

  test.each(Object.entries(changes))("%s", async (name, [value, given = {}]) => {
    const before = await traceOf(given);
    expect(await traceOf(given)).toBe(before);
    expect(await traceOf({ ...given, [name]: value })).not.toBe(before);
  });

  test("plateau and its patience", async () => {
    const given: LanguageModelOptions = { schedule: "plateau", evaluateEvery: 1, rate: 1, decayEvery: 1 };
    expect(await traceOf({ ...given, decay: 0.1 })).not.toBe(await traceOf(given));
    expect(await traceOf({ ...given, decayEvery: 5 })).not.toBe(await traceOf(given));
  });

  test.each(["rnn", "rnnRelu", "gru", "gruSimplified", "lstm", "lstmPeephole", "minGru", "minLstm"] as const)(
    "cell %s learns",
    async (cell) => {
      const pair = ["kan", "sek"];
      const model = await languageModel.train(pair, { ...base, cell, epochs: 60, validation: 0, kernels });
      // Only the first letter cannot be known: ln 2 of four tokens.
      expect(model.evaluate(pair).loss).toBeLessThan(Math.LN2 / 4 + 0.05);
    },
  );
});

describe("a training on running text", () => {
  test("carries the state from chunk to chunk", async () => {
    // After an "a" comes an "a" or a "b": who sees one letter at a time must guess, two of three times between two.
    const text = "aab".repeat(200);
    const options: LanguageModelOptions = {
      unit: "text",
      chunk: 1,
      batchSize: 4,
      epochs: 6,
      rate: 0.02,
      hiddenSize: 16,
    };
    const model = await languageModel.train(text, { ...options, kernels });
    expect(model.evaluate("aab".repeat(40)).loss).toBeLessThan(0.3 * (2 / 3) * Math.LN2);
  });

  test("is judged alike whatever the chunk", async () => {
    const text = `${lines.join(" ")} `.repeat(2);
    const model = await languageModel.train(text, { ...base, unit: "text", chunk: 300, kernels });
    const { loss } = model.evaluate(text);
    const other = new (model.constructor as new (...args: unknown[]) => typeof model)(model.network, model.codec, {
      ...model.settings,
      chunk: 64,
    });
    expect(other.evaluate(text).loss).toBeCloseTo(loss, 5);
  });
});

describe("a training in memory", () => {
  test("gives back its best weights", async () => {
    const found: number[] = [];
    // A rate that begins to do harm.
    const options: LanguageModelOptions = { ...base, epochs: 30, rate: 0.1, schedule: "constant", hiddenSize: 32 };
    const model = await languageModel.train(lines, {
      ...options,
      kernels,
      on: { evaluate: ({ evaluation }) => found.push(evaluation.loss!) },
    });
    const { build } = await loadKernels(kernels);
    const settings = languageModel.options.parse(options);
    const { validation } = languageModel.prepare(new Engine(build), "test", lines, settings).data;
    const judged = model.judge(validation!);
    let step = judged.next();
    while (!step.done) step = judged.next();
    const best = Math.min(...found);
    expect(found.at(-1)).toBeGreaterThan(best);
    expect(step.value.loss).toBe(best);
  });

  test("tells of every step, and stops when it is told to", async () => {
    const stopper = new AbortController();
    const steps: number[] = [];
    const ends: unknown[] = [];
    await languageModel.train(lines, {
      ...base,
      kernels,
      signal: stopper.signal,
      on: {
        start: ({ step, steps: all }) => steps.push(step, all),
        step: ({ step }) => {
          steps.push(step);
          if (step === 3) stopper.abort();
        },
        stop: ({ reason }) => ends.push(reason),
      },
    });
    expect(steps).toEqual([0, 20, 1, 2, 3]);
    expect(ends).toEqual(["aborted"]);
  });

  test("refuses options that there are not, or that cannot be", async () => {
    await expect(languageModel.train(lines, { hidenSize: 3 } as never)).rejects.toThrow(
      new ValueError('train: no option "hidenSize"; did you mean "hiddenSize"?'),
    );
    await expect(languageModel.train(lines, { epochs: "3" as never })).rejects.toThrow(
      new KindError('train: epochs must be a number, got "3"'),
    );
    await expect(languageModel.train([], { kernels })).rejects.toThrow(
      new ValueError("train: needs at least one line that is not empty, got none"),
    );
  });
});
