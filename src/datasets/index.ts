/** The data the recipes train on, read from npm packages. Node only. */
import { dinosaurs } from "./dinosaurs.ts";
import { firstNames } from "./first-names.ts";
import { mobyDick } from "./moby-dick.ts";
import { speeches } from "./speeches.ts";

export { dinosaurs } from "./dinosaurs.ts";
export { firstNames } from "./first-names.ts";
export { mobyDick } from "./moby-dick.ts";
export { packageData, packageText, requirePackages } from "./package-data.ts";
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
