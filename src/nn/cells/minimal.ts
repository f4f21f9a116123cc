/** What minGRU and minLSTM share: gates that see the input only, so that no step waits for a product of the one before. */
import { record, type Tensor } from "../../tensor/index.ts";
import type { Order, Run, State } from "./cell.ts";
import { gatesOf, type Trace, traceOf } from "./observation.ts";
import type { Projection } from "./projection.ts";

/** Gates by name, each [T B H]. */
type Gates = Trace["gates"];

/**
 * One layer in one direction, as one recorded operation.
 *
 * @param cell      whose kernels to run
 * @param names     the gates in the order of their weights
 * @param activate  turns the gates of one number from what goes in to what they do, for those who look on
 */
export function runMinimal<const N extends string>(
  cell: "minGru" | "minLstm",
  names: readonly N[],
  input: Projection,
  state: State,
  { lengths, reverse, observe }: Order,
  activate: (before: Readonly<Record<N, number>>) => Readonly<Record<N, number>>,
): Run<State<never, "h">> {
  const { T, B } = input;
  const H = state.h.shape[1]!;
  const G = names.length;
  const { kernels, pool } = state.h.engine;
  const [y, h] = record({
    name: cell,
    inputs: [...input.inputs, state.h],
    shapes: [
      [T, B, H],
      [B, H],
    ],
    saves: [T * B * G * H],
    forward: ([y, hT], [gates]) => {
      input.forward(gates!);
      const sizes = { T, B, H, reverse, lengths };
      kernels[`${cell}Forward`]({ ...sizes, gates: gates!.array, h0: state.h.data, y: y!.array, hT: hT!.array });
      observe?.(traceOf(activated(gatesOf(gates!.array, H, names), names, { B, H, lengths }, activate), y!.array));
    },
    backward: ([dy, dhT], dInputs, [gates], [y]) =>
      pool.borrow((lend) => {
        const from = [dy ?? lend(T * B * H, "zeros"), dhT ?? lend(B * H, "zeros")] as const;
        const dh0 = dInputs[3] ?? lend(B * H);
        kernels[`${cell}Backward`]({
          T,
          B,
          H,
          reverse,
          lengths,
          gates: gates!.array,
          h0: state.h.data,
          y: y!.data,
          dy: from[0].array,
          dhT: from[1].array,
          dh0: dh0.array,
        });
        input.backward(gates!, dInputs);
      }),
  });
  return { y: y!, state: { h: h! } };
}

/** `x + 1/2` from 0 on, `sigmoid(x)` below: what keeps a candidate positive. */
export function positive(x: number): number {
  return x >= 0 ? x + 0.5 : sigmoid(x);
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The gates as they act, 0 beyond the lengths. */
function activated<N extends string>(
  gates: { readonly [Name in N]: Tensor["data"] },
  names: readonly N[],
  { B, H, lengths }: { B: number; H: number; lengths: Int32Array },
  activate: (before: Readonly<Record<N, number>>) => Readonly<Record<N, number>>,
): Gates {
  const steps = gates[names[0]!].length / H;
  for (let step = 0; step < steps; step++) {
    const isReal = Math.floor(step / B) < lengths[step % B]!;
    for (let at = step * H; at < (step + 1) * H; at++) {
      const one = (value: (name: N) => number) =>
        Object.fromEntries(names.map((name) => [name, value(name)])) as Record<N, number>;
      const after = isReal ? activate(one((name) => gates[name][at]!)) : one(() => 0);
      for (const name of names) gates[name][at] = after[name];
    }
  }
  return gates;
}
