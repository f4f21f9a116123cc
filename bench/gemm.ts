/**
 * Matrix products reach at least 80 % of what the processor can multiply and add. Called from TypeScript, beside
 * torch.matmul on as many threads; and in WebAssembly, which has no fused multiply-add and a quarter of the width.
 *
 *     npm run bench gemm
 *
 * The peak is that of one core doing multiply-adds in registers (native/peak.cc), times the threads.
 */
import { type KernelBuild, loadKernels } from "../src/kernels/index.ts";
import { peakOf } from "./measure/peak.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { best, geometricMean, printRatio, takeTurns } from "./measure/time.ts";

type Form = "NN" | "NT" | "TN";

/** Rows of c, columns of c, length of the sums; the last three as in a recurrent layer of 512 units. */
const shapes: readonly { form: Form; M: number; N: number; K: number }[] = [
  { form: "NN", M: 1024, N: 1024, K: 1024 },
  { form: "NT", M: 1024, N: 1024, K: 1024 },
  { form: "TN", M: 1024, N: 1024, K: 1024 },
  { form: "NN", M: 64, N: 2048, K: 512 },
  { form: "NT", M: 64, N: 2048, K: 512 },
  { form: "TN", M: 2048, N: 512, K: 640 },
];

const { build: native, notes } = await loadKernels();
for (const note of notes) console.log(note);
const ratios: number[] = [];
let peerName = "torch";
if (native.name === "native")
  for (const threads of [...new Set([1, native.threads])])
    ratios.push(...(await measure((await loadKernels({ build: "native", threads })).build)));
const wasmRatios = await measure((await loadKernels({ build: "wasm" })).build);
printRatio(peerName, geometricMean(ratios.length > 0 ? ratios : wasmRatios));

/** One table: every shape on one build, beside PyTorch on as many threads. */
async function measure(build: KernelBuild): Promise<number[]> {
  const peer = await Peer.start("gemm.py", build.threads);
  if (peer) peerName = peer.name.split(" ")[0]!;
  const peak = build.threads * (await peakOf(build));
  console.log(
    `\n${build.name} ${build.isa}, threads: ${build.threads}, peak ${(peak / 1e9).toFixed(0)} GFLOP/s; peer: ${peer?.name ?? "none"}`,
  );
  const row = startTable({ "M x N x K": 20, "GFLOP/s": 7, "of peak": 7, peer: 7, ratio: 6 });
  const found: number[] = [];
  for (const { form, M, N, K } of shapes) {
    const work = product(build, form, M, N, K);
    const operations = 2 * M * N * K;
    const seconds = await takeTurns({
      ours: () => best(work),
      peer: async () => (await peer?.ask({ form, M, N, K, seconds: 0.1 }))?.seconds ?? Number.NaN,
    });
    const speed = operations / seconds.ours;
    row(
      `${form} ${M} x ${N} x ${K}`,
      (speed / 1e9).toFixed(1),
      `${((100 * speed) / peak).toFixed(0)} %`,
      (operations / seconds.peer / 1e9).toFixed(1),
      (seconds.peer / seconds.ours).toFixed(2),
    );
    found.push(seconds.peer / seconds.ours);
  }
  peer?.stop();
  return found;
}

function product(build: KernelBuild, form: Form, M: number, N: number, K: number): () => void {
  const blocks = [M * K, K * N, M * N].map((length) => build.allocate(length));
  for (const { array } of blocks) for (let i = 0; i < array.length; i++) array[i] = Math.sin(i);
  const kernel = build.kernels[`gemm${form}`];
  return () => kernel({ M, N, K, accumulate: false, a: blocks[0]!.array, b: blocks[1]!.array, c: blocks[2]!.array });
}
