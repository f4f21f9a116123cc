/**
 * backstitch: sequence models for TypeScript. The same in Node and in a browser.
 */
export * from "./base/index.ts";
export * from "./decode/index.ts";
export { type KernelBuild, type LoadOptions, loadKernels } from "./kernels/index.ts";
export * from "./metrics/index.ts";
export * from "./nn/index.ts";
export * from "./tasks/index.ts";
export * from "./tensor/index.ts";
export * from "./text/index.ts";
export * from "./train/index.ts";
