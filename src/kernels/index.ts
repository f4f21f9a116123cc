/** The number border: every kernel, declared in one table and run by one of three builds. */
export { describeBuilds, loadKernels } from "#loader";
export type { Block, BuildInfo, KernelBuild, LoadedKernels, LoadOptions } from "./build.ts";
export { referenceBuild } from "./reference.ts";
export { type SelfTest, selfTest } from "./self-test.ts";
export {
  type Args,
  type FloatArray,
  type KernelName,
  type Kernels,
  kernelNames,
  maps,
  tableText,
  zips,
} from "./table.ts";
