import { record } from "../../tensor/index.ts";
import { defineCell } from "./cell.ts";
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
  run(source, state, { wIh, wHh, bias, biasHn }, order) {
    const input = project(source, wIh, bias);
    const { T, B } = input;
    const H = wHh.shape[1]!;
    const { kernels, pool } = wHh.engine;
    const read = () => ({ ...order, T, B, H, h0: state.h.data, wHh: wHh.data });
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
        const write = { gates: gates!.array, hn: hn!.array, y: y!.array, hT: hT!.array };
        kernels.gruForward({ ...read(), biasHn: biasHn.data, ...write });
      },
      backward: ([dy, dhT], dInputs, [gates, hn], [y]) =>
        pool.borrow((lend) => {
          const [, , , dwHh, dh0, dbiasHn] = dInputs;
          const from = [dy ?? lend(T * B * H, "zeros"), dhT ?? lend(B * H, "zeros")] as const;
          const to = [dwHh ?? lend(wHh.size), dh0 ?? lend(B * H)] as const;
          kernels.gruBackward({
            ...read(),
            gates: gates!.array,
            hn: hn!.array,
            y: y!.data,
            dy: from[0].array,
            dhT: from[1].array,
            dwHh: to[0].array,
            dh0: to[1].array,
            dbiasHn: dbiasHn ? dbiasHn.array : null,
          });
          input.backward(gates!, dInputs);
        }),
    });
    return { y: y!, state: { h: h! } };
  },
});
