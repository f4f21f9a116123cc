/** The gates of the cells of the table, and where their weights stand. */
import type { Cell } from "../nn/index.ts";

/** A gate: one row of the stacked weights for each unit. */
export interface Gate {
  /** Its place in the stack. */
  readonly place: number;
  readonly squash: "sigmoid" | "tanh";
  /** Its place among the peepholes, where it has one. */
  readonly peephole?: number;
  /** Whether `biasHn` adds to it. */
  readonly hasBiasHn?: boolean;
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
  gruSimplified: { z: { place: 0, squash: "sigmoid" }, n: { place: 1, squash: "tanh" } },
};

/** The gates of a cell by name; none for a cell that is not of the table. */
export function gatesOfCell({ name }: Cell): Readonly<Record<string, Gate>> {
  return Object.hasOwn(gates, name) ? gates[name]! : {};
}
