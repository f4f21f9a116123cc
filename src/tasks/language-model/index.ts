/** Language models: what comes next, learned from lines or from a text. */
import { type LoadOptions, loadKernels } from "../../kernels/index.ts";
import { Engine } from "../../tensor/index.ts";
import { LanguageModel } from "./model.ts";
import { languageModelOptions } from "./options.ts";
import { prepareTraining, trainLanguageModel } from "./train.ts";

export type { TextData } from "./data.ts";
export {
  type GenerateOptions,
  generateOptions,
  type LanguageEvaluation,
  LanguageModel,
  readSettings,
} from "./model.ts";
export {
  dataOptions,
  type LanguageModelOptions,
  type LanguageModelSettings,
  networkOptions,
  samplingOptions,
  trainingOptions,
} from "./options.ts";
export type { LanguageTraining, TrainHooks } from "./train.ts";

/** The task: train a language model, or load one that was saved. */
export const languageModel = {
  name: "language-model",
  summary: "learns to write: names, lines or running text, character by character",
  options: languageModelOptions,
  train: trainLanguageModel,
  prepare: prepareTraining,
  /** The model in the bytes that `toBytes` wrote. */
  async load(bytes: Uint8Array, options: LoadOptions = {}): Promise<LanguageModel> {
    const { build } = await loadKernels(options);
    return LanguageModel.fromBytes(new Engine(build), bytes);
  },
} as const;
