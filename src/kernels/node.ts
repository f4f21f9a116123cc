/**
 * Loads kernels under Node: the addon, else the WebAssembly module, else plain TypeScript.
 *
 * The environment decides what the options leave open: BACKSTITCH_KERNELS (native, wasm, reference),
 * BACKSTITCH_THREADS and BACKSTITCH_ISA (avx512, avx2, x86-64, neon).
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { show, ValueError } from "../base/index.ts";
import type { BuildInfo, KernelBuild, LoadedKernels, LoadOptions } from "./build.ts";
import { chooseBuild } from "./load.ts";
import { type Addon, bindNative } from "./native.ts";
import { loadWasm } from "./wasm.ts";

// The same from src/kernels/ and from dist/kernels/.
const addonPath = fileURLToPath(new URL("../../build/kernels.node", import.meta.url));
const recordPath = fileURLToPath(new URL("../../build/kernels.json", import.meta.url));
const buildScript = fileURLToPath(new URL("../../native/build.mjs", import.meta.url));
const wasmPaths = ["./kernels.wasm", "../../native/kernels.wasm"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/**
 * Loads the fastest kernels that work on this machine, or those asked for.
 *
 * @throws RangeError or TypeError for an option or environment variable that cannot be, StopError when the build asked
 * for cannot be used
 */
export async function loadKernels(options: LoadOptions = {}): Promise<LoadedKernels> {
  return chooseBuild(withEnvironment(options), { native: loadNative, wasm: () => loadWasm(readWasm()) });
}

/** What each build can do on this machine, or why it cannot be used. */
export async function describeBuilds(): Promise<BuildInfo[]> {
  const describe = async (name: KernelBuild["name"], look: () => Promise<Omit<BuildInfo, "name">>) => {
    try {
      return { name, ...(await look()) };
    } catch (error) {
      return { name, isas: [], threads: 0, note: error instanceof Error ? error.message : String(error) };
    }
  };
  return [
    await describe("native", async () => {
      const { isas } = loadAddon();
      const notes = [`built by ${readRecord().compiler ?? "an unknown compiler"}`];
      const { threads } = loadNative({}, (line) => notes.push(line.replace(/^native kernels: /, "")));
      return { isas, threads, note: notes.join("; ") };
    }),
    await describe("wasm", async () => {
      const bytes = readWasm();
      const { isa, threads } = await loadWasm(bytes);
      return { isas: [isa], threads, note: `${Math.ceil(bytes.length / 1024)} kB` };
    }),
    { name: "reference", isas: ["typescript"], threads: 1, note: "float32 and float64" },
  ];
}

function withEnvironment(options: LoadOptions): LoadOptions {
  const { BACKSTITCH_KERNELS: build, BACKSTITCH_ISA: isa, BACKSTITCH_THREADS: threads } = process.env;
  if (build && !["native", "wasm", "reference"].includes(build))
    throw new ValueError(`BACKSTITCH_KERNELS: must be one of native, wasm, reference, got ${show(build)}`);
  if (threads && !/^[1-9]\d{0,2}$/.test(threads))
    throw new ValueError(`BACKSTITCH_THREADS: must be a whole number from 1 to 256, got ${show(threads)}`);
  // A build named in the options overrules the environment's instruction set, and the other way round.
  const open = options.build === undefined && options.isa === undefined && options.precision !== "float64";
  return {
    ...(threads ? { threads: Number(threads) } : {}),
    ...(open && build ? { build: build as KernelBuild["name"] } : {}),
    ...(open && isa ? { isa } : {}),
    ...options,
  };
}

/** On fewer threads than wanted when the system does not let us start more, unless somebody wants just these. */
function loadNative({ build: name, isa, threads }: LoadOptions, note: (line: string) => void): KernelBuild {
  const addon = loadAddon();
  const wanted = threads ?? addon.cores;
  const build = bindNative(addon, isa ?? addon.isas[0]!, wanted);
  if (build.threads === wanted) return build;
  const limit = `the system lets this process start ${build.threads} of ${wanted} threads`;
  if (threads !== undefined && (name ?? isa) !== undefined)
    throw new Error(`native kernels: ${limit}; ask for fewer or raise the limit (ulimit -u)`);
  note(`native kernels: ${limit}; for more speed raise the limit (ulimit -u)`);
  return build;
}

function loadAddon(): Addon {
  if (!existsSync(addonPath)) {
    const { failure } = readRecord();
    throw new Error(`native kernels: ${failure ?? "not built yet"}; to build them run: node ${buildScript} --force`);
  }
  try {
    return createRequire(import.meta.url)(addonPath) as Addon;
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0];
    throw new Error(
      `native kernels: ${addonPath} does not load (${reason}); to build it anew run: node ${buildScript} --force`,
    );
  }
}

/** What native/build.mjs left beside the addon. */
function readRecord(): { readonly compiler?: string; readonly failure?: string } {
  try {
    return JSON.parse(readFileSync(recordPath, "utf8"));
  } catch {
    return {};
  }
}

function readWasm(): Uint8Array<ArrayBuffer> {
  const path = wasmPaths.find((candidate) => existsSync(candidate));
  if (path === undefined)
    throw new Error(
      `wasm kernels: ${wasmPaths[0]} is missing; install backstitch anew, or in its repository run npm run build:wasm`,
    );
  return readFileSync(path);
}
