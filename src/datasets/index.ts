/** The data the recipes train on, read from npm packages. Node only. */
import { dates } from "./dates.ts";
import { diagnostics } from "./diagnostics.ts";
import { dinosaurs } from "./dinosaurs.ts";
import { englishDates } from "./english-dates.ts";
import { firstNames } from "./first-names.ts";
import { mobyDick } from "./moby-dick.ts";
import { numbers } from "./numbers.ts";
import type { PairData, PairDataOptions } from "./pair-data.ts";
import { pronounce } from "./pronounce.ts";
import { speeches } from "./speeches.ts";

export { type DateLayout, type DateWriter, dateLayouts, dateWriter, layoutsIn } from "./date-layouts.ts";
export { type Calendar, dateLocales, otherCalendars, yearsOf } from "./date-locales.ts";
export { type DatePair, type DatesOptions, dates } from "./dates.ts";
export {
  type DiagnosticLanguage,
  type DiagnosticPair,
  type DiagnosticsOptions,
  diagnosticLanguages,
  diagnostics,
} from "./diagnostics.ts";
export { dinosaurs } from "./dinosaurs.ts";
export { type EnglishDatesOptions, englishDates } from "./english-dates.ts";
export { firstNames } from "./first-names.ts";
export { mobyDick } from "./moby-dick.ts";
export { type NumberPair, type NumbersOptions, numberLanguages, numbers } from "./numbers.ts";
export { packageData, packageText, requirePackages } from "./package-data.ts";
export type { Pair, PairData, PairDataOptions } from "./pair-data.ts";
export { type PronounceOptions, pronounce } from "./pronounce.ts";
export { speeches } from "./speeches.ts";

/**
 * Every data set by name: a function that reads it, given who asks, which starts its messages. It gives lines (names, or
 * documents that hold no line break) or one running text.
 */
export const datasets = { dinosaurs, firstNames, mobyDick, speeches } as const satisfies Record<
  string,
  (where?: string) => string | string[]
>;

/** The name of a data set in the table. */
export type DatasetName = keyof typeof datasets;

/** Every data set of pairs by name: a function that reads or draws it. */
export const pairDatasets = {
  dates,
  englishDates,
  numbers,
  pronounce,
  pronounceStress: (options: PairDataOptions = {}) => pronounce({ ...options, stress: true }),
  diagnostics,
} as const satisfies Record<string, (options?: PairDataOptions) => PairData>;

/** The name of a data set of pairs in the table. */
export type PairDatasetName = keyof typeof pairDatasets;
