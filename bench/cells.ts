/**
 * Every cell of the table trains faster than in PyTorch, where PyTorch has it. A whole step of a character model through the
 * public API with all threads; for the minimal cells PyTorch runs the paper's scan in log space.
 *
 *     npm run bench cells
 */
import { loadKernels } from "../src/kernels/index.ts";
import { type CellName, cells } from "../src/nn/index.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { printRatio } from "./measure/time.ts";
import { timeBeside } from "./recurrent/compare.ts";
import { describe, shapes } from "./recurrent/shapes.ts";
import { makeStep } from "./recurrent/step.ts";

const shape = shapes.find(({ name }) => name === "H128")!;
const missing: readonly CellName[] = ["gruSimplified", "lstmPeephole"];
const { build, notes } = await loadKernels();
for (const note of notes) console.log(note);
const peer = await Peer.start("recurrent.py", build.threads);
console.log(`${describe(shape)}, ${build.name} ${build.isa}, ${build.threads} threads; peer: ${peer?.name ?? "none"}`);
const row = startTable({ cell: 14, "ms a step": 9, "tokens/s": 9, "peer ms": 9, ratio: 6 });
const ratios: number[] = [];
for (const cell of Object.keys(cells) as CellName[]) {
  const known = missing.includes(cell) ? undefined : peer;
  const seconds = await timeBeside(known, makeStep(build, cell, shape), cell, shape);
  const ratio = seconds.peer / seconds.ours;
  row(
    cell,
    (seconds.ours * 1e3).toFixed(2),
    Math.round((shape.T * shape.B) / seconds.ours).toLocaleString("en"),
    known ? (seconds.peer * 1e3).toFixed(2) : "",
    known ? ratio.toFixed(2) : "",
  );
  if (known) ratios.push(ratio);
}
peer?.stop();
if (peer) printRatio("pytorch", Math.min(...ratios));
