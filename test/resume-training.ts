/** A small training in a run folder on the disk, to be run whole or killed and resumed. */
import { Random, readOptions } from "../src/base/index.ts";
import { nodeFolder } from "../src/files/node.ts";
import { type LoadOptions, loadKernels } from "../src/kernels/index.ts";
import {
  type LanguageModelOptions,
  languageModel,
  type TranslationOptions,
  translationModel,
} from "../src/tasks/index.ts";
import { Engine } from "../src/tensor/index.ts";
import { RunFolder } from "../src/train/index.ts";

const options: Readonly<Record<"lines" | "text", LanguageModelOptions>> = {
  lines: { unit: "lines", cell: "lstm", layers: 2, dropout: 0.2, optimizer: "adam", epochs: 9, schedule: "plateau" },
  text: {
    unit: "text",
    cell: "gru",
    optimizer: "rmsprop",
    momentum: 0.5,
    epochs: 16,
    chunk: 10,
    warmup: 40,
    clipNorm: 1,
    tied: true,
    dropout: 0.1,
    inputDropout: 0.1,
    lockedDropout: true,
    embeddingDropout: 0.1,
    weightDrop: 0.1,
    averaging: 0.9,
  },
};

const pairOptions: TranslationOptions = {
  cell: "gru",
  dropout: 0.2,
  averaging: 0.9,
  schedule: "plateau",
  decayEvery: 1,
  rate: 0.01,
  epochs: 7,
  beamSize: 1,
};

const periods = { checkpointEvery: 17, evaluateEvery: 40, sampleEvery: 50, logEvery: 5 };

/**
 * Trains to the end, going on from what is in the folder.
 *
 * @param kernels which to load
 * @param onStep  called after every step
 */
export async function trainInFolder(
  path: string,
  unit: "lines" | "text" | "pairs",
  kernels: LoadOptions,
  onStep: (step: number) => void,
): Promise<void> {
  const random = new Random(4);
  const word = () => Array.from({ length: 3 + random.integer(6) }, () => "aeioknst"[random.integer(8)]).join("");
  const words = Array.from({ length: 200 }, word);
  const { build } = await loadKernels(kernels);
  const engine = new Engine(build, { seed: 1 });
  const sizes = { hiddenSize: 24, embeddingSize: 8, batchSize: 8, ...periods };
  const prepare = () => {
    if (unit === "pairs") {
      const settings = readOptions("train", translationModel.options, { ...pairOptions, ...sizes, hiddenSize: 12 });
      const pairs = words.map((source) => ({ source, target: [...source].reverse().join("") }));
      return { settings, training: translationModel.prepare(engine, "words", pairs, settings) };
    }
    const settings = readOptions("train", languageModel.options, { ...options[unit], ...sizes });
    return { settings, training: languageModel.prepare(engine, "words", words, settings) };
  };
  const { settings, training } = prepare();
  const folder = nodeFolder(path);
  const { name, isa, precision } = build;
  const config = { task: "words", recipe: null, data: null, options: settings, kernels: { name, isa, precision } };
  const run = (await folder.exists("config.json"))
    ? await RunFolder.resume(folder)
    : await RunFolder.create(folder, config);
  await training.run({ run, on: { step: ({ step }) => onStep(step) } });
  await run.close();
}
