import { record } from "../../tensor/index.ts";
import { defineCell } from "./cell.ts";
import { gatesOf, traceOf } from "./observation.ts";
import { project } from "./projection.ts";

/**
 * Gated recurrent unit without the relevance (reset) gate, as courses introduce it.
 *
 *   z = sigmoid(wIh x + wHh h + bias)     n = tanh(wIh x + wHh h + bias)     h' = (1 - z) n + z h
 *
 * wIh [2H I], wHh [2H H] and bias [2H] stack z n.
 */
export const gruSimplified = defineCell({
  name: "gruSimplified",
  state: ["h"],
  parameters: ({ inputSize: I, hiddenSize: H }) => ({
    wIh: { shape: [2 * H, I], gates: 2 },
    wHh: { shape: [2 * H, H], gates: 2 },
    bias: { shape: [2 * H], gates: 2 },
  }),
  run(source, state, { wIh, wHh, bias }, { lengths, reverse, observe }) {
    const input = project(source, wIh, bias);
    const { T, B } = input;
    const H = wHh.shape[1]!;
    const { kernels, pool } = wHh.engine;
    const [y, h] = record({
      name: "gruSimplified",
      inputs: [...input.inputs, wHh, state.h],
      shapes: [
        [T, B, H],
        [B, H],
      ],
      saves: [T * B * 2 * H],
      forward: ([y, hT], [gates]) => {
        input.forward(gates!);
        kernels.gruSimplifiedForward({
          T,
          B,
          H,
          reverse,
          lengths,
          gates: gates!.array,
          h0: state.h.data,
          wHh: wHh.data,
          y: y!.array,
          hT: hT!.array,
        });
        observe?.(traceOf(gatesOf(gates!.array, H, ["z", "n"]), y!.array));
      },
      backward: ([dy, dhT], dInputs, [gates], [y]) =>
        pool.borrow((lend) => {
          const [, , , dwHh, dh0] = dInputs;
          const from = [dy ?? lend(T * B * H, "zeros"), dhT ?? lend(B * H, "zeros")] as const;
          const to = [dh0 ?? lend(B * H), dwHh ?? lend(wHh.size)] as const;
          kernels.gruSimplifiedBackward({
            T,
            B,
            H,
            reverse,
            lengths,
            gates: gates!.array,
            h0: state.h.data,
            wHh: wHh.data,
            y: y!.data,
            dy: from[0].array,
            dhT: from[1].array,
            dh0: to[0].array,
            dwHh: to[1].array,
          });
          input.backward(gates!, dInputs);
        }),
    });
    return { y: y!, state: { h: h! } };
  },
});
