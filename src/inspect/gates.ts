/** The gates of the cells of the table, and where their weights stand. */
import type { Cell } from "../nn/index.ts";

/** A gate: one row of the stacked weights for each unit. */
export interface Gate {
  /** Its place in the stack. */
  readonly place: number;
  /** `positive` is that of the minimal cells: x + 1/2 from 0 on, sigmoid(x) below. */
  readonly squash: "sigmoid" | "tanh" | "positive";
  /** Its place among the peepholes, where it has one. */
  readonly peephole?: number;
  /** Whether `biasHn` adds to it. */
  readonly hasBiasHn?: boolean;
  /** The place of another gate that makes up 1 with this one. */
  readonly other?: number;
}

const lstm = {
  i: { place: 0, squash: "sigmoid", peephole: 0 },
  f: { place: 1, squash: "sigmoid", peephole: 1 },
  g: { place: 2, squash: "tanh" },
  o: { place: 3, squash: "sigmoid", peephole: 2 },
} as const satisfies Record<string, Gate>;

const gates: Readonly<Record<string, Readonly<Record<string, Gate>>>> = {
  lstm,
  lstmPeephole: lstm,
  gru: {
    r: { place: 0, squash: "sigmoid" },
    z: { place: 1, squash: "sigmoid" },
    n: { place: 2, squash: "tanh", hasBiasHn: true },
  },
  minGru: { z: { place: 0, squash: "sigmoid" }, n: { place: 1, squash: "positive" } },
  minLstm: {
    f: { place: 0, squash: "sigmoid", other: 1 },
    i: { place: 1, squash: "sigmoid", other: 0 },
    n: { place: 2, squash: "positive" },
  },
  gruSimplified: { z: { place: 0, squash: "sigmoid" }, n: { place: 1, squash: "tanh" } },
};

/** The values that a squashed number can have. */
export const squashed = {
  sigmoid: { least: 0, most: 1, inverse: (value: number) => Math.log(value / (1 - value)) },
  tanh: { least: -1, most: 1, inverse: Math.atanh },
  positive: {
    least: 0,
    most: Number.POSITIVE_INFINITY,
    inverse: (value: number) => (value < 0.5 ? Math.log(value / (1 - value)) : value - 0.5),
  },
} as const satisfies Record<Gate["squash"], object>;

/** The gates of a cell by name; none for a cell that is not of the table. */
export function gatesOfCell({ name }: Cell): Readonly<Record<string, Gate>> {
  return Object.hasOwn(gates, name) ? gates[name]! : {};
}

/** What the values of a gate, or of a hidden state, went through. */
export type Squash = Gate["squash"] | "relu";

/** What h goes through, in the cells of the table that have no gates. */
const hidden: Readonly<Record<string, Squash>> = { rnn: "tanh", rnnRelu: "relu" };

/**
 * What the values of a gate went through.
 *
 * Of a cell that is not of the table only the values can tell: a sigmoid's lie from 0 to 1, a tanh's from -1 to 1, and a
 * hidden state without negative ones is that of rectified units.
 *
 * @param gate its name, or `h` for a cell that shows no gates
 */
export function squashOf(cell: Cell, gate: string, values: ArrayLike<number>): Squash {
  const own = gatesOfCell(cell);
  if (Object.hasOwn(own, gate)) return own[gate]!.squash;
  if (gate === "h" && Object.hasOwn(hidden, cell.name)) return hidden[cell.name]!;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]!);
    most = Math.max(most, values[i]!);
  }
  if (most > 1 || (gate === "h" && least >= 0)) return "relu";
  return least >= 0 ? "sigmoid" : "tanh";
}
