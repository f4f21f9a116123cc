/**
 * Chooses a build: the fastest that works here, or the one that was asked for, and tells why others are not used.
 */
import { KindError, StopError, show, ValueError } from "../base/index.ts";
import type { KernelBuild, LoadedKernels, LoadOptions } from "./build.ts";
import { referenceBuild } from "./reference.ts";

type BuildName = KernelBuild["name"];

/**
 * How one kind of build is loaded on this platform; throws an Error whose message is one line that explains itself.
 *
 * @param note takes a line about a build that works, but not as well as it might
 */
export type Loader = (options: LoadOptions, note: (line: string) => void) => KernelBuild | Promise<KernelBuild>;

const buildNames: readonly BuildName[] = ["native", "wasm", "reference"];
/** Instruction sets that belong to a build other than the native one. */
const isaOfBuild: Readonly<Record<string, BuildName>> = { simd128: "wasm", typescript: "reference" };

/**
 * Loads the first build that works of those on this platform.
 *
 * @param loaders how to load native and wasm here; the reference is always there
 * @throws RangeError or TypeError for an option that cannot be, StopError when the build asked for cannot be used
 */
export async function chooseBuild(
  options: LoadOptions,
  loaders: { readonly [N in "native" | "wasm"]?: Loader },
): Promise<LoadedKernels> {
  const wanted = checkOptions(options);
  if (options.precision === "float64") {
    if (wanted !== undefined && wanted !== "reference")
      throw new ValueError(`loadKernels: precision float64 needs the reference build, got build ${show(wanted)}`);
    return { build: referenceBuild("float64"), notes: [] };
  }
  const notes: string[] = [];
  for (const name of wanted === undefined ? buildNames : [wanted]) {
    if (name === "reference") return { build: referenceBuild("float32"), notes };
    const load = loaders[name];
    try {
      if (!load) throw new Error(`${name} kernels: not to be had on this platform; use wasm`);
      return { build: await load(options, (line) => notes.push(line)), notes };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (wanted !== undefined) throw new StopError(message, { cause: error });
      notes.push(message);
    }
  }
  throw new Error("unreachable: the reference build needs no loading");
}

/** The build that the options ask for by its name or by its instruction set, if any. */
function checkOptions({ build, isa, threads, precision }: LoadOptions): BuildName | undefined {
  if (build !== undefined && !buildNames.includes(build))
    throw new ValueError(`loadKernels: build must be one of ${buildNames.join(", ")}, got ${show(build)}`);
  if (precision !== undefined && precision !== "float32" && precision !== "float64")
    throw new ValueError(`loadKernels: precision must be one of float32, float64, got ${show(precision)}`);
  if (threads !== undefined && typeof threads !== "number")
    throw new KindError(`loadKernels: threads must be a whole number, got ${show(threads)}`);
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 256))
    throw new ValueError(`loadKernels: threads must be a whole number from 1 to 256, got ${threads}`);
  if (isa === undefined) return build;
  const ofIsa = isaOfBuild[isa] ?? "native";
  if (build !== undefined && build !== ofIsa)
    throw new ValueError(`loadKernels: isa ${show(isa)} belongs to the ${ofIsa} build, got build ${show(build)}`);
  return ofIsa;
}
