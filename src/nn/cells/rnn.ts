import { record, type Tensor } from "../../tensor/index.ts";
import { type CellSizes, defineCell, type Order, type Run, type State } from "./cell.ts";
import { traceOf } from "./observation.ts";
import { type Projection, project } from "./projection.ts";

/**
 * Elman's recurrent cell: h' = tanh(wIh x + wHh h + bias).
 *
 * wIh [H I], wHh [H H], bias [H].
 *
 * @source Elman 1990, doi:10.1207/s15516709cog1402_1
 */
export const rnn = defineCell({
  name: "rnn",
  state: ["h"],
  parameters: rnnParameters,
  run: (source, state, { wIh, wHh, bias }, order) => runRnn("tanh", project(source, wIh, bias), state, wHh, order),
});

/** The parameters of an Elman cell. */
export function rnnParameters({ inputSize: I, hiddenSize: H }: CellSizes) {
  return { wIh: { shape: [H, I] }, wHh: { shape: [H, H] }, bias: { shape: [H] } } as const;
}

/** One layer in one direction, as one recorded operation. */
export function runRnn<S extends State<string, "h">>(
  act: "tanh" | "relu",
  input: Projection,
  state: S,
  wHh: Tensor,
  { lengths, reverse, observe }: Order,
): Run<State<never, "h">> {
  const { T, B } = input;
  const H = wHh.shape[1]!;
  const { kernels, pool } = wHh.engine;
  const [y, h] = record({
    name: "rnn",
    inputs: [...input.inputs, wHh, state.h],
    shapes: [
      [T, B, H],
      [B, H],
    ],
    forward: ([y, hT]) =>
      pool.borrow((lend) => {
        const z = lend(T * B * H);
        input.forward(z);
        kernels.rnnForward({
          T,
          B,
          H,
          act,
          reverse,
          z: z.array,
          lengths,
          h0: state.h.data,
          wHh: wHh.data,
          y: y!.array,
          hT: hT!.array,
        });
        observe?.(traceOf({}, y!.array));
      }),
    backward: ([dy, dhT], dInputs, _saved, [y]) =>
      pool.borrow((lend) => {
        const [, , , dwHh, dh0] = dInputs;
        const from = [dy ?? lend(T * B * H, "zeros"), dhT ?? lend(B * H, "zeros")] as const;
        const to = [dh0 ?? lend(B * H), dwHh ?? lend(wHh.size)] as const;
        const dz = lend(T * B * H);
        kernels.rnnBackward({
          T,
          B,
          H,
          act,
          reverse,
          lengths,
          h0: state.h.data,
          wHh: wHh.data,
          y: y!.data,
          dy: from[0].array,
          dhT: from[1].array,
          dz: dz.array,
          dh0: to[0].array,
          dwHh: to[1].array,
        });
        input.backward(dz, dInputs);
      }),
  });
  return { y: y!, state: { h: h! } };
}
