import type { Command } from "commander";
import { textWidth, visible } from "../../draw/index.ts";
import { type NextToken, nextTokenOptions } from "../../tasks/index.ts";
import { flagsOf, pick } from "../flags.ts";
import { openModel } from "../models.ts";
import { columnsOf, Screen, type Voice } from "../screen.ts";
import { noteUnknown } from "../unknown.ts";

/** `backstitch next`: what a trained model expects next. */
export function nextCommand(program: Command): void {
  const command = program
    .command("next [run]")
    .description("what may come next in a text, the likeliest first")
    .option("--prompt <text>", "the text; without it, what a text begins with");
  for (const option of flagsOf(nextTokenOptions)) command.addOption(option);
  command
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
Examples:
  backstitch next --prompt tyra
  backstitch next names --prompt tyranno --top 3
  backstitch next book.safetensors --prompt "the apple and " --json`,
    )
    .action(async (path: string | undefined, flags: Voice & Record<string, unknown> & { prompt?: string }) => {
      const screen = new Screen(flags);
      const options: { top?: number } = pick("next", nextTokenOptions, flags);
      const { where, model } = await openModel(path);
      screen.taken(path, where);
      const { prompt = "" } = flags;
      noteUnknown(screen, model, prompt, { whole: "the prompt", flag: "--prompt " });
      const ranked = model.next(prompt, options);
      for (const { text, kind, id, probability, logProb } of ranked)
        screen.emit({ text, kind, id, probability, logProb });
      screen.result(barTable(ranked, columnsOf(80), screen.color));
    });
}

/** A line for each token: its rank's bar is as long as it is likely. */
function barTable(tokens: readonly NextToken[], columns: number, { cyan, dim }: Screen["color"]): string {
  const names = tokens.map(nameOf);
  const most = Math.max(...names.map(textWidth));
  // A long token leaves room for the bar all the same.
  const nameWidth = Math.min(most, Math.max(8, columns - 24));
  const barWidth = Math.max(4, Math.min(50, columns - nameWidth - 11));
  const longest = tokens[0]?.probability || 1;
  return tokens
    .map((token, i) => {
      const name = shortened(names[i]!, nameWidth);
      const padded = name + " ".repeat(Math.max(0, nameWidth - textWidth(name)));
      const bar = barOf(token.probability / longest, barWidth);
      return `${token.kind === "token" ? padded : dim(padded)}  ${percent(token.probability).padStart(7)}  ${cyan(bar)}`.trimEnd();
    })
    .join("\n");
}

function nameOf({ text, kind }: NextToken): string {
  if (kind === "end") return "(end)";
  if (kind === "unknown") return "(unknown)";
  return text === "" ? "(part of a character)" : `"${visible(text)}"`;
}

function shortened(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = "";
  for (const character of text) {
    if (textWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** A bar in eighths of a column. */
function barOf(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  return "█".repeat(eighths >> 3) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths & 7]!;
}

/** A probability in at most 7 characters. */
function percent(probability: number): string {
  if (probability >= 0.0001) return `${(100 * probability).toFixed(probability >= 0.1 ? 1 : 2)}%`;
  return probability.toExponential(1);
}
