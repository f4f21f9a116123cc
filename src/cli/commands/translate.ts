import type { Command } from "commander";
import type { z } from "zod";
import { isUserError, StopError, show, ValueError } from "../../base/index.ts";
import {
  type AttentionMap,
  attentionPage,
  attentionPicture,
  beamTreePage,
  type NamedBeamTree,
} from "../../draw/index.ts";
import { type Translation, translateOptions } from "../../tasks/index.ts";
import { flagsOf, pick } from "../flags.ts";
import { type AnyTranslator, isModelFile, openTranslator } from "../models.ts";
import { tellWritten, writeOutput } from "../output-file.ts";
import { isRunGiven, nearRun } from "../runs.ts";
import { columnsOf, count, Screen, type Voice } from "../screen.ts";
import { fileSink, type GivenSource, givenLines, outputSink, textsOf } from "../translate-lines.ts";
import { translatePrompt } from "../translate-prompt.ts";
import {
  alternativesOf,
  attentionText,
  drawable,
  type Look,
  lineOf,
  spelledTree,
  Tally,
  treeText,
} from "../translation-text.ts";
import { typedOptions } from "../typed-options.ts";

const options = translateOptions.omit({ trace: true });
type Options = z.input<typeof options>;

interface Flags extends Voice {
  readonly file?: string;
  readonly output?: string;
  readonly show?: readonly string[];
  readonly [option: string]: unknown;
}

/** `backstitch translate`: what a trained model makes of texts. */
export function translateCommand(program: Command): void {
  const several = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];
  const command = program
    .command("translate [runs-and-texts...]")
    .usage("[options] [run...] [text...]")
    .description("translate texts, lines or what is typed; see what was looked at and searched")
    .option("--file <file>", "translate each line of a text file")
    .option("--output <file>", "write to a file: translations, or with --show a picture: .html, or of attention .svg")
    .option("--show <what>", "attention or beam: draw what was looked at, or searched; may be given twice", several);
  // What a model was trained with is not known before it is read.
  const trained = { beamSize: "", alpha: "", normalisation: "", coverage: "", noRepeat: "", prefix: "" };
  for (const option of flagsOf(options, trained)) command.addOption(option);
  command
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
The first arguments are runs or model files, by default the last run that translates; several are an ensemble, whose
predictions are averaged. What follows are texts. Without a text each line of the standard input is translated, line for
line; in a terminal there is a prompt: type, and see. What is left out is as the model was trained with.

Examples:
  backstitch translate
  backstitch translate runs/dates "3 May 1979" --show attention
  backstitch translate pairs "ein Satz" --beam-size 10 --best 5
  backstitch translate pairs pairs-2 pairs-3 --file test.txt --output test.out
  backstitch translate pairs "ein Satz" --show beam --output search.html
  head test.txt | backstitch translate pairs.safetensors --certify 10000 --json`,
    )
    .action(async (given: readonly string[], flags: Flags) => {
      const screen = new Screen(flags);
      const settings: Options = pick("translate", options, flags);
      const shown = shownOf(flags.show ?? []);
      const picture = pictureOf(flags.output, shown);
      if (shown.beam && settings.sample)
        throw new ValueError(
          "translate: --show beam draws a search, and with --sample there is none; leave one of them out",
        );
      const { runs, texts } = await runsAndTexts(given);
      if (texts.length > 0 && flags.file !== undefined)
        throw new ValueError("translate: needs texts or --file, got both; leave one of them out");
      if (picture === "svg" && texts[0]?.trim() === "")
        throw new ValueError(`translate: --output ${flags.output} needs a text to draw, got an empty one`);
      if (picture === "svg" && texts.length !== 1)
        throw new ValueError(
          `translate: --output ${flags.output} holds the picture of one text, got ${texts.length || "lines"}; name a file that ends in .html`,
        );
      const isAsked = texts.length === 0 && flags.file === undefined && screen.isLive && process.stdin.isTTY;
      if (isAsked && flags.output !== undefined)
        throw new StopError(
          "translate: needs texts for --output; give them, or --file <file>, or lines on the standard input",
        );
      const { where, model } = await openTranslator(runs);
      if (shown.attention && !model.sides.attends)
        throw new ValueError(`translate: --show attention needs a model with attention, ${where} has none`);
      const look: Look = {
        // A terminal that does not know how wide it is says 0.
        columns: columnsOf(80) || 80,
        hasColor: screen.hasColor,
        isSeen: process.stdout.isTTY === true,
      };
      if (isAsked)
        return translatePrompt({ model, where, settings, look, input: process.stdin, output: process.stdout });
      // A misspelt run reads as a text, so who looks on is told which model was asked.
      if (runs.length === 0) {
        const near = texts.length > 0 ? await nearRun(texts[0]!) : undefined;
        const hint = near === undefined ? "" : `; ${show(texts[0])} is read as a text, did you mean the run "${near}"?`;
        screen.note(`translated by ${where}, the run last trained${hint}`);
      }
      const sources = texts.length > 0 ? texts.map((text) => ({ text, where: show(text) })) : givenLines(flags.file);
      const work = { model, settings, shown, look, sources, isLines: texts.length === 0 };
      const sink = flags.output !== undefined && picture === null ? await fileSink(flags.output) : outputSink;
      const { maps, trees } = await translateEach(screen, work, sink, picture !== null);
      if (flags.output === undefined) return;
      if (picture !== null) {
        const written = picture === "svg" ? attentionPicture(maps[0]!) : pageOf(where, shown, { maps, trees });
        return writeOutput(screen, flags.output, written);
      }
      tellWritten(screen, flags.output);
    });
}

/** What is to be seen of a translation besides it. */
interface Shown {
  readonly attention: boolean;
  readonly beam: boolean;
}

function shownOf(given: readonly string[]): Shown {
  for (const what of given)
    if (what !== "attention" && what !== "beam")
      throw new ValueError(`translate: --show must be attention or beam, got ${show(what)}`);
  return { attention: given.includes("attention"), beam: given.includes("beam") };
}

/** The kind of picture that is asked for, or null where the translations themselves are to be written. */
function pictureOf(output: string | undefined, { attention, beam }: Shown): "svg" | "html" | null {
  const kind = /\.(svg|html?)$/i.exec(output ?? "")?.[1]?.toLowerCase();
  const isShown = attention || beam;
  if (output === undefined || (!isShown && kind === undefined)) return null;
  if (kind === undefined) {
    const wanted = beam ? ".html with --show beam" : ".svg or .html with --show";
    throw new ValueError(`translate: --output must end in ${wanted}, got ${show(output)}`);
  }
  if (!isShown)
    throw new ValueError(
      `translate: --output ${output} is for a picture; say which with --show attention or --show beam`,
    );
  if (attention && beam)
    throw new ValueError(
      `translate: --output ${output} holds one kind of picture, got --show attention and --show beam; give one`,
    );
  if (kind === "svg" && beam)
    throw new ValueError(`translate: --output must end in .html with --show beam, got ${show(output)}`);
  return kind === "svg" ? "svg" : "html";
}

/** The leading arguments that mean runs or model files, and the texts after them. */
async function runsAndTexts(given: readonly string[]) {
  let runs = 0;
  while (runs < given.length && (isModelFile(given[runs]!) || (await isRunGiven(given[runs]!)))) runs++;
  return { runs: given.slice(0, runs), texts: given.slice(runs) };
}

interface Work {
  readonly model: AnyTranslator;
  readonly settings: Options;
  readonly shown: Shown;
  readonly look: Look;
  readonly sources: Iterable<GivenSource> | AsyncIterable<GivenSource>;
  /** Whether the sources are lines, in number as they come. */
  readonly isLines: boolean;
}

/** What pages show. */
interface Pictures {
  readonly maps: AttentionMap[];
  readonly trees: NamedBeamTree[];
}

/** More texts than this are not in a page. */
const mostPictures = 100;

/**
 * Translates source after source and writes what comes of it.
 *
 * @param isPicture whether pictures are kept for a page instead of drawn
 */
async function translateEach(
  screen: Screen,
  { model, settings, shown, look, sources, isLines }: Work,
  sink: Awaited<ReturnType<typeof fileSink>>,
  isPicture: boolean,
): Promise<Pictures> {
  const pictures: Pictures = { maps: [], trees: [] };
  const tally = new Tally(model.sides.source);
  const texts = textsOf(model, sources, settings.longSource === "cut");
  const several = (settings.best ?? 1) > 1;
  const isParted = several || (!isPicture && (shown.attention || shown.beam));
  let done = 0;
  try {
    for await (const translation of model.stream(texts, { ...settings, ...(shown.beam && { trace: true }) })) {
      tally.add(translation);
      const { source, text, unknown, tree } = translation;
      const isSeen = isPicture ? done < mostPictures : true;
      const seen =
        shown.attention && isSeen && source !== ""
          ? model.attention(source, text, { tag: settings.tag, longSource: settings.longSource })
          : null;
      const searched =
        shown.beam && isSeen && tree ? spelledTree(model, translation, beamSizeOf(model, settings)) : null;
      if (isPicture && seen) pictures.maps.push({ ...drawable(seen, unknown), caption: source });
      if (isPicture && searched) pictures.trees.push(searched);
      const drawn = isPicture
        ? []
        : [seen && attentionText(drawable(seen, unknown), look), searched && treeText(searched, look)];
      const lines = several ? alternativesOf(translation, look) : [lineOf(text, look)];
      const words = [
        ...(isParted && done > 0 ? [""] : []),
        ...lines,
        ...drawn.filter((one) => one !== null).map((one) => `\n${one}`),
      ];
      await sink.write(screen.json ? `${JSON.stringify(factOf(translation, seen))}\n` : `${words.join("\n")}\n`);
      done++;
    }
  } catch (error) {
    throw byFlag(error);
  } finally {
    await sink.close();
  }
  for (const note of tally.notes(isLines ? "line" : "text")) screen.note(note);
  if (isPicture && done > mostPictures)
    screen.note(`the page shows the first ${mostPictures} of ${count(done)} ${isLines ? "lines" : "texts"}`);
  return pictures;
}

/** An error about an option, by the name of its flag. */
function byFlag(error: unknown): unknown {
  if (isUserError(error)) error.message = typedOptions(error.message, Object.keys(options.shape), "--");
  return error;
}

/** A translation for machines. */
function factOf({ tree, ...translation }: Translation, seen: ReturnType<AnyTranslator["attention"]> | null) {
  const attention = seen && { ...seen, weights: seen.weights.map((row) => Array.from(row)) };
  return { ...translation, ...(attention && { attention }), ...(tree && { beam: tree.nodes }) };
}

/** How many hypotheses a search keeps at each step. */
function beamSizeOf(model: AnyTranslator, { beamSize }: Options): number {
  return beamSize ?? model.sides.search.beamSize;
}

function pageOf(where: string, shown: Shown, { maps, trees }: Pictures): string {
  return shown.attention
    ? attentionPage({ title: "attention", summary: `what ${where} looked at`, maps })
    : beamTreePage({ title: "beam search", summary: `how ${where} searched`, trees });
}
