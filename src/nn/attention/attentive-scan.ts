/** An attentive layer step by step: any cell, any attention. */
import { concat, embedding, linear, reshape, stack, type Tensor, tanh, unstack } from "../../tensor/index.ts";
import type { Cell, State } from "../cells/cell.ts";
import { choose, clearBeyond, scan } from "../cells/scan.ts";
import type { AttentiveOutput, AttentiveSequences, AttentiveState } from "./attentive-step.ts";

/** Takes a cell and its attention through whole sequences. */
export function scanAttentive(cell: Cell, sequences: AttentiveSequences): AttentiveOutput {
  const { T, B, x, attention, memory, sources, lengths, feed, parameters } = sequences;
  const { outContext, outState, ...own } = parameters;
  const inputs = x && unstack("tokens" in x ? embedding(x.weight, x.tokens) : x);
  const single = new Int32Array(B).fill(1);
  const look = (h: Tensor) => {
    const { context, weights } = attention.forward(reshape(h, [1, ...h.shape]), memory, sources);
    return { context: reshape(context, [B, context.shape[2]!]), weights: reshape(weights, [B, weights.shape[2]!]) };
  };
  const step = (input: Tensor, state: State): State =>
    cell.run
      ? cell.run(reshape(input, [1, ...input.shape]), state, own, { lengths: single, reverse: false }).state
      : scan(cell, reshape(input, [1, ...input.shape]), state, own, { lengths: single, reverse: false }).state;
  const made = { y: [] as Tensor[], context: [] as Tensor[], weights: [] as Tensor[], output: [] as Tensor[] };
  let { output: fed, ...rest } = sequences.state as AttentiveState & { readonly output?: Tensor };
  let state: State = rest;
  for (let t = 0; t < T; t++) {
    const real = lengths.map((length) => (t < length ? 1 : 0));
    const keep = (next: Tensor, before: Tensor) => (real.includes(0) ? choose(real, next, before) : next);
    let seen = feed === "context" ? look(state.h) : null;
    const read = seen?.context ?? fed!;
    const after = step(inputs ? concat([inputs[t]!, read]) : read, state);
    seen ??= look(after.h);
    if (feed === "output") {
      const output = tanh(linear(concat([seen.context, after.h]), concat([outContext!, outState!])));
      made.output.push(output);
      fed = keep(output, fed!);
    }
    made.y.push(after.h);
    made.context.push(seen.context);
    made.weights.push(seen.weights);
    state = Object.fromEntries(cell.state.map((part) => [part, keep(after[part]!, state[part]!)])) as State;
  }
  const whole = (steps: readonly Tensor[]) => clearBeyond(stack(steps), lengths);
  const output = feed === "output" ? whole(made.output) : null;
  return {
    ...{ y: whole(made.y), context: whole(made.context), weights: whole(made.weights), output },
    state: { ...state, ...(fed && { output: fed }) },
  };
}
