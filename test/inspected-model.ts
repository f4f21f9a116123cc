/** A small language model of random weights, to be looked into. */
import { type LanguageModelOptions, languageModel } from "../src/tasks/index.ts";
import { LanguageNetwork } from "../src/tasks/language-model/network.ts";
import type { Engine } from "../src/tensor/index.ts";
import { Codec } from "../src/text/index.ts";

/** The model, which knows the letters a b c, quotes, a space and the line end. */
export function freshModel(engine: Engine, options: LanguageModelOptions = {}) {
  const codec = Codec.train(['ab c"\n']);
  const settings = languageModel.options.parse({ hiddenSize: 3, embeddingSize: 2, ...options });
  return { codec, settings, network: new LanguageNetwork(engine, codec.size, settings) };
}
