/**
 * An Adam step is one pass over memory. Gigabytes a second that the update reads and writes, beside PyTorch's fused Adam
 * on as many threads, at the sizes of small and large models.
 *
 *     npm run bench adam
 */
import { loadKernels } from "../src/kernels/index.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { best, geometricMean, printRatio, takeTurns } from "./measure/time.ts";

const sizes = [10_000, 100_000, 1_000_000, 10_000_000];
/** g, w, m, v are read; w, m, v are written. */
const bytesPerWeight = 7 * 4;

const { build: fastest, notes } = await loadKernels();
for (const note of notes) console.log(note);
const ratios: number[] = [];
for (const threads of [...new Set([1, fastest.threads])]) {
  const { build } = await loadKernels({ build: fastest.name, threads });
  const peer = await Peer.start("adam.py", threads);
  console.log(`\n${build.name} ${build.isa}, threads: ${threads}; peer: ${peer?.name ?? "none"}`);
  const row = startTable({ weights: 10, microseconds: 12, "GB/s": 7, "peer us": 10, ratio: 6 });
  for (const N of sizes) {
    // All blocks first: memory may move while it grows.
    const blocks = Array.from({ length: 4 }, () => build.allocate(N));
    const [g, w, m, v] = blocks.map(({ array }) => array.fill(0.01));
    const rates = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decoupled: false };
    const args = { N, ...rates, correction1: 0.5, correction2: 0.5, g: g!, w: w!, m: m!, v: v! };
    const seconds = await takeTurns({
      ours: () => best(() => build.kernels.adamUpdate(args)),
      peer: async () => (await peer?.ask({ N, seconds: 0.1 }))?.seconds ?? Number.NaN,
    });
    row(
      N.toLocaleString("en"),
      (seconds.ours * 1e6).toFixed(1),
      ((bytesPerWeight * N) / seconds.ours / 1e9).toFixed(1),
      (seconds.peer * 1e6).toFixed(1),
      (seconds.peer / seconds.ours).toFixed(2),
    );
    ratios.push(seconds.peer / seconds.ours);
  }
  peer?.stop();
}
printRatio("torch", geometricMean(ratios));
