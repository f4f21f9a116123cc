import type { Command } from "commander";
import { z } from "zod";
import { FormatError, StopError, show, ValueError } from "../../base/index.ts";
import { heatMap, markUnit, paintUnit, visible } from "../../draw/index.ts";
import { textOf } from "../../files/index.ts";
import { fileChunks, readTextFile } from "../../files/node.ts";
import {
  type Activations,
  activations,
  type ClampEffect,
  clampEffect,
  findUnits,
  held,
  type Labels,
  labelsOf,
  mostChanging,
  type Probe,
  probe,
  readAlong,
  round4,
  type UnitSearch,
  unitAlong,
  writeActivations,
} from "../../inspect/index.ts";
import type { LanguageModel, NextToken } from "../../tasks/index.ts";
import { flagsOf, pick } from "../flags.ts";
import { openModel } from "../models.ts";
import { endingOf, writeOutput } from "../output-file.ts";
import { plainTable } from "../plain-table.ts";
import { columnsOf, count, counted, Screen, type Voice } from "../screen.ts";
import { noteUnknown } from "../unknown.ts";

const numbers = z.strictObject({
  limit: z.int().min(1).default(5000).describe("read at most this many tokens"),
  top: z.int().min(1).default(10).describe("how many units and next tokens are told"),
  seed: z.int().min(0).default(1).describe("with --clamp: decides which sample is drawn"),
  maxLength: z.int().min(1).default(200).describe("with --clamp: the most tokens of a sample"),
});

interface Flags extends Voice {
  readonly text?: string;
  readonly data?: string;
  readonly output?: string;
  readonly parts?: string;
  readonly find?: readonly string[];
  readonly labels?: string;
  readonly probe?: boolean;
  readonly unit?: readonly string[];
  readonly clamp?: readonly string[];
  readonly prompt?: string;
  readonly [option: string]: unknown;
}

/** `backstitch activations`: what the units of a trained model do along a text. */
export function activationsCommand(program: Command): void {
  const several = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];
  const command = program
    .command("activations [run]")
    .description("look inside: hidden units, gates and cell states along a text")
    .option("--text <text>", "the text")
    .option("--data <file>", "read the text from a file")
    .option("--output <file>", "write all of it: .html to look around in, or .json")
    .option("--parts <names>", "which parts, such as h,c or a gate [default: all that the cell has]")
    .option("--find <what>", "find the units that track something; may be given several times", several)
    .option("--labels <file>", "find the units that track the numbers in a file, one for each token")
    .option("--probe", "with --find and --labels: also what all units of h tell together")
    .option("--unit <unit>", "draw the text by a unit, as in layer0.c[12]; may be given several times", several)
    .option("--clamp <what>", "hold a unit or a weight, as in layer0.c[12]=0; may be given several times", several)
    .option(
      "--prompt <text>",
      "with --clamp: what the sample begins with [default: the text, or nothing for several lines]",
    );
  for (const option of flagsOf(numbers)) command.addOption(option);
  command
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
The model is a run, or a file that backstitch export wrote; by default the last run. Without --find, --labels, --unit,
--clamp and --output the text is drawn by the unit that changes most.

--find takes quotes, brackets, line-position, word-position, uppercase, after:<text> or regex:<pattern>. The first half
of the text chooses the units, by their correlation; what is told of them is from the second half.

--clamp holds a unit of h, c or a gate (layer0.f[3]=1), a weight (layer0.wHh[3,5]=0), or scales one
(output.bias[7]*=0.5), and tells what changes. What else is asked for is then of the model so held.

Examples:
  backstitch activations names --text tyrannosaurus
  backstitch activations --data book.txt --output book.html
  backstitch activations --data book.txt --find quotes --find line-position --probe
  backstitch activations --data book.txt --unit layer0.c[12] --unit layer0.f[12]
  backstitch activations --text "He said" --clamp layer0.c[12]=0 --seed 7
  backstitch activations names.safetensors --text rex --json`,
    )
    .action(async (path: string | undefined, flags: Flags) => {
      const screen = new Screen(flags);
      const { limit, top, ...writing } = numbers.parse(pick("activations", numbers, flags));
      const out = endingOf("activations", flags.output, ["html", "json"]);
      if (flags.text !== undefined && flags.data !== undefined)
        throw new ValueError("activations: needs --text or --data, got both; leave one of them out");
      if (flags.probe && !flags.find && !flags.labels)
        throw new ValueError(
          "activations: --probe is for what is looked for with --find or --labels; give one of them",
        );
      if (flags.prompt !== undefined && !flags.clamp)
        throw new ValueError("activations: --prompt is for what changes with --clamp; give both, or leave it out");
      const given = flags.text ?? (await readStart(flags.data, limit));
      const { where, model } = await openModel(path);
      const { text, tokens, isWhole } = shortened(model, given, limit, flags.data);
      noteUnknown(screen, model, text, { whole: "the text" });
      if (!isWhole)
        screen.note(`the first ${limit === 1 ? "token is" : `${count(limit)} tokens are`} read; --limit reads more`);

      const clamps = flags.clamp ?? [];
      if (clamps.length > 0) {
        screen.taken(path, where);
        const prompt = flags.prompt !== undefined && { prompt: flags.prompt };
        const effect = clampEffect(model, text, clamps, { ...writing, ...prompt, top });
        tellEffect(screen, effect);
        if (!flags.find && !flags.labels && !flags.unit && !out) return;
        screen.result("");
      }
      const parts = flags.parts === undefined ? {} : { parts: flags.parts.split(",").map((part) => part.trim()) };
      checkRoom(model, tokens, parts.parts?.length, out);
      const seen = held(model, clamps, () => activations(model, text, parts));
      tellSize(screen, seen, where);
      const wanted: Labels[] = (flags.find ?? []).map((what) => labelsOf(seen, what));
      if (flags.labels !== undefined)
        wanted.push(labelsOf(seen, { name: flags.labels, values: await readLabels(flags.labels) }));
      const found = wanted.map((labels) => search(seen, labels, { top, isWhole }));
      for (const [i, search] of found.entries()) {
        tellSearch(screen, search);
        if (flags.probe) tellProbes(screen, search.name, probe(seen, wanted[i]!, { parts: [firstOf(seen)] }));
      }

      const isQuiet = out !== null || clamps.length > 0;
      const chosen =
        flags.unit ?? (found.length > 0 || isQuiet ? found.map(({ units }) => units[0]!.name) : [mostChanging(seen)]);
      for (const unit of new Set(chosen)) drawUnit(screen, seen, unit);
      if (out === null) return;
      const tracks = wanted.map(({ name, values }, i) => ({ name, values, units: found[i]!.units }));
      const written =
        out === "json"
          ? writeActivations(seen)
          : heatMap({
              ...seen,
              title: `activations of ${where}`,
              summary: `${seen.cell}, ${counted(seen.hiddenSize, "unit")} in each layer, ${counted(seen.tokens.length, "token")}${clamps.length > 0 ? `, with ${clamps.join(", ")}` : ""}`,
              tracks,
              ...(chosen[0] !== undefined && { unit: chosen[0] }),
            });
      await writeOutput(screen, flags.output!, written);
    });
}

/** As much of a file as holds so many tokens, none of which is longer than a word may be. */
async function readStart(file: string | undefined, limit: number): Promise<string> {
  if (file === undefined) throw new StopError("activations: needs a text to read; give --text <text> or --data <file>");
  let text = "";
  for await (const piece of textOf(file, fileChunks(file))) {
    text += piece;
    if (text.length > 64 * limit) break;
  }
  return text;
}

/** The first tokens of a text. */
function shortened(
  model: LanguageModel,
  given: string,
  limit: number,
  file: string | undefined,
): { readonly text: string; readonly tokens: number; readonly isWhole: boolean } {
  const { text, ids, ends } = readAlong(file ?? "activations", model, given);
  if (ids.length <= limit) return { text: given, tokens: ids.length, isWhole: true };
  return { text: text.slice(0, ends[limit - 1]), tokens: limit, isWhole: false };
}

/** h, or where it was left out the first of the parts that were asked for. */
function firstOf({ series }: Activations): string {
  return (series.find(({ part }) => part === "h") ?? series[0]!).part;
}

/** Refuses what would fill a disk or a browser. */
function checkRoom(model: LanguageModel, tokens: number, parts: number | undefined, out: string | null): void {
  if (out === null) return;
  const { layers, hiddenSize, cell } = model.network.recurrent;
  const each = parts ?? cell.state.length + 4;
  const all = tokens * layers.length * hiddenSize * each;
  if (all > mostNumbers)
    throw new ValueError(
      `activations: --output holds at most ${count(mostNumbers)} numbers, got ${count(all)}; lower --limit, or choose --parts`,
    );
}

/** 100 MB of HTML, or some 250 MB of JSON. */
const mostNumbers = 40_000_000;

/** Numbers, parted by white space or commas. */
async function readLabels(file: string): Promise<number[]> {
  const words = (await readTextFile(file)).split(/[\s,]+/).filter((word) => word !== "");
  return words.map((word, i) => {
    const value = Number(word);
    if (!Number.isFinite(value))
      throw new FormatError(`${file}: must hold numbers, got ${show(word)} as number ${i + 1}`);
    return value;
  });
}

function tellSize(screen: Screen, seen: Activations, where: string): void {
  const { cell, hiddenSize, tokens, series } = seen;
  const layers = new Set(series.map(({ layer }) => layer)).size;
  const parts = [...new Set(series.map(({ part }) => part))];
  screen.emit({ event: "read", run: where, cell, layers, hiddenSize, parts, tokens: tokens.length });
  screen.result(
    screen.color.dim(
      `${where}: ${cell}, ${counted(layers, "layer")} of ${counted(hiddenSize, "unit")}, ${counted(tokens.length, "token")}`,
    ),
  );
}

/** As findUnits; where the text was not read to its end there is more of it without another text. */
function search(seen: Activations, labels: Labels, { top, isWhole }: { top: number; isWhole: boolean }): UnitSearch {
  try {
    return findUnits(seen, labels, { top });
  } catch (error) {
    if (isWhole || !(error instanceof ValueError)) throw error;
    throw new ValueError(error.message.replace(/give a longer text$/, "read more of it with --limit"));
  }
}

function tellSearch(screen: Screen, search: UnitSearch): void {
  const { name, asked, tokens, chance, units } = search;
  screen.emit({ event: "units", ...search });
  const { bold, dim } = screen.color;
  screen.result(
    `\nunits that track ${bold(visible(name))}, chosen by ${counted(tokens[0], "token")}, judged by the other ${count(tokens[1])}`,
  );
  const rows = units.map(({ name, correlation, auc, chosenBy }) => [
    name,
    ...[correlation, ...(auc === null ? [] : [auc]), chosenBy].map((number) => number.toFixed(3)),
  ]);
  const areas = units[0]!.auc === null ? [] : ["auc"];
  screen.result(plainTable(["unit", "correlation", ...areas, "where chosen"], rows));
  screen.result(dim(`by chance the best of ${count(asked)} reaches a correlation of ${chance.toFixed(3)}`));
}

function tellProbes(screen: Screen, name: string, probes: readonly Probe[]): void {
  for (const { weights: _, ...told } of probes) {
    const { layer, part, correlation, auc } = told;
    screen.emit({ event: "probe", name, ...told });
    screen.result(
      `all units of layer${layer}.${part} together: correlation ${correlation.toFixed(3)}${auc === null ? "" : `, auc ${auc.toFixed(3)}`}`,
    );
  }
}

function drawUnit(screen: Screen, seen: Activations, unit: string): void {
  const values = unitAlong(seen, unit);
  screen.emit({ event: "unit", unit, tokens: seen.tokens, values: Array.from(values, round4) });
  if (screen.json) return;
  const [least, most] = values.reduce(
    ([least, most], x) => [Math.min(least, x), Math.max(most, x)],
    [Infinity, -Infinity],
  );
  screen.result(`\n${screen.color.bold(unit)} ${screen.color.dim(`from ${round4(least)} to ${round4(most)}`)}`);
  const shown = {
    tokens: seen.tokens.slice(0, drawnTokens),
    values: values.subarray(0, drawnTokens),
    begins: seen.begins,
  };
  screen.result(screen.hasColor ? paintUnit(shown) : markUnit(shown, columnsOf(80)));
  if (seen.tokens.length > drawnTokens)
    screen.result(
      screen.color.dim(`... and ${count(seen.tokens.length - drawnTokens)} tokens more; --output page.html shows all`),
    );
}

/** What of a text is drawn in a terminal. */
const drawnTokens = 1000;

function tellEffect(screen: Screen, effect: ClampEffect<NextToken>): void {
  const { clamps, loss, predicted, tokens, nats, prompt, next, samples } = effect;
  const costs = { before: Array.from(nats.before, round4), after: Array.from(nats.after, round4) };
  screen.emit({ event: "clamp", ...effect, nats: costs });
  if (screen.json) return;
  const { bold, dim } = screen.color;
  screen.result(`with ${bold(clamps.join(", "))}\n`);
  if (predicted > 0)
    screen.result(
      `loss    ${loss.before.toFixed(4)} before, ${bold(loss.after.toFixed(4))} after  ${dim(`nats per token, over ${count(predicted)}`)}`,
    );
  const changed = Array.from(tokens, (_, k) => k)
    .map((k) => ({ k, by: nats.after[k]! - nats.before[k]! }))
    .sort((a, b) => Math.abs(b.by) - Math.abs(a.by))
    .slice(0, 5)
    .filter(({ by }) => Math.abs(by) >= 0.005);
  if (changed.length > 0)
    screen.result(
      `most at ${changed.map(({ k, by }) => `"${visible(tokens[k]!)}" (token ${k}) ${by > 0 ? "+" : ""}${by.toFixed(2)}`).join(", ")}`,
    );
  const rows = next.before.map((token, i) => [...nextCells(token), ...nextCells(next.after[i])]);
  screen.result(`\n${plainTable(["next before", "", "after", ""], rows)}`);
  // Of a long prompt the end is enough to see how it goes on.
  const hidden = prompt.length > 200 ? prompt.length - 100 : 0;
  const write = ([text = ""]: readonly string[]) =>
    (hidden > 0 ? `...${text.slice(hidden)}` : text).split("\n").map(visible).join("\n");
  screen.result(
    `\n${dim("sample before")}\n${write(samples.before)}\n\n${dim("sample after")}\n${write(samples.after)}`,
  );
}

function nextCells(token: NextToken | undefined): [string, string] {
  if (!token) return ["", ""];
  const name = token.kind === "token" ? `"${visible(token.text)}"` : `(${token.kind})`;
  return [name, `${(100 * token.probability).toFixed(2)} %`];
}
