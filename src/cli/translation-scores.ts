/** The scores of translations, as people and machines read them. */
import type { MetricComparison, MetricScore, TranslationScores } from "../tasks/index.ts";
import { plainTable } from "./plain-table.ts";
import { columnsOf, count, flowing, type Screen } from "./screen.ts";

/** What people are told besides scores. */
export interface Telling {
  /** How each score was made. */
  readonly signatures: boolean;
}

/**
 * Tells scores.
 *
 * @param facts what stands before them for machines, such as the run; they are told the signatures always
 */
export function tellScores(
  screen: Screen,
  facts: Readonly<Record<string, unknown>>,
  { sentences, severalReferences, metrics }: TranslationScores,
  comparisons: readonly MetricComparison[] | null,
  { signatures }: Telling,
): void {
  screen.emit({ ...facts, sentences, severalReferences, metrics, comparisons });
  const { bold, dim } = screen.color;
  const columns = columnsOf(Number.POSITIVE_INFINITY);
  const hasSingle = severalReferences > 0;
  const hasInterval = metrics.some(({ interval }) => interval !== null);
  const head = [
    "",
    "score",
    ...(hasInterval ? ["±"] : []),
    ...(hasSingle ? ["1 ref."] : []),
    ...(comparisons ? ["other", "p"] : []),
  ];
  const rows = metrics.map(({ metric, name, score, interval, single }) => {
    const compared = comparisons?.find((one) => one.metric === metric);
    return [
      name,
      score?.toFixed(2) ?? "-",
      ...(hasInterval ? [interval?.margin.toFixed(2) ?? ""] : []),
      ...(hasSingle ? [single?.toFixed(2) ?? ""] : []),
      ...(comparisons ? [compared?.other.toFixed(2) ?? "-", compared?.p.toFixed(3) ?? ""] : []),
    ];
  });
  const [first = "", ...lines] = plainTable(head, rows).split("\n");
  screen.result(dim(first));
  for (const line of lines) screen.result(line.replace(/\d+\.\d+/, (score) => bold(score)));
  screen.result("");
  for (const line of errorsOf(metrics)) screen.result(flowing(line, columns));
  if (comparisons) screen.result(flowing(verdictsOf(comparisons), columns));
  screen.result(
    dim(
      flowing(
        [
          `${count(sentences)} ${sentences === 1 ? "source" : "sources"}`,
          ...(hasSingle ? [`${count(severalReferences)} with more than one reference`] : []),
        ],
        columns,
      ),
    ),
  );
  if (metrics.some(({ score }) => score === null))
    screen.note("no reference has 4 words, and BLEU compares words four in a row: it has no score here");
  if (comparisons && sentences < 100)
    screen.note("so few sources hardly tell systems apart, whatever p says; compare by 100 or more");
  if (signatures) for (const { name, signature } of comparisons ?? metrics) screen.result(dim(`${name}  ${signature}`));
}

/** The changes behind each error rate. */
function errorsOf(metrics: readonly MetricScore[]): string[][] {
  const units = { cer: "characters", wer: "words", per: "phones" } as Readonly<Record<string, string>>;
  return metrics.flatMap(({ metric, details }) => {
    const unit = units[metric];
    if (unit === undefined) return [];
    const of = (name: string) => count(details[name] as number);
    return [
      [
        `${unit} wrong: ${of("substitutions")} replaced`,
        `${of("deletions")} left out`,
        `${of("insertions")} put in`,
        `of ${of("units")}`,
      ],
    ];
  });
}

/** Which of two systems is better, by each metric. */
function verdictsOf(comparisons: readonly MetricComparison[]): string[] {
  const by = (which: MetricComparison["better"]) =>
    comparisons.filter(({ better }) => better === which).map(({ name }) => name);
  const told = (which: MetricComparison["better"], what: string) => {
    const names = by(which);
    return names.length > 0 ? [`${what}: ${names.join(", ")}`] : [];
  };
  return [
    ...told("this", "better (p < 0.05)"),
    ...told("other", "worse (p < 0.05)"),
    ...told(null, "cannot be told apart"),
  ];
}
