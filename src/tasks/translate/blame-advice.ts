/** What to do next: advice that follows from the counts, by rules that docs/error-analysis.md lists. */
import type { ErrorKind } from "./blame-kinds.ts";
import type { BeamBlame, BlameReport } from "./blame-report.ts";
import type { Barrier } from "./blame-verdict.ts";

/** A rule that holds, and what it says. */
export interface Advice {
  readonly rule: keyof typeof rules;
  readonly text: string;
}

type Counted = Omit<BlameReport, "advice">;

/** The advice for some counts, in the order of the rules. */
export function adviceOf(counted: Counted): Advice[] {
  const best = counted.beams.find(({ beamSize }) => beamSize === counted.bestBeam)!;
  const facts = { counted, best, first: counted.beams[0]!, widest: counted.beams.at(-1)! };
  return (Object.keys(rules) as (keyof typeof rules)[]).flatMap((rule) =>
    [rules[rule](facts)].flat().map((text) => ({ rule, text })),
  );
}

interface Facts {
  readonly counted: Counted;
  /** At the width with the most right outputs. */
  readonly best: BeamBlame;
  /** At the narrowest and the widest. */
  readonly first: BeamBlame;
  readonly widest: BeamBlame;
}

/** Each rule gives what it says, or nothing where it does not hold. */
const rules = {
  /** Nothing is wrong. */
  perfect: ({ best }) => (best.wrong > 0 ? [] : ["Nothing is wrong: judge by more data, or harder ones."]),

  /** Fewer than 30 wrong outputs. */
  few: ({ best: { wrong } }) =>
    wrong === 0 || wrong >= 30
      ? []
      : [
          `Only ${wrong} ${wrong === 1 ? "output is" : "outputs are"} wrong: take the shares as rough, or judge by more data.`,
        ],

  /** A wider beam than the narrowest is right more often, by 0.5 % of the sources and 6 of them or more. */
  widen: ({ best, first }) =>
    isMore(best, first)
      ? [
          `Search with beam ${best.beamSize}: ${percent(best.right, best.sources)} are right, at beam ${first.beamSize} ${percent(first.right, first.sources)}.`,
        ]
      : [],

  /** At the widest beam search faults are a third of the wrong outputs or more. */
  search: ({ widest }) =>
    widest.search > 0 && widest.search * 3 >= widest.wrong
      ? [
          `Even at beam ${widest.beamSize} the search misses a reference that the model prefers in ${percent(widest.search, widest.wrong)} of the wrong outputs: search wider.`,
        ]
      : [],

  /** The widest beam is right less often than the best, by 0.5 % of the sources and 6 of them or more. */
  worse: ({ best, widest }) =>
    isMore(best, widest)
      ? [
          `Keep beam ${best.beamSize}: beam ${widest.beamSize} finds what the model prefers and is right less often (${percent(widest.right, widest.sources)}, not ${percent(best.right, best.sources)}). A better search only shows what the model has wrong.`,
        ]
      : [],

  /** At the best beam model faults are half of the wrong outputs or more. */
  model: ({ best }) =>
    best.model > 0 && best.model * 2 >= best.wrong
      ? [
          `The model prefers its wrong output in ${percent(best.model, best.wrong)} of the cases, which a better search for the same score does not mend: train longer, on more data or with more regularisation, make the model larger, or let several translate together.`,
        ]
      : [],

  /** At the best beam a tenth of the wrong outputs or more have references that no search can find. */
  unreachable: ({ best }) => {
    if (best.unreachable === 0 || best.unreachable * 10 < best.wrong) return [];
    const [[barrier]] = Object.entries(best.barriers).sort((a, b) => b[1] - a[1]) as [[Barrier, number]];
    return [
      `In ${percent(best.unreachable, best.wrong)} of the wrong outputs no search can find the reference: ${remedies[barrier]}.`,
    ];
  },

  /** At the best beam a tenth of the wrong outputs or more would be another's fault if length were not made up for. */
  normalisation: ({ best }) =>
    best.turned > 0 && best.turned * 10 >= best.wrong
      ? [
          `In ${percent(best.turned, best.wrong)} of the wrong outputs it is how length is made up for that decides who is to blame: try other values of alpha on data kept aside.`,
        ]
      : [],

  /** At the best beam a fifth of the wrong outputs or more are of a kind that has a remedy. */
  kind: ({ best }) =>
    best.byKind.flatMap(({ kind, wrong }) => {
      const remedy = kindRemedies[kind];
      return remedy === undefined || wrong * 5 < best.wrong
        ? []
        : [`${percent(wrong, best.wrong)} of the wrong outputs ${remedy}.`];
    }),

  /** The longest sources are wrong twice as often as the shortest or more, and by 10 % of them or more. */
  length: ({ best: { byLength } }) => {
    const [short, long] = [byLength[0]!, byLength.at(-1)!];
    const [few, many] = [short.wrong / short.sources, long.wrong / long.sources];
    return many - few >= 0.1 && many >= 2 * few
      ? [
          `Long sources are worse: of those of ${range(long)} tokens ${percent(long.wrong, long.sources)} are wrong, of those of ${range(short)} ${percent(short.wrong, short.sources)}. Train on more long pairs, or with attention.`,
        ]
      : [];
  },

  /** A tag has half of the wrong outputs or more, and its share of them is twice its share of the sources. */
  tag: ({ best }) =>
    best.byTag
      .filter(
        ({ wrong, sources }) =>
          best.wrong > 0 && wrong * 2 >= best.wrong && wrong / best.wrong >= 2 * (sources / best.sources),
      )
      .map(
        ({ tag, wrong, sources }) =>
          `${percent(wrong, best.wrong)} of the wrong outputs are of ${tag}, with ${percent(sources, best.sources)} of the sources: train on more of it.`,
      ),

  /** An exact search has proved the best output of some sources. */
  certified: ({ counted: { certified }, best }) =>
    certified === null || certified.certified === 0
      ? []
      : [
          `A perfect search would be right for ${percent(certified.right, certified.certified)} of the sources whose best output is proved (${certified.certified}); beam ${best.beamSize} is for ${percent(certified.found, certified.certified)} of them.`,
        ],
} satisfies Record<string, (facts: Facts) => readonly string[]>;

/** The names of the rules, in their order. */
export const adviceRules = Object.keys(rules) as readonly Advice["rule"][];

const remedies: Readonly<Record<Barrier, string>> = {
  unknown: "the model does not know all of its tokens; use smaller ones, such as characters or bpe, or keep rarer ones",
  spelling: "the model's tokens cannot spell it; train with capitals, or with a tokenizer that keeps blanks",
  length: "it is longer or shorter than an output may be; change minLength or maxLength",
  repetition: "it repeats what noRepeat forbids; lower that",
};

const kindRemedies: Readonly<Partial<Record<ErrorKind, string>>> = {
  "unknown-source": "come from sources with unknown tokens: use smaller tokens, or keep rarer ones",
  spelling: "differ only in capitals or blanks: look whether the data are consistent there",
  "one-off":
    "are one token off: look whether the references are consistent there, and add more where several are right",
  repetition: "repeat themselves: search with noRepeat, or with coverage",
  short: "are too short: raise alpha",
  long: "are too long: lower alpha or maxLength",
};

/** Whether one width is right more often, by 0.5 % of the sources and 6 of them: fewer may be chance, even all one way. */
function isMore(one: BeamBlame, other: BeamBlame): boolean {
  const more = one.right - other.right;
  return more >= 6 && more >= 0.005 * one.sources;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

function range({ from, to }: { readonly from: number; readonly to: number }): string {
  return from === to ? `${from}` : `${from} to ${to}`;
}
