/** An attentive layer of an LSTM or a GRU as one recorded operation: a whole sequence of a whole batch. */
import { embedding, record, reshape, type Store, type Tensor } from "../../tensor/index.ts";
import { project } from "../cells/projection.ts";
import type { Lookup } from "../embedding.ts";
import {
  type AttentiveOutput,
  type AttentiveParameters,
  type AttentiveSequences,
  type AttentiveState,
  lastRows,
} from "./attentive-step.ts";

/** What an attention of ours compares by. */
export interface Scoring {
  /** [A H], or null where the state itself is the query. */
  readonly wQuery: Tensor | null;
  /** [A] of additive attention, or null. */
  readonly v: Tensor | null;
  readonly scale: number;
}

/** The input's share of the gates, as `Projection` of the cells. */
interface GateInput {
  readonly inputs: readonly Tensor[];
  forward(z: Store): void;
  backward(dz: Store, dInputs: readonly (Store | null)[]): void;
}

/** Runs an LSTM or a GRU with its attention. */
export function runAttentive(
  cell: "lstm" | "gru",
  { wQuery, v, scale }: Scoring,
  { T, B, x, memory, sources, lengths, state, feed, parameters }: AttentiveSequences,
): AttentiveOutput {
  const { wIh, wHh, bias, wFeed, biasHn = null, outContext = null, outState = null } = parameters as Weights;
  const { keys, values, lengths: memoryLengths } = memory;
  const { h: h0, c: c0 = null, output: output0 = null } = state as AttentiveState & { readonly [name: string]: Tensor };
  const [S, M, A] = keys.shape as [number, number, number];
  const [D, F, H] = [values.shape[2]!, wFeed.shape[1]!, wHh.shape[1]!];
  const G = wHh.shape[0]! / H;
  const feedsOutput = feed === "output";
  const { kernels, pool } = wHh.engine;
  const input = x ? project(x, wIh!, bias) : onlyBias(bias, T * B);
  const given = { wHh, wFeed, h0, c0, output0, wQuery, outContext, outState, keys, values, v, biasHn };
  // Dot attention looks its values up by themselves.
  const inputs = Object.entries(given).filter(([name, tensor]) => tensor && !(name === "values" && keys === values));
  const widths = { y: H, context: D, weights: S, ...(feedsOutput && { output: F }) };
  const made = record({
    name: `attentive ${cell}`,
    inputs: [...input.inputs, ...inputs.map(([, tensor]) => tensor!)],
    shapes: [[B, H], ...(cell === "lstm" ? [[B, H]] : []), ...Object.values(widths).map((width) => [T, B, width])],
    // The gates, c or hn, and the queries where they are not the states.
    saves: [T * B * G * H, T * B * H, ...(wQuery ? [T * B * A] : [])],
    forward: (results, [gates, inner, query]) => {
      const [hT, cT, [y, context, weights, output]] = apart(results);
      input.forward(gates!);
      if (cell === "lstm")
        kernels.attentiveLstmForward({
          T,
          B,
          S,
          M,
          A,
          D,
          F,
          H,
          feedsOutput,
          scale,
          gates: gates!.array,
          lengths,
          h0: h0.data,
          c0: c0!.data,
          output0: output0 ? output0.data : null,
          wQuery: wQuery ? wQuery.data : null,
          outContext: outContext ? outContext.data : null,
          outState: outState ? outState.data : null,
          keys: keys.data,
          values: values.data,
          v: v ? v.data : null,
          sources,
          memoryLengths,
          wHh: wHh.data,
          wFeed: wFeed.data,
          y: y!.array,
          c: inner!.array,
          query: query ? query.array : null,
          weights: weights!.array,
          context: context!.array,
          output: output ? output.array : null,
          hT: hT.array,
          cT: cT!.array,
        });
      else
        kernels.attentiveGruForward({
          T,
          B,
          S,
          M,
          A,
          D,
          F,
          H,
          feedsOutput,
          scale,
          gates: gates!.array,
          lengths,
          h0: h0.data,
          output0: output0 ? output0.data : null,
          wQuery: wQuery ? wQuery.data : null,
          outContext: outContext ? outContext.data : null,
          outState: outState ? outState.data : null,
          keys: keys.data,
          values: values.data,
          v: v ? v.data : null,
          sources,
          memoryLengths,
          wHh: wHh.data,
          wFeed: wFeed.data,
          biasHn: biasHn ? biasHn.data : null,
          y: y!.array,
          hn: inner!.array,
          query: query ? query.array : null,
          weights: weights!.array,
          context: context!.array,
          output: output ? output.array : null,
          hT: hT.array,
        });
    },
    backward: (dResults, dInputs, [gates, inner, query], results) =>
      pool.borrow((lend) => {
        const [dhT, dcT, [dy, dcontext, dweights, doutput]] = apart(dResults);
        const [, , [y, context, weights, output]] = apart(results);
        const wanted = new Map(inputs.map(([name], i) => [name, dInputs[input.inputs.length + i] ?? null]));
        const zeros = (size: number) => lend(size, "zeros");
        const from = { dy: dy ?? zeros(T * B * H), dhT: dhT ?? zeros(B * H), dcT: dcT ?? zeros(c0 ? B * H : 0) };
        const to = (name: keyof typeof given) => wanted.get(name) ?? lend(given[name]!.size);
        const always = { wHh: to("wHh"), wFeed: to("wFeed"), h0: to("h0"), keys: to("keys"), values: to("values") };
        const dc0 = c0 && to("c0");
        const [doutput0, dwQuery, doutContext, doutState] = (
          ["output0", "wQuery", "outContext", "outState"] as const
        ).map((name) => wanted.get(name)?.array ?? null);
        const [dv, dbiasHn] = (["v", "biasHn"] as const).map((name) => wanted.get(name)?.array ?? null);
        const common = {
          ...{ T, B, S, M, A, D, F, H, feedsOutput, scale, gates: gates!.array, lengths, sources, memoryLengths },
          ...{ h0: h0.data, output0: output0?.data ?? null, wQuery: wQuery?.data ?? null },
          ...{ outContext: outContext?.data ?? null, outState: outState?.data ?? null },
          ...{ keys: keys.data, values: values.data, v: v?.data ?? null, wHh: wHh.data, wFeed: wFeed.data },
          ...{ y: y!.data, query: query?.array ?? null, weights: weights!.data, context: context!.data },
          ...{ output: output?.data ?? null, dy: from.dy.array, dcontext: dcontext?.array ?? null },
          ...{ dweights: dweights?.array ?? null, doutput: doutput?.array ?? null, dhT: from.dhT.array },
          ...{ dh0: always.h0.array, doutput0: doutput0!, dwQuery: dwQuery!, doutContext: doutContext! },
          ...{ doutState: doutState!, dkeys: always.keys.array, dvalues: always.values.array, dv: dv! },
          ...{ dwHh: always.wHh.array, dwFeed: always.wFeed.array },
        };
        if (cell === "lstm")
          kernels.attentiveLstmBackward({
            ...common,
            ...{ c0: c0!.data, c: inner!.array, dcT: from.dcT.array, dc0: dc0!.array },
          });
        else kernels.attentiveGruBackward({ ...common, hn: inner!.array, dbiasHn: dbiasHn! });
        const dkeys = wanted.get("keys");
        if (keys === values && dkeys)
          kernels.accumulate({ N: keys.size, by: 1, x: always.values.array, y: dkeys.array });
        input.backward(gates!, dInputs);
      }),
  });
  const [h, c, [y, context, weights, output]] = apart(made);
  const last = output && embedding(reshape(output, [T * B, F]), { ids: lastRows(lengths), shape: [B] });
  return {
    ...{ y: y!, context: context!, weights: weights!, output: output ?? null },
    state: { h, ...(c && { c }), ...(last && { output: last }) },
  };

  /** The final states, and the runs in the order of `widths`. */
  function apart<R>(results: readonly R[]): [h: R, c: R | undefined, runs: readonly R[]] {
    return cell === "lstm" ? [results[0]!, results[1], results.slice(2)] : [results[0]!, undefined, results.slice(1)];
  }
}

/** What there is in any case. */
type Weights = AttentiveParameters & { readonly [N in "wHh" | "wFeed" | "bias"]: Tensor };

/** The gates' input where a step sees nothing but what it is fed. */
function onlyBias(bias: Tensor, rows: number): GateInput {
  const { kernels } = bias.engine;
  const C = bias.size;
  return {
    inputs: [bias],
    forward: (z) => kernels.expand({ A: 1, M: rows, C, x: bias.data, y: z.array }),
    backward: (dz, [dbias]) => {
      if (dbias) kernels.sum({ A: 1, M: rows, C, x: dz.array, y: dbias.array });
    },
  };
}

/** The source, gathered where projecting its whole table would cost more than projecting the gathered rows. */
export function gatherLarge(x: Tensor | Lookup): Tensor | Lookup {
  if (!("tokens" in x)) return x;
  const { weight, tokens, projected } = x;
  if (projected) return x;
  if (weight.shape[0]! >= tokens.ids.length) return embedding(weight, tokens);
  return weight.engine.recording ? { weight, tokens: { ids: tokens.ids.slice(), shape: tokens.shape } } : x;
}
