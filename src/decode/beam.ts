/**
 * Beam search: the likeliest sequences of any model that says how likely each token is next. Knows no tensors.
 */
import { z } from "zod";
import { BOS, readOptions, type Tokens, ValueError } from "../base/index.ts";
import { Allowed } from "./allowed.ts";
import type { BeamTree } from "./beam-tree.ts";
import { Candidates } from "./candidates.ts";
import { neverDrawn, sampleOptions } from "./draw.ts";
import type { Hypothesis } from "./hypothesis.ts";
import { readLimits, splitLimits } from "./limits.ts";
import { type Asked, type NextStep, numbersOf, readRows, type StepResult } from "./next-step.ts";
import { Ranking, rankingOptions } from "./ranking.ts";
import { Rivals } from "./rivals.ts";
import { makeScratch, type Origin, Search, type Shared } from "./search.ts";
import { type Beginning, checkIds, checkSelect, firstRead, readStarts, type Select } from "./start.ts";
import { checkSourceLengths, Weights } from "./weights.ts";

/** How wide the search is, and what it looks for. */
export const beamOptions = z.strictObject({
  beamSize: z.int().min(1).max(10_000).default(5).describe("how many sequences are kept at each step"),
  best: z.int().min(1).default(1).describe("how many sequences are given for each prompt"),
  ...rankingOptions.shape,
  minLength: sampleOptions.shape.minLength,
  maxLength: sampleOptions.shape.maxLength,
  noRepeat: sampleOptions.shape.noRepeat,
  unknown: sampleOptions.shape.unknown,
});

/** How to search, and from where. */
export type BeamOptions<S> = Omit<Readonly<z.input<typeof beamOptions>>, "minLength" | "maxLength"> &
  Beginning<S> &
  Searched<S> &
  Beside<S>;

/** What a search over states needs. */
export interface Searched<S> {
  readonly select: Select<S>;
  /** With coverage: how many of the S source positions of each prompt are real. By default all. */
  readonly sourceLengths?: ArrayLike<number> | undefined;
}

/** What a beam search may have beside. */
export interface Beside<S> {
  /**
   * Whether a greedy search goes first, whose score is then to be reached: where a model is sure of itself most searches
   * end with it, and of the others few sequences are left. It does nothing with `best` above 1. The state after the
   * first step is gone on from twice, so that steps must leave the states they are given as they are. By default not.
   */
  readonly greedyFirst?: boolean;
  /**
   * Takes back a state that no step will go on from, so that its memory can be used again; none where the search is broken
   * off. Each step must then give a state of its own. By default nothing does.
   */
  readonly release?: (state: S) => void;
}

/** What a traced search gives for a prompt. */
export interface Traced {
  /** As `beam` gives them. */
  readonly hypotheses: readonly Hypothesis[];
  readonly tree: BeamTree;
}

/**
 * Finds likely sequences: at each step every sequence is extended by every token, and the K likeliest are kept. Those
 * that end, by EOS or at `maxLength`, leave the beam and are kept apart, ranked by `Ranking.score`: what is kept at a step
 * is decided by log-probability alone, since all are as long then and the source cannot yet be covered.
 *
 * Once there are as many ended sequences as are asked for, what cannot come among them any more leaves the beam: that is
 * what has a `Ranking.bound` of at most the score of the last of them (of equal scores the shorter sequence wins, which is
 * the one that has ended). Whatever it could have pushed out of the beam later is less likely than it, and so without
 * hope as well; therefore leaving early never changes a result. The search ends when nothing is left to extend, and a
 * prompt whose search has ended leaves the batch.
 *
 * With `greedyFirst` the sequence that is likeliest at each step is followed first, to its end g or until as many others
 * as a beam has may score what it may at most. Then
 *
 *   - all that was passed by has a bound below score(g): g is the result, and the search is over; or else
 *   - the beam is searched, but what has a bound below score(g) leaves it at once. The result is that of the beam, unless
 *     that scores less than g, and then g.
 *
 * So the result is the very one of a beam without it, or a better one. For let the *hopeful* be those whose bound is at least
 * score(g). The bound falls with the log-probability, so a sequence is hopeful only if all its beginnings are, and the
 * hopeful come before all others in the order of a step. By induction over the steps both beams hold the same hopeful
 * sequences in the same order: their parents are the same, and whether one is among the K likeliest depends on the
 * hopeful before it alone. What ends with at least score(g) was hopeful until then, so both find it. And if nothing that
 * was passed by is hopeful, g is all there is to find.
 *
 * A beam of 1 is `greedy`; one wider than the number of sequences finds the best of all. Of equal scores the shorter
 * comes first, then the one with the lower first id that differs; nothing depends on what else is in the batch. All
 * prompts are searched side by side, as B rows of the state, then as one row for each sequence kept.
 *
 * PAD and BOS are never taken, and UNK only when `unknown` is set. Filters say what may come, by -Infinity: the
 * log-probabilities stay those of the model, and so do those of a prefix, which are counted.
 *
 * @param step    the model
 * @param options see `beamOptions` and `BeamOptions`
 * @returns for each prompt the best sequences, the best first: `best` of them, or as many as there are
 * @throws RangeError when an option is out of range, when logits hold NaN or Infinity, or when no token may come next
 * @source Graves 2012, arXiv:1211.3711, 2.3; when to end: Huang, Zhao & Ma 2017, arXiv:1809.00069, 4
 */
export function beam<S>(step: NextStep<S>, options: BeamOptions<S>): (readonly Hypothesis[])[] {
  return finish(beaming(step, options));
}

/** Searches like `beam`, yielding after each step, so that other work may be done in between. */
export function beaming<S>(
  step: NextStep<S>,
  options: BeamOptions<S>,
): Generator<undefined, (readonly Hypothesis[])[]> {
  return mapped(prepare(step, options, false), (search) => search.hypotheses());
}

/**
 * Searches like `beam`, and notes what it does: what was kept at each step, and as many that fell out of the beam. With
 * `greedyFirst` it finds the same as `beam`, but nothing leaves the beam for it; no node is the best where greedy found it.
 */
export function traceBeam<S>(step: NextStep<S>, options: BeamOptions<S>): Traced[] {
  return finish(
    mapped(prepare(step, options, true), (search) => ({ hypotheses: search.hypotheses(), tree: search.tree() })),
  );
}

function finish<R>(steps: Generator<undefined, R>): R {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function* mapped<R>(
  steps: Generator<undefined, readonly Search[]>,
  result: (search: Search) => R,
): Generator<undefined, R[]> {
  return (yield* steps).map(result);
}

function prepare<S>(
  step: NextStep<S>,
  options: BeamOptions<S>,
  isTraced: boolean,
): Generator<undefined, readonly Search[]> {
  const where = "beam";
  const { limits, rest } = splitLimits(options);
  const {
    select,
    sourceLengths,
    greedyFirst = false,
    release = () => {},
    prompts = [[]],
    begin = [BOS],
    state = null,
    never = [],
    filters = [],
    ...given
  } = rest;
  const settings = readOptions(where, beamOptions, given);
  checkSelect(where, select);
  const { beamSize, best, noRepeat, unknown } = settings;
  if (best > beamSize)
    throw new ValueError(
      `${where}: best must be at most beamSize = ${beamSize}, got ${best}; raise beamSize, or ask for fewer`,
    );
  const starts = readStarts(where, prompts, begin);
  const B = starts.length;
  const each = readLimits(where, B, limits, settings);
  checkSourceLengths(where, sourceLengths, B);
  const barred = [...neverDrawn(unknown), ...checkIds(where, "never", never)];
  const allowed = new Allowed({ never: barred, noRepeat, filters });
  const width = isTraced ? 2 * beamSize : beamSize;
  const shared: Shared = {
    ...{ beamSize, best, allowed },
    ranking: new Ranking(settings),
    candidates: new Candidates(width),
    scratch: makeScratch(beamSize),
  };
  const origins = starts.map(
    (start, number): Origin => ({
      ...{ number, start, prompt: start.slice(begin.length), limits: each[number]!, isTraced },
    }),
  );
  // One more than are taken: where a sequence may not end yet, EOS is not among them.
  const asked =
    allowed.needsSeen || width > widestAsked
      ? undefined
      : { count: width + 1, barred: Int32Array.from(new Set(barred)) };
  const model = { where, step, state, select, release, sourceLengths, hasCoverage: settings.coverage > 0, asked };
  if (greedyFirst && best === 1 && beamSize > 1) return stepsAfterGreedy(model, origins, shared);
  const { read, tokens } = firstRead(starts);
  return steps(
    model,
    origins.map((origin) => new Search(origin, shared)),
    { read, first: (asked) => step(tokens, state, asked) },
  );
}

/** Of more than so many of the likeliest tokens a model had rather give all. */
const widestAsked = 32;

interface Model<S> extends Searched<S> {
  readonly where: string;
  readonly step: NextStep<S>;
  readonly state: S | null;
  readonly sourceLengths: ArrayLike<number> | undefined;
  readonly hasCoverage: boolean;
  readonly release: (state: S) => void;
  /** What is enough to know of a step that is searched; undefined where all is needed. */
  readonly asked: Asked | undefined;
}

/** How searches begin: how many tokens of what they begin with were read, and what was said to them. */
interface Begun<S> {
  readonly read: number;
  readonly first: (asked?: Asked) => StepResult<S>;
  /** Whether others go on from that state too. */
  readonly isShared?: boolean;
}

/** All searches, those of a beam after those of width 1 that make some of them needless. */
function* stepsAfterGreedy<S>(
  model: Model<S>,
  origins: readonly Origin[],
  shared: Shared,
): Generator<undefined, readonly Search[]> {
  const { read, tokens } = firstRead(origins.map(({ start }) => start));
  const narrow = { ...shared, beamSize: 1, candidates: new Candidates(shared.beamSize) };
  const rivals = origins.map(() => new Rivals(shared.beamSize - 1));
  const greedy = origins.map((origin, i) => new Search({ ...origin, isTraced: false }, narrow, { rivals: rivals[i]! }));
  const said = keep(model.step(tokens, model.state, askedBy(model, greedy, read)), model.hasCoverage);
  yield* steps(model, greedy, { read, first: () => said, isShared: true });
  const searches = greedy.map((search, i) => {
    const incumbent = search.hypotheses()[0] ?? null;
    const origin = origins[i]!;
    const isFinal = incumbent !== null && rivals[i]!.best < incumbent.score && !origin.isTraced;
    return isFinal ? search : new Search(origin, shared, { incumbent });
  });
  const open = [...origins.keys()].filter((i) => searches[i] !== greedy[i]);
  if (open.length > 0) {
    const first = () => rowsOf(said, open, origins.length, model.select);
    yield* steps(
      model,
      open.map((i) => searches[i]!),
      { read, first, isShared: true },
    );
  }
  model.release(said.state);
  return searches;
}

/** What was said, in arrays that the next call leaves alone. */
function keep<S>({ logits, ids, totals, weights, state }: StepResult<S>, hasCoverage: boolean): StepResult<S> {
  return {
    logits: numbersOf(logits).slice(),
    ...(ids && { ids: ids.slice() }),
    ...(totals && { totals: Float64Array.from(totals) }),
    ...(weights && hasCoverage && { weights: numbersOf(weights).slice() }),
    state,
  };
}

/** What was said to some of B rows. */
function rowsOf<S>(said: StepResult<S>, rows: readonly number[], B: number, select: Select<S>): StepResult<S> {
  if (rows.length === B) return said;
  const chosen = (values: ArrayLike<number>) => {
    const width = values.length / B;
    const some = new Float64Array(rows.length * width);
    rows.forEach((row, i) => {
      for (let j = 0; j < width; j++) some[i * width + j] = values[row * width + j]!;
    });
    return some;
  };
  const { logits, ids, totals, weights, state } = said;
  return {
    logits: chosen(logits),
    ...(ids && { ids: Int32Array.from(chosen(ids)) }),
    ...(totals && { totals: chosen(totals) }),
    ...(weights && { weights: chosen(weights) }),
    state: select(state, rows),
  };
}

/** What is enough to know of the next step: all, where a token was given whose logit is wanted. */
function askedBy<S>({ asked }: Model<S>, open: readonly Search[], read: number): Asked | undefined {
  return open.some(({ isForced, origin }) => isForced && read >= origin.start.length) ? undefined : asked;
}

function* steps<S>(
  model: Model<S>,
  searches: readonly Search[],
  { read: begun, first: begin, isShared = false }: Begun<S>,
): Generator<undefined, readonly Search[]> {
  const { where, step, select, release, sourceLengths, hasCoverage } = model;
  let ask = begin;
  let open = searches;
  // What the step before last led to.
  let held: readonly S[] = [];
  for (let read = begun; open.length > 0; read++) {
    const asked = askedBy(model, open, read);
    const result = ask(asked);
    for (const state of held) release(state);
    held = isShared && read === begun ? [] : [result.state];
    const B = open.reduce((sum, { rows }) => sum + rows, 0);
    const rows = readRows(where, result, B, asked);
    const weights = hasCoverage ? new Weights(where, result, { B, lengths: sourceLengths }) : null;
    const chosen: number[] = [];
    const next: number[] = [];
    let first = 0;
    for (const search of open) {
      const from = first;
      first += search.rows;
      if (read < search.origin.start.length) {
        chosen.push(from);
        next.push(search.origin.start[read]!);
        continue;
      }
      search.extend(rows, from, weights);
      for (let row = 0; row < search.rows; row++) {
        chosen.push(from + search.parents[row]!);
        next.push(search.tokens[row]!);
      }
    }
    open = open.filter((search) => search.rows > 0);
    if (open.length > 0) {
      const isSame = chosen.length === B && chosen.every((from, i) => from === i);
      const state = isSame ? result.state : select(result.state, chosen);
      const tokens: Tokens = { ids: Int32Array.from(next), shape: [1, next.length] };
      ask = (asked) => step(tokens, state, asked);
    }
    yield;
  }
  for (const state of held) release(state);
  return searches;
}
