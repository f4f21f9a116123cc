/** What a person can train and try. */
import { languageModel } from "./language-model/index.ts";

export {
  type GenerateOptions,
  LanguageModel,
  type LanguageModelOptions,
  type LanguageModelSettings,
  languageModel,
  type LanguageTraining,
  readSettings,
  type TextData,
  type TrainHooks,
} from "./language-model/index.ts";
export { type Recipe, recipes } from "./recipes.ts";

/** Every task by name. */
export const tasks = { "language-model": languageModel } as const;
