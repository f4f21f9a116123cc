/**
 * Sampling from any model that says how likely each token is next. Knows no tensors: a model is a function.
 */
import { z } from "zod";
import { BOS, EOS, KindError, PAD, Random, readOptions, show, type Tokens, UNK, ValueError } from "../base/index.ts";
import { type Filter, forbid, temperature, topK, topP } from "./filters.ts";
import { logSumExp, maximum, type Scores } from "./scores.ts";

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

/** How tokens are drawn. */
export const sampleOptions = z.strictObject({
  temperature: z
    .number()
    .min(0)
    .default(1)
    .describe("below 1 is safer, above 1 more surprising, 0 always the likeliest"),
  topK: z.int().min(1).optional().describe("draw from this many likeliest tokens"),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe("draw from the likeliest tokens with this share of the probability"),
  maxLength: z.int().min(1).default(100).describe("end a sequence after this many tokens, the prompt not counted"),
  unknown: z.boolean().default(false).describe("let the unknown token be drawn"),
});

/** How tokens are drawn, and from where. */
export type SampleOptions<S> = Readonly<z.input<typeof sampleOptions>> & Start<S> & { readonly random: Random };

/** How the likeliest tokens are taken, and from where. */
export type GreedyOptions<S> = Pick<SampleOptions<S>, "maxLength" | "unknown"> & Start<S>;

interface Start<S> {
  /** What each sequence begins with; ids, of any length each. By default one sequence with an empty prompt. */
  readonly prompts?: readonly ArrayLike<number>[];
  /** How many sequences are drawn from each prompt; those of one prompt come together. By default 1. */
  readonly count?: number;
  /** What the model reads before each prompt. By default BOS; nothing when `state` already holds the past. */
  readonly begin?: readonly number[];
  /** The state to begin from, for all B sequences. By default null. */
  readonly state?: S;
  /** More filters, applied in order before temperature, top-k and top-p. */
  readonly filters?: readonly Filter[];
}

/** A sequence drawn. */
export interface Sample {
  /** Its tokens, without the prompt and the EOS. */
  readonly ids: readonly number[];
  /** The logarithm of its probability under the model, EOS included, given the prompt; before any filter. */
  readonly logProb: number;
  /** Why it ended: the model drew EOS, or it had `maxLength` tokens. */
  readonly end: "eos" | "length";
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
  const { random, prompts = [[]], count = 1, begin = [BOS], state = null, filters = [], ...drawing } = options;
  const checked = readOptions(where, sampleOptions, drawing);
  if (!(random instanceof Random)) {
    throw new KindError(`${where}: random must be a Random, got ${show(random)}; pass new Random(seed)`);
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new ValueError(`${where}: count must be a whole number from 1, got ${show(count)}`);
  }
  if (prompts.length === 0) throw new ValueError(`${where}: prompts must hold at least 1 prompt, got 0`);
  const starts = prompts.map((prompt, i) => [
    ...checkIds(where, "begin", begin),
    ...checkIds(where, `prompts[${i}]`, Array.from(prompt)),
  ]);
  const empty = starts.findIndex((start) => start.length === 0);
  if (empty >= 0) {
    throw new ValueError(`${where}: prompts[${empty}] must hold at least 1 token when begin has none, got 0`);
  }
  const rows = starts.flatMap((start) =>
    Array.from({ length: count }, (): Row => {
      return { random: random.fork(), start, seen: start.slice(begin.length), drawn: [], logProb: 0, end: null };
    }),
  );
  const chain: Filter[] = [forbid(checked.unknown ? [PAD, BOS] : [PAD, BOS, UNK]), ...filters];
  // At temperature 0 one token is left, which the filters after it would not take away.
  chain.push(temperature(checked.temperature));
  if (checked.temperature > 0 && checked.topK !== undefined) chain.push(topK(checked.topK));
  if (checked.temperature > 0) chain.push(topP(checked.topP));
  return rounds(where, step, rows, state, chain, checked.maxLength);
}

function* rounds<S>(
  where: string,
  step: NextStep<S>,
  rows: readonly Row[],
  initial: S | null,
  filters: readonly Filter[],
  maxLength: number,
): Generator<Int32Array, Sample[]> {
  const B = rows.length;
  let state = initial;
  // What all rows have to read before their first draw is read in one call; longer prompts go on one token a call.
  let read = Math.min(...rows.map(({ start }) => start.length));
  let tokens: Tokens = { ids: new Int32Array(read * B), shape: [read, B] };
  rows.forEach(({ start }, b) => {
    for (let t = 0; t < read; t++) tokens.ids[t * B + b] = start[t]!;
  });
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
      const logits = new Float64Array(V);
      for (let v = 0; v < V; v++) logits[v] = result.logits[b * V + v]!;
      const id = draw(where, row, b, logits, filters);
      drawn[b] = id;
      if (id === EOS) {
        row.end = "eos";
        return;
      }
      next[b] = id;
      row.seen.push(id);
      if (row.drawn.push(id) === maxLength) row.end = "length";
    });
    read++;
    tokens = { ids: next, shape: [1, B] };
    yield drawn;
  }
  return rows.map(({ drawn, logProb, end }) => ({ ids: drawn, logProb, end: end! }));
}

/** The next token of a row, whose logarithm of the probability is added to the row's. */
function draw(where: string, row: Row, b: number, logits: Float64Array, filters: readonly Filter[]): number {
  for (let v = 0; v < logits.length; v++) {
    if (logits[v]! < Infinity) continue;
    const at = `for token ${v} of sequence ${b} after ${row.drawn.length} drawn`;
    throw new ValueError(
      `${where}: logits must be finite or -Infinity, got ${logits[v]} ${at}; the weights of the model may have diverged in training`,
    );
  }
  const scores = filters.reduce<Scores>((before, filter) => filter(before, row.seen), logits);
  if (!(maximum(scores) > -Infinity)) {
    throw new ValueError(
      `${where}: needs a token that may come next, got none for sequence ${b} after ${row.drawn.length} drawn; forbid fewer`,
    );
  }
  const id = categorical(scores, row.random);
  row.logProb += logits[id]! - logSumExp(logits);
  return id;
}

/** Draws an id with probability exp(scores[id]) / sum; never one whose probability is 0. */
function categorical(scores: Scores, random: Random): number {
  const most = maximum(scores);
  let total = 0;
  const weights = new Float64Array(scores.length);
  for (let v = 0; v < weights.length; v++) total += weights[v] = Math.exp(scores[v]! - most);
  let left = random.uniform() * total;
  let last = 0;
  for (let v = 0; v < weights.length; v++) {
    if (weights[v] === 0) continue;
    last = v;
    left -= weights[v]!;
    if (left < 0) break;
  }
  return last;
}

function finish(rounds: Generator<Int32Array, Sample[]>): Sample[] {
  for (;;) {
    const { done, value } = rounds.next();
    if (done) return value;
  }
}

function checkIds(where: string, name: string, ids: readonly number[]): readonly number[] {
  const wrong = ids.findIndex((id) => !Number.isInteger(id) || id < 0);
  if (wrong < 0) return ids;
  throw new ValueError(`${where}: ${name} must hold ids, whole numbers from 0, got ${show(ids[wrong])} at ${wrong}`);
}

function checkedWidth(where: string, logits: ArrayLike<number>, B: number): number {
  const V = logits.length / B;
  if (Number.isInteger(V) && V > 0) return V;
  throw new ValueError(
    `${where}: logits [B V] of a step must hold a multiple of B = ${B} numbers, got ${logits.length}`,
  );
}
