/** Language models: what comes next, learned from lines or from a text. */
import { type LoadOptions, loadKernels } from "../../kernels/index.ts";
import { Engine } from "../../tensor/index.ts";
import { LanguageModel } from "./model.ts";
import { languageModelOptions } from "./options.ts";
import { prepareTraining, trainLanguageModel } from "./train.ts";

export { hasOwnTokenizer, readCodec, writeCodec } from "./codec-files.ts";
export { CorpusReader, type Reading, type Storage } from "./corpus.ts";
export { type Corpus, type EncodedCorpus, type EncodedText, encodeText, readText, type TextData } from "./data.ts";
export { encoding, fromStored, storedSchema, toStored } from "./encoding.ts";
export { checkEvaluation, type LanguageEvaluation } from "./evaluation.ts";
export { type ContinueOptions, type GenerateOptions, generateOptions } from "./generation.ts";
export { LanguageModel, readSettings, type StreamOptions } from "./model.ts";
export { type NextToken, nextTokenOptions } from "./next-tokens.ts";
export {
  changeableOptions,
  type LanguageModelOptions,
  type LanguageModelSettings,
  samplesOf,
} from "./options.ts";
export { knownInSmallLetters, unknownTokens } from "./prompt.ts";
export type { TextScore, TokenScore } from "./scoring.ts";
export type { Session } from "./session.ts";
export type { LanguageTraining } from "./train.ts";

/** The task: train a language model, or load one that was saved. */
export const languageModel = {
  name: "language-model",
  summary: "learns to write: names, lines or running text, character by character",
  options: languageModelOptions,
  train: trainLanguageModel,
  prepare: prepareTraining,
  /**
   * The model in the bytes that `toBytes` wrote.
   *
   * @param options which kernels to use, and `where`, which starts the messages: the name of the file
   * @throws FormatError when the bytes are no such file or its parts do not fit each other
   */
  async load(bytes: Uint8Array, options: LoadOptions & { readonly where?: string } = {}): Promise<LanguageModel> {
    const { where, ...kernels } = options;
    const { build } = await loadKernels(kernels);
    return LanguageModel.fromBytes(new Engine(build), bytes, where);
  },
} as const;
