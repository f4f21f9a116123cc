/** How good outputs are against references: every metric with its interval and signature, and two systems compared. */
import { z } from "zod";
import { readOptions, ValueError } from "../../base/index.ts";
import {
  approximateRandomization,
  type BleuTokenizer,
  bleu,
  bleuReaches,
  bleuTokenizers,
  bootstrap,
  chrf,
  corpusScore,
  type ErrorUnit,
  errorRate,
  exactMetric,
  pairedBootstrap,
  rateMetric,
  type TextMetric,
  ter,
} from "../../metrics/index.ts";
import type { TranslateOptions } from "./options.ts";
import { type Question, sourceOf } from "./questions.ts";
import type { Translator } from "./translator.ts";

/** What can be measured. */
export const metricNames = ["exact", "cer", "wer", "per", "bleu", "chrf", "chrf++", "ter"] as const;

/** The name of a metric. */
export type MetricName = (typeof metricNames)[number];

/** What is measured, and how. */
export const scoringOptions = z.strictObject({
  metrics: z
    .array(z.enum(metricNames))
    .min(1)
    .default(["exact", "cer", "wer", "bleu", "chrf", "chrf++", "ter"])
    .describe("what is measured"),
  bleuTokenizer: z
    .enum(Object.keys(bleuTokenizers) as [BleuTokenizer, ...BleuTokenizer[]])
    .default("13a")
    .describe("how BLEU cuts texts into words"),
  ignoreCase: z.boolean().default(false).describe("BLEU and chrF do not tell capitals from small letters"),
  samples: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(1000)
    .describe("corpora drawn for intervals and comparisons; 0 for none"),
  comparison: z
    .enum(["bootstrap", "randomization"])
    .default("bootstrap")
    .describe("how two systems are compared: paired bootstrap, or approximate randomization"),
  seed: z.int().min(0).default(12345).describe("decides which corpora are drawn"),
});

/** Options of scoring as a user gives them. */
export type ScoringOptions = Readonly<z.input<typeof scoringOptions>>;
type ScoringSettings = z.output<typeof scoringOptions>;

/** One metric of some outputs. Scores are in percent. */
export interface MetricScore {
  readonly metric: MetricName;
  /** As it is written, such as BLEU or chrF2++. */
  readonly name: string;
  readonly higherIsBetter: boolean;
  /** Null for BLEU where every reference is shorter than its longest n-gram: it would be 0 whatever is written. */
  readonly score: number | null;
  /** The middle and half the width of the 95 % interval; null without samples or a score. */
  readonly interval: { readonly mean: number; readonly margin: number } | null;
  /** The score by the first reference of each source alone; null where none has more. */
  readonly single: number | null;
  /** What the score was made from. */
  readonly details: Readonly<Record<string, number | readonly number[]>>;
  readonly signature: string;
}

/** Two systems by one metric. */
export interface MetricComparison {
  readonly metric: MetricName;
  readonly name: string;
  readonly score: number;
  /** The score of the system that it is compared with. */
  readonly other: number;
  /** score - other */
  readonly difference: number;
  /** How likely so great a difference is where the two are equally good. */
  readonly p: number;
  /** Which is better, with p < 0.05; null where it cannot be told. */
  readonly better: "this" | "other" | null;
  readonly signature: string;
}

/** The scores of outputs. */
export interface TranslationScores {
  readonly sentences: number;
  /** Sentences with more than one reference. */
  readonly severalReferences: number;
  readonly metrics: readonly MetricScore[];
}

/** Scores outputs, and compares those of two systems. Each sentence is looked at once, however often it is used. */
export interface TranslationScorer {
  /**
   * The scores of a system.
   *
   * @param hypotheses one text for each sentence
   * @param references for each sentence one text or several; where some have several, each metric is given by the first
   *   alone as well
   * @throws RangeError or TypeError where they are not as many, or hold nothing
   */
  score(hypotheses: readonly string[], references: readonly (readonly string[])[]): TranslationScores;
  /**
   * How a system compares with another that translated the same sentences, by each metric that has a score.
   *
   * @throws RangeError or TypeError where they are not as many, or without samples
   */
  compare(
    hypotheses: readonly string[],
    others: readonly string[],
    references: readonly (readonly string[])[],
  ): MetricComparison[];
}

/** @throws RangeError or TypeError for an option that cannot be */
export function translationScorer(options: ScoringOptions = {}): TranslationScorer {
  const settings = readOptions("evaluate", scoringOptions, options);
  const find = finder(settings);
  return {
    score: (hypotheses, references) => scoreWith(find, hypotheses, references, settings),
    compare: (hypotheses, others, references) => compareWith(find, hypotheses, others, references, settings),
  };
}

/**
 * Translates sources, some at a time, as outputs are asked for.
 *
 * @param options how it searches; see `translateOptions`
 */
export function* translating(
  model: Translator,
  questions: readonly Question[],
  options: TranslateOptions = {},
): Generator<string, void, undefined> {
  for (let from = 0; from < questions.length; from += atOnce) {
    const sources = questions.slice(from, from + atOnce).map((one) => sourceOf(one, model.sides.facts.tags));
    for (const { hypotheses } of model.search(sources, options)) yield hypotheses[0]!.text;
  }
}

/** Sources translated together, so that those of like length meet. */
const atOnce = 256;

type Find = (name: MetricName) => TextMetric;

/** Metrics that look at each sentence once, however often it is drawn. */
function finder(settings: ScoringSettings): Find {
  const made = new Map<MetricName, TextMetric>();
  return (name) => {
    const metric = made.get(name) ?? remembered(metricOf(name, settings));
    made.set(name, metric);
    return metric;
  };
}

function metricOf(name: MetricName, { bleuTokenizer, ignoreCase }: ScoringSettings): TextMetric {
  switch (name) {
    case "exact":
      return exactMetric();
    case "bleu":
      return bleu({ tokenizer: bleuTokenizer, lowercase: ignoreCase });
    case "chrf":
      return chrf({ lowercase: ignoreCase });
    case "chrf++":
      return chrf({ wordOrder: 2, lowercase: ignoreCase });
    case "ter":
      return ter();
    default:
      return rateMetric(unitOf[name]);
  }
}

const unitOf = { cer: "characters", wer: "words", per: "phones" } as const satisfies Partial<
  Record<MetricName, ErrorUnit>
>;

function remembered(metric: TextMetric): TextMetric {
  const known = new WeakMap<readonly string[], Map<string, readonly number[]>>();
  return {
    ...metric,
    statistics(hypothesis, references) {
      const byText = known.get(references) ?? new Map<string, readonly number[]>();
      known.set(references, byText);
      const found = byText.get(hypothesis) ?? metric.statistics(hypothesis, references);
      byText.set(hypothesis, found);
      return found;
    },
  };
}

function scoreWith(
  find: Find,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  { metrics, bleuTokenizer: tokenizer, samples, seed }: ScoringSettings,
): TranslationScores {
  const several = references.filter(({ length }) => length > 1).length;
  const first = references.map(([reference]) => [reference!]);
  return {
    sentences: hypotheses.length,
    severalReferences: several,
    metrics: [...new Set(metrics)].map((name) => {
      const metric = find(name);
      const { score, signature, ...details } = corpusScore(metric, hypotheses, references);
      const has = (given: readonly (readonly string[])[]) => name !== "bleu" || bleuReaches(given, { tokenizer });
      const isScored = has(references);
      const drawn = isScored && samples > 0 ? bootstrap(metric, hypotheses, references, { samples, seed }) : null;
      return {
        metric: name,
        name: metric.name,
        higherIsBetter: metric.higherIsBetter,
        score: isScored ? score : null,
        interval: drawn === null ? null : { mean: drawn.mean, margin: drawn.margin },
        single: several === 0 || !has(first) ? null : corpusScore(metric, hypotheses, first).score,
        details: { ...details, ...countsOf(name, hypotheses, references) },
        signature: drawn?.signature ?? signature,
      };
    }),
  };
}

/** The alignment counts of an error rate. */
function countsOf(
  name: MetricName,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
): Readonly<Record<string, number>> {
  if (name !== "cer" && name !== "wer" && name !== "per") return {};
  const { substitutions, deletions, insertions, units } = errorRate(hypotheses, references, unitOf[name]);
  return { substitutions, deletions, insertions, units };
}

function compareWith(
  find: Find,
  hypotheses: readonly string[],
  others: readonly string[],
  references: readonly (readonly string[])[],
  { metrics, bleuTokenizer: tokenizer, samples, comparison, seed }: ScoringSettings,
): MetricComparison[] {
  if (samples === 0) throw new ValueError("evaluate: samples must be at least 1 to compare, got 0");
  const compare = comparison === "bootstrap" ? pairedBootstrap : approximateRandomization;
  const scored = [...new Set(metrics)].filter((name) => name !== "bleu" || bleuReaches(references, { tokenizer }));
  return scored.map((name) => {
    const metric = find(name);
    const { baseline, system, difference, p, signature } = compare(metric, others, hypotheses, references, {
      samples,
      seed,
    });
    const isBetter = metric.higherIsBetter ? difference > 0 : difference < 0;
    return {
      metric: name,
      name: metric.name,
      score: system,
      other: baseline,
      difference,
      p,
      better: p >= 0.05 || difference === 0 ? null : isBetter ? "this" : "other",
      signature,
    };
  });
}
