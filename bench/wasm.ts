/**
 * WebAssembly comes near what its 128-bit vectors without fused multiply-add allow. Matrix products and whole training
 * steps under Node, beside the native build on one thread.
 *
 *     npm run bench wasm
 */
import { type KernelBuild, loadKernels } from "../src/kernels/index.ts";
import { peakOf } from "./measure/peak.ts";
import { startTable } from "./measure/table.ts";
import { best, geometricMean, printRatio, takeTurns, typical } from "./measure/time.ts";
import { describe, type MeasuredCell, operationsOf, shapes } from "./recurrent/shapes.ts";
import { makeStep } from "./recurrent/step.ts";

interface Work {
  readonly name: string;
  readonly operations: number;
  /** Makes what one round measures: seconds of one call. */
  prepare(build: KernelBuild): () => number;
}

const products = (
  [
    [1024, 1024, 1024],
    [64, 2048, 512],
    [32, 512, 128],
  ] as const
).map(
  ([M, N, K]): Work => ({
    name: `product ${M} x ${N} x ${K}`,
    operations: 2 * M * N * K,
    prepare(build) {
      const blocks = [M * K, K * N, M * N].map((length) => build.allocate(length));
      for (const { array } of blocks) array.fill(0.01);
      const [a, b, c] = blocks;
      const sizes = { M, N, K, accumulate: false };
      return () => best(() => build.kernels.gemmNN({ ...sizes, a: a!.array, b: b!.array, c: c!.array }));
    },
  }),
);
const steps = (["lstm", "gru"] as const satisfies readonly MeasuredCell[]).flatMap((cell) =>
  shapes.map(
    (shape): Work => ({
      name: `${cell} ${describe(shape)}`,
      operations: operationsOf(cell, shape),
      prepare(build) {
        const step = makeStep(build, cell, shape);
        return () => typical(step);
      },
    }),
  ),
);

const { build: wasm } = await loadKernels({ build: "wasm" });
const { build: native, notes } = await loadKernels({ threads: 1 });
for (const note of notes) console.log(note);
const peer = native.name === "native" ? native : undefined;
const peaks = { wasm: await peakOf(wasm), native: peer ? await peakOf(peer) : Number.NaN };
const shown = (value: number, digits = 1) => (Number.isNaN(value) ? "" : value.toFixed(digits));
const share = (value: number) => (Number.isNaN(value) ? "" : `${(100 * value).toFixed(0)} %`);
console.log(
  `wasm ${wasm.isa}, peak ${shown(peaks.wasm / 1e9, 0)} GFLOP/s; ${peer ? `native ${peer.isa}, 1 thread, peak ${shown(peaks.native / 1e9, 0)} GFLOP/s` : "no native build here"}`,
);
const row = startTable({
  ...{ work: 38, "wasm ms": 9, "GFLOP/s": 7, "of peak": 7, "native GFLOP/s": 7, "of its peak": 7, ratio: 6 },
});
const ratios: number[] = [];
for (const { name, operations, prepare } of [...products, ...steps]) {
  const ofWasm = prepare(wasm);
  const ofNative = peer ? prepare(peer) : () => Number.NaN;
  const seconds = await takeTurns({ wasm: ofWasm, native: ofNative });
  const speed = { wasm: operations / seconds.wasm, native: operations / seconds.native };
  const ratio = seconds.native / seconds.wasm;
  row(
    name,
    shown(seconds.wasm * 1e3, 3),
    shown(speed.wasm / 1e9),
    share(speed.wasm / peaks.wasm),
    shown(speed.native / 1e9),
    share(speed.native / peaks.native),
    shown(ratio, 2),
  );
  ratios.push(ratio);
}
if (peer) printRatio("native", geometricMean(ratios));
