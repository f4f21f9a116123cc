import type { Command } from "commander";
import { generateOptions } from "../../tasks/index.ts";
import { flagsOf, pick } from "../flags.ts";
import { loadModel } from "../models.ts";
import { openRun } from "../runs.ts";
import { Screen, type Voice } from "../screen.ts";

/** `backstitch generate`: samples of a trained model. */
export function generateCommand(program: Command): void {
  const command = program
    .command("generate [run]")
    .description("write with a trained language model")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
What is left out is as the run was trained with. Without a run the last one is used.

Examples:
  backstitch generate
  backstitch generate names --samples 5 --temperature 1 --seed 7
  backstitch generate runs/names --prompt Tyranno`,
    );
  for (const option of flagsOf(generateOptions)) command.addOption(option);
  command.action(async (path: string | undefined, options: Voice & Record<string, unknown>) => {
    const screen = new Screen(options);
    const run = await openRun(path);
    const { model } = await loadModel(run);
    for (const text of model.generate(pick(generateOptions, options))) {
      screen.emit({ text });
      screen.result(text);
    }
  });
}
