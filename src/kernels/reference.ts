/**
 * The plain TypeScript kernels as a build: the definition of every other, in either precision, everywhere.
 */
import type { KernelBuild } from "./build.ts";
import { type AnyArgs, compileCheck, makeWords } from "./check.ts";
import { reference } from "./reference/index.ts";
import { type Kernels, kernelNames } from "./table.ts";

/** The TypeScript kernels with checked arguments; they need no loading. */
export function referenceBuild(precision: KernelBuild["precision"] = "float32"): KernelBuild {
  const words = makeWords();
  return {
    name: "reference",
    isa: "typescript",
    threads: 1,
    precision,
    kernels: Object.fromEntries(
      kernelNames.map((name) => {
        const check = compileCheck(name, precision, words);
        const kernel = reference[name] as (args: AnyArgs) => void;
        return [
          name,
          (args: AnyArgs) => {
            const arrays = check(args);
            if (arrays === undefined) return;
            arrays.fill(null);
            kernel(args);
          },
        ];
      }),
    ) as unknown as Kernels,
    allocate(length) {
      const array = precision === "float64" ? new Float64Array(length) : new Float32Array(length);
      return { length, array, free() {} };
    },
  };
}
