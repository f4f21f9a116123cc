/** The recurrent kernels under one interface, so that one test text serves all. */
import type { Random } from "../src/base/index.ts";
import type { Kernels } from "../src/kernels/table.ts";
import { type Arrays, garbage, normals } from "./central-differences.ts";

/** What a batch of sequences looks like. */
export interface Batch {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  readonly reverse: boolean;
  /** [B], 1..T */
  readonly lengths: Int32Array;
}

/** A forward pass: what it gives, and what its backward pass needs beside. */
export interface Pass {
  /** y [T B H], hT [B H] and cT [B H] where there is one. */
  readonly results: Arrays;
  /** gates, c, hn. */
  readonly saved: Arrays;
}

export interface Cell {
  readonly name: string;
  /** The gates: z is [T B G.H], wHh [G.H H]. */
  readonly G: number;
  /** Whether there are products with the state, by wHh. */
  readonly products: boolean;
  /** The initial states, each [B H]. */
  readonly states: readonly string[];
  /** The weights beside wHh, each with its size as a multiple of H. */
  readonly extras: Readonly<Record<string, number>>;
  /** @param inputs  z, wHh, the states and the extras */
  forward(kernels: Kernels, batch: Batch, inputs: Arrays): Pass;
  /** @returns a gradient for each of the inputs */
  backward(kernels: Kernels, batch: Batch, inputs: Arrays, pass: Pass, dResults: Arrays): Arrays;
}

const rnn = (act: "tanh" | "relu"): Cell => ({
  name: `rnn ${act}`,
  G: 1,
  products: true,
  states: ["h0"],
  extras: {},
  forward(kernels, batch, { z, h0, wHh }) {
    const { T, B, H } = batch;
    const y = garbage(T * B * H);
    const hT = garbage(B * H);
    kernels.rnnForward({ ...batch, act, z: z!, h0: h0!, wHh: wHh!, y, hT });
    return { results: { y, hT }, saved: {} };
  },
  backward(kernels, batch, { h0, wHh }, { results }, dResults) {
    const { T, B, H } = batch;
    const [z, dh0, dwHh] = [garbage(T * B * H), garbage(B * H), garbage(H * H)];
    const { y } = results;
    const { y: dy, hT: dhT } = dResults;
    kernels.rnnBackward({ ...batch, act, h0: h0!, wHh: wHh!, y: y!, dy: dy!, dhT: dhT!, dz: z, dh0, dwHh });
    return { z, h0: dh0, wHh: dwHh };
  },
});

const gru = (withBias: boolean): Cell => ({
  name: withBias ? "gru" : "gru without biasHn",
  G: 3,
  products: true,
  states: ["h0"],
  extras: withBias ? { biasHn: 1 } : {},
  forward(kernels, batch, { z, h0, wHh, biasHn = null }) {
    const { T, B, H } = batch;
    const gates = z!.slice();
    const [y, hn, hT] = [garbage(T * B * H), garbage(T * B * H), garbage(B * H)];
    kernels.gruForward({ ...batch, gates, h0: h0!, wHh: wHh!, biasHn, y, hn, hT });
    return { results: { y, hT }, saved: { gates, hn } };
  },
  backward(kernels, batch, { h0, wHh }, { results, saved }, { y: dy, hT: dhT }) {
    const { B, H } = batch;
    const gates = saved.gates!.slice();
    const [dh0, dwHh, dbiasHn] = [garbage(B * H), garbage(3 * H * H), withBias ? garbage(H) : null];
    const read = { h0: h0!, wHh: wHh!, y: results.y!, hn: saved.hn!, dy: dy!, dhT: dhT! };
    kernels.gruBackward({ ...batch, ...read, gates, dh0, dwHh, dbiasHn });
    return { z: gates, h0: dh0, wHh: dwHh, ...(dbiasHn && { biasHn: dbiasHn }) };
  },
});

const gruSimplified: Cell = {
  name: "gru simplified",
  G: 2,
  products: true,
  states: ["h0"],
  extras: {},
  forward(kernels, batch, { z, h0, wHh }) {
    const { T, B, H } = batch;
    const gates = z!.slice();
    const [y, hT] = [garbage(T * B * H), garbage(B * H)];
    kernels.gruSimplifiedForward({ ...batch, gates, h0: h0!, wHh: wHh!, y, hT });
    return { results: { y, hT }, saved: { gates } };
  },
  backward(kernels, batch, { h0, wHh }, { results, saved }, { y: dy, hT: dhT }) {
    const { B, H } = batch;
    const gates = saved.gates!.slice();
    const [dh0, dwHh] = [garbage(B * H), garbage(2 * H * H)];
    const read = { h0: h0!, wHh: wHh!, y: results.y!, dy: dy!, dhT: dhT! };
    kernels.gruSimplifiedBackward({ ...batch, ...read, gates, dh0, dwHh });
    return { z: gates, h0: dh0, wHh: dwHh };
  },
};

const lstm = (withPeepholes: boolean): Cell => ({
  name: withPeepholes ? "lstm with peepholes" : "lstm",
  G: 4,
  products: true,
  states: ["h0", "c0"],
  extras: withPeepholes ? { peepholes: 3 } : {},
  forward(kernels, batch, { z, h0, c0, wHh, peepholes = null }) {
    const { T, B, H } = batch;
    const gates = z!.slice();
    const [y, c, hT, cT] = [garbage(T * B * H), garbage(T * B * H), garbage(B * H), garbage(B * H)];
    kernels.lstmForward({ ...batch, gates, h0: h0!, c0: c0!, wHh: wHh!, peepholes, y, c, hT, cT });
    return { results: { y, hT, cT }, saved: { gates, c } };
  },
  backward(kernels, batch, { h0, c0, wHh, peepholes = null }, { results, saved }, { y: dy, hT: dhT, cT: dcT }) {
    const { B, H } = batch;
    const gates = saved.gates!.slice();
    const [dh0, dc0, dwHh] = [garbage(B * H), garbage(B * H), garbage(4 * H * H)];
    const dpeepholes = withPeepholes ? garbage(3 * H) : null;
    const read = { h0: h0!, c0: c0!, wHh: wHh!, peepholes, y: results.y!, c: saved.c!, dy: dy!, dhT: dhT!, dcT: dcT! };
    kernels.lstmBackward({ ...batch, ...read, gates, dh0, dc0, dwHh, dpeepholes });
    return { z: gates, h0: dh0, c0: dc0, wHh: dwHh, ...(dpeepholes && { peepholes: dpeepholes }) };
  },
});

const minimal = (name: "minGru" | "minLstm", G: number): Cell => ({
  name,
  G,
  products: false,
  states: ["h0"],
  extras: {},
  forward(kernels, batch, { z, h0 }) {
    const { T, B, H } = batch;
    const [y, hT] = [garbage(T * B * H), garbage(B * H)];
    kernels[`${name}Forward`]({ ...batch, gates: z!, h0: h0!, y, hT });
    return { results: { y, hT }, saved: {} };
  },
  backward(kernels, batch, { z, h0 }, { results }, { y: dy, hT: dhT }) {
    const gates = z!.slice();
    const dh0 = garbage(batch.B * batch.H);
    kernels[`${name}Backward`]({ ...batch, gates, h0: h0!, y: results.y!, dy: dy!, dhT: dhT!, dh0 });
    return { z: gates, h0: dh0 };
  },
});

/** Every recurrent cell of the table. */
export const cells: readonly Cell[] = [
  rnn("tanh"),
  rnn("relu"),
  gru(true),
  gru(false),
  gruSimplified,
  lstm(false),
  lstm(true),
  minimal("minGru", 2),
  minimal("minLstm", 3),
];

/** Random inputs for a cell; z is NaN at the padded steps, which nobody may look at. */
export function randomInputs(random: Random, cell: Cell, { T, B, H, lengths }: Batch): Record<string, Float64Array> {
  const { G } = cell;
  const inputs: Record<string, Float64Array> = {
    z: normals(random, T * B * G * H),
    ...(cell.products && { wHh: normals(random, G * H * H, 1 / Math.sqrt(H)) }),
  };
  for (const state of cell.states) inputs[state] = normals(random, B * H);
  for (const [name, rows] of Object.entries(cell.extras)) inputs[name] = normals(random, rows * H);
  eachPadded(T, B, lengths, (row) => inputs.z!.fill(Number.NaN, row * G * H, (row + 1) * G * H));
  return inputs;
}

/** Calls `visit` with t B + b for every padded step. */
export function eachPadded(T: number, B: number, lengths: Int32Array, visit: (row: number) => void): void {
  for (let b = 0; b < B; b++) for (let t = lengths[b]!; t < T; t++) visit(t * B + b);
}
