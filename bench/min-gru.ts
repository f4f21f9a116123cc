/**
 * minGRU and minLSTM train faster than the scan in log space that their paper gives, in PyTorch, and than our own GRU. A whole
 * step through the public API: embedding, one layer, cross-entropy, backward, clipping, Adam; with all threads.
 *
 *     npm run bench min-gru             every size
 *     npm run bench min-gru H256        those of H 256
 */
import { loadKernels } from "../src/kernels/index.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { printRatio, typical } from "./measure/time.ts";
import { timeBeside } from "./recurrent/compare.ts";
import { describe, type Shape } from "./recurrent/shapes.ts";
import { makeStep } from "./recurrent/step.ts";

const wanted = process.argv.slice(2);
const shapes: readonly Shape[] = [256, 512]
  .filter((H) => wanted.length === 0 || wanted.includes(`H${H}`))
  .flatMap((H) => [64, 128, 256, 512].map((T) => ({ name: `H${H} T${T}`, T, B: 16, I: 128, H, V: 96, L: 1 })));
const { build, notes } = await loadKernels();
for (const note of notes) console.log(note);
const peer = await Peer.start("recurrent.py", build.threads);
console.log(`${build.name} ${build.isa}, ${build.threads} threads; peer: ${peer?.name ?? "none"}`);
const row = startTable({ "training step": 36, ms: 7, "our gru ms": 7, "peer ms": 7, "of gru": 6, ratio: 6 });
const ratios: { readonly name: string; readonly ratio: number }[] = [];
for (const shape of shapes) {
  const gruStep = makeStep(build, "gru", shape);
  gruStep();
  const gru = typical(gruStep, { seconds: 0.5 });
  for (const cell of ["minGru", "minLstm"] as const) {
    const seconds = await timeBeside(peer, makeStep(build, cell, shape), cell, shape);
    const shown = (value: number, digits: number) => (Number.isNaN(value) ? "" : value.toFixed(digits));
    const ratio = seconds.peer / seconds.ours;
    row(
      `${cell} ${describe(shape)}`,
      ...[seconds.ours, gru, seconds.peer].map((time) => shown(time * 1e3, 2)),
      shown(gru / seconds.ours, 2),
      shown(ratio, 2),
    );
    ratios.push({ name: `${cell} ${shape.name}`, ratio });
  }
}
peer?.stop();
if (peer) {
  console.log();
  for (const { name, ratio } of ratios) console.log(`ratio pytorch ${name}: ${ratio.toFixed(2)}`);
  printRatio("pytorch", Math.min(...ratios.map(({ ratio }) => ratio)));
}
