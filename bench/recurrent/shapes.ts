import type { CellName } from "../../src/nn/index.ts";

/** The sizes at which recurrent training is measured, from a toy to a word model. */
export interface Shape {
  /** What tables and ratios call it. */
  readonly name: string;
  /** Time steps, batch, numbers of an embedding, hidden units, vocabulary, layers. */
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly V: number;
  readonly L: number;
}

export const shapes: readonly Shape[] = [
  { name: "H50", T: 25, B: 1, I: 27, H: 50, V: 27, L: 1 },
  { name: "H128", T: 50, B: 32, I: 64, H: 128, V: 64, L: 1 },
  { name: "H256", T: 100, B: 64, I: 64, H: 256, V: 96, L: 1 },
  { name: "H512", T: 64, B: 64, I: 256, H: 512, V: 96, L: 1 },
  { name: "V10000", T: 35, B: 20, I: 200, H: 200, V: 10_000, L: 2 },
];

/** The cells that are measured. */
export type MeasuredCell = CellName;

/** How many rows the weights of a cell have for each hidden unit. */
export const gatesOf: Readonly<Record<MeasuredCell, number>> = {
  ...{ rnn: 1, rnnRelu: 1, gru: 3, gruSimplified: 2, lstm: 4, lstmPeephole: 4, minGru: 2, minLstm: 3 },
};

/**
 * Floating-point operations of a training step as it is written down: products only, each forward and twice backward.
 * Who finds a way to do less looks faster.
 */
export function operationsOf(cell: MeasuredCell, { T, B, I, H, V, L }: Shape): number {
  const G = gatesOf[cell];
  const ofState = cell === "minGru" || cell === "minLstm" ? 0 : H;
  return 3 * 2 * T * B * (G * H * (I + ofState) + (L - 1) * G * H * (H + ofState) + H * V);
}

/** The shape as its sizes. */
export function describe({ T, B, I, H, V, L }: Shape): string {
  return `T${T} B${B} I${I} H${H} V${V}${L > 1 ? ` L${L}` : ""}`;
}
