import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { ValueError } from "../../base/index.ts";
import { diskError } from "../../files/index.ts";
import { nodeFolder } from "../../files/node.ts";
import { type GenerateOptions, generateOptions, type LanguageModel, samplesOf } from "../../tasks/index.ts";
import { flagsOf, pick } from "../flags.ts";
import { isModelFile, openModel } from "../models.ts";
import { Screen, type Voice } from "../screen.ts";
import { noteUnknown } from "../unknown.ts";

type Given = GenerateOptions & { readonly seed?: number };
type Flags = Voice & Record<string, unknown> & { readonly state?: string; readonly saveState?: string };

/** `backstitch generate`: what a trained model writes. */
export function generateCommand(program: Command): void {
  const command = program
    .command("generate [run]")
    .description("write with a trained language model")
    .option("--state <file>", "go on with the text whose state was saved there")
    .option("--save-state <file>", "save where the text stops, to go on with it later")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
The model is a run, or a file that backstitch export wrote; by default the last run. What is left out is as it was
trained with. In --stop, \\n is a line end and \\t a tab.

Examples:
  backstitch generate
  backstitch generate names --samples 5 --temperature 1 --seed 7
  backstitch generate runs/names --prompt tyranno
  backstitch generate book --typical 0.9 --repetition-penalty 1.1 --stop "\\n\\n" --stop THE
  backstitch generate names --beam-size 10 --samples 5
  backstitch generate book --prompt Once --save-state once.safetensors
  backstitch generate book --state once.safetensors
  backstitch generate names.safetensors`,
    );
  // What a model was trained with is not known before it is read.
  const shown = Object.fromEntries(Object.keys(generateOptions.shape).map((name) => [name, ""]));
  for (const option of flagsOf(generateOptions, { ...shown, seed: "another each time" })) command.addOption(option);
  command.action(async (path: string | undefined, flags: Flags) => {
    const screen = new Screen(flags);
    const given: Given = pick("generate", generateOptions, flags);
    if (given.stop) given.stop = given.stop.map(withEscapes);
    checkStates(flags, given);
    const { where, model } = await openModel(path);
    screen.taken(path, where);
    if (given.prompt) noteUnknown(screen, model, given.prompt, { whole: "the prompt", flag: "--prompt " });
    if (flags.state !== undefined || flags.saveState !== undefined) return goOn(screen, model, given, flags);
    // Fresh samples each time; the number is told, so that they can be had again.
    const seed = given.seed ?? randomInt(1_000_000);
    const options = { ...given, seed };
    const isFound = given.beamSize !== undefined;
    const { unit, samples } = { ...model.settings, ...given };
    if (unit !== "lines" && samplesOf({ unit, samples }) === 1 && screen.isLive && !isFound) {
      await writeLive(model, options);
    } else {
      const texts = model.generate(options);
      texts.forEach((text, i) => {
        screen.emit(isFound ? { text } : { text, seed });
        if (unit !== "lines" && texts.length > 1)
          screen.result(`${i > 0 ? "\n" : ""}--- ${i + 1} of ${texts.length} ---`);
        screen.result(text);
      });
    }
    if (given.seed === undefined && screen.isLive && !isFound)
      screen.say(screen.color.dim(`\nthe same again: --seed ${seed}`));
  });
}

/** Writes a text as it is drawn. */
async function writeLive(model: LanguageModel, { prompt = "", ...options }: GenerateOptions): Promise<void> {
  const { samples: _, beamSize: __, alpha: ___, ...rest } = options;
  process.stdout.write(prompt);
  for await (const piece of model.stream({ prompt, ...rest })) process.stdout.write(piece);
  process.stdout.write("\n");
}

/** Writes one text from where a saved one stopped, or from its begin, and saves where it stops now. */
async function goOn(screen: Screen, model: LanguageModel, given: Given, { state, saveState }: Flags): Promise<void> {
  const { prompt = "", samples: _, beamSize: __, alpha: ___, ...options } = given;
  const session = state === undefined ? model.session() : model.session(await readState(state), state);
  session.read(prompt, "generate");
  // What goes on draws on, unless it is told otherwise.
  const seed = options.seed ?? (state === undefined ? randomInt(1_000_000) : undefined);
  const stream = session.stream({ ...options, ...(seed !== undefined && { seed }) });
  let text = prompt;
  if (screen.isLive) process.stdout.write(prompt);
  for await (const piece of stream) {
    text += piece;
    if (screen.isLive) process.stdout.write(piece);
  }
  screen.emit({ text, ...(seed !== undefined && { seed }) });
  screen.result(screen.isLive ? "" : text);
  if (saveState === undefined) return;
  await nodeFolder(dirname(saveState)).write(basename(saveState), session.save());
  screen.emit({ event: "state", file: saveState, ended: session.isEnded });
  if (session.isEnded) screen.note(`the model has ended the text: nothing can follow from ${saveState}`);
}

async function readState(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    throw diskError(file, "read", error);
  });
}

function checkStates({ state, saveState }: Flags, { samples = 1, beamSize }: Given): void {
  const flag = state !== undefined ? "--state" : "--save-state";
  if (state === undefined && saveState === undefined) return;
  if (samples > 1) throw new ValueError(`generate: ${flag} goes with one text, got --samples ${samples}; leave it out`);
  if (beamSize !== undefined)
    throw new ValueError(`generate: ${flag} goes with drawing, got --beam-size ${beamSize}; leave it out`);
  if (saveState !== undefined && !isModelFile(saveState))
    throw new ValueError(`generate: --save-state must be a file that ends in .safetensors, got "${saveState}"`);
}

/** A text in which \n, \t and \\ stand for a line end, a tab and a backslash, which are hard to type. */
function withEscapes(text: string): string {
  const signs: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\" };
  return text.replaceAll(/\\([nt\\])/g, (_, sign: string) => signs[sign]!);
}
