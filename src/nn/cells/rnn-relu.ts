import { defineCell } from "./cell.ts";
import { project } from "./projection.ts";
import { rnnParameters, runRnn } from "./rnn.ts";

/**
 * The recurrent cell with rectified units: h' = max(wIh x + wHh h + bias, 0). Parameters as those of `rnn`.
 *
 * With wHh starting as the identity this is the IRNN.
 *
 * @source Le, Jaitly & Hinton 2015, arXiv:1504.00941
 */
export const rnnRelu = defineCell({
  name: "rnnRelu",
  state: ["h"],
  parameters: rnnParameters,
  run: (source, state, { wIh, wHh, bias }, order) => runRnn("relu", project(source, wIh, bias), state, wHh, order),
});
