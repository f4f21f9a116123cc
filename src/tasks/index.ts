/** What a person can train and try. */
import { languageModel } from "./language-model/index.ts";

export {
  type ContinueOptions,
  type Corpus,
  CorpusReader,
  changeableOptions,
  type EncodedCorpus,
  type EncodedText,
  encodeText,
  encoding,
  fromStored,
  type GenerateOptions,
  generateOptions,
  knownInSmallLetters,
  type LanguageEvaluation,
  LanguageModel,
  type LanguageModelOptions,
  type LanguageModelSettings,
  type LanguageTraining,
  languageModel,
  type NextToken,
  nextTokenOptions,
  type Reading,
  readCodec,
  readSettings,
  readText,
  type Session,
  type Storage,
  type StreamOptions,
  samplesOf,
  storedSchema,
  type TextData,
  type TextScore,
  type TokenScore,
  type TrainHooks,
  toStored,
  unknownTokens,
  writeCodec,
} from "./language-model/index.ts";
export { type LanguageModelRecipe, languageModelRecipes, type Recipe, type RecipeSummary, recipes } from "./recipes.ts";

/** Every task by name. */
export const tasks = { "language-model": languageModel } as const;
