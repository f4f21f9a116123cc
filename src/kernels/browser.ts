/**
 * Loads kernels in a browser: the WebAssembly module that lies beside this file, else plain TypeScript.
 */
import type { BuildInfo, LoadedKernels, LoadOptions } from "./build.ts";
import { chooseBuild } from "./load.ts";
import { loadWasm } from "./wasm.ts";

/**
 * Loads the fastest kernels that work in this browser, or those asked for.
 *
 * @throws RangeError or TypeError for an option that cannot be, StopError when the build asked for cannot be used
 */
export function loadKernels(options: LoadOptions = {}): Promise<LoadedKernels> {
  return chooseBuild(options, { wasm: async () => loadWasm(await fetchWasm()) });
}

/** What each build can do here, or why it cannot be used. */
export async function describeBuilds(): Promise<BuildInfo[]> {
  const wasm = fetchWasm().then(async (bytes) => {
    const { isa, threads } = await loadWasm(bytes);
    return { isas: [isa], threads, note: `${Math.ceil(bytes.byteLength / 1024)} kB` };
  });
  const missing = (error: unknown) => ({
    isas: [],
    threads: 0,
    note: error instanceof Error ? error.message : String(error),
  });
  return [
    { name: "wasm", ...(await wasm.catch(missing)) },
    { name: "reference", isas: ["typescript"], threads: 1, note: "float32 and float64" },
  ];
}

async function fetchWasm(): Promise<ArrayBuffer> {
  // Written out in full, because bundlers look for exactly this form.
  const url = new URL("./kernels.wasm", import.meta.url);
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`wasm kernels: ${url.href} answers ${response.status}; serve kernels.wasm beside browser.js`);
  return response.arrayBuffer();
}
