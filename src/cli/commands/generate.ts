import { randomInt } from "node:crypto";
import type { Command } from "commander";
import { type GenerateOptions, generateOptions, type LanguageModel, samplesOf } from "../../tasks/index.ts";
import { findTokenizer } from "../../text/index.ts";
import { flagsOf, pick } from "../flags.ts";
import { openModel } from "../models.ts";
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
The model is a run, or a file that backstitch export wrote; by default the last run. What is left out is as it was
trained with.

Examples:
  backstitch generate
  backstitch generate names --samples 5 --temperature 1 --seed 7
  backstitch generate runs/names --prompt tyranno
  backstitch generate names.safetensors`,
    );
  // What a model was trained with is not known before it is read.
  const shown = Object.fromEntries(Object.keys(generateOptions.shape).map((name) => [name, ""]));
  for (const option of flagsOf(generateOptions, { ...shown, seed: "another each time" })) command.addOption(option);
  command.action(async (path: string | undefined, flags: Voice & Record<string, unknown>) => {
    const screen = new Screen(flags);
    const given: GenerateOptions = pick("generate", generateOptions, flags);
    const { model } = await openModel(path);
    // Fresh samples each time; the number is told, so that they can be had again.
    const options = { ...given, seed: given.seed ?? randomInt(1_000_000) };
    if (given.prompt) noteUnknown(model, given.prompt, screen);
    const { unit, samples } = { ...model.settings, ...given };
    if (unit === "text" && samplesOf({ unit, samples }) === 1 && screen.isLive) {
      writeLive(model, options);
    } else {
      model.generate(options).forEach((text, i) => {
        screen.emit({ text, seed: options.seed });
        screen.result(unit === "text" && i > 0 ? `\n${text}` : text);
      });
    }
    if (given.seed === undefined && screen.isLive)
      screen.say(screen.color.dim(`\nthe same again: --seed ${options.seed}`));
  });
}

/** Writes a text as it is drawn. */
function writeLive(model: LanguageModel, options: GenerateOptions): void {
  process.stdout.write(options.prompt ?? "");
  for (const token of model.stream(options)) process.stdout.write(token);
  process.stdout.write("\n");
}

function noteUnknown(model: LanguageModel, prompt: string, screen: Screen): void {
  const tokens = findTokenizer(model.settings.tokenizer).encode(prompt);
  const unknown = [...new Set(tokens.filter((token) => !model.vocabulary.has(token)))];
  if (unknown.length === 0) return;
  const list = unknown.map((token) => JSON.stringify(token)).join(", ");
  const lower = prompt.toLowerCase();
  const known = findTokenizer(model.settings.tokenizer)
    .encode(lower)
    .every((token) => model.vocabulary.has(token));
  screen.note(
    `the model has never seen ${list} of the prompt${known ? `; try --prompt ${JSON.stringify(lower)}` : ""}`,
  );
}
