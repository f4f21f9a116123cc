import type { Command } from "commander";
import { checkEvaluation, type LanguageEvaluation } from "../../tasks/index.ts";
import { gently } from "../../train/index.ts";
import { readJudged } from "../judged-data.ts";
import { openModel } from "../models.ts";
import { count, powerOfE, Screen, type Voice } from "../screen.ts";

/** `backstitch evaluate`: how well a trained model predicts a file. */
export function evaluateCommand(program: Command): void {
  program
    .command("evaluate [run]")
    .description("how well a trained model predicts a text")
    .option("--data <path>", "the text to judge by [default: what the run kept aside for validation]")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      "\nThe signature says what was measured; docs/evaluation.md explains its fields.\n\nExamples:\n  backstitch evaluate\n  backstitch evaluate --data new-names.txt\n  backstitch evaluate names --data held-out.txt --json\n  backstitch evaluate names.safetensors --data held-out.txt",
    )
    .action(async (path: string | undefined, options: Voice & { data?: string }) => {
      const screen = new Screen(options);
      const opened = await openModel(path);
      const { where, model, step } = opened;
      const { text, name, close } = await readJudged(opened, options.data, screen);
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
    });
}
