/** The cells by name. One more cell is one file and one line here. */
import type { Cell } from "./cell.ts";
import { gru } from "./gru.ts";
import { gruSimplified } from "./gru-simplified.ts";
import { lstm } from "./lstm.ts";
import { lstmPeephole } from "./lstm-peephole.ts";
import { minGru } from "./min-gru.ts";
import { minLstm } from "./min-lstm.ts";
import { rnn } from "./rnn.ts";
import { rnnRelu } from "./rnn-relu.ts";

/** The recurrent cells of the table. */
export const cells = {
  rnn,
  rnnRelu,
  gru,
  gruSimplified,
  lstm,
  lstmPeephole,
  minGru,
  minLstm,
} as const satisfies Record<string, Cell>;

/** The name of a cell of the table. */
export type CellName = keyof typeof cells;
