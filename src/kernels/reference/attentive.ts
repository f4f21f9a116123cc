/**
 * What decoder layers with attention inside their step share.
 *
 *   fed_t = context_t, which h_(t-1) asks for, or with feedsOutput
 *   fed_t = output_(t-1)     output_t = tanh(outContext context_t + outState h_t), context_t asked for by h_t
 *   gates_t += wFeed fed_t, then the cell's own step
 *
 * Each row of the batch is taken through its steps one by one, each made of the kernels for a cell and for attention.
 *
 * @param gates          [T B G.H]  the input projection before
 * @param output0        [B F]      fed to the first step, or null for zeros; this and all that begins with out is of
 *                                  feedsOutput, and null otherwise
 * @param wFeed          [G.H F]    F is D without feedsOutput
 * @param wQuery         [A H]      or null: then h is the query and A is H
 * @param outContext     [F D]
 * @param outState       [F H]
 * @param keys           [S M A]
 * @param values         [S M D]
 * @param v              [A]        or null
 * @param sources        [B]        which memory a row reads
 * @param memoryLengths  [M]        1..S
 * @param y              [T B H]    h after every step; it and the following are 0 beyond lengths
 * @param query          [T B A]    or null without wQuery
 * @param weights        [T B S]
 * @param context        [T B D]
 * @param output         [T B F]
 * @source Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, A.2.2; Luong, Pham & Manning 2015, arXiv:1508.04025, 3.3
 */
import type { Args, FloatArray } from "../table.ts";
import { attendBackward, attendForward } from "./attention.ts";
import { addRow, dots } from "./matrix.ts";
import { backThrough, clearBeyond, rowOf } from "./recurrent.ts";

type Forward = Omit<Args<"attentiveLstmForward">, "c0" | "c" | "cT">;
type Backward = Omit<Args<"attentiveLstmBackward">, "c0" | "c" | "dc0" | "dcT">;

/** One row of the batch at one step. */
export interface Place {
  /** t B + b */
  readonly row: number;
  readonly b: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** A cell's own step, for one row. */
export interface StepForward {
  /** How many gates it has. */
  readonly G: number;
  /** From the gates' sums, fed included, writes y. @param h the state before */
  step(place: Place, h: FloatArray): void;
}

/** The way back through a cell's own step, for one row. */
export interface StepBackward {
  readonly G: number;
  /** From dh, the gradient of its y, writes that of its gates; returns that of the state before. */
  step(place: Place, h: FloatArray, dh: Float64Array): Float64Array;
}

/** Takes all rows forward. */
export function attendForwardThrough(cell: StepForward, args: Forward): void {
  const { T, B, S, A, D, F, H, feedsOutput, scale, gates, lengths, h0, output0, wFeed, wQuery, outContext, outState } =
    args;
  const { v, y, query, weights, context, output, hT } = args;
  const sums = new Float64Array(cell.G * H);
  const outputs = [new Float64Array(F), new Float64Array(F)] as const;
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    const memory = memoryOf(args, b);
    const look = (row: number, h: FloatArray) => {
      const asked = wQuery ? rowOf(query!, row, A) : h;
      if (wQuery) {
        const product = new Float64Array(A);
        dots(A, H, wQuery, h, 0, product);
        asked.set(product);
      }
      const [ofRow, to] = [rowOf(weights, row, S), rowOf(context, row, D)];
      attendForward({ T: 1, B: 1, S, M: 1, A, D, scale, v, ...memory, query: asked, weights: ofRow, context: to });
    };
    let h = rowOf(h0, b, H);
    let fed: FloatArray = output0 ? rowOf(output0, b, F) : new Float64Array(F);
    for (let t = 0; t < length; t++) {
      const row = t * B + b;
      if (!feedsOutput) {
        look(row, h);
        fed = rowOf(context, row, D);
      }
      const gate = rowOf(gates, row, cell.G * H);
      dots(cell.G * H, F, wFeed, fed, 0, sums);
      for (let j = 0; j < sums.length; j++) gate[j]! += sums[j]!;
      cell.step({ row, b, isFirst: t === 0, isLast: t === length - 1 }, h);
      h = rowOf(y, row, H);
      if (feedsOutput) {
        look(row, h);
        fed = rowOf(output!, row, F);
        dots(F, D, outContext!, rowOf(context, row, D), 0, outputs[0]);
        dots(F, H, outState!, h, 0, outputs[1]);
        for (let f = 0; f < F; f++) fed[f] = Math.tanh(outputs[0][f]! + outputs[1][f]!);
      }
    }
    hT.set(h, b * H);
    for (const [run, width] of [
      [gates, cell.G * H],
      [y, H],
      [query, A],
      [weights, S],
      [context, D],
      [output, F],
    ] as const)
      if (run) clearBeyond(run, T, B, width, b, length);
  }
}

/**
 * Takes all rows back, and writes all gradients but those of the cell's own.
 *
 *   doutput_t' = (doutput_t + wFeedᵀ dgates_(t+1)) (1 - output_t²)     goes to outContext, outState, context_t and h_t
 *   dcontext_t += wFeedᵀ dgates_t without feedsOutput                    and on through attention to the query and so to h
 */
export function attendBackwardThrough(cell: StepBackward, args: Backward): void {
  const {
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
    gates,
    lengths,
    h0,
    output0,
    wFeed,
    wQuery,
    outContext,
    outState,
  } = args;
  const { v, y, query, weights, context, output, sources, dy, dcontext, dweights, doutput, dhT } = args;
  const sums = {
    wFeed: new Float64Array(cell.G * H * F),
    wQuery: new Float64Array(A * H),
    outContext: new Float64Array(F * D),
    outState: new Float64Array(F * H),
    keys: new Float64Array(S * M * A),
    values: new Float64Array(S * M * D),
    v: new Float64Array(A),
  };
  const [dkeys, dvalues, dv, dquery] = [S * A, S * D, A, A].map((length) => new Float64Array(length));
  for (let b = 0; b < B; b++) {
    const length = lengths[b]!;
    const memory = memoryOf(args, b);
    const lookBack = (row: number, h: FloatArray, dContext: Float64Array, dh: Float64Array) => {
      attendBackward({
        ...{ T: 1, B: 1, S, M: 1, A, D, scale, v, ...memory },
        query: wQuery ? rowOf(query!, row, A) : h,
        weights: rowOf(weights, row, S),
        dcontext: dContext,
        dweights: dweights ? rowOf(dweights, row, S) : null,
        ...{ dquery: dquery!, dkeys: dkeys!, dvalues: dvalues!, dv: dv! },
      });
      for (let s = 0; s < S; s++) {
        addRow(A, 1, dkeys!, s * A, sums.keys, (s * M + sources[b]!) * A);
        addRow(D, 1, dvalues!, s * D, sums.values, (s * M + sources[b]!) * D);
      }
      addRow(A, 1, dv!, 0, sums.v, 0);
      if (wQuery) backThrough(dquery!, wQuery, h, dh, sums.wQuery);
      else addRow(H, 1, dquery!, 0, dh, 0);
    };
    let dh: Float64Array = Float64Array.from(rowOf(dhT, b, H));
    const dFed = new Float64Array(F);
    for (let t = length - 1; t >= 0; t--) {
      const row = t * B + b;
      const [before, after] = [t === 0 ? rowOf(h0, b, H) : rowOf(y, row - B, H), rowOf(y, row, H)];
      const dContext = dcontext ? Float64Array.from(rowOf(dcontext, row, D)) : new Float64Array(D);
      addRow(H, 1, dy, row * H, dh, 0);
      if (feedsOutput) {
        if (doutput) addRow(F, 1, doutput, row * F, dFed, 0);
        for (let f = 0; f < F; f++) dFed[f]! *= 1 - output![row * F + f]! ** 2;
        backThrough(dFed, outContext!, rowOf(context, row, D), dContext, sums.outContext);
        backThrough(dFed, outState!, after, dh, sums.outState);
        lookBack(row, after, dContext, dh);
        dFed.fill(0);
      }
      dh = cell.step({ row, b, isFirst: t === 0, isLast: t === length - 1 }, before, dh);
      const dGates = Float64Array.from(rowOf(gates, row, cell.G * H));
      if (feedsOutput) {
        const start = output0 ? rowOf(output0, b, F) : new Float64Array(F);
        backThrough(dGates, wFeed, t === 0 ? start : rowOf(output!, row - B, F), dFed, sums.wFeed);
      } else {
        backThrough(dGates, wFeed, rowOf(context, row, D), dContext, sums.wFeed);
        lookBack(row, before, dContext, dh);
      }
    }
    args.dh0.set(dh, b * H);
    args.doutput0?.set(dFed, b * F);
    clearBeyond(gates, T, B, cell.G * H, b, length);
  }
  args.dwFeed.set(sums.wFeed);
  args.dwQuery?.set(sums.wQuery);
  args.doutContext?.set(sums.outContext);
  args.doutState?.set(sums.outState);
  args.dkeys.set(sums.keys);
  args.dvalues.set(sums.values);
  args.dv?.set(sums.v);
}

/** What row b reads, as a memory of its own. */
function memoryOf(args: Forward | Backward, b: number) {
  const { S, M, A, D, keys, values, sources, memoryLengths } = args;
  const m = sources[b]!;
  const only = (all: FloatArray, width: number) => {
    const one = new Float64Array(S * width);
    for (let s = 0; s < S; s++) one.set(rowOf(all, s * M + m, width), s * width);
    return one;
  };
  return {
    keys: only(keys, A),
    values: only(values, D),
    sources: Int32Array.of(0),
    lengths: memoryLengths.slice(m, m + 1),
  };
}
