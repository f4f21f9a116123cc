/** Pairs in files: columns, objects, translation memories, or two files line by line. */
import { stat } from "node:fs/promises";
import { z } from "zod";
import { FormatError, nearest, show, ValueError } from "../base/index.ts";
import { type Line, linesOf, textOf } from "../files/index.ts";
import { readTmx, type TmxUnit } from "../formats/index.ts";
import type { Pair } from "../tasks/index.ts";
import { FileReading } from "./data.ts";

/** How pairs are read from files. */
export const pairFileOptions = z.strictObject({
  targetData: z.string().optional().describe("the file of the targets, line by line, where --data holds sources alone"),
  validationData: z.string().optional().describe("pairs to judge by, instead of a share of those in --data"),
  validationTargetData: z.string().optional().describe("the targets to judge by, where those are two files too"),
  columns: z
    .string()
    .optional()
    .describe("columns as 1,2 or names of columns or keys as en,de: the source, then targets [default: all]"),
  tagColumn: z.string().optional().describe("the column or key that says what a source is to become"),
  reverse: z.boolean().default(false).describe("learn to turn targets into sources"),
  from: z.string().optional().describe("of a .tmx file: the language of the sources"),
  to: z.string().optional().describe("of a .tmx file: that of the targets; several with commas become tags"),
});

/** Options of reading pairs as a user gives them. */
export type PairFileOptions = Readonly<z.input<typeof pairFileOptions>>;

/** What help says of files of pairs. */
export const pairDataHelp = `Pairs are a .tsv or .txt file with a source and a target on each line and a tab between (further columns are further
right targets), a .jsonl file of objects {"source": ..., "target": ...}, a .tmx translation memory, or two text files
line by line: --data sources.txt --target-data targets.txt.`;

/** A pair with its place in the file. */
export interface PlacedPair {
  readonly pair: Pair;
  readonly number: number;
}

/** Where pairs are: one file, or two that belong together line by line. */
export interface PairFiles {
  readonly file: string;
  readonly targets?: string | undefined;
}

/** What messages call the place of a pair in a file. */
export function placeIn(file: string): "line" | "unit" {
  return isTmx(file) ? "unit" : "line";
}

const isTmx = (file: string) => /\.tmx$/i.test(file);

/**
 * The pairs of a file, in order, in bounded memory. Those with an empty side are among them; blank lines are not.
 *
 * @param note told what was left out
 * @throws StopError or FormatError for a file that is missing, empty, not what its name says, or changes meanwhile
 */
export async function* pairsIn(
  files: PairFiles,
  options: PairFileOptions,
  { reading = new FileReading(), note = () => {} }: { reading?: FileReading; note?: (line: string) => void } = {},
): AsyncGenerator<PlacedPair, void, undefined> {
  const { file, targets } = files;
  checkOptions(files, options);
  const both = targets === undefined ? [file] : [file, targets];
  await Promise.all(both.map(sizeOfPairs));
  const unchanged = await reading.watch(both);
  const pairs =
    targets !== undefined
      ? parallelPairs(file, targets, reading)
      : isTmx(file)
        ? memoryPairs(file, options, reading, note)
        : /\.jsonl$/i.test(file)
          ? recordPairs(file, options, reading)
          : columnPairs(file, options, reading);
  for await (const { pair, number } of pairs) {
    if (!options.reverse) yield { pair, number };
    else for (const turned of reversed(pair)) yield { pair: turned, number };
  }
  await unchanged();
}

/** How many bytes a file of pairs has; 0 where it is missing. @throws FormatError for a folder */
export async function sizeOfPairs(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new FormatError(`${file}: must be a file of pairs, is a folder; name a file in it`);
  return found?.isFile() ? found.size : 0;
}

/** @throws RangeError for options that are for other files */
function checkOptions({ file, targets }: PairFiles, { columns, tagColumn, from, to, reverse }: PairFileOptions): void {
  const flags = { columns, "tag-column": tagColumn, from, to };
  const refuse = (names: readonly (keyof typeof flags)[], why: string) => {
    const given = names.find((name) => flags[name] !== undefined);
    if (given) throw new ValueError(`${file}: --${given} ${why}; leave it out`);
  };
  if (targets !== undefined) refuse(["columns", "tag-column", "from", "to"], "is not for two files line by line");
  else if (isTmx(file)) refuse(["columns", "tag-column"], "is not for a .tmx file");
  else refuse(["from", "to"], "is for .tmx files");
  if (isTmx(file) && reverse)
    throw new ValueError(`${file}: --reverse is not for a .tmx file; say the languages with --from and --to`);
  if (/\.csv$/i.test(file))
    throw new FormatError(
      `${file}: must be .tsv, .txt, .jsonl or .tmx, is .csv; save it with tabs between the columns`,
    );
}

function reversed({ source, target, references = [], tag }: Pair): Pair[] {
  return [target, ...references].map((text) => ({ source: text, target: source, ...(tag !== undefined && { tag }) }));
}

function pairOf(source: string, targets: readonly string[], tag?: string): Pair {
  const [target = "", ...references] = targets.filter((text) => text.trim() !== "");
  return {
    source,
    target,
    ...(references.length > 0 && { references }),
    ...(tag !== undefined && { tag }),
  };
}

const advice = { advice: "break it into shorter texts" };

async function* columnPairs(
  file: string,
  { columns, tagColumn }: PairFileOptions,
  reading: FileReading,
): AsyncGenerator<PlacedPair> {
  let choice: Choice | undefined;
  for await (const { text, number } of linesOf(file, reading.chunks(file), advice)) {
    if (text.trim() === "") continue;
    const cells = text.split("\t");
    const at = `${file}: line ${number}`;
    if (!choice) {
      const isNamed = [...(columns?.split(",") ?? []), ...(tagColumn === undefined ? [] : [tagColumn])].some(
        (name) => !/^\d+$/.test(name.trim()),
      );
      const isTitled = columns === undefined && tagColumn === undefined && isTitle(cells);
      const names = isNamed || isTitled ? cells.map((cell) => cell.trim()) : null;
      choice = chosen(at, names, { columns: isTitled ? titled(cells) : columns, tagColumn: tagColumn ?? tagIn(names) });
      if (names) continue;
    }
    const { source, targets, tag } = choice;
    const least = Math.max(source, ...(targets ?? [1]), tag ?? 0) + 1;
    if (cells.length < least)
      throw new FormatError(
        least === 2
          ? `${at}: must hold a source and a target with a tab between, got ${show(text)}${/\.txt$/i.test(file) ? "; where the targets are another file, give it with --target-data" : ""}`
          : `${at}: must have ${least} columns with tabs between, has ${cells.length}`,
      );
    if (cells.length === 2 && targets === null && tag === undefined) {
      yield { number, pair: { source: cells[0]!, target: cells[1]! } };
      continue;
    }
    const others = targets ?? [...cells.keys()].filter((column) => column !== source && column !== tag);
    yield {
      number,
      pair: pairOf(
        cells[source]!,
        others.map((column) => cells[column]!),
        tag === undefined ? undefined : cells[tag],
      ),
    };
  }
}

/** Which columns of each line are what, from 0; no targets: all the others. */
interface Choice {
  readonly source: number;
  readonly targets: readonly number[] | null;
  readonly tag: number | undefined;
}

/** Whether a line says what is in the columns below it. */
function isTitle(cells: readonly string[]): boolean {
  const [source, target] = cells.map((cell) => cell.trim().toLowerCase());
  return source === "source" && target === "target";
}

/** The columns that such a line says hold sources and targets. */
function titled(cells: readonly string[]): string {
  return cells.flatMap((cell, i) => (cell.trim().toLowerCase() === "tag" ? [] : [`${i + 1}`])).join(",");
}

function tagIn(names: readonly string[] | null): string | undefined {
  return names?.find((name) => name.toLowerCase() === "tag");
}

function chosen(
  at: string,
  names: readonly string[] | null,
  { columns, tagColumn }: Pick<PairFileOptions, "columns" | "tagColumn">,
): Choice {
  const find = (column: string) => {
    const name = column.trim();
    if (/^\d+$/.test(name)) {
      if (Number(name) === 0) throw new ValueError(`${at}: columns are counted from 1, got 0`);
      return Number(name) - 1;
    }
    const index = names!.indexOf(name);
    if (index >= 0) return index;
    const near = nearest(name, names!);
    throw new ValueError(
      `${at}: no column "${name}"; ${near ? `did you mean "${near}"?` : `it has ${names!.join(", ")}`}`,
    );
  };
  const tag = tagColumn === undefined ? undefined : find(tagColumn);
  if (columns === undefined) return { source: tag === 0 ? 1 : 0, targets: null, tag };
  const [source, ...targets] = columns.split(",").map(find);
  if (targets.length === 0) throw oneColumn(at, columns);
  return { source: source!, targets, tag };
}

const oneColumn = (at: string, columns: string) =>
  new ValueError(`${at}: --columns must be a source and at least one target, as 1,2, got "${columns}"`);

async function* recordPairs(
  file: string,
  { columns = "source,target", tagColumn }: PairFileOptions,
  reading: FileReading,
): AsyncGenerator<PlacedPair> {
  const [from, ...to] = columns.split(",").map((name) => name.trim());
  if (to.length === 0) throw oneColumn(file, columns);
  const lines = linesOf(file, reading.chunks(file), { maxLineBytes: 1 << 22, ...advice });
  for await (const { text, number } of lines) {
    if (text.trim() === "") continue;
    const at = `${file}: line ${number}`;
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch {
      throw new FormatError(
        `${at}: must be a JSON object such as {"source": "...", "target": "..."}, got ${show(text)}`,
      );
    }
    const [source] = textsAt(at, record, from!, false);
    const targets = to.flatMap((key) => textsAt(at, record, key, true));
    const references = to.length === 1 && to[0] === "target" ? textsAt(at, record, "references", true, true) : [];
    const [tag] = textsAt(at, record, tagColumn ?? "tag", false, tagColumn === undefined);
    yield { number, pair: pairOf(source!, [...targets, ...references], tag) };
  }
}

/** The text, or with `isList` the texts, that a record has under a key, such as "target" or "translation.de". */
function textsAt(at: string, record: unknown, key: string, isList: boolean, isOptional = false): string[] {
  const path = isObject(record) && Object.hasOwn(record, key) ? [key] : key.split(".");
  let value = record;
  for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  if (value === undefined && isOptional) return [];
  if (typeof value === "string") return [value];
  if (isList && Array.isArray(value) && value.every((text) => typeof text === "string")) return value;
  throw new FormatError(`${at}: must have a text "${key}", got ${show(record)}`);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

async function* parallelPairs(file: string, targets: string, reading: FileReading): AsyncGenerator<PlacedPair> {
  const sides = [file, targets].map((name) => linesOf(name, reading.chunks(name), advice));
  const [sources, others] = sides as [AsyncGenerator<Line>, AsyncGenerator<Line>];
  for (let number = 1; ; number++) {
    const source = await sources.next();
    const target = await others.next();
    if (source.done && target.done) return;
    if (source.done || target.done) {
      const counts = [number - 1, number - 1];
      const longer = source.done ? 1 : 0;
      counts[longer]!++;
      for await (const _ of sides[longer]!) counts[longer]!++;
      throw new FormatError(
        `${targets}: must have as many lines as ${file}, which has ${counts[0]}, has ${counts[1]}; line by line they belong together`,
      );
    }
    // Two blank lines are no pair.
    if (source.value.text.trim() === "" && target.value.text.trim() === "") continue;
    yield { number, pair: { source: source.value.text, target: target.value.text } };
  }
}

async function* memoryPairs(
  file: string,
  options: PairFileOptions,
  reading: FileReading,
  note: (line: string) => void,
): AsyncGenerator<PlacedPair> {
  let from = options.from;
  let to = options.to?.split(",").map((name) => name.trim());
  let [found, lacking] = [0, 0];
  const languages = new Set<string>();
  let sourceLanguage: string | undefined;
  const header = (said: { readonly sourceLanguage: string | undefined }) => {
    sourceLanguage = said.sourceLanguage;
  };
  for await (const unit of readTmx(file, textOf(file, reading.chunks(file)), { header })) {
    for (const { language } of unit.texts) if (languages.size < 100) languages.add(language);
    if (unit.texts.length < 2) {
      lacking++;
      continue;
    }
    from ??= unit.texts.find(({ language }) => sourceLanguage && isLanguage(language, sourceLanguage))?.language;
    to ??= otherLanguages(file, unit, from);
    from ??= unit.texts.find(({ language }) => !to!.some((wanted) => isLanguage(language, wanted)))?.language;
    const inLanguage = (wanted: string) =>
      unit.texts.filter(({ language }) => isLanguage(language, wanted)).map(({ text }) => text);
    const [source] = from === undefined ? [] : inLanguage(from);
    let isUsed = false;
    for (const language of source === undefined ? [] : to) {
      const targets = inLanguage(language);
      if (targets.length === 0) continue;
      isUsed = true;
      yield { number: unit.number, pair: pairOf(source!, targets, to.length > 1 ? language : undefined) };
    }
    if (isUsed) found++;
    else lacking++;
  }
  const wanted = `${from ?? "a source"} and ${to?.join(" or ") ?? "a target"}`;
  if (found === 0)
    throw new FormatError(`${file}: must hold units in ${wanted}, holds none; it has ${[...languages].join(", ")}`);
  if (lacking > 0)
    note(
      `${lacking === 1 ? "1 unit that is" : `${lacking} units that are`} not in ${wanted} ${lacking === 1 ? "is" : "are"} left out`,
    );
}

/** The language besides that of the sources. @throws RangeError when there are several */
function otherLanguages(file: string, { texts }: TmxUnit, from: string | undefined): string[] {
  const all = [...new Set(texts.map(({ language }) => language))];
  const others = all.filter((language) => from === undefined || !isLanguage(language, from));
  const choices = from === undefined ? others.slice(1) : others;
  if (choices.length === 1) return choices;
  throw new ValueError(`${file}: has ${all.join(", ")}; say which with --from and --to`);
}

/** Whether a text is in a language: "en" also stands for "en-US". */
function isLanguage(language: string, wanted: string): boolean {
  const [has, wants] = [language, wanted].map((name) => name.toLowerCase().replaceAll("_", "-")) as [string, string];
  return has === wants || has.startsWith(`${wants}-`);
}
