/**
 * Sampling from any model that says how likely each token is next. Knows no tensors: a model is a function.
 */
import type { z } from "zod";
import { BOS, EOS, KindError, PAD, Random, readOptions, show, ValueError } from "../base/index.ts";
import { Allowed } from "./allowed.ts";
import { type DrawSettings, draw, filtersOf, neverDrawn, noneLeft, sampleOptions } from "./draw.ts";
import { type Filter, forbid } from "./filters.ts";
import { type Limits, readLimits, splitLimits } from "./limits.ts";
import { type NextStep, type Rows, readRows, totalOf } from "./next-step.ts";
import { forced } from "./prefix.ts";
import { type Beginning, checkIds, checkSelect, firstRead, readStarts, type Select } from "./start.ts";

/** How tokens are drawn, and from where. */
export type SampleOptions<S> = Omit<Readonly<z.input<typeof sampleOptions>>, "minLength" | "maxLength"> &
  Start<S> & { readonly random: Random };

/** How the likeliest tokens are taken, and from where. */
export type GreedyOptions<S> = Pick<z.input<typeof sampleOptions>, "unknown" | "noRepeat"> & Start<S>;

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
  /** With it, sequences that have ended leave the batch; without, the model goes on reading PAD for them. */
  readonly select?: Select<S>;
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
  /** Which prompt it goes on from. */
  readonly prompt: number;
  /** What is read before the first draw. */
  readonly start: readonly number[];
  readonly limits: Limits;
  /** Prompt and tokens drawn, as filters see them. */
  readonly seen: number[];
  readonly drawn: number[];
  logProb: number;
  end: Sample["end"] | null;
}

function run<S>(where: string, step: NextStep<S>, options: SampleOptions<S>): Generator<Int32Array, Sample[]> {
  const { limits, rest } = splitLimits(options);
  const {
    random,
    prompts = [[]],
    count = 1,
    begin = [BOS],
    state = null,
    never = [],
    filters = [],
    until,
    select,
    ...given
  } = rest;
  const settings = readOptions(where, sampleOptions, given);
  if (!(random instanceof Random)) {
    throw new KindError(`${where}: random must be a Random, got ${show(random)}; pass new Random(seed)`);
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new ValueError(`${where}: count must be a whole number from 1, got ${show(count)}`);
  }
  if (select !== undefined) checkSelect(where, select);
  const starts = readStarts(where, prompts, begin);
  const each = readLimits(where, starts.length, limits, settings);
  const rows = starts.flatMap((start, prompt) =>
    Array.from({ length: count }, (): Row => {
      const seen = start.slice(begin.length);
      return { random: random.fork(), prompt, start, limits: each[prompt]!, seen, drawn: [], logProb: 0, end: null };
    }),
  );
  return rounds(step, rows, {
    where,
    state,
    select,
    until: until ?? (() => false),
    choose: chooser(where, settings, { never: checkIds(where, "never", never), filters }),
  });
}

/** How rows go on, and when they end. */
interface Rules<S> {
  readonly where: string;
  readonly state: S | null;
  readonly select: Select<S> | undefined;
  readonly until: (drawn: readonly number[], sequence: number) => boolean;
  readonly choose: (rows: Rows, i: number, row: Row, sequence: number) => number;
}

function* rounds<S>(
  step: NextStep<S>,
  rows: readonly Row[],
  { where, state: initial, select, until, choose }: Rules<S>,
): Generator<Int32Array, Sample[]> {
  let state = initial;
  let { read, tokens } = firstRead(rows.map(({ start }) => start));
  /** Which sequence each row of the batch is. */
  let batch: readonly number[] = rows.map((_, b) => b);
  while (rows.some(({ end }) => end === null)) {
    const result = step(tokens, state);
    state = result.state;
    const logits = readRows(where, result, batch.length);
    const next = new Int32Array(batch.length).fill(PAD);
    const drawn = new Int32Array(rows.length).fill(NOTHING);
    batch.forEach((b, i) => {
      const row = rows[b]!;
      if (row.end !== null) return;
      if (read < row.start.length) {
        next[i] = row.start[read]!;
        return;
      }
      const { prefix, maxLength } = row.limits;
      const t = row.drawn.length;
      const total = totalOf(logits, i, () => placeOf(b, t));
      const isForced = t < prefix.length;
      const id = isForced ? forced(logits, i, prefix, { prompt: row.prompt, t }) : choose(logits, i, row, b);
      row.logProb += Math.min(0, logits.logits[i * logits.V + id]! - total);
      drawn[b] = id;
      if (id === EOS) {
        row.end = "eos";
        return;
      }
      next[i] = id;
      row.seen.push(id);
      row.drawn.push(id);
      if (until(row.drawn, b)) row.end = "until";
      else if (row.drawn.length === maxLength) row.end = "length";
    });
    read++;
    tokens = { ids: next, shape: [1, batch.length] };
    if (select) {
      const open = batch.flatMap((b, i) => (rows[b]!.end === null ? [i] : []));
      if (open.length > 0 && open.length < batch.length) {
        state = select(state, open);
        tokens = { ids: next.filter((_, i) => rows[batch[i]!]!.end === null), shape: [1, open.length] };
        batch = open.map((i) => batch[i]!);
      }
    }
    yield drawn;
  }
  return rows.map(({ drawn, logProb, end }) => ({ ids: drawn, logProb, end: end! }));
}

/** A sequence, in messages. */
function placeOf(sequence: number, drawn: number): string {
  return `sequence ${sequence} after ${drawn} drawn`;
}

/** How the next token of a row is chosen. */
function chooser<S>(
  where: string,
  settings: DrawSettings,
  { never, filters: more }: { readonly never: readonly number[]; readonly filters: readonly Filter[] },
): Rules<S>["choose"] {
  if (settings.temperature === 0 && settings.repetitionPenalty === 1 && more.length === 0) {
    // Nothing changes the order of the logits, so they need not be copied.
    const { unknown, noRepeat } = settings;
    const allowed = new Allowed({ never: [...neverDrawn(unknown), ...never], noRepeat, filters: [] });
    return ({ logits, V }, i, { seen, drawn, limits }, b) => {
      const from = i * V;
      const banned = allowed.bannedIn(logits, V, { seen, mayEnd: drawn.length >= limits.minLength, from });
      let best = -1;
      for (let v = 0; v < V; v++) {
        const isBetter = logits[from + v]! > (best < 0 ? -Infinity : logits[from + best]!);
        if (isBetter && banned[v] === 0) best = v;
      }
      if (best < 0) throw noneLeft(where, placeOf(b, drawn.length));
      return best;
    };
  }
  const given = never.length > 0 ? [forbid(never), ...more] : more;
  const filters = filtersOf(settings, given);
  const early = filtersOf(settings, [...given, forbid([EOS])]);
  return ({ logits, V }, i, { random, seen, drawn, limits }, b) => {
    const row = Float64Array.from(logits.subarray(i * V, i * V + V));
    return draw(where, row, {
      filters: drawn.length < limits.minLength ? early : filters,
      random,
      seen,
      place: placeOf(b, drawn.length),
    });
  };
}

function finish(rounds: Generator<Int32Array, Sample[]>): Sample[] {
  for (;;) {
    const { done, value } = rounds.next();
    if (done) return value;
  }
}
