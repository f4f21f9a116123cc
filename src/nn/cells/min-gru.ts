import { defineCell } from "./cell.ts";
import { positive, runMinimal, sigmoid } from "./minimal.ts";
import { project } from "./projection.ts";

/**
 * Minimal gated recurrent unit: no gate sees the state, so that a whole sequence is two elementwise steps after one big
 * product.
 *
 *   z = sigmoid(wIh x + bias)     n = positive(wIh x + bias)     h' = (1 - z) h + z n
 *   positive(x) = x + 1/2 from 0 on, sigmoid(x) below
 *
 * wIh [2H I] and bias [2H] stack z n. Beware: z lets the new in, where that of `gru` keeps the old.
 *
 * @source Feng et al. 2024, "Were RNNs all we needed?", arXiv:2410.01201, 3.1 and appendix B
 */
export const minGru = defineCell({
  name: "minGru",
  state: ["h"],
  parameters: ({ inputSize: I, hiddenSize: H }) => ({
    wIh: { shape: [2 * H, I], gates: 2 },
    bias: { shape: [2 * H], gates: 2 },
  }),
  run: (source, state, { wIh, bias }, order) =>
    runMinimal("minGru", ["z", "n"], project(source, wIh, bias), state, order, ({ z, n }) => ({
      z: sigmoid(z),
      n: positive(n),
    })),
});
