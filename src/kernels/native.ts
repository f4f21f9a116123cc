/**
 * Binds the Node-API addon: kernels that use arrays where they are, on as many threads as asked for.
 */
import { StopError } from "../base/index.ts";
import type { Block, KernelBuild } from "./build.ts";
import { type AnyArgs, compileCheck, makeWords } from "./check.ts";
import { compareTables } from "./handshake.ts";
import { type FloatArray, type Kernels, kernelNames } from "./table.ts";

/** What build/kernels.node exports (native/node.cc). */
export interface Addon {
  /** The kernel table it was compiled from. */
  readonly table: string;
  /** The instruction sets that this processor runs, fastest first. */
  readonly isas: readonly string[];
  /** Physical cores that this process may use. */
  readonly cores: number;
  open(isa: string, threads: number): Opened | undefined;
  /** Where the elements of an array lie in memory. */
  address(array: Float32Array): number;
}

interface Opened {
  readonly words: ArrayBuffer;
  readonly kernels: Readonly<Record<string, NativeKernel>>;
  /** Fewer than asked for when the system does not let us start so many. */
  readonly threads: number;
}

/** Takes the arrays in table order; returns false when there was no scratch memory. */
type NativeKernel = (...arrays: (FloatArray | Int32Array | null)[]) => false | undefined;

/**
 * The kernels of an addon.
 *
 * @param isa one of `addon.isas`
 * @param threads at least 1; the build has fewer when the system does not let us start so many
 * @throws Error when the addon was built from another kernel table, or does not have the instruction set
 */
export function bindNative(addon: Addon, isa: string, threads: number): KernelBuild {
  compareTables(addon.table, "native");
  const opened = addon.open(isa, threads);
  if (!opened) throw new Error(`native kernels: this processor does not run ${isa}; it runs ${addon.isas.join(", ")}`);
  const words = makeWords(opened.words);
  const kernels = Object.fromEntries(
    kernelNames.map((name) => {
      const check = compileCheck(name, "float32", words);
      const kernel = opened.kernels[name]!;
      return [
        name,
        (args: AnyArgs) => {
          const arrays = check(args);
          if (arrays === undefined) return;
          const failed = kernel(...arrays) === false;
          // Nobody's arrays are kept alive until the next call.
          arrays.fill(null);
          if (failed) throw new StopError(`${name}: not enough memory`);
        },
      ];
    }),
  ) as unknown as Kernels;
  return {
    name: "native",
    isa,
    threads: opened.threads,
    precision: "float32",
    kernels,
    allocate: (length) => allocate(addon, length),
  };
}

/** A vector of the widest instruction set, and a cache line. */
const alignment = 64;

/** Memory that begins at a cache line: vectors then never straddle two. The garbage collector frees it. */
function allocate(addon: Addon, length: number): Block {
  const bytes = new ArrayBuffer(length * 4 + alignment);
  const past = addon.address(new Float32Array(bytes)) % alignment;
  const array = new Float32Array(bytes, past === 0 ? 0 : alignment - past, length);
  return { length, array, free() {} };
}
