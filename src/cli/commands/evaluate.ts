import type { Command } from "commander";
import { StopError } from "../../base/index.ts";
import { checkEvaluation, encodeText } from "../../tasks/index.ts";
import { gently } from "../../train/index.ts";
import { readData } from "../data.ts";
import { openModel } from "../models.ts";
import { count, powerOfE, Screen, type Voice } from "../screen.ts";

/** `backstitch evaluate`: how well a trained model predicts a file. */
export function evaluateCommand(program: Command): void {
  program
    .command("evaluate [run]")
    .description("how well a trained model predicts a text file")
    .option("--data <file>", "the text to judge by")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      "\nThe signature says what was measured; docs/evaluation.md explains its fields.\n\nExamples:\n  backstitch evaluate --data new-names.txt\n  backstitch evaluate names --data held-out.txt --json\n  backstitch evaluate names.safetensors --data held-out.txt",
    )
    .action(async (path: string | undefined, options: Voice & { data?: string }) => {
      if (options.data === undefined) throw new StopError("evaluate: needs a text to judge by; give --data <file>");
      const screen = new Screen(options);
      const { where, model, step } = await openModel(path);
      const { corpus } = await readData({ file: options.data }, model.settings);
      const text = encodeText(corpus, model.codec);
      const found = await gently(model.judge(text, options.data));
      checkEvaluation(options.data, found);
      const signature = step === null ? found.signature : `${found.signature}|step:${step}`;
      screen.emit({ run: where, data: options.data, ...found, signature });
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
