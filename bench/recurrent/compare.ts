/** Training steps on every shape and number of threads, beside PyTorch. */
import { type KernelBuild, loadKernels } from "../../src/kernels/index.ts";
import { Peer } from "../measure/peer.ts";
import { startTable } from "../measure/table.ts";
import { printRatio, takeTurns, typical } from "../measure/time.ts";
import { type BareCell, makeBareStep } from "./bare.ts";
import { describe, type MeasuredCell, operationsOf, type Shape, shapes } from "./shapes.ts";
import { makeStep } from "./step.ts";

interface Case {
  readonly name: string;
  readonly shape: Shape;
  readonly make: (build: KernelBuild, cell: BareCell, shape: Shape) => () => number;
}

/** Prints one table for one thread and one for all, the ratio for each shape, and the least of them at the end. */
export async function compareWithTorch(cell: BareCell, wanted: readonly string[]): Promise<void> {
  const { build: fastest, notes } = await loadKernels();
  for (const note of notes) console.log(note);
  const found: { readonly name: string; readonly ratio: number }[] = [];
  for (const threads of [...new Set([1, fastest.threads])]) {
    const { build } = await loadKernels({ build: fastest.name, isa: fastest.isa, threads });
    const peer = await Peer.start("recurrent.py", threads);
    const what = `${threads} thread${threads === 1 ? "" : "s"}`;
    console.log(`\n${cell.toUpperCase()}, ${build.name} ${build.isa}, ${what}; peer: ${peer?.name ?? "none"}`);
    const row = startTable({
      ...{
        "training step": 32,
        ms: 8,
        "GFLOP/s": 7,
        "peer ms": 8,
        "peer GFLOP/s": 7,
        ratio: 6,
        "peer at its best with": 21,
      },
    });
    for (const { name, shape, make } of casesOf(wanted, build.name)) {
      const { setting, ...seconds } = await timeBeside(peer, make(build, cell, shape), cell, shape);
      const operations = operationsOf(cell, shape);
      const ratio = seconds.peer / seconds.ours;
      const shown = (value: number, digits: number) => (Number.isNaN(value) ? "" : value.toFixed(digits));
      row(
        `${describe(shape)}${name === shape.name ? "" : ", no tape"}`,
        shown(seconds.ours * 1e3, 3),
        shown(operations / seconds.ours / 1e9, 1),
        shown(seconds.peer * 1e3, 3),
        shown(operations / seconds.peer / 1e9, 1),
        shown(ratio, 2),
        setting,
      );
      found.push({ name: `${cell.toUpperCase()} ${name} ${what}`, ratio });
    }
    peer?.stop();
  }
  if (found.some(({ ratio }) => Number.isNaN(ratio))) return;
  console.log();
  for (const { name, ratio } of found) console.log(`ratio pytorch ${name}: ${ratio.toFixed(2)}`);
  printRatio("pytorch", Math.min(...found.map(({ ratio }) => ratio)));
}

/** Seconds of a step of ours and of the same step of a peer, NaN without one, and the setting in which that is fastest. */
export async function timeBeside(
  peer: Peer | undefined,
  step: () => number,
  cell: MeasuredCell,
  { T, B, I, H, V, L }: Shape,
): Promise<{ readonly ours: number; readonly peer: number; readonly setting: string }> {
  typical(step, { seconds: 0.1 });
  const made = await peer?.ask<{ setting: string }>({ make: { cell, T, B, I, H, V, L } });
  const seconds = await takeTurns(
    {
      ours: () => typical(step, { seconds: 0.1 }),
      peer: async () => (await peer?.ask({ seconds: 0.1 }))?.seconds ?? Number.NaN,
    },
    9,
  );
  return { ...seconds, setting: made?.setting ?? "" };
}

/** Every shape; and the one where a tape would weigh most without it too, on arrays that only native memory keeps in place. */
function casesOf(wanted: readonly string[], build: KernelBuild["name"]): readonly Case[] {
  return shapes
    .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
    .flatMap((shape) => [
      { name: shape.name, shape, make: makeStep },
      ...(shape.B === 1 && build === "native"
        ? [{ name: `${shape.name} without tape`, shape, make: makeBareStep }]
        : []),
    ]);
}
