import { defineCell } from "./cell.ts";
import { lstmParameters, runLstm } from "./lstm.ts";
import { project } from "./projection.ts";

/**
 * Long short-term memory whose gates see the cell state, each unit its own: good at counting and timing.
 *
 *   i, f = sigmoid(wIh x + wHh h + bias + p c)     o = sigmoid(wIh x + wHh h + bias + p c')     the rest as `lstm`
 *
 * Parameters as those of `lstm`, and peepholes [3 H], p of i f o.
 *
 * @source Gers & Schmidhuber 2000, "Recurrent nets that time and count", eq. 1-4
 */
export const lstmPeephole = defineCell({
  name: "lstmPeephole",
  state: ["h", "c"],
  parameters: (sizes) => ({ ...lstmParameters(sizes), peepholes: { shape: [3, sizes.hiddenSize], gates: 3 } }),
  run: (source, state, { wIh, wHh, bias, peepholes }, order) =>
    runLstm(project(source, wIh, bias), state, wHh, peepholes, order),
});
