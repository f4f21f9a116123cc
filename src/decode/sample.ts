/**
 * Sampling from any model that says how likely each token is next. Knows no tensors: a model is a function.
 */
import type { z } from "zod";
import { BOS, EOS, KindError, PAD, Random, readOptions, show, type Tokens, ValueError } from "../base/index.ts";
import { draw, filtersOf, sampleOptions } from "./draw.ts";
import type { Filter } from "./filters.ts";
import { logSumExp } from "./scores.ts";

/**
 * What a model does in one call: it reads T tokens of each of B sequences and says how likely each token is next.
 *
 * @param tokens [T B] ids to read: a whole prompt at first, then T = 1
 * @param state  what the call before returned; null at the start
 * @returns logits [B V] after the last of the tokens, and the state to pass to the next call
 */
export type NextStep<S> = (
  tokens: Tokens,
  state: S | null,
) => { readonly logits: ArrayLike<number>; readonly state: S };

/** How tokens are drawn, and from where. */
export type SampleOptions<S> = Readonly<z.input<typeof sampleOptions>> & Start<S> & { readonly random: Random };

/** How the likeliest tokens are taken, and from where. */
export type GreedyOptions<S> = Pick<SampleOptions<S>, "maxLength" | "unknown"> & Start<S>;

interface Start<S> extends Beginning<S> {
  /** How many sequences are drawn from each prompt; those of one prompt come together. By default 1. */
  readonly count?: number;
  /**
   * Asked after each token that is no EOS whether its sequence ends there.
   *
   * @param drawn    the tokens of the sequence, without the prompt
   * @param sequence which of the B sequences
   */
  readonly until?: (drawn: readonly number[], sequence: number) => boolean;
}

/** Where sequences begin. */
export interface Beginning<S> {
  /** What each sequence begins with; ids, of any length each. By default one sequence with an empty prompt. */
  readonly prompts?: readonly ArrayLike<number>[];
  /** What the model reads before each prompt. By default BOS; nothing when `state` already holds the past. */
  readonly begin?: readonly number[];
  /** The state to begin from, for all B sequences. By default null. */
  readonly state?: S;
  /** More filters, applied in order before all others. */
  readonly filters?: readonly Filter[];
}

/** A sequence drawn. */
export interface Sample {
  /** Its tokens, without the prompt and the EOS. */
  readonly ids: readonly number[];
  /** The logarithm of its probability under the model, EOS included, given the prompt; before any filter. */
  readonly logProb: number;
  /** Why it ended: the model drew EOS, `until` said so, or it had `maxLength` tokens. */
  readonly end: "eos" | "until" | "length";
}

/** What `sampling` gives for a sequence that draws nothing at a step. */
export const NOTHING = -1;

/**
 * Draws sequences, B = prompts x count side by side.
 *
 * Draws are independent of the batch: each sequence has a generator of its own, forked from `random` in order, so that
 * the first of ten samples is the one that a single sample would be. PAD and BOS are never drawn, and UNK only when
 * `unknown` is set.
 *
 * @param step    the model
 * @param options see `sampleOptions` and `SampleOptions`
 * @returns the B sequences in order
 * @throws RangeError when an option is out of range, when logits hold NaN or Infinity, or when no token may come next
 */
export function sample<S>(step: NextStep<S>, options: SampleOptions<S>): Sample[] {
  return finish(sampling(step, options));
}

/**
 * Takes the likeliest token at each step, the lowest id where several are: sampling at temperature 0.
 *
 * @throws RangeError like `sample`
 */
export function greedy<S>(step: NextStep<S>, options: GreedyOptions<S> = {}): Sample[] {
  return finish(run("greedy", step, { ...options, temperature: 0, random: new Random(0) }));
}

/**
 * Draws like `sample`, giving the tokens as they are drawn.
 *
 * Each round yields [B] ids: EOS where a sequence ends, -1 where it has ended or still reads its prompt. Taking no more
 * rounds stops the work.
 */
export function sampling<S>(step: NextStep<S>, options: SampleOptions<S>): Generator<Int32Array, Sample[]> {
  return run("sample", step, options);
}

/** A sequence being drawn. */
interface Row {
  readonly random: Random;
  /** What is read before the first draw. */
  readonly start: readonly number[];
  /** Prompt and tokens drawn, as filters see them. */
  readonly seen: number[];
  readonly drawn: number[];
  logProb: number;
  end: Sample["end"] | null;
}

function run<S>(where: string, step: NextStep<S>, options: SampleOptions<S>): Generator<Int32Array, Sample[]> {
  const { random, prompts = [[]], count = 1, begin = [BOS], state = null, filters = [], until, ...drawing } = options;
  const checked = readOptions(where, sampleOptions, drawing);
  if (!(random instanceof Random)) {
    throw new KindError(`${where}: random must be a Random, got ${show(random)}; pass new Random(seed)`);
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new ValueError(`${where}: count must be a whole number from 1, got ${show(count)}`);
  }
  const starts = readStarts(where, prompts, begin);
  const rows = starts.flatMap((start) =>
    Array.from({ length: count }, (): Row => {
      return { random: random.fork(), start, seen: start.slice(begin.length), drawn: [], logProb: 0, end: null };
    }),
  );
  return rounds(step, rows, state, {
    where,
    filters: filtersOf(checked, filters),
    maxLength: checked.maxLength,
    until: until ?? (() => false),
  });
}

/** How rows go on, and when they end. */
interface Rules {
  readonly where: string;
  readonly filters: readonly Filter[];
  readonly maxLength: number;
  readonly until: (drawn: readonly number[], sequence: number) => boolean;
}

function* rounds<S>(
  step: NextStep<S>,
  rows: readonly Row[],
  initial: S | null,
  { where, filters, maxLength, until }: Rules,
): Generator<Int32Array, Sample[]> {
  const B = rows.length;
  let state = initial;
  let { read, tokens } = firstRead(rows.map(({ start }) => start));
  while (rows.some(({ end }) => end === null)) {
    const result = step(tokens, state);
    state = result.state;
    const V = checkedWidth(where, result.logits, B);
    const next = new Int32Array(B).fill(PAD);
    const drawn = new Int32Array(B).fill(NOTHING);
    rows.forEach((row, b) => {
      if (row.end !== null) return;
      if (read < row.start.length) {
        next[b] = row.start[read]!;
        return;
      }
      const place = `sequence ${b} after ${row.drawn.length} drawn`;
      const { random, seen } = row;
      const logits = rowOf(result.logits, b, V);
      const id = draw(where, logits, { filters, random, seen, place });
      row.logProb += logits[id]! - logSumExp(logits);
      drawn[b] = id;
      if (id === EOS) {
        row.end = "eos";
        return;
      }
      next[b] = id;
      row.seen.push(id);
      row.drawn.push(id);
      if (until(row.drawn, b)) row.end = "until";
      else if (row.drawn.length === maxLength) row.end = "length";
    });
    read++;
    tokens = { ids: next, shape: [1, B] };
    yield drawn;
  }
  return rows.map(({ drawn, logProb, end }) => ({ ids: drawn, logProb, end: end! }));
}

function finish(rounds: Generator<Int32Array, Sample[]>): Sample[] {
  for (;;) {
    const { done, value } = rounds.next();
    if (done) return value;
  }
}

/**
 * What each sequence reads first.
 *
 * @throws RangeError when there is no prompt, one is empty and nothing is read before it, or holds what is no id
 */
export function readStarts(
  where: string,
  prompts: readonly ArrayLike<number>[],
  begin: readonly number[],
): readonly (readonly number[])[] {
  if (prompts.length === 0) throw new ValueError(`${where}: prompts must hold at least 1 prompt, got 0`);
  const starts = prompts.map((prompt, i) => [
    ...checkIds(where, "begin", begin),
    ...checkIds(where, `prompts[${i}]`, Array.from(prompt)),
  ]);
  const empty = starts.findIndex((start) => start.length === 0);
  if (empty < 0) return starts;
  throw new ValueError(`${where}: prompts[${empty}] must hold at least 1 token when begin has none, got 0`);
}

/** What all have to read before their first draw is read in one call; longer prompts go on one token a call. */
export function firstRead(starts: readonly (readonly number[])[]): { read: number; tokens: Tokens } {
  const B = starts.length;
  const read = Math.min(...starts.map(({ length }) => length));
  const ids = new Int32Array(read * B);
  starts.forEach((start, b) => {
    for (let t = 0; t < read; t++) ids[t * B + b] = start[t]!;
  });
  return { read, tokens: { ids, shape: [read, B] } };
}

/** The scores of one sequence, in double precision. */
export function rowOf(logits: ArrayLike<number>, b: number, V: number): Float64Array {
  const row = new Float64Array(V);
  for (let v = 0; v < V; v++) row[v] = logits[b * V + v]!;
  return row;
}

function checkIds(where: string, name: string, ids: readonly number[]): readonly number[] {
  const wrong = ids.findIndex((id) => !Number.isInteger(id) || id < 0);
  if (wrong < 0) return ids;
  throw new ValueError(`${where}: ${name} must hold ids, whole numbers from 0, got ${show(ids[wrong])} at ${wrong}`);
}

/** V of logits [B V]. */
export function checkedWidth(where: string, logits: ArrayLike<number>, B: number): number {
  const V = logits.length / B;
  if (Number.isInteger(V) && V > 0) return V;
  throw new ValueError(
    `${where}: logits [B V] of a step must hold a multiple of B = ${B} numbers, got ${logits.length}`,
  );
}
