/** Attention: queries that read memories. */
import { checkInts, ValueError } from "../../base/index.ts";
import { record, type Tensor } from "../tensor.ts";

/** What reads, and what is read. */
export interface AttendInputs {
  /** [T B A] what is looked for: T steps of B rows. */
  readonly query: Tensor;
  /** [S M A] what the steps of M memories are found by. */
  readonly keys: Tensor;
  /** [S M D] what is read of them; it may be the keys themselves. */
  readonly values: Tensor;
  /** [M] real steps of each memory, 1..S; steps beyond get weight exactly 0. */
  readonly lengths: Int32Array;
  /** [A] makes the attention additive. */
  readonly v?: Tensor | null;
  /** What the products of query and keys are multiplied by, without `v`; default 1. */
  readonly scale?: number;
  /** [B] which memory each row reads, 0..M-1; by default row b reads memory b. */
  readonly sources?: Int32Array;
}

/** What attention gives. */
export interface Attended {
  /** [T B D] the mean of the values by the weights. */
  readonly context: Tensor;
  /** [T B S] how much each step of the memory matters; each row sums to 1. */
  readonly weights: Tensor;
}

/**
 * Attention: how much each step of a memory matters to a query, and the mean of its values by these weights.
 *
 *   energy[s] = scale query . key[s], or with v: v . tanh(query + key[s])
 *   weights = softmax of the energies over the real steps     context = sum weights[s] values[s]
 *
 * Rows of a beam read one memory without copying it, by `sources`.
 *
 * @throws RangeError when sizes do not fit, a length is not from 1 to S, or a source is not from 0 to M-1
 * @source Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, A.1.2; Luong, Pham & Manning 2015, arXiv:1508.04025, 3.1
 */
export function attend(inputs: AttendInputs): Attended {
  const { query, keys, values, v = null, scale = 1, lengths } = inputs;
  const { kernels, recording } = query.engine;
  const [T, B, A] = query.shape as [number, number, number];
  const [S, M, D] = values.shape as [number, number, number];
  const [keySteps, memories, keySize] = keys.shape;
  const shapes = () => `[${query.shape.join(" ")}], [${keys.shape.join(" ")}] and [${values.shape.join(" ")}]`;
  if (
    [query, keys, values].some(({ shape }) => shape.length !== 3) ||
    keySteps !== S ||
    memories !== M ||
    keySize !== A
  )
    throw new ValueError(`attend: needs query [T B A], keys [S M A] and values [S M D], got ${shapes()}`);
  if (v && (v.shape.length !== 1 || v.size !== A))
    throw new ValueError(`attend: v must be [${A}] for keys [${keys.shape.join(" ")}], got [${v.shape.join(" ")}]`);
  if (!inputs.sources && B !== M)
    throw new ValueError(`attend: ${B} rows cannot read ${M} memories one each; give sources`);
  const given = inputs.sources ?? Int32Array.from({ length: B }, (_, b) => b);
  checkSize("sources", "row", given, B);
  checkSize("lengths", "memory", lengths, M);
  checkInts("attend", "lengths", lengths, 1, S);
  checkInts("attend", "sources", given, 0, M - 1);
  // Backward reads them again: the caller may have filled the arrays anew by then.
  const [sources, steps] = recording ? [given.slice(), lengths.slice()] : [given, lengths];
  const isTwice = keys === values;
  const [context, weights] = record({
    name: "attend",
    inputs: [query, keys, ...(isTwice ? [] : [values]), ...(v ? [v] : [])],
    shapes: [
      [T, B, D],
      [T, B, S],
    ],
    forward: ([toContext, toWeights]) =>
      kernels.attendForward({
        T,
        B,
        S,
        M,
        A,
        D,
        scale,
        query: query.data,
        keys: keys.data,
        values: values.data,
        v: v ? v.data : null,
        sources,
        lengths: steps,
        weights: toWeights!.array,
        context: toContext!.array,
      }),
    backward: ([dcontext, dweights], gradients, _saved, [, ofWeights]) =>
      query.engine.pool.borrow((lend) => {
        const [dquery, dkeys, ...rest] = gradients;
        const [dvalues, dv] = isTwice ? [null, rest[0]] : rest;
        // The kernel writes all gradients; those nobody wants go to scratch, and one of zeros may be left out.
        const [toQuery, toKeys] = [dquery ?? lend(query.size), dkeys ?? lend(keys.size)];
        const toValues = dvalues ?? lend(values.size);
        const ofContext = dcontext ?? lend(T * B * D);
        if (!dcontext) ofContext.array.fill(0);
        kernels.attendBackward({
          T,
          B,
          S,
          M,
          A,
          D,
          scale,
          query: query.data,
          keys: keys.data,
          values: values.data,
          v: v ? v.data : null,
          sources,
          lengths: steps,
          weights: ofWeights!.data,
          dcontext: ofContext.array,
          dweights: dweights ? dweights.array : null,
          dquery: toQuery.array,
          dkeys: toKeys.array,
          dvalues: toValues.array,
          dv: dv ? dv.array : null,
        });
        if (isTwice && dkeys) kernels.accumulate({ N: keys.size, by: 1, x: toValues.array, y: dkeys.array });
      }),
  }) as [Tensor, Tensor];
  return { context, weights };
}

function checkSize(name: string, of: string, ints: Int32Array, size: number): void {
  if (ints.length !== size)
    throw new ValueError(`attend: ${name} must have one number for each ${of}, ${size}, got ${ints.length}`);
}
