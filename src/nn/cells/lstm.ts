import { record, type Tensor } from "../../tensor/index.ts";
import { constant, uniform } from "../init.ts";
import { type CellSizes, defineCell, type Order, type ParameterSpec, type Run, type State } from "./cell.ts";
import { gatesOf, traceOf } from "./observation.ts";
import { type Projection, project } from "./projection.ts";

/**
 * Long short-term memory.
 *
 *   i, f, o = sigmoid(wIh x + wHh h + bias)     g = tanh(wIh x + wHh h + bias), each with its own rows
 *   c' = f c + i g     h' = o tanh(c')
 *
 * wIh [4H I], wHh [4H H] and bias [4H] stack i f g o. The forget gate's bias starts at 1, so that a fresh cell
 * remembers (Jozefowicz 2015).
 *
 * @source Hochreiter & Schmidhuber 1997; the forget gate: Gers, Schmidhuber & Cummins 2000
 */
export const lstm = defineCell({
  name: "lstm",
  state: ["h", "c"],
  parameters: lstmParameters,
  run: (source, state, { wIh, wHh, bias }, order) => runLstm(project(source, wIh, bias), state, wHh, null, order),
});

/** The parameters of an LSTM without peepholes. */
export function lstmParameters({ inputSize: I, hiddenSize: H, forgetBias }: CellSizes): {
  readonly [N in "wIh" | "wHh" | "bias"]: ParameterSpec;
} {
  const spread = uniform(1 / Math.sqrt(H));
  return {
    wIh: { shape: [4 * H, I], gates: 4 },
    wHh: { shape: [4 * H, H], gates: 4 },
    bias: { shape: [4 * H], gates: 4, init: [spread, constant(forgetBias), spread, spread] },
  };
}

/** One layer in one direction, as one recorded operation. @param peepholes [3 H] or null */
export function runLstm<S extends State<string, "h" | "c">>(
  input: Projection,
  state: S,
  wHh: Tensor,
  peepholes: Tensor | null,
  { lengths, reverse, observe }: Order,
): Run<State<never, "h" | "c">> {
  const { T, B } = input;
  const H = wHh.shape[1]!;
  const { kernels, pool } = wHh.engine;
  const [y, h, c] = record({
    name: "lstm",
    inputs: [...input.inputs, wHh, state.h, state.c, ...(peepholes ? [peepholes] : [])],
    shapes: [
      [T, B, H],
      [B, H],
      [B, H],
    ],
    saves: [T * B * 4 * H, T * B * H],
    forward: ([y, hT, cT], [gates, c]) => {
      input.forward(gates!);
      kernels.lstmForward({
        T,
        B,
        H,
        reverse,
        lengths,
        gates: gates!.array,
        h0: state.h.data,
        c0: state.c.data,
        wHh: wHh.data,
        peepholes: peepholes ? peepholes.data : null,
        y: y!.array,
        c: c!.array,
        hT: hT!.array,
        cT: cT!.array,
      });
      observe?.(traceOf(gatesOf(gates!.array, H, ["i", "f", "g", "o"]), y!.array, c!.array));
    },
    backward: ([dy, dhT, dcT], dInputs, [gates, c], [y]) =>
      pool.borrow((lend) => {
        const [, , , dwHh, dh0, dc0, dpeepholes] = dInputs;
        const from = [
          dy ?? lend(T * B * H, "zeros"),
          dhT ?? lend(B * H, "zeros"),
          dcT ?? lend(B * H, "zeros"),
        ] as const;
        const to = [dh0 ?? lend(B * H), dc0 ?? lend(B * H), dwHh ?? lend(wHh.size)] as const;
        kernels.lstmBackward({
          T,
          B,
          H,
          reverse,
          lengths,
          gates: gates!.array,
          h0: state.h.data,
          c0: state.c.data,
          wHh: wHh.data,
          peepholes: peepholes ? peepholes.data : null,
          y: y!.data,
          c: c!.array,
          dy: from[0].array,
          dhT: from[1].array,
          dcT: from[2].array,
          dh0: to[0].array,
          dc0: to[1].array,
          dwHh: to[2].array,
          dpeepholes: dpeepholes ? dpeepholes.array : null,
        });
        input.backward(gates!, dInputs);
      }),
  });
  return { y: y!, state: { h: h!, c: c! } };
}
