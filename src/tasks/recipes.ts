/** Recipes: a task with data and tuned options, under a name. */
import type { DatasetName, PairDatasetName } from "../datasets/index.ts";
import type { LanguageModelOptions } from "./language-model/index.ts";
import type { MemoryOptions } from "./memory/index.ts";
import type { TranslationOptions } from "./translate/index.ts";

/** What every recipe says of itself. */
export interface RecipeSummary {
  /** What it learns from and what comes of it. */
  readonly summary: string;
  /** How much data there are, such as "1,325 names". */
  readonly size: string;
  /** How long it takes on one core of a present processor with the native kernels. */
  readonly minutes: number;
  /** What it comes to, as docs/language-models.md records. */
  readonly figures: string;
}

/** A recipe of a language model; where its data come from is decided by `dataset`, a function of the datasets room. */
export interface LanguageModelRecipe extends RecipeSummary {
  readonly task: "language-model";
  readonly dataset: DatasetName;
  readonly options: LanguageModelOptions;
}

/** A recipe of the memory tasks, which draw their own data. */
export interface MemoryRecipe extends RecipeSummary {
  readonly task: "memory";
  readonly options: MemoryOptions;
}

/** A recipe of a translation model; its pairs come from `pairDatasets` of the datasets room. */
export interface TranslateRecipe extends RecipeSummary {
  readonly task: "translate";
  readonly dataset: PairDatasetName;
  readonly options: TranslationOptions;
}

/** A recipe of any task. */
export type Recipe = LanguageModelRecipe | TranslateRecipe | MemoryRecipe;

/** The recipes of language models by name. */
export const languageModelRecipes = {
  names: {
    task: "language-model",
    summary: "dinosaur names, letter by letter; writes new ones",
    dataset: "dinosaurs",
    size: "1,325 names",
    minutes: 0.13,
    figures: "1.52 nats a letter",
    // Tuned on the validation loss of three random splits: 1.54 nats, where H 128, E 32 and dropout 0.3 came to 1.59.
    options: {
      unit: "lines",
      embeddingSize: 128,
      hiddenSize: 256,
      dropout: 0.6,
      rate: 0.008,
      epochs: 15,
      maxLength: 40,
      temperature: 0.8,
    },
  },
  "first-names": {
    task: "language-model",
    summary: "first names of English, letter by letter; writes new ones",
    dataset: "firstNames",
    size: "8,422 names",
    minutes: 0.42,
    figures: "1.90 nats a letter",
    // H 128 with E 32 came to 2.00 nats, dropout 0.6 with E 128 to 1.91; 30 epochs instead of 15 to nothing better.
    options: {
      unit: "lines",
      embeddingSize: 64,
      hiddenSize: 256,
      dropout: 0.4,
      rate: 0.005,
      epochs: 12,
      maxLength: 30,
      temperature: 0.8,
    },
  },
  "moby-dick": {
    task: "language-model",
    summary: "the novel, character by character; goes on writing it",
    dataset: "mobyDick",
    size: "1.2 million characters",
    minutes: 3.2,
    figures: "2.10 bits a character",
    options: {
      unit: "text",
      embeddingSize: 64,
      hiddenSize: 256,
      dropout: 0.2,
      rate: 0.005,
      epochs: 8,
      chunk: 100,
      maxLength: 400,
      temperature: 0.7,
    },
  },
  "moby-dick-words": {
    task: "language-model",
    summary: "the novel, word by word; goes on writing it",
    dataset: "mobyDick",
    size: "212,007 words",
    minutes: 1.4,
    figures: "perplexity 116",
    // The adaptive softmax takes a third of the time of the full one.
    options: {
      unit: "text",
      tokenizer: "words",
      minCount: 3,
      embeddingSize: 256,
      hiddenSize: 256,
      adaptiveSoftmax: true,
      dropout: 0.5,
      rate: 0.003,
      epochs: 6,
      batchSize: 20,
      chunk: 35,
      maxLength: 100,
      temperature: 0.8,
    },
  },
  speeches: {
    task: "language-model",
    summary: "speeches of presidents, in pieces of words; goes on speaking",
    dataset: "speeches",
    size: "10.8 million characters",
    minutes: 5.8,
    figures: "1.94 bits a character",
    options: {
      unit: "documents",
      tokenizer: "bpe",
      vocabularySize: 2000,
      embeddingSize: 128,
      hiddenSize: 384,
      dropout: 0.1,
      rate: 0.004,
      epochs: 1,
      evaluateEvery: 430,
      maxLength: 200,
      temperature: 0.8,
    },
  },
} as const satisfies Record<string, LanguageModelRecipe>;

const pronouncing = {
  targetTokenizer: "whitespace",
  encoderLayers: 2,
  decoderLayers: 2,
  residual: true,
  tied: false,
  hiddenSize: 384,
  embeddingSize: 256,
  dropout: 0.25,
  batchSize: 128,
  rate: 0.003,
  schedule: "cosine",
  warmup: 300,
  averaging: 0.999,
  metric: "exactMatch",
  epochs: 7,
} as const satisfies TranslationOptions;

/** The recipes of translation models by name. */
export const translateRecipes = {
  "dates-english": {
    task: "translate",
    summary: "English dates, such as 3 may 1979, to 1979-05-03; a first try",
    dataset: "englishDates",
    size: "10,000 pairs",
    minutes: 0.35,
    // With --model dates, the network of the course, 99.8 % in half a minute.
    figures: "100 % exact",
    options: {
      embeddingSize: 32,
      hiddenSize: 128,
      dropout: 0.1,
      rate: 0.005,
      smoothing: 0,
      epochs: 4,
      lowercase: true,
    },
  },
  dates: {
    task: "translate",
    summary: "dates of 85 locales and 13 calendars to 1979-05-03",
    dataset: "dates",
    size: "395,000 pairs",
    minutes: 11,
    figures: "99.8 % exact",
    // The second layer of the decoder is for the calendars whose months are not the Gregorian.
    options: {
      embeddingSize: 64,
      hiddenSize: 128,
      decoderLayers: 2,
      dropout: 0.03,
      rate: 0.004,
      smoothing: 0,
      epochs: 2,
    },
  },
  numbers: {
    task: "translate",
    summary: "numbers to words and back in 71 languages, asked for by tag",
    dataset: "numbers",
    size: "1,065,000 pairs",
    minutes: 50,
    figures: "99.91 % exact",
    // What is written is told from where it was read before, so that what was looked at is fed to the next step.
    options: {
      model: "bahdanau",
      cell: "lstm",
      embeddingSize: 64,
      hiddenSize: 192,
      dropout: 0,
      rate: 0.003,
      smoothing: 0,
      averaging: 0.999,
      epochs: 1.7,
    },
  },
  pronounce: {
    task: "translate",
    summary: "spelling to phones; the dictionary of Carnegie Mellon",
    dataset: "pronounce",
    size: "111,376 words",
    minutes: 60,
    figures: "",
    options: pronouncing,
  },
  "pronounce-stress": {
    task: "translate",
    summary: "the same with the stress of each vowel",
    dataset: "pronounceStress",
    size: "111,376 words",
    minutes: 60,
    figures: "",
    options: pronouncing,
  },
  diagnostics: {
    task: "translate",
    summary: "TypeScript's messages in 13 languages; a demo, with few pairs",
    dataset: "diagnostics",
    size: "25,048 pairs",
    minutes: 20,
    figures: "",
    options: {
      tokenizer: "bpe",
      vocabularySize: 2000,
      targetVocabularySize: 4000,
      hiddenSize: 256,
      embeddingSize: 128,
      dropout: 0.3,
      rate: 0.003,
      epochs: 12,
    },
  },
} as const satisfies Record<string, TranslateRecipe>;

/** Every recipe by name. */
export const recipes = {
  ...languageModelRecipes,
  ...translateRecipes,
  memory: {
    task: "memory",
    summary: "copying, adding, agreement over distances: which cells learn",
    size: "drawn as it goes",
    minutes: 3,
    figures: "a table: docs/memory.md",
    options: {},
  },
} as const satisfies Record<string, Recipe>;
