/** The data the recipes train on, read from npm packages. Node only. */
export { dinosaurs } from "./dinosaurs.ts";
export { packageData } from "./package-data.ts";
