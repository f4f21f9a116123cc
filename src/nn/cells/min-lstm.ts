import { constant, uniform } from "../init.ts";
import { defineCell } from "./cell.ts";
import { positive, runMinimal, sigmoid } from "./minimal.ts";
import { project } from "./projection.ts";

/**
 * Minimal long short-term memory: no gate sees the state, and what is kept and what is let in add up to 1.
 *
 *   f, i = sigmoid(wIh x + bias)     n = positive(wIh x + bias)     h' = (f h + i n) / (f + i)
 *   positive(x) = x + 1/2 from 0 on, sigmoid(x) below
 *
 * wIh [3H I] and bias [3H] stack f i n. There is no state beside h. The forget gate's bias starts at `forgetBias`, so
 * that a fresh cell remembers. What `observe` shows of f and i are their shares, which add up to 1.
 *
 * @source Feng et al. 2024, "Were RNNs all we needed?", arXiv:2410.01201, 3.2 and appendix B
 */
export const minLstm = defineCell({
  name: "minLstm",
  state: ["h"],
  parameters({ inputSize: I, hiddenSize: H, forgetBias }) {
    const spread = uniform(1 / Math.sqrt(H));
    return {
      wIh: { shape: [3 * H, I], gates: 3 },
      bias: { shape: [3 * H], gates: 3, init: [constant(forgetBias), spread, spread] },
    };
  },
  run: (source, state, { wIh, bias }, order) =>
    runMinimal("minLstm", ["f", "i", "n"], project(source, wIh, bias), state, order, ({ f, i, n }) => {
      const share = sigmoid(softplus(-i) - softplus(-f));
      return { f: share, i: 1 - share, n: positive(n) };
    }),
});

/** log(1 + e^x). By logarithms f / (f + i) is a number where both gates are shut. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
