/** A language network as search and sampling see it: a step from tokens to scores, and states whose rows can be chosen. */
import type { NextStep } from "../../decode/index.ts";
import type { LanguageNetwork, NetworkState } from "./network.ts";

/**
 * The network as a step. A long prompt is read in one call here and goes through the network a stretch at a time, so
 * that the memory in use does not grow with it.
 */
export function nextStep(network: LanguageNetwork): NextStep<NetworkState> {
  return ({ ids, shape }, before) => {
    const [T, B] = shape as [number, number];
    let state = before;
    for (let from = 0; ; from += longestStretch) {
      const to = Math.min(T, from + longestStretch);
      const run = network.next({ ids: ids.subarray(from * B, to * B), shape: [to - from, B] }, state);
      if (to === T) return { logits: run.logits.data, state: run.state };
      state = run.state;
    }
  };
}

/** Steps that go through the network in one call. */
const longestStretch = 1024;

/** The state of chosen sequences: row i of the result is row `rows[i]` of the state. */
export function selectRows(state: NetworkState, rows: readonly number[]): NetworkState {
  return state.map((parts) => {
    const chosen = Object.entries(parts).map(([part, tensor]) => {
      const H = tensor.shape[1]!;
      const { data, engine } = tensor;
      const array = engine.array(rows.length * H);
      rows.forEach((row, i) => {
        array.set(data.subarray(row * H, (row + 1) * H), i * H);
      });
      return [part, engine.tensor(array, [rows.length, H])] as const;
    });
    return Object.fromEntries(chosen) as typeof parts;
  });
}
