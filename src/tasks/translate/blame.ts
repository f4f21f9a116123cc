/**
 * Error analysis of a search: for each wrong output, whether the model prefers it to what would have been right, or the
 * search failed to find what the model prefers.
 */
import { z } from "zod";
import { readOptions, UNK } from "../../base/index.ts";
import { coverageOf, Ranking, type RankingSettings } from "../../decode/index.ts";
import { align } from "../../metrics/index.ts";
import { type ErrorKind, errorKind } from "./blame-kinds.ts";
import { type Barrier, compareScores, judge, type Verdict } from "./blame-verdict.ts";
import { outputLimit, sourceLimit } from "./length-limits.ts";
import { searchOptions, type TranslateOptions, translateOptions } from "./options.ts";
import { type Question, sourceOf } from "./questions.ts";
import type { FoundTarget, Translator } from "./translator.ts";

/** How outputs are looked for; what is left out is as the model was told in training. */
export const blameOptions = z.strictObject({
  beamSizes: z
    .array(searchOptions.shape.beamSize.unwrap())
    .min(1)
    .default([1, 3, 10, 100])
    .describe("the widths of the beam that are compared"),
  alpha: searchOptions.shape.alpha.unwrap().optional().describe("how much length is made up for [default: the run's]"),
  normalisation: searchOptions.shape.normalisation
    .unwrap()
    .optional()
    .describe("log P / T^alpha, or with gnmt log P / ((5 + T) / 6)^alpha, or log P [default: the run's]"),
  coverage: searchOptions.shape.coverage
    .unwrap()
    .optional()
    .describe("weight of GNMT's penalty for parts of the source not looked at [default: the run's]"),
  noRepeat: searchOptions.shape.noRepeat
    .unwrap()
    .optional()
    .describe("no n tokens in a row come twice, n being this [default: the run's]"),
  minLength: translateOptions.shape.minLength,
  maxLength: translateOptions.shape.maxLength,
  certify: z
    .int()
    .min(0)
    .default(0)
    .describe("calls of the model to spend for each source on finding the best output of all (0: none)"),
});

/** Options of blame as a user gives them. */
export type BlameOptions = Readonly<z.input<typeof blameOptions>>;

/** A reference of a source, as the model sees it. */
export interface JudgedReference {
  readonly text: string;
  /** log P(y*|x) */
  readonly logProb: number;
  /** What a search would have given for it. */
  readonly score: number;
  /** T: its tokens, the end included. */
  readonly length: number;
  /** Why no search could have found it; null where one could. */
  readonly barrier: Barrier | null;
}

/** An output, and who is to blame for it. */
export interface JudgedOutput {
  readonly beamSize: number;
  readonly text: string;
  /** log P(y|x) */
  readonly logProb: number;
  /** What the search maximised. */
  readonly score: number;
  /** T: its tokens, the end included. */
  readonly length: number;
  readonly end: FoundTarget["end"];
  readonly verdict: Verdict;
  /** The verdict by log-probability alone; another than `verdict` where the normalisation of length decides. */
  readonly byProbability: Verdict;
  /** What is wrong with it; null where nothing is. */
  readonly kind: ErrorKind | null;
  /** Which of the references it was compared with: the one that scores best of those that can be found, or the first. */
  readonly reference: number;
  /**
   * Whether no output scores more: `yes` and `no` are proved, by an exact search or by an output or reference that
   * scores more.
   */
  readonly isOptimal: "yes" | "no" | "open";
}

/** The best output there is, as far as an exact search found it. */
export interface Optimum {
  readonly text: string;
  readonly logProb: number;
  readonly score: number;
  readonly length: number;
  /** Whether it is proved to be the best. */
  readonly isCertified: boolean;
  readonly isRight: boolean;
}

/** A source with its references and outputs. */
export interface BlameCase {
  /** Its place among the questions, from 0. */
  readonly index: number;
  readonly source: string;
  readonly tag: string | null;
  /** Its tokens. */
  readonly sourceLength: number;
  /** Its tokens that the model does not know. */
  readonly unknown: readonly string[];
  readonly references: readonly JudgedReference[];
  /** For each width of the beam. */
  readonly outputs: readonly JudgedOutput[];
  /** With `certify` only. */
  readonly optimum: Optimum | null;
}

/** The options with what the model says where they do not. */
export interface BlameSettings extends RankingSettings {
  readonly beamSizes: readonly number[];
  readonly noRepeat: number;
  readonly minLength: number;
  /** Null for a limit by the length of each source. */
  readonly maxLength: number | null;
  readonly certify: number;
}

/**
 * The options, complete; widths in ascending order, each once.
 *
 * @throws RangeError or TypeError for an option that cannot be
 */
export function blameSettings({ sides }: Pick<Translator, "sides">, options: BlameOptions = {}): BlameSettings {
  const given = readOptions("blame", blameOptions, options);
  const { alpha, normalisation, coverage, noRepeat } = sides.search;
  return {
    beamSizes: [...new Set(given.beamSizes)].sort((a, b) => a - b),
    alpha: given.alpha ?? alpha,
    normalisation: given.normalisation ?? normalisation,
    coverage: given.coverage ?? coverage,
    noRepeat: given.noRepeat ?? noRepeat,
    minLength: given.minLength,
    maxLength: given.maxLength ?? null,
    certify: given.certify,
  };
}

/**
 * Judges what a model writes for each source, at every width of the beam. References are scored once for all widths.
 *
 * @param questions what to translate; see `questionsOf`
 * @param options   see `blameOptions`
 * @param first     the question to begin with, where those before it are judged already
 * @returns for each question, in their order, its case; each is worked on when it is asked for, some at a time
 * @throws RangeError or TypeError for an option that cannot be
 */
export function* blaming(
  model: Translator,
  questions: readonly Question[],
  options: BlameOptions = {},
  first = 0,
): Generator<BlameCase, void, undefined> {
  const settings = blameSettings(model, options);
  const some = Math.max(8, Math.min(atOnce, Math.floor(rowsAtOnce / settings.beamSizes.at(-1)!)));
  for (let from = first; from < questions.length; from += some)
    yield* judged(model, questions.slice(from, from + some), from, settings);
}

/** Sources that are judged together, and with wide beams how many hypotheses: so that it can be stopped now and then. */
const atOnce = 64;
const rowsAtOnce = 2048;

/** What is compared must be of the same source: the search and what judges references read as much of it. */
const longSource = "cut";

/** Numbers that a step of the search may give for each token: a wide beam takes few sources side by side. */
const largestStep = 1 << 24;

function* judged(
  model: Translator,
  questions: readonly Question[],
  first: number,
  settings: BlameSettings,
): Generator<BlameCase> {
  const { beamSizes, maxLength, certify, ...looking } = settings;
  const { facts, target } = model.sides;
  const sources = questions.map((question) => sourceOf(question, facts.tags));
  const references = referencesOf(model, questions, settings);
  const search = (beamSize: number, more: TranslateOptions = {}) =>
    model.search(sources, {
      ...looking,
      ...(maxLength !== null && { maxLength }),
      ...more,
      beamSize,
      best: 1,
      longSource,
      batchSize: Math.max(1, Math.min(atOnce, Math.floor(largestStep / (beamSize * target.size)))),
    });
  const found = beamSizes.map((beamSize) => search(beamSize));
  // The exact search begins from what a beam finds: a wide one finds little more.
  const begins = beamSizes.findLast((beamSize) => beamSize <= 10) ?? beamSizes[0]!;
  const best = certify === 0 ? null : search(begins, { certify });
  for (const [i, question] of questions.entries()) {
    const outputs = found.map((results) => results[i]!.hypotheses[0]!);
    const optimum = best === null ? null : optimumOf(best[i]!.hypotheses[0]!, outputs, question);
    yield caseOf(model, question, first + i, { references: references[i]!, outputs, optimum, settings });
  }
}

interface Findings {
  readonly references: readonly JudgedReference[];
  readonly outputs: readonly FoundTarget[];
  readonly optimum: Optimum | null;
  readonly settings: BlameSettings;
}

function caseOf(
  { sides: { source: codec, target } }: Translator,
  question: Question,
  index: number,
  { references, outputs, optimum, settings }: Findings,
): BlameCase {
  const sourceTokens = codec.tokens(question.source);
  const unknown = sourceTokens.filter((token) => codec.vocabulary.id(token) === UNK);
  const most = Math.max(
    optimum?.score ?? -Infinity,
    ...outputs.map(({ score }) => score),
    ...references.filter(({ barrier }) => barrier === null).map(({ score }) => score),
  );
  const optimalityOf = (score: number) =>
    compareScores(most, score) > 0 ? "no" : optimum?.isCertified === true ? "yes" : "open";
  return {
    index,
    source: question.source,
    tag: question.tag ?? null,
    sourceLength: sourceTokens.length,
    unknown: [...new Set(unknown)],
    references,
    outputs: outputs.map((output, i) => {
      const { text, logProb, score, end } = output;
      const facts = { beamSize: settings.beamSizes[i]!, text, logProb, score, length: lengthOf(output), end };
      const isOptimal = optimalityOf(score);
      const same = references.findIndex((reference) => reference.text === text);
      if (same >= 0)
        return { ...facts, verdict: "right", byProbability: "right", kind: null, reference: same, isOptimal };
      const reachable = references.filter(({ barrier }) => barrier === null);
      const reference = reachable.length > 0 ? references.indexOf(bestOf(reachable)) : 0;
      const closest = closestTo(text, references, target);
      const kind = errorKind({
        text,
        tokens: target.tokens(text),
        isCut: end === "length",
        reference: closest,
        referenceTokens: target.tokens(closest),
        hasUnknownSource: unknown.length > 0,
        hasUnknownReference: references.every(({ barrier }) => barrier === "unknown"),
      });
      return { ...facts, ...judge(output, reachable), kind, reference, isOptimal };
    }),
    optimum,
  };
}

/** The references of each question as the model sees them. */
function referencesOf(
  model: Translator,
  questions: readonly Question[],
  { minLength, maxLength, noRepeat, ...ranked }: BlameSettings,
): JudgedReference[][] {
  const { source: codec, target, facts } = model.sides;
  const pairs = questions.flatMap((question) =>
    question.references.map((text) => ({ ...sourceOf(question, facts.tags), target: text })),
  );
  const scores = model.scoreAll(pairs, { longSource });
  const ranking = new Ranking(ranked);
  const coveredBy = ({ source, target: text, ...tag }: (typeof pairs)[number]) => {
    if (ranked.coverage === 0) return 0;
    const { weights } = model.attention!(source, text, { ...tag, longSource });
    const mass = weights[0]!.map((_, s) => weights.reduce((sum, row) => sum + row[s]!, 0));
    return coverageOf(mass, 0, mass.length);
  };
  let used = 0;
  return questions.map((question) => {
    const read = Math.min(codec.encode(question.source).length, sourceLimit(facts));
    const longest = maxLength ?? Math.max(minLength, outputLimit(facts, read));
    return question.references.map((text) => {
      const ids = target.encode(text);
      const [{ logProb }, pair] = [scores[used]!, pairs[used++]!];
      const barrier = (): Barrier | null => {
        if (ids.includes(UNK)) return "unknown";
        if (target.decode(ids) !== text) return "spelling";
        if (ids.length < minLength || ids.length >= longest) return "length";
        return noRepeat > 0 && repeats(ids, noRepeat) ? "repetition" : null;
      };
      const length = ids.length + 1;
      return { text, logProb, score: ranking.score(logProb, length, coveredBy(pair)), length, barrier: barrier() };
    });
  });
}

/** Whether some n tokens in a row come twice. */
function repeats(ids: Int32Array, n: number): boolean {
  const seen = new Set<string>();
  for (let i = 0; i + n <= ids.length; i++) {
    const gram = ids.subarray(i, i + n).join(" ");
    if (seen.has(gram)) return true;
    seen.add(gram);
  }
  return false;
}

/** The best of what the exact search gave and what the beams found. */
function optimumOf(exact: FoundTarget, outputs: readonly FoundTarget[], { references }: Question): Optimum {
  const better = outputs.find(({ score }) => compareScores(score, exact.score) > 0);
  const { text, logProb, score } = better ?? exact;
  return {
    text,
    logProb,
    score,
    length: lengthOf(better ?? exact),
    isCertified: better === undefined && exact.certified === true,
    isRight: references.includes(text),
  };
}

function lengthOf({ ids, end }: FoundTarget): number {
  return ids.length + (end === "eos" ? 1 : 0);
}

function bestOf(references: readonly JudgedReference[]): JudgedReference {
  return references.reduce((best, reference) => (reference.score > best.score ? reference : best));
}

/** The reference of the fewest edits, the first of those. */
function closestTo(
  text: string,
  references: readonly JudgedReference[],
  target: Translator["sides"]["target"],
): string {
  if (references.length === 1) return references[0]!.text;
  const tokens = target.tokens(text);
  const distances = references.map((reference) => align(target.tokens(reference.text), tokens).distance);
  return references[distances.indexOf(Math.min(...distances))]!.text;
}
