import type { Command } from "commander";
import { nearest, ValueError } from "../../base/index.ts";
import { type Recipe, recipes, tasks } from "../../tasks/index.ts";
import { flagsOf, kebab } from "../flags.ts";
import { columnsOf, flowing, Screen, type Voice, wrapped } from "../screen.ts";

/** `backstitch recipes`: what can be trained without data of one's own. */
export function recipesCommand(program: Command): void {
  program
    .command("recipes [name]")
    .description("list the recipes: data and options that are ready to train; or show the options of one")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      "\nExamples:\n  backstitch recipes\n  backstitch recipes moby-dick\n  backstitch recipes --json",
    )
    .action((name: string | undefined, voice: Voice) => {
      const screen = new Screen(voice);
      if (name === undefined) list(screen);
      else showRecipe(name, screen);
    });
}

function list(screen: Screen): void {
  const rows = Object.entries<Recipe>(recipes).map(([name, recipe]) => {
    screen.emit({ name, ...recipe });
    return { summary: recipe.summary, cells: [name, recipe.size, duration(recipe), recipe.figures] };
  });
  const widths = rows[0]!.cells.map((_, column) => Math.max(...rows.map(({ cells }) => cells[column]!.length)));
  const { bold, dim } = screen.color;
  const columns = columnsOf(Number.POSITIVE_INFINITY);
  // In a small terminal one thing stands below the other.
  const isFolded = widths.reduce((sum, width) => sum + width + 2, -2) > columns;
  for (const { summary, cells } of rows) {
    if (isFolded) {
      const [name, ...facts] = cells;
      const indented = (text: string) => `  ${text.replaceAll("\n", "\n  ")}`;
      screen.result(`${bold(name!)}\n${indented(flowing(facts, columns - 2, ", "))}`);
      screen.result(dim(indented(wrapped(summary, columns - 2))));
      continue;
    }
    const [name, ...facts] = cells.map((cell, column) => cell.padEnd(widths[column]!));
    screen.result(`${bold(name!)}  ${facts.join("  ")}`.trimEnd());
    screen.result(dim(wrapped(`${" ".repeat(widths[0]!)}  ${summary}`, columns, widths[0]! + 2)));
  }
  screen.say(`\n${wrapped("How long is told for one core with the native kernels; more cores are faster.", columns)}`);
  const hints = [
    ["Train one:", "backstitch train names"],
    ["Its options:", "backstitch recipes names"],
    ["Or data of your own:", "backstitch train language-model --data lines.txt"],
    ["", "backstitch train translate --data pairs.tsv"],
  ] as const;
  screen.say("");
  for (const [what, command] of hints)
    screen.say(
      columns < 80 ? `${what && `${what}\n`}  ${wrapped(command, columns - 2, 4)}` : what.padEnd(22) + command,
    );
}

function showRecipe(name: string, screen: Screen): void {
  const recipe = find(name);
  const { bold, dim } = screen.color;
  screen.emit({ name, ...recipe });
  screen.result(`${bold(name)}  ${recipe.summary}`);
  const facts = [recipe.size, `${duration(recipe)} on one core`, recipe.figures].filter((fact) => fact !== "");
  screen.result(`${facts.join(", ")}\n`);
  const flags = new Map(flagsOf(tasks[recipe.task].options).map((flag) => [flag.attributeName(), flag.description]));
  const rows = Object.entries(recipe.options).map(([option, value]) => {
    const flag = value === true ? `--${kebab(option)}` : `--${kebab(option)} ${String(value)}`;
    return { flag, help: flags.get(option) ?? "" };
  });
  const width = Math.max(...rows.map(({ flag }) => flag.length));
  for (const { flag, help } of rows) screen.result(`  ${flag.padEnd(width)}  ${dim(help)}`.trimEnd());
  screen.say(`\nTrain it:                  backstitch train ${name}`);
  screen.say(`With an option changed:    backstitch train ${name} --seed 2`);
}

/** @throws RangeError for a name that no recipe has */
function find(name: string): Recipe {
  const known = Object.keys(recipes);
  if (Object.hasOwn(recipes, name)) return recipes[name as keyof typeof recipes];
  const near = nearest(name, known);
  throw new ValueError(
    `recipes: no recipe "${name}"; ${near ? `did you mean "${near}"?` : `there is ${known.join(", ")}`}`,
  );
}

function duration({ minutes }: Recipe): string {
  if (minutes < 1) return `${Math.round(minutes * 60)} seconds`;
  const whole = Math.round(minutes);
  return whole === 1 ? "1 minute" : `${whole} minutes`;
}
