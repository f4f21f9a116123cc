import { record } from "../../tensor/index.ts";
import { defineCell } from "./cell.ts";
import { gatesOf, traceOf } from "./observation.ts";
import { project } from "./projection.ts";

/**
 * Gated recurrent unit.
 *
 *   r, z = sigmoid(wIh x + wHh h + bias)     n = tanh(wIh x + bias + r (wHh h + biasHn))     h' = (1 - z) n + z h
 *
 * wIh [3H I], wHh [3H H] and bias [3H] stack r z n; biasHn [H]. As PyTorch's, whose two biases of r and z are one here.
 *
 * @source Cho et al. 2014, arXiv:1406.1078, with the reset gate after the product, as cuDNN and PyTorch have it
 */
export const gru = defineCell({
  name: "gru",
  state: ["h"],
  parameters: ({ inputSize: I, hiddenSize: H }) => ({
    wIh: { shape: [3 * H, I], gates: 3 },
    wHh: { shape: [3 * H, H], gates: 3 },
    bias: { shape: [3 * H], gates: 3 },
    biasHn: { shape: [H] },
  }),
  run(source, state, { wIh, wHh, bias, biasHn }, { lengths, reverse, observe }) {
    const input = project(source, wIh, bias);
    const { T, B } = input;
    const H = wHh.shape[1]!;
    const { kernels, pool } = wHh.engine;
    const [y, h] = record({
      name: "gru",
      inputs: [...input.inputs, wHh, state.h, biasHn],
      shapes: [
        [T, B, H],
        [B, H],
      ],
      saves: [T * B * 3 * H, T * B * H],
      forward: ([y, hT], [gates, hn]) => {
        input.forward(gates!);
        kernels.gruForward({
          T,
          B,
          H,
          reverse,
          lengths,
          gates: gates!.array,
          h0: state.h.data,
          wHh: wHh.data,
          biasHn: biasHn.data,
          y: y!.array,
          hn: hn!.array,
          hT: hT!.array,
        });
        observe?.(traceOf(gatesOf(gates!.array, H, ["r", "z", "n"]), y!.array));
      },
      backward: ([dy, dhT], dInputs, [gates, hn], [y]) =>
        pool.borrow((lend) => {
          const [, , , dwHh, dh0, dbiasHn] = dInputs;
          const from = [dy ?? lend(T * B * H, "zeros"), dhT ?? lend(B * H, "zeros")] as const;
          const to = [dh0 ?? lend(B * H), dwHh ?? lend(wHh.size)] as const;
          kernels.gruBackward({
            T,
            B,
            H,
            reverse,
            lengths,
            gates: gates!.array,
            h0: state.h.data,
            wHh: wHh.data,
            y: y!.data,
            hn: hn!.array,
            dy: from[0].array,
            dhT: from[1].array,
            dh0: to[0].array,
            dwHh: to[1].array,
            dbiasHn: dbiasHn ? dbiasHn.array : null,
          });
          input.backward(gates!, dInputs);
        }),
    });
    return { y: y!, state: { h: h! } };
  },
});
