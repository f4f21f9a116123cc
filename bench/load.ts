/**
 * Kernels are loaded within a few milliseconds of a fresh process. From the import of the compiled package to the first
 * kernel having run, for each build; beside `import torch` and a first operation.
 *
 *     npm run build && npm run bench load
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { startTable } from "./measure/table.ts";
import { median, printRatio } from "./measure/time.ts";

const processes = 9;
const entry = new URL("../dist/kernels/index.js", import.meta.url);
if (!existsSync(entry)) {
  console.error("bench load: dist/ is missing; first run npm run build");
  process.exit(1);
}

const row = startTable({ build: 12, "ms to load": 10, "ms of process": 13 });
const program = (build: string) => `
  const start = performance.now();
  const { loadKernels } = await import(${JSON.stringify(entry.href)});
  const { build } = await loadKernels({ build: ${JSON.stringify(build)} });
  build.kernels.scale({ N: 1, by: 1, plus: 0, x: new Float32Array(1), y: new Float32Array(1) });
  console.log(performance.now() - start);
`;
const [empty] = time(process.execPath, ["--input-type=module", "-e", "console.log(0)"])!;
row("node alone", "", empty!.toFixed(1));
const loads = ["native", "wasm", "reference"].map((build) => {
  const found = time(process.execPath, ["--input-type=module", "-e", program(build)]);
  row(build, found ? found[1]!.toFixed(1) : "none", found ? found[0]!.toFixed(1) : "");
  return found?.[1];
});
const peerProgram = `
import time
start = time.perf_counter()
import torch
torch.ones(1) * 1
print((time.perf_counter() - start) * 1000)
`;
const peer = time("python3", ["-c", peerProgram]);
if (peer) row("torch", peer[1]!.toFixed(1), peer[0]!.toFixed(1));
else console.log("peer torch: cannot run here; no ratio");
printRatio("torch", (peer?.[1] ?? Number.NaN) / (loads[0] ?? loads[1] ?? Number.NaN));

/** Milliseconds of the whole process and those that it prints; medians of several processes, undefined when it fails. */
function time(command: string, options: readonly string[]): readonly [number, number] | undefined {
  const whole: number[] = [];
  const printed: number[] = [];
  for (let i = 0; i < processes; i++) {
    const start = performance.now();
    const { status, stdout } = spawnSync(command, options, { encoding: "utf8" });
    if (status !== 0) return undefined;
    whole.push(performance.now() - start);
    printed.push(Number(stdout));
  }
  return [median(whole), median(printed)];
}
