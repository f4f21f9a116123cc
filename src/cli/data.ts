/** The data a training or an evaluation reads: a file, a folder of files, or what comes with a recipe. */
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, StopError, show } from "../base/index.ts";
import { datasets } from "../datasets/index.ts";
import { diskError, linesOf, textOf } from "../files/index.ts";
import { fileChunks } from "../files/node.ts";
import {
  type Corpus,
  CorpusReader,
  languageModelRecipes,
  type Reading,
  readText,
  type Storage,
} from "../tasks/index.ts";

/** Where data come from: a file or a folder, or a recipe. */
export type DataSource = { readonly file: string } | { readonly recipe: keyof typeof languageModelRecipes };

/** Where the data of a run come from: the file, or else the recipe. */
export function sourceOf(file: string | null, recipe: string | null): DataSource | null {
  if (file !== null) return { file };
  return recipe === null ? null : { recipe: recipe as keyof typeof languageModelRecipes };
}

/** What messages call the data. */
export function nameOf(source: DataSource): string {
  return "file" in source ? source.file : `recipe ${source.recipe}`;
}

/** Whether a path is that of texts by its name. */
export function isTextPath(path: string): boolean {
  return /\.(txt|jsonl)$/i.test(path);
}

/** Whether there is a file or a folder. */
export function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** What help says of data. */
export const dataHelp = `Data are a UTF-8 text file, a folder of .txt files (each a document), or a .jsonl file (each line an object with a
"text", which is a document). With --unit lines each line is a sequence of its own; with --unit text all of it is one
running text; with --unit documents it is one too, and the model learns where a document ends (in a single text file
at blank lines). Large files are read piece by piece.`;

/** The files of some data, and how long they are together. */
export interface DataFiles {
  readonly files: readonly string[];
  readonly bytes: number;
}

/** Changes when a file does. */
interface Stamp {
  readonly bytes: number;
  readonly stamp: string;
}

/** @throws StopError or FormatError when there are none */
export async function findFiles(path: string): Promise<DataFiles> {
  const found = await stat(path).catch(() => undefined);
  // What is missing or may not be read says so when it is opened.
  if (!found?.isDirectory()) return { files: [path], bytes: found?.isFile() ? found.size : 0 };
  const names = await readdir(path).catch((error: unknown) => {
    throw diskError(path, "read", error);
  });
  const files = names.filter((name) => /\.txt$/i.test(name)).sort();
  if (files.length === 0)
    throw new FormatError(`${path}: must hold .txt files, holds none; name a file, or a folder with the texts`);
  const paths = files.map((name) => join(path, name));
  const sizes = await Promise.all(paths.map(async (file) => (await stampOf(file)).bytes));
  return { files: paths, bytes: sizes.reduce((sum, bytes) => sum + bytes) };
}

/** What follows a reading. */
export interface ReadingHooks {
  /** Where the text is kept; by default in memory. */
  readonly storage?: Storage;
  /** Told how many bytes were read. */
  readonly progress?: (bytes: number) => void;
  /** Stops the reading with its reason. */
  readonly signal?: AbortSignal;
}

/** A text that was read, and what its bytes come to: null for that of a recipe. */
export interface ReadData {
  readonly corpus: Corpus;
  readonly hash: string | null;
}

/**
 * Reads data in bounded memory, but for that of the storage.
 *
 * @throws StopError or FormatError for a file that is missing, empty, no text, changes meanwhile, or with unit lines has
 *   a line of more than a mebibyte; RangeError for a text with nothing in it
 */
export async function readData(source: DataSource, reading: Reading, hooks: ReadingHooks = {}): Promise<ReadData> {
  const where = nameOf(source);
  if ("recipe" in source) {
    const texts = datasets[languageModelRecipes[source.recipe].dataset](where);
    return { corpus: readText(where, texts, reading), hash: null };
  }
  const { files } = await findFiles(source.file);
  const isFolder = files.length !== 1 || files[0] !== source.file;
  const reader = new CorpusReader(reading, hooks.storage);
  const hash = createHash("sha256");
  const read = new FileReading(hooks, (chunk) => hash.update(chunk));
  for (const file of files)
    await read.file(file, async (chunks) => {
      if (/\.jsonl$/i.test(file)) await readRecords(file, chunks, reading, reader);
      else await readFile(file, chunks, reading, reader, isFolder);
    });
  return { corpus: reader.finish(where), hash: hash.digest("hex") };
}

/** What the bytes of some files come to. */
export async function hashData({ files }: DataFiles, hooks: ReadingHooks = {}): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const file of files)
    for await (const chunk of fileChunks(file)) {
      hooks.signal?.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
      hooks.progress?.(bytes);
    }
  return hash.digest("hex");
}

async function readFile(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  { unit }: Reading,
  reader: CorpusReader,
  isDocument: boolean,
): Promise<void> {
  if (unit === "lines") {
    const advice = "break it into shorter lines, or train with --unit text";
    for await (const { text, number } of linesOf(file, chunks, { advice })) reader.line(text, file, number);
    return;
  }
  if (unit === "documents" && !isDocument) {
    const advice = "break it into shorter lines";
    for await (const { text } of linesOf(file, chunks, { advice })) reader.documentLine(text);
    return;
  }
  for await (const text of textOf(file, chunks)) reader.text(text);
  endOf(reader, unit, isDocument);
}

/** Texts of a .jsonl file, each as though it were a file of its own. */
async function readRecords(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  { unit }: Reading,
  reader: CorpusReader,
): Promise<void> {
  const advice = "break it into shorter texts";
  for await (const { text: line, number } of linesOf(file, chunks, { maxLineBytes: longestRecord, advice })) {
    if (line.trim() === "") continue;
    const where = `${file}: line ${number}`;
    const text = textIn(where, line);
    if (unit === "lines") for (const one of text.split(/\r?\n/)) reader.line(one, file, number);
    else {
      reader.text(text.replaceAll("\r\n", "\n"));
      endOf(reader, unit, true);
    }
  }
}

const longestRecord = 1 << 26;

function textIn(where: string, line: string): string {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    throw new FormatError(`${where}: must be a JSON object such as {"text": "..."}, got ${show(line)}`);
  }
  const text = typeof record === "object" && record !== null && "text" in record ? record.text : undefined;
  if (typeof text !== "string") throw new FormatError(`${where}: must have a "text", got ${show(record)}`);
  return text;
}

/** Between one document and the next: what ends the first, or in a running text a line break. */
function endOf(reader: CorpusReader, unit: Reading["unit"], isDocument: boolean): void {
  if (unit === "documents") reader.endDocument();
  else if (isDocument) reader.text("\n");
}

/** Files that are read one after the other, chunk by chunk. */
export class FileReading {
  readonly #hooks: ReadingHooks;
  readonly #tap: (chunk: Uint8Array) => void;
  #bytes = 0;

  /** @param tap given all that is read */
  constructor(hooks: ReadingHooks = {}, tap: (chunk: Uint8Array) => void = () => {}) {
    this.#hooks = hooks;
    this.#tap = tap;
  }

  /** The chunks of a file. @throws the reason of the signal */
  async *chunks(file: string): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of fileChunks(file)) {
      this.#hooks.signal?.throwIfAborted();
      this.#tap(chunk);
      this.#bytes += chunk.length;
      this.#hooks.progress?.(this.#bytes);
      yield chunk;
    }
  }

  /** Reads a file to its end. @throws StopError when it changes meanwhile */
  async file(file: string, body: (chunks: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
    const check = await this.watch([file]);
    await body(this.chunks(file));
    await check();
  }

  /** @returns what throws StopError when one of the files has changed since */
  async watch(files: readonly string[]): Promise<() => Promise<void>> {
    const before = await Promise.all(files.map(stampOf));
    return async () => {
      const after = await Promise.all(files.map(stampOf));
      const changed = files.find((_, i) => before[i]!.stamp !== after[i]!.stamp);
      if (changed !== undefined) throw new StopError(`${changed}: was changed while it was read; try again`);
    };
  }
}

async function stampOf(file: string): Promise<Stamp> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return { bytes: Number(found?.size ?? 0), stamp: `${found?.ino} ${found?.size} ${found?.mtimeNs}` };
}
