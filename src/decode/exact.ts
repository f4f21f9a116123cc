/** Exact search: the best sequence of all, with a proof; or how much better another could be at most. */
import { z } from "zod";
import { BOS, readOptions, ValueError } from "../base/index.ts";
import { Allowed } from "./allowed.ts";
import { beamOptions, type Searched } from "./beam.ts";
import { neverDrawn } from "./draw.ts";
import { type Answer, ExactSearch, type Known, type Proof, type Question } from "./exact-search.ts";
import { type Hypothesis, predicted } from "./hypothesis.ts";
import { type Limits, ofB, readLimits, splitLimits } from "./limits.ts";
import { type NextStep, readRows } from "./next-step.ts";
import { Ranking } from "./ranking.ts";
import { type Beginning, checkIds, checkSelect, readStarts, type Select } from "./start.ts";
import { checkSourceLengths, Weights } from "./weights.ts";

/** What is looked for, and how much may be spent on it. */
export const exactOptions = z.strictObject({
  ...beamOptions.omit({ beamSize: true, best: true }).shape,
  budget: z.int().min(1).default(200).describe("calls of the model that are spent on each prompt at most"),
  width: z.int().min(1).default(64).describe("how many sequences are extended in a call at most"),
});

/** What is looked for, and from where. */
export type ExactOptions<S> = Omit<Readonly<z.input<typeof exactOptions>>, "minLength" | "maxLength"> &
  Beginning<S> &
  Searched<S> & {
    /** For each prompt a sequence that is known already, such as the best of `beam` with the same options. */
    readonly incumbents?: readonly (Hypothesis | null | undefined)[];
  };

/**
 * Finds the best sequence of all, by the same rules as `beam`, or says what is left open when the budget is spent.
 *
 * Sequences that may still win are extended best first. One of log-probability p may win while `Ranking.bound(p)`, which
 * nothing that begins with it can exceed, is above the score of the best sequence known; at equal scores while it could
 * come first by the order of `beam`. Since log-probabilities only fall and the bound with them, the search is over as soon
 * as the likeliest sequence left cannot win: then all others cannot either, and the best known is the best there is. A
 * good incumbent spares most of the work, and the result never scores below it.
 *
 * The likeliest sequence decides what is extended next, and in the same call up to `width` others that come from the same
 * call of the model as it does. As long as no more than `width` of one length may win, that is one call for each token.
 * What several prompts ask for is answered by the same call where it can be.
 *
 * @param step    the model
 * @param options see `exactOptions` and `ExactOptions`
 * @returns a proof for each prompt, the same in every batch
 * @throws RangeError or TypeError like `beam`, and when an incumbent does not score what it should
 * @source Stahlberg & Byrne 2019, arXiv:1908.10090, 3 (exact inference for sequence models, depth first)
 */
export function exact<S>(step: NextStep<S>, options: ExactOptions<S>): Proof[] {
  const steps = exacting(step, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Searches like `exact`, yielding after each call of the model, so that other work may be done in between. */
export function exacting<S>(step: NextStep<S>, options: ExactOptions<S>): Generator<undefined, Proof[]> {
  const where = "exact";
  const { limits, rest } = splitLimits(options);
  const {
    select,
    sourceLengths,
    prompts = [[]],
    begin = [BOS],
    state = null,
    never = [],
    filters = [],
    incumbents,
    ...given
  } = rest;
  const settings = readOptions(where, exactOptions, given);
  checkSelect(where, select);
  const starts = readStarts(where, prompts, begin);
  const B = starts.length;
  const each = readLimits(where, B, limits, settings);
  checkSourceLengths(where, sourceLengths, B);
  if (incumbents && incumbents.length !== B)
    throw new ValueError(`${where}: incumbents must hold one for each prompt, ${ofB(B)}, got ${incumbents.length}`);
  const ranking = new Ranking(settings);
  const { budget, width, noRepeat, unknown } = settings;
  const allowed = new Allowed({
    never: [...neverDrawn(unknown), ...checkIds(where, "never", never)],
    noRepeat,
    filters,
  });
  const shared = { ranking, allowed, budget, width };
  const searches = starts.map((start, number) => {
    const incumbent = incumbents?.[number] ?? null;
    const limits = each[number]!;
    if (incumbent) checkIncumbent(where, incumbent, { number, ranking, limits });
    return new ExactSearch<S>({ number, start, prompt: start.slice(begin.length), limits, incumbent }, shared);
  });
  const lengths = settings.coverage > 0 ? { lengths: sourceLengths } : null;
  return together(searches, { state, rows: B }, (questions) => ask(where, step, select, { questions, lengths }));
}

/** How many rows may come together from several searches. */
const mostRows = 256;

/** Runs searches side by side: what asks about the same state, reading as many tokens, is answered by one call. */
function* together<S>(
  searches: readonly ExactSearch<S>[],
  origin: Known<S>,
  answer: (questions: readonly Question<S>[]) => readonly Answer<S>[],
): Generator<undefined, Proof[]> {
  const proofs: Proof[] = [];
  const open = searches.map((search, number) => {
    const run = search.run(origin);
    return { number, run, question: run.next().value as Question<S> };
  });
  while (open.length > 0) {
    const { known, tokens } = open[0]!.question;
    let rows = 0;
    const asked = open.filter(({ question }, i) => {
      const isAlike = question.known === known && question.tokens.shape[0] === tokens.shape[0];
      if (!isAlike || (i > 0 && rows + question.rows.length > mostRows)) return false;
      rows += question.rows.length;
      return true;
    });
    const answers = answer(asked.map(({ question }) => question));
    for (const [i, one] of asked.entries()) {
      open.splice(open.indexOf(one), 1);
      const { done, value } = one.run.next(answers[i]!);
      if (done) proofs[one.number] = value;
      else open.push({ ...one, question: value });
    }
    yield;
  }
  return proofs;
}

/** Calls the model once for questions about one state. */
function ask<S>(
  where: string,
  step: NextStep<S>,
  select: Select<S>,
  {
    questions,
    lengths,
  }: { questions: readonly Question<S>[]; lengths: { lengths: ArrayLike<number> | undefined } | null },
): readonly Answer<S>[] {
  const { known, tokens } = questions[0]!;
  const chosen = questions.flatMap(({ rows }) => rows);
  const B = chosen.length;
  const T = tokens.shape[0]!;
  const ids = new Int32Array(T * B);
  let column = 0;
  const firsts = questions.map(({ tokens }) => {
    const first = column;
    const width = tokens.shape[1]!;
    for (let t = 0; t < T; t++) ids.set(tokens.ids.subarray(t * width, (t + 1) * width), t * B + first);
    column += width;
    return first;
  });
  const isSame = B === known.rows && chosen.every((row, i) => row === i);
  const state = known.state === null || isSame ? known.state : select(known.state, chosen);
  const result = step({ ids, shape: [T, B] }, state);
  const rows = readRows(where, result, B);
  const weights = lengths && new Weights(where, result, { B, ...lengths });
  const after = { state: result.state, rows: B };
  return firsts.map((first) => ({ known: after, rows, weights, first }));
}

/** @throws RangeError when an incumbent cannot have been found with these options */
function checkIncumbent(
  where: string,
  incumbent: Hypothesis,
  { number, ranking, limits }: { readonly number: number; readonly ranking: Ranking; readonly limits: Limits },
): void {
  const { logProb, score } = incumbent;
  const T = predicted(incumbent);
  const { maxLength } = limits;
  if (T > maxLength)
    throw new ValueError(`${where}: incumbents[${number}] must have at most maxLength = ${maxLength} tokens, got ${T}`);
  const expected = ranking.score(logProb, T);
  const slack = 1e-9 * (1 + Math.abs(expected));
  // What it covers of the source is not known here, but can only make it score less.
  if (score <= expected + slack && (ranking.coverage > 0 || score >= expected - slack)) return;
  throw new ValueError(
    `${where}: incumbents[${number}] must score ${expected} by its log-probability, got ${score}; find it with the same options`,
  );
}
