import type { Command } from "commander";
import { recipes } from "../../tasks/index.ts";
import { Screen } from "../screen.ts";

/** `backstitch recipes`: what can be trained without data of one's own. */
export function recipesCommand(program: Command): void {
  program
    .command("recipes")
    .description("list the recipes: data and options that are ready to train")
    .option("--json", "one JSON object per line")
    .action((options: { json?: boolean }) => {
      const screen = new Screen(options);
      for (const [name, { task, summary, options: tuned }] of Object.entries(recipes)) {
        screen.emit({ name, task, summary, options: tuned });
        screen.result(`${screen.color.bold(name)}  ${summary}  ${screen.color.dim(`(${task})`)}`);
      }
      screen.say("");
      screen.say("Train one:            backstitch train names");
      screen.say("Or data of your own:  backstitch train language-model --data lines.txt");
    });
}
