/** Takes a cell that knows one step through whole sequences. */
import { KindError, ValueError } from "../../base/index.ts";
import { record, stack, type Tensor, unstack } from "../../tensor/index.ts";
import type { Cell, Order, Run, State } from "./cell.ts";

/**
 * Runs `cell.step` over a batch of sequences, as a kernel would: padding changes neither state nor gradient.
 *
 * @param x      [T B I]
 * @param state  the state before the first step
 * @throws RangeError or TypeError when the state that `step` returns lacks a part or a part has another shape
 */
export function scan(
  cell: Cell,
  x: Tensor,
  state: State,
  parameters: Readonly<Record<string, Tensor>>,
  { lengths, reverse, observe }: Order,
): Run<State> {
  const steps = unstack(x);
  const T = steps.length;
  const ys: Tensor[] = new Array(T);
  const kept =
    observe && Object.fromEntries(cell.state.map((part) => [part, x.engine.array(x.shape[0]! * state[part]!.size)]));
  for (let k = 0; k < T; k++) {
    const t = reverse ? T - 1 - k : k;
    const next = cell.step!(steps[t]!, state, parameters);
    checkState(cell, state, next);
    const real = lengths.map((length) => (t < length ? 1 : 0));
    state = real.includes(0) ? mapState(cell, (part) => choose(real, next[part]!, state[part]!)) : next;
    ys[t] = state.h;
    if (kept) keep(kept, state, t, real);
  }
  if (kept) observe?.({ y: kept.h!, ...(kept.c && { c: kept.c }), gates: {}, state: kept });
  return { y: clearBeyond(stack(ys), lengths), state };
}

/** Copies the states of the sequences that are still real at step t, for those who look on. */
function keep(kept: Readonly<Record<string, Tensor["data"]>>, state: State, t: number, real: Int32Array): void {
  for (const [part, numbers] of Object.entries(kept)) {
    const { data, size } = state[part as "h"];
    const H = size / real.length;
    real.forEach((bit, b) => {
      if (bit === 1) numbers.set(data.subarray(b * H, (b + 1) * H), t * size + b * H);
    });
  }
}

/** A state whose parts are made one by one. */
export function mapState(cell: Cell, part: (name: string) => Tensor): State {
  return Object.fromEntries(cell.state.map((name) => [name, part(name)])) as State;
}

function checkState(cell: Cell, before: State, after: State): void {
  for (const part of cell.state) {
    const [was, is] = [before[part]!, after[part]];
    if (!is) throw new KindError(`${cell.name}: step must return { ${cell.state.join(", ")} }, got no ${part}`);
    if (is.shape.length !== 2 || is.shape.some((n, i) => n !== was.shape[i]))
      throw new ValueError(
        `${cell.name}: step must return ${part} [B H] = [${was.shape.join(" ")}], got [${is.shape.join(" ")}]`,
      );
  }
}

/** Row b of `a` where real[b] is 1, of `other` where it is 0; both [B H]. */
export function choose(real: Int32Array, a: Tensor, other: Tensor): Tensor {
  const H = a.shape[1]!;
  const eachRow = (visit: (from: number, to: number, isReal: boolean) => void) =>
    real.forEach((bit, b) => {
      visit(b * H, (b + 1) * H, bit === 1);
    });
  return record({
    name: "choose",
    inputs: [a, other],
    shapes: [a.shape],
    forward: ([y]) => eachRow((from, to, isReal) => y!.array.set((isReal ? a : other).data.subarray(from, to), from)),
    backward: ([dy], [da, dOther]) =>
      eachRow((from, to, isReal) => {
        const part = dy!.array.subarray(from, to);
        (isReal ? da : dOther)?.array.set(part, from);
        (isReal ? dOther : da)?.array.fill(0, from, to);
      }),
  })[0]!;
}

/** y [T B H] with 0 at the steps beyond the lengths. */
export function clearBeyond(y: Tensor, lengths: Int32Array): Tensor {
  const [T, B, H] = y.shape as [number, number, number];
  if (lengths.every((length) => length === T)) return y;
  const copy = (from: Tensor["data"], to: Tensor["data"]) => {
    to.set(from);
    lengths.forEach((length, b) => {
      for (let t = length; t < T; t++) to.fill(0, (t * B + b) * H, (t * B + b + 1) * H);
    });
  };
  return record({
    name: "clearBeyond",
    inputs: [y],
    shapes: [y.shape],
    forward: ([out]) => copy(y.data, out!.array),
    backward: ([dOut], [dy]) => copy(dOut!.array, dy!.array),
  })[0]!;
}
