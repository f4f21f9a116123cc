/**
 * Beam search: the likeliest sequences of any model that says how likely each token is next. Knows no tensors.
 */
import { z } from "zod";
import { BOS, EOS, KindError, readOptions, show, type Tokens, ValueError } from "../base/index.ts";
import { checkLogits, neverDrawn, sampleOptions } from "./draw.ts";
import { type Filter, forbid } from "./filters.ts";
import { type Beginning, checkedWidth, firstRead, type NextStep, readStarts, rowOf, type Sample } from "./sample.ts";
import { highest, logSumExp, type Scores } from "./scores.ts";

/** How wide the search is, and what it looks for. */
export const beamOptions = z.strictObject({
  beamSize: z.int().min(1).default(5).describe("how many sequences are kept at each step"),
  best: z.int().min(1).default(1).describe("how many sequences are given for each prompt"),
  alpha: z
    .number()
    .min(0)
    .default(0)
    .describe("how much length is made up for: 0 looks for the likeliest sequence, 0.6 to 1 for longer ones"),
  maxLength: sampleOptions.shape.maxLength,
  unknown: sampleOptions.shape.unknown,
});

/** How to search, and from where. */
export type BeamOptions<S> = Readonly<z.input<typeof beamOptions>> &
  Beginning<S> & {
    /**
     * The state of chosen sequences: row i of the result is row `rows[i]` of the state. Rows may come several times
     * or not at all.
     */
    readonly select: (state: S, rows: readonly number[]) => S;
  };

/** A sequence found. */
export interface Hypothesis {
  /** Its tokens, without the prompt and the EOS. */
  readonly ids: readonly number[];
  /** The logarithm of its probability under the model, EOS included, given the prompt. */
  readonly logProb: number;
  /** What sequences are ranked by: logProb / ((5 + n) / 6)^alpha, n the tokens predicted, EOS included. */
  readonly score: number;
  /** Why it ended: by EOS, or at `maxLength` tokens. */
  readonly end: Exclude<Sample["end"], "until">;
}

/**
 * Finds likely sequences: at each step every sequence is extended by every token, and the K likeliest are kept. Those
 * that end, by EOS or at `maxLength`, leave the beam and are kept apart.
 *
 * A search ends when nothing is left to extend, or when no extension of what is left can come among the best any more:
 * log-probabilities only fall, so a sequence of log-probability s scores at most s / ((5 + maxLength) / 6)^alpha
 * whatever follows. So stopping early never changes a result. A beam of 1 is `greedy`; one wider than the number of
 * sequences finds the best of all. Of equal scores the shorter comes first, then the one with the lower first id that
 * differs. All prompts are searched side by side, as B rows of the state, then as one row for each sequence kept.
 *
 * PAD and BOS are never taken, and UNK only when `unknown` is set. Filters say what may come, by -Infinity: the
 * log-probabilities stay those of the model.
 *
 * @param step    the model
 * @param options see `beamOptions` and `BeamOptions`
 * @returns for each prompt the best sequences, the best first: `best` of them, or as many as there are
 * @throws RangeError when an option is out of range, when logits hold NaN or Infinity, or when no token may come next
 * @source Graves 2012, arXiv:1211.3711, 2.3; length normalisation: Wu et al. 2016, arXiv:1609.08144, 7; when to end:
 *   Huang, Zhao & Ma 2017, arXiv:1809.00069, 4
 */
export function beam<S>(step: NextStep<S>, options: BeamOptions<S>): (readonly Hypothesis[])[] {
  const steps = beaming(step, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Searches like `beam`, yielding after each step, so that other work may be done in between. */
export function beaming<S>(
  step: NextStep<S>,
  options: BeamOptions<S>,
): Generator<undefined, (readonly Hypothesis[])[]> {
  const { select, prompts = [[]], begin = [BOS], state = null, filters = [], ...rest } = options;
  const settings = readOptions("beam", beamOptions, rest);
  if (typeof select !== "function")
    throw new KindError(`beam: select must be a function that chooses rows of the state, got ${show(select)}`);
  const { beamSize, best } = settings;
  if (best > beamSize)
    throw new ValueError(
      `beam: best must be at most beamSize = ${beamSize}, got ${best}; raise beamSize, or ask for fewer`,
    );
  const starts = readStarts("beam", prompts, begin);
  const searches = starts.map((start, i) => new Search(start, i, begin.length, settings));
  return steps(step, searches, { state, select, filters: [forbid(neverDrawn(settings.unknown)), ...filters] });
}

type Settings = z.output<typeof beamOptions>;

interface Model<S> {
  readonly state: S | null;
  readonly select: BeamOptions<S>["select"];
  readonly filters: readonly Filter[];
}

function* steps<S>(
  step: NextStep<S>,
  searches: readonly Search[],
  { state: initial, select, filters }: Model<S>,
): Generator<undefined, (readonly Hypothesis[])[]> {
  let state = initial;
  let { read, tokens } = firstRead(searches.map(({ start }) => start));
  while (searches.some(({ live }) => live.length > 0)) {
    const result = step(tokens, state);
    const rows = searches.reduce((sum, { live }) => sum + live.length, 0);
    const V = checkedWidth("beam", result.logits, rows);
    const chosen: number[] = [];
    const next: number[] = [];
    let row = 0;
    for (const search of searches) {
      const first = row;
      row += search.live.length;
      if (read < search.start.length) {
        chosen.push(first);
        next.push(search.start[read]!);
        continue;
      }
      search.extend((i) => rowOf(result.logits, first + i, V), filters);
      for (const { parent, ids } of search.live) {
        chosen.push(first + parent);
        next.push(ids.at(-1)!);
      }
    }
    read++;
    const isSame = chosen.length === rows && chosen.every((from, i) => from === i);
    state = isSame || chosen.length === 0 ? result.state : select(result.state, chosen);
    tokens = { ids: Int32Array.from(next), shape: [1, next.length] } satisfies Tokens;
    yield;
  }
  return searches.map(({ found }) => found);
}

/** A sequence that goes on. */
interface Live {
  readonly ids: readonly number[];
  readonly logProb: number;
  /** Which of the sequences of the step before it extends. */
  readonly parent: number;
}

/** The search from one prompt. */
class Search {
  /** What is read before the first extension. */
  readonly start: readonly number[];
  /** What may still be extended, the likeliest first. */
  live: readonly Live[] = [{ ids: [], logProb: 0, parent: 0 }];
  /** What has ended, the best first, as many as are asked for. */
  found: readonly Hypothesis[] = [];
  readonly #number: number;
  /** What filters see before the tokens found. */
  readonly #prompt: readonly number[];
  readonly #settings: Settings;

  constructor(start: readonly number[], number: number, begin: number, settings: Settings) {
    this.start = start;
    this.#number = number;
    this.#prompt = start.slice(begin);
    this.#settings = settings;
  }

  /** @param logitsOf [V] what may follow a sequence of `live` */
  extend(logitsOf: (i: number) => Scores, filters: readonly Filter[]): void {
    if (this.live.length === 0) return;
    const { beamSize, best, maxLength } = this.#settings;
    const extensions = this.live.flatMap((_, i) => this.#extensions(i, logitsOf(i), filters));
    extensions.sort((a, b) => b.logProb - a.logProb || compareIds(a.ids, b.ids));
    const length = this.live[0]!.ids.length + 1;
    const found = [...this.found];
    const live: Live[] = [];
    for (const extension of extensions.slice(0, beamSize)) {
      const { ids, logProb } = extension;
      const score = this.#score(logProb, length);
      if (ids.at(-1) === EOS) found.push({ ids: ids.slice(0, -1), logProb, score, end: "eos" });
      else if (length === maxLength) found.push({ ids, logProb, score, end: "length" });
      else live.push(extension);
    }
    this.found = found.sort(compareFound).slice(0, best);
    if (live.length === 0 && found.length === 0)
      throw new ValueError(
        `beam: needs a token that may come next, got none for ${this.#place(length - 1)}; forbid fewer`,
      );
    // The best that the likeliest can still come to: nothing more is lost, and it is as long as may be.
    const isOver =
      found.length >= best && this.#score(live[0]?.logProb ?? -Infinity, maxLength) <= this.found.at(-1)!.score;
    this.live = isOver ? [] : live;
  }

  /** The likeliest extensions of one sequence: no other can be among the K likeliest of all. */
  #extensions(parent: number, logits: Scores, filters: readonly Filter[]): Live[] {
    const { ids, logProb } = this.live[parent]!;
    checkLogits("beam", logits, this.#place(ids.length));
    const seen = [...this.#prompt, ...ids];
    const allowed = filters.reduce<Scores>((before, filter) => filter(before, seen), logits);
    const total = logSumExp(logits);
    const scores = Float64Array.from(logits, (logit, v) => (allowed[v]! > -Infinity ? logit : -Infinity));
    return highest(scores, this.#settings.beamSize)
      .filter((v) => scores[v]! > -Infinity)
      .map((v) => ({ ids: [...ids, v], logProb: logProb + logits[v]! - total, parent }));
  }

  #score(logProb: number, length: number): number {
    return logProb / ((5 + length) / 6) ** this.#settings.alpha;
  }

  #place(drawn: number): string {
    return `sequence ${this.#number} after ${drawn} found`;
  }
}

function compareFound(a: Hypothesis, b: Hypothesis): number {
  return b.score - a.score || predicted(a) - predicted(b) || compareIds(a.ids, b.ids);
}

/** How many tokens of a sequence were predicted, EOS included. */
function predicted({ ids, end }: Hypothesis): number {
  return ids.length + (end === "eos" ? 1 : 0);
}

function compareIds(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((id, t) => id !== b[t]);
  return i < 0 ? 0 : a[i]! - (b[i] ?? -1);
}
