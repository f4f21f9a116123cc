import type { Command } from "commander";
import { z } from "zod";
import { visible } from "../../draw/index.ts";
import {
  type BlameCase,
  type BlameOptions,
  type BlameReport,
  blameNote,
  blameOptions,
  blamePage,
  blameReport,
  blameSaid,
  blameSettings,
  blameTables,
  blaming,
  differences,
  errorKinds,
} from "../../tasks/index.ts";
import { gentlyEach } from "../../train/index.ts";
import { type CasesFile, openCases } from "../blame-cases.ts";
import { flagsOf, pick } from "../flags.ts";
import { Interrupt } from "../interrupt.ts";
import { byRun, judgedPairOptions, readJudgedPairs } from "../judged-pairs.ts";
import { openTranslator } from "../models.ts";
import { endingOf, writeOutput } from "../output-file.ts";
import { plainTable } from "../plain-table.ts";
import { columnsOf, count, Screen, type Voice, wrapped } from "../screen.ts";
import { WorkProgress } from "../work-progress.ts";

const amounts = z.strictObject({
  limit: z.int().min(1).optional().describe("judge so many sources, taken evenly"),
  examples: z.int().min(0).default(4).describe("wrong outputs that are shown"),
});

interface Flags extends Voice {
  readonly data?: string;
  readonly output?: string;
  readonly cases?: string;
  readonly [option: string]: unknown;
}

/** `backstitch blame`: whether the model or the search is to blame for wrong outputs. */
export function blameCommand(program: Command): void {
  const command = program
    .command("blame [runs...]")
    .description("which wrong outputs are the model's fault, and which the search's")
    .option("--data <file>", "the pairs to judge by, as for train [default: what the run's recipe keeps apart]")
    .option("--output <file>", "write all of it as a page (.html), with every wrong output beside its reference")
    .option("--cases <file>", "keep what was found in a file: an analysis that was stopped goes on there");
  for (const schema of [blameOptions, amounts, judgedPairOptions])
    for (const option of flagsOf(schema)) command.addOption(option);
  command
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
For each wrong output P(y*|x) of the reference is compared with P(y|x) of the output, both as the search scores them. Where
the output scores more, the model is at fault: it prefers what is wrong. Where the reference scores more, the search is: it
did not find what the model prefers. Several runs are an ensemble. docs/error-analysis.md explains it all.

Examples:
  backstitch blame pairs --data test.tsv
  backstitch blame pairs --data test.tsv --beam-sizes 1,5 --output blame.html
  backstitch blame pairs pairs-2 --data test.tsv --limit 500 --certify 2000 --cases cases.jsonl
  backstitch blame pairs.safetensors --data test.tsv --json`,
    )
    .action(async (runs: readonly string[], flags: Flags) => {
      const screen = new Screen(flags);
      endingOf("blame", flags.output, ["html"]);
      const options = pick("blame", blameOptions, flags) as BlameOptions;
      const { limit, examples } = amounts.parse(pick("blame", amounts, flags));
      const reading = pick("blame", judgedPairOptions, flags);
      const opened = await openTranslator(runs);
      const { where, model, step } = opened;
      const settings = blameSettings(model, options);
      const { data } = flags;
      const { questions, name, all } = await readJudgedPairs("blame", opened, { data, limit }, reading, screen);
      if (questions.length < all) screen.say(screen.color.dim(`${count(questions.length)} of ${count(all)} sources`));
      const kept =
        flags.cases === undefined
          ? null
          : await openCases(flags.cases, { run: where, step, data: name, settings, questions });
      const first = kept?.cases.length ?? 0;
      if (first > 0) screen.say(screen.color.dim(`goes on after ${count(first)} sources in ${flags.cases}`));
      const work = blaming(model, questions, options, first);
      const cases = await judgeAll(screen, work, { where, total: questions.length, kept });
      if (cases.length === 0) return;
      const report = blameReport(cases, settings);
      screen.emit({ event: "report", run: where, step, data: name, ...report });
      tellReport(screen, report, cases, examples);
      if (flags.output === undefined) return;
      await writeOutput(screen, flags.output, blamePage(`${where}: who is to blame`, report, cases));
    });
}

/** Judges what is left; a signal ends it, and what was judged is kept and told. */
async function judgeAll(
  screen: Screen,
  work: Generator<BlameCase, void>,
  { where, total, kept }: { readonly where: string; readonly total: number; readonly kept: CasesFile | null },
): Promise<BlameCase[]> {
  const cases = [...(kept?.cases ?? [])];
  for (const one of cases) screen.emit({ event: "case", ...one });
  const interrupt = new Interrupt();
  const progress = new WorkProgress(screen, "sources", total, cases.length);
  try {
    for await (const one of gentlyEach(work, interrupt.signal)) {
      cases.push(one);
      await kept?.add(one);
      screen.emit({ event: "case", ...one });
      progress.show(cases.length);
    }
  } catch (error) {
    if (error !== interrupt.signal.reason) throw byRun(error, "blame", where);
    process.exitCode = interrupt.exitCode;
    progress.close();
    const how = kept ? "the same command goes on" : "with --cases <file> it could go on";
    screen.note(`stopped after ${count(cases.length)} of ${count(total)} sources; ${how}`);
  } finally {
    progress.close();
    interrupt.close();
  }
  return cases;
}

function tellReport(screen: Screen, report: BlameReport, cases: readonly BlameCase[], examples: number): void {
  const { bold, dim } = screen.color;
  const columns = columnsOf(80);
  for (const { title, head, rows } of blameTables(report, { isNarrow: columns < 72 })) {
    if (title !== "") screen.result(`\n${bold(title)}`);
    const [first = "", ...lines] = plainTable(head, rows).split("\n");
    screen.result([dim(first), ...lines].join("\n"));
  }
  const shown = worst(report, cases).slice(0, examples);
  if (shown.length > 0) screen.result(`\n${bold("examples")}`);
  for (const one of shown) screen.result(exampleText(screen, report, one));
  screen.result(`\n${bold("advice")}`);
  for (const { text } of report.advice) screen.result(wrapped(`- ${text}`, columns, 2));
  const { sources, severalReferences, settings } = report;
  const { normalisation, alpha, coverage } = settings;
  const by = normalisation === "none" ? "log P" : `log P by ${normalisation}, alpha ${alpha}`;
  const several = severalReferences > 0 ? `, ${count(severalReferences)} with more than one reference` : "";
  const covered = coverage > 0 ? `, coverage ${coverage}` : "";
  screen.result(
    dim(
      wrapped(
        `${count(sources)} ${sources === 1 ? "source" : "sources"}${several}; scored by ${by}${covered}`,
        columns,
      ),
    ),
  );
}

/** Wrong outputs at the best beam: search faults first, then those that are furthest from their reference. */
function worst({ settings, bestBeam }: BlameReport, cases: readonly BlameCase[]): BlameCase[] {
  const b = settings.beamSizes.indexOf(bestBeam);
  const gap = ({ outputs, references }: BlameCase) => {
    const { score, reference } = outputs[b]!;
    return Math.abs(score - references[reference]!.score);
  };
  const rank = ({ outputs }: BlameCase) => ["search", "model", "undecided", "unreachable"].indexOf(outputs[b]!.verdict);
  return cases
    .filter(({ outputs }) => outputs[b]!.verdict !== "right")
    .sort((one, other) => rank(one) - rank(other) || gap(other) - gap(one) || one.index - other.index);
}

function exampleText(screen: Screen, { settings, bestBeam }: BlameReport, one: BlameCase): string {
  const output = one.outputs[settings.beamSizes.indexOf(bestBeam)]!;
  const reference = one.references[output.reference]!;
  const parts = differences(reference.text, output.text);
  const { bold, dim, red, green } = screen.color;
  const painted = (side: keyof typeof parts, paint: (text: string) => string) =>
    parts[side].map(({ text, isOther }) => (isOther ? paint(visible(text)) : visible(text))).join("");
  const note = blameNote(output, one);
  const columns = columnsOf(80);
  const facts = ({ logProb, score }: { readonly logProb: number; readonly score: number }) =>
    dim(`log P ${logProb.toFixed(2)}  score ${score.toFixed(3)}`);
  const what = [blameSaid[output.verdict], errorKinds[output.kind!], ...(note === "" ? [] : [note])].join(", ");
  return [
    wrapped(`${bold(visible(one.source))}  ${dim(what)}`, columns, 2),
    `  reference  ${painted("reference", green)}`,
    `             ${facts(reference)}`,
    `  output     ${painted("output", red)}`,
    `             ${facts(output)}`,
  ].join("\n");
}
