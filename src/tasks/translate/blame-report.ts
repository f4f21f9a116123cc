/** Cases counted: the table of model and search faults at every width of the beam, by length, by kind and by tag. */
import { ValueError } from "../../base/index.ts";
import {
  type BlameCase,
  type BlameOptions,
  type BlameSettings,
  blameSettings,
  blaming,
  type JudgedOutput,
} from "./blame.ts";
import { type Advice, adviceOf } from "./blame-advice.ts";
import { type ErrorKind, errorKinds } from "./blame-kinds.ts";
import { type Barrier, type Verdict, verdicts } from "./blame-verdict.ts";
import { type JudgedPair, questionsOf } from "./questions.ts";
import type { Translator } from "./translator.ts";

/** How often each verdict was given. */
export interface BlameCounts extends Readonly<Record<Verdict, number>> {
  /** Sources judged. */
  readonly sources: number;
  readonly wrong: number;
}

/** What was counted at one width of the beam. */
export interface BeamBlame extends BlameCounts {
  readonly beamSize: number;
  /** Model and search faults that would be the other if the search maximised the plain log-probability. */
  readonly turned: number;
  /** Wrong outputs whose references cannot be found, by why not. */
  readonly barriers: Readonly<Partial<Record<Barrier, number>>>;
  /** Outputs that are proved to be the best of all for the model, and those that are proved not to be. */
  readonly optimal: { readonly yes: number; readonly no: number; readonly open: number };
  /** The mean of what the search maximises: a wider beam should raise it. */
  readonly meanScore: number;
  readonly byLength: readonly LengthCounts[];
  /** Of the wrong outputs only; each kind that came. */
  readonly byKind: readonly ({ readonly kind: ErrorKind } & BlameCounts)[];
  /** Where the data have tags, the one with the most wrong outputs first. */
  readonly byTag: readonly ({ readonly tag: string } & BlameCounts)[];
}

/** Sources of like length. */
export interface LengthCounts extends BlameCounts {
  /** The fewest tokens of a source. */
  readonly from: number;
  /** The most. */
  readonly to: number;
}

/** What an exact search proves. */
export interface CertifiedCounts {
  /** Sources whose best output is proved. */
  readonly certified: number;
  /** Those of them whose best output is right: what a perfect search would come to. */
  readonly right: number;
  /** Those of them whose output at the best beam is right. */
  readonly found: number;
}

/** All that follows from some cases. */
export interface BlameReport {
  readonly sources: number;
  /** Sources with more than one reference. */
  readonly severalReferences: number;
  readonly settings: BlameSettings;
  readonly beams: readonly BeamBlame[];
  /** The width with the most right outputs, the narrowest of those: the one that tables of one width are of. */
  readonly bestBeam: number;
  /** With `certify` only. */
  readonly certified: CertifiedCounts | null;
  readonly advice: readonly Advice[];
}

/**
 * Tells for each wrong output of a model whether the model is at fault, which prefers it, or the search, which did not find
 * the reference that the model prefers; at several widths of the beam.
 *
 *     const { report, cases } = blame(model, pairs, { beamSizes: [1, 10] });
 *
 * @param pairs   what to judge by: several with the same source are one source with several references
 * @param options see `blameOptions`
 * @returns the counts with advice, and each source with its outputs, their scores and verdicts
 * @throws RangeError or TypeError for an option that cannot be, or no pair
 */
export function blame(
  model: Translator,
  pairs: Iterable<JudgedPair>,
  options: BlameOptions = {},
): { readonly report: BlameReport; readonly cases: readonly BlameCase[] } {
  const questions = questionsOf(pairs);
  if (questions.length === 0) throw new ValueError("blame: needs at least 1 pair to judge by, got 0");
  const cases = [...blaming(model, questions, options)];
  return { report: blameReport(cases, blameSettings(model, options)), cases };
}

/**
 * Counts cases.
 *
 * @param cases    at least one
 * @param settings what `blameSettings` gave for them
 */
export function blameReport(cases: readonly BlameCase[], settings: BlameSettings): BlameReport {
  const ranges = rangesOf(cases.map(({ sourceLength }) => sourceLength));
  const beams = settings.beamSizes.map((beamSize, b): BeamBlame => {
    const outputs = cases.map((one) => one.outputs[b]!);
    const countsWhere = (isOne: (one: BlameCase, output: JudgedOutput) => boolean) =>
      countsOf(outputs.filter((output, i) => isOne(cases[i]!, output)));
    const tags = [...new Set(cases.flatMap(({ tag }) => tag ?? []))];
    const barriers: Partial<Record<Barrier, number>> = {};
    for (const [i, { verdict }] of outputs.entries()) {
      const barrier = verdict === "unreachable" ? cases[i]!.references[0]!.barrier : null;
      if (barrier !== null) barriers[barrier] = (barriers[barrier] ?? 0) + 1;
    }
    const optimal = { yes: 0, no: 0, open: 0 };
    for (const { isOptimal } of outputs) optimal[isOptimal]++;
    return {
      beamSize,
      ...countsOf(outputs),
      turned: outputs.filter(isTurned).length,
      barriers,
      optimal,
      meanScore: outputs.reduce((sum, { score }) => sum + score, 0) / outputs.length,
      byLength: ranges.map(([from, to]) => ({
        from,
        to,
        ...countsWhere(({ sourceLength }) => sourceLength >= from && sourceLength <= to),
      })),
      byKind: (Object.keys(errorKinds) as ErrorKind[])
        .map((kind) => ({ kind, ...countsWhere((_, output) => output.kind === kind) }))
        .filter(({ sources }) => sources > 0),
      byTag: tags
        .map((tag) => ({ tag, ...countsWhere((one) => one.tag === tag) }))
        .sort((a, b) => b.wrong - a.wrong || (a.tag < b.tag ? -1 : 1)),
    };
  });
  const most = Math.max(...beams.map(({ right }) => right));
  const best = beams.findIndex(({ right }) => right === most);
  const counted = {
    sources: cases.length,
    severalReferences: cases.filter(({ references }) => references.length > 1).length,
    settings,
    beams,
    bestBeam: beams[best]!.beamSize,
    certified: settings.certify > 0 ? certifiedOf(cases, best) : null,
  };
  return { ...counted, advice: adviceOf(counted) };
}

/** Whether log-probability alone blames the other one. */
export function isTurned({ verdict, byProbability }: Pick<JudgedOutput, "verdict" | "byProbability">): boolean {
  return (verdict === "model" && byProbability === "search") || (verdict === "search" && byProbability === "model");
}

function countsOf(outputs: readonly JudgedOutput[]): BlameCounts {
  const counts = Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const { verdict } of outputs) counts[verdict]++;
  return { sources: outputs.length, wrong: outputs.length - counts.right, ...counts };
}

function certifiedOf(cases: readonly BlameCase[], best: number): CertifiedCounts {
  const proved = cases.filter(({ optimum }) => optimum?.isCertified);
  return {
    certified: proved.length,
    right: proved.filter(({ optimum }) => optimum!.isRight).length,
    found: proved.filter(({ outputs }) => outputs[best]!.verdict === "right").length,
  };
}

/** Up to five ranges of lengths that hold about as many sources each. */
function rangesOf(lengths: readonly number[]): (readonly [from: number, to: number])[] {
  const sorted = lengths.toSorted((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (let k = 1; k <= 5; k++) {
    const to = sorted[Math.ceil((k * sorted.length) / 5) - 1]!;
    const from = sorted.find((length) => length > (ranges.at(-1)?.[1] ?? -1))!;
    if (from !== undefined && to >= from) ranges.push([from, to]);
  }
  return ranges;
}
