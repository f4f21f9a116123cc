/** The data the recipes train on, read from npm packages. Node only. */
import { dinosaurs } from "./dinosaurs.ts";

export { dinosaurs } from "./dinosaurs.ts";
export { packageData } from "./package-data.ts";

/** Every data set by name: a function that reads it, given who asks, which starts its messages. */
export const datasets = { dinosaurs } as const satisfies Record<string, (where?: string) => string[]>;

/** The name of a data set in the table. */
export type DatasetName = keyof typeof datasets;
