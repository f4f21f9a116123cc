/** An engine on every build that runs on this machine, for tests that must hold on all of them. */
import { describeBuilds, loadKernels, referenceBuild } from "../src/kernels/index.ts";
import { Engine } from "../src/tensor/index.ts";

const compiled = (await describeBuilds()).filter(({ name, isas }) => name !== "reference" && isas.length > 0);
const builds = [
  referenceBuild("float64"),
  referenceBuild("float32"),
  ...(await Promise.all(compiled.map(async ({ name }) => (await loadKernels({ build: name })).build))),
];

/** Each build with its name and a function that makes an engine on it. */
export const engines = builds.map((build) => ({
  title: `${build.name} ${build.precision}`,
  build,
  make: (seed = 1) => new Engine(build, { seed }),
}));

/** An engine on the definition of all builds, in float64. */
export const exactEngine = (seed = 1) => new Engine(builds[0]!, { seed });
