import type { Command } from "commander";
import { z } from "zod";
import { ValueError } from "../../base/index.ts";
import { checkEvaluation, type LanguageEvaluation, LanguageModel, scoringOptions } from "../../tasks/index.ts";
import { gently } from "../../train/index.ts";
import { evaluateOutputs } from "../evaluate-outputs.ts";
import { evaluateTranslator, judgedSearchOptions } from "../evaluate-translator.ts";
import { flagsOf, kebab, pick } from "../flags.ts";
import { readJudged } from "../judged-data.ts";
import { judgedPairOptions } from "../judged-pairs.ts";
import { type OpenedModel, openAny, openTranslator } from "../models.ts";
import { count, powerOfE, Screen, type Voice } from "../screen.ts";
import type { Telling } from "../translation-scores.ts";

const amount = z.strictObject({ limit: z.int().min(1).optional().describe("judge by so many sources, taken evenly") });

interface Flags extends Voice {
  readonly data?: string;
  readonly output?: string;
  readonly against?: readonly string[];
  readonly hypotheses?: string;
  readonly references?: readonly string[];
  readonly pairedWith?: string;
  readonly signatures?: boolean;
  readonly [option: string]: unknown;
}

/** `backstitch evaluate`: how well a trained model predicts a file, or translates pairs; or how good given outputs are. */
export function evaluateCommand(program: Command): void {
  const several = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];
  const command = program
    .command("evaluate [runs...]")
    .description("how well a trained model predicts a text, or translates pairs")
    .option("--data <path>", "what to judge by [default: what the run kept aside, or its recipe keeps apart]")
    .option("--output <file>", "write what is translated, a line for each source")
    .option("--against <run>", "compare with another run; given several times, with the ensemble of those", several)
    .option("--hypotheses <file>", "score these outputs, a line each; no model is asked")
    .option("--references <files...>", "with --hypotheses: what is right, line by line; several files: all are right")
    .option("--paired-with <file>", "with --hypotheses: compare with these outputs of another system");
  // What a model was trained with is not known before it is read.
  const trained = { beamSize: "", alpha: "", normalisation: "", coverage: "", noRepeat: "" };
  for (const schema of [amount, scoringOptions, judgedSearchOptions, judgedPairOptions])
    for (const option of flagsOf(schema, trained)) command.addOption(option);
  command
    .option("--signatures", "tell how each score was made; with --json it always is")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
A language model is judged by a text: loss, perplexity, bits per character. A model that translates is judged by pairs,
as for train: each source is translated once, and all of its targets are right. Several runs are an ensemble. Scores come
with half of their 95 % interval, and with --signatures with how they were made; docs/evaluation.md explains it all.

Examples:
  backstitch evaluate
  backstitch evaluate names.safetensors --data held-out.txt --json
  backstitch evaluate pairs --data test.tsv --beam-size 10 --output test.out
  backstitch evaluate pairs --data test.tsv --against pairs-2
  backstitch evaluate --hypotheses test.out --references test.en more.en --metrics bleu,chrf`,
    )
    .action(async (runs: readonly string[], flags: Flags) => {
      const screen = new Screen(flags);
      const scoring = pick("evaluate", scoringOptions, flags);
      if (scoring.samples === 0 && (flags.pairedWith ?? flags.against) !== undefined)
        throw new ValueError("evaluate: --samples must be at least 1 to compare, got 0");
      if (flags.hypotheses !== undefined) {
        refuse(flags, forModels, "is for models; leave it out with --hypotheses");
        if (runs.length > 0)
          throw new ValueError("evaluate: needs a run or --hypotheses, got both; leave one of them out");
        const { hypotheses, references, pairedWith } = flags;
        return evaluateOutputs(screen, { hypotheses, references, pairedWith }, scoring, tellingOf(flags));
      }
      refuse(flags, forOutputs, "is for outputs in files; give --hypotheses <file> too");
      if (runs.length <= 1) {
        const opened = await openAny(runs[0]);
        const { where, model, step } = opened;
        screen.taken(runs[0], where);
        if (model instanceof LanguageModel) {
          refuse(flags, forTranslators, `is for models that translate, ${where} writes; leave it out`);
          return evaluateText(screen, { where, model, step }, flags.data);
        }
        return evaluateTranslator(screen, { where, runs: 1, model, step }, judgingOf(flags));
      }
      return evaluateTranslator(screen, await openTranslator(runs), judgingOf(flags));
    });
}

const forOutputs = ["references", "pairedWith"] as const;
const forTranslators = [
  "output",
  "against",
  ...Object.keys(amount.shape),
  ...Object.keys(scoringOptions.shape),
  ...Object.keys(judgedSearchOptions.shape),
  ...Object.keys(judgedPairOptions.shape),
];
const forModels = [
  "data",
  "output",
  "against",
  ...Object.keys(amount.shape),
  ...Object.keys(judgedSearchOptions.shape),
  ...Object.keys(judgedPairOptions.shape),
];

/** @throws RangeError when one of some flags is given */
function refuse(flags: Flags, names: readonly string[], why: string): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given !== undefined) throw new ValueError(`evaluate: --${kebab(given)} ${why}`);
}

function judgingOf(flags: Flags): Parameters<typeof evaluateTranslator>[2] {
  const { data, output, against } = flags;
  return {
    ...{ data, output, against },
    ...(pick("evaluate", amount, flags) as { limit?: number }),
    reading: pick("evaluate", judgedPairOptions, flags),
    search: pick("evaluate", judgedSearchOptions, flags),
    scoring: pick("evaluate", scoringOptions, flags),
    telling: tellingOf(flags),
  };
}

function tellingOf({ signatures = false }: Flags): Telling {
  return { signatures };
}

/** How well a language model predicts a text. */
async function evaluateText(screen: Screen, opened: OpenedModel, data: string | undefined): Promise<void> {
  const { where, model, step } = opened;
  const { text, name, close } = await readJudged(opened, data, screen);
  let found: LanguageEvaluation;
  try {
    found = await gently(model.judge(text, name));
  } finally {
    await close();
  }
  checkEvaluation(name, found);
  const signature = step === null ? found.signature : `${found.signature}|step:${step}`;
  screen.emit({ run: where, data: name, ...found, signature });
  const { bold, dim } = screen.color;
  screen.result(`loss           ${bold(found.loss.toFixed(4))} nats per token`);
  screen.result(`perplexity     ${bold(powerOfE(found.loss, 5))}`);
  screen.result(`per character  ${bold(found.bitsPerCharacter.toFixed(4))} bits`);
  screen.result(
    `tokens         ${count(found.tokens)}${found.unknown > 0 ? `, ${count(found.unknown)} of them unknown to the model` : ""}`,
  );
  screen.result(dim(`signature      ${signature}`));
}
