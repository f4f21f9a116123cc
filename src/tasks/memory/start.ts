/** Initial weights of recurrent layers by name: remedies against gradients that vanish or explode. */
import { ValueError } from "../../base/index.ts";
import {
  type Cell,
  type CellName,
  cells,
  heNormal,
  type Initialiser,
  identity,
  normal,
  orthogonal,
  xavierNormal,
  zeros,
} from "../../nn/index.ts";

/** The names of ways to begin, with what each does. */
export const starts = {
  default: "uniform within 1/sqrt(hiddenSize), as PyTorch's",
  xavier: "normal by fan-in and fan-out, for tanh (Glorot & Bengio 2010)",
  he: "normal by fan-in, for rectified units (He et al. 2015)",
  orthogonal: "recurrent weights that keep lengths (Saxe et al. 2014)",
  identity: "recurrent weights that pass the state on; with cell rnnRelu the IRNN (Le et al. 2015)",
} as const;

/** The name of a way to begin. */
export type StartName = keyof typeof starts;

/**
 * The `init` of `Recurrent` for a way to begin.
 *
 * `identity` begins cells without gates as the IRNN: inputs weakly coupled, no bias. Of `xavier` and `he` a cell without
 * recurrent weights takes the input weights.
 *
 * @throws RangeError where the start is one of recurrent weights and the cell has none
 */
export function initOf(start: StartName, cell: CellName): Readonly<Record<string, Initialiser>> {
  const plain = { wIh: normal(0.001), wHh: identity, bias: zeros };
  const wanted: Readonly<Record<StartName, Readonly<Record<string, Initialiser>>>> = {
    default: {},
    xavier: { wIh: xavierNormal, wHh: xavierNormal },
    he: { wIh: heNormal, wHh: heNormal },
    orthogonal: { wHh: orthogonal },
    identity: cell === "rnn" || cell === "rnnRelu" ? plain : { wHh: identity },
  };
  const known = (cells[cell] as Cell).parameters({ inputSize: 1, hiddenSize: 1, forgetBias: 0 });
  if ("wHh" in wanted[start] && !("wIh" in wanted[start]) && !Object.hasOwn(known, "wHh"))
    throw new ValueError(
      `memoryTasks: init ${start} needs recurrent weights, but cell ${cell} has none; take default, xavier or he`,
    );
  return Object.fromEntries(Object.entries(wanted[start]).filter(([name]) => Object.hasOwn(known, name)));
}
