/** What a person can train and try. */
import { languageModel } from "./language-model/index.ts";

export {
  changeableOptions,
  type GenerateOptions,
  generateOptions,
  type LanguageEvaluation,
  LanguageModel,
  type LanguageModelOptions,
  type LanguageModelSettings,
  type LanguageTraining,
  languageModel,
  readSettings,
  samplesOf,
  type TextData,
  type TrainHooks,
} from "./language-model/index.ts";
export { type Recipe, recipes } from "./recipes.ts";

/** Every task by name. */
export const tasks = { "language-model": languageModel } as const;
