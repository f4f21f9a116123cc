/** Texts as they are read, piece by piece: units, not yet ids, in memory or wherever there is room for them. */
import { KindError, show, ValueError } from "../../base/index.ts";
import { type ByteStore, lineCut, memoryBytes, PackedNumbers, type Tokenizer, unitsOf } from "../../text/index.ts";
import { drawnBy, Hashes } from "./aside.ts";
import { Fingerprint, hashText } from "./fingerprint.ts";
import { Numbering, type NumberingOptions } from "./numbering.ts";
import type { LanguageModelSettings } from "./options.ts";

/** What a language model is trained on: lines, documents, or one text (which is cut as the unit says). */
export type TextData = string | readonly string[];

/** Where bytes are kept, each under a name: in memory, or in a folder on a disk. */
export interface Storage {
  create(name: string): ByteStore;
  remove(name: string): void;
}

/** Bytes in memory. */
export const memoryStorage = (): Storage => ({ create: () => memoryBytes(), remove: () => {} });

/** The options that decide how a text is read. */
export type Reading = Pick<LanguageModelSettings, "unit" | "tokenizer" | "lowercase" | "validation" | "seed">;

/** A text that was read. */
export interface Corpus {
  readonly unit: LanguageModelSettings["unit"];
  /** What cut it into units. */
  readonly tokenizer: Tokenizer;
  /** All units as numbers; with unit documents, 0 is the end of a document. */
  readonly units: PackedNumbers;
  /** With unit lines, for each line twice its units, and one more for a line that its hash keeps aside. */
  readonly lines: PackedNumbers | null;
  /** A hash of each line; null where there are more than `mostHashes` of them. */
  readonly hashes: Float64Array | null;
  readonly numbering: Numbering;
  /** Differs for a text with other units or other parts. */
  readonly fingerprint: string;
}

/**
 * The most tokens in a line, when each line is a sequence of its own: gradients reach back over all of it, and memory
 * grows with it.
 */
export const longestLine = 5000;

/** What bounds the memory of a reader. */
export interface ReaderLimits extends Pick<NumberingOptions, "remembered" | "numbered"> {
  /** How many lines are told apart exactly. */
  readonly hashes?: number;
}

/** Takes a text piece by piece, in memory that does not grow with it (but for that of the storage). */
export class CorpusReader {
  readonly #reading: Reading;
  readonly #tokenizer: Tokenizer;
  readonly #numbering: Numbering;
  readonly #fingerprint = new Fingerprint();
  readonly #units: PackedNumbers;
  readonly #lines: PackedNumbers | null;
  readonly #hashes: Hashes;
  #lineCount = 0;
  /** The part of a running text that is not cut into units yet. */
  #rest = "";
  #isBlank = true;
  #isBlankDocument = true;

  constructor(reading: Reading, storage: Storage = memoryStorage(), limits: ReaderLimits = {}) {
    const { unit, tokenizer, lowercase } = reading;
    const { hashes, ...numbering } = limits;
    this.#reading = reading;
    this.#hashes = new Hashes(hashes);
    this.#tokenizer = unitsOf(tokenizer, { lowercase });
    this.#numbering = new Numbering(this.#tokenizer, {
      first: unit === "documents" ? 1 : 0,
      byCharacter: tokenizer === "characters",
      lowercase,
      ...numbering,
    });
    this.#units = new PackedNumbers(storage.create("units"));
    this.#lines = unit === "lines" ? new PackedNumbers(storage.create("units-of-lines")) : null;
  }

  /**
   * A line as a sequence of its own; one of white space is left out.
   *
   * @param where starts the message: the name of the file
   * @throws RangeError when it has more than `longestLine` units
   */
  line(text: string, where: string, number: number): void {
    if (text.trim() === "") return;
    const units = this.#numbering.encode(text);
    if (units.length > longestLine)
      throw new ValueError(
        `${where}: line ${number} must have at most ${longestLine} tokens with unit lines, got ${units.length}; break it into shorter lines, or train with unit text`,
      );
    const { seed, validation, lowercase } = this.#reading;
    const hash = hashText(lowercase ? text.toLowerCase() : text);
    this.#lines!.add(2 * units.length + (drawnBy(hash, seed) < validation ? 1 : 0));
    this.#hashes.add(hash);
    this.#lineCount++;
    this.#add(units);
    this.#fingerprint.end();
  }

  /** More of a running text, or of the present document. */
  text(text: string): void {
    this.#rest = this.#rest === "" ? text : this.#rest + text;
    let start = 0;
    for (;;) {
      const end = cutOf(this.#rest, start);
      if (end < 0) break;
      this.#addText(this.#rest.slice(start, end));
      start = end;
    }
    if (start > 0) this.#rest = this.#rest.slice(start);
  }

  /** A line of documents that blank lines part. */
  documentLine(line: string): void {
    if (line.trim() === "") this.endDocument();
    else this.text(this.#rest === "" && this.#isBlankDocument ? line : `\n${line}`);
  }

  /** The end of a document, which the model will read and predict; one of white space is left out. */
  endDocument(): void {
    if (this.#rest.trim() !== "" || !this.#isBlankDocument) {
      this.#flush();
      this.#add(endOfDocument);
    }
    this.#rest = "";
    this.#isBlankDocument = true;
  }

  /**
   * The text that was read.
   *
   * @throws RangeError when it holds nothing
   */
  finish(where: string): Corpus {
    const { unit } = this.#reading;
    if (unit === "documents") this.endDocument();
    this.#flush();
    if (unit === "lines") {
      if (this.#lineCount === 0) throw new ValueError(`${where}: needs at least one line that is not empty, got none`);
    } else {
      if (this.#isBlank) throw new ValueError(`${where}: needs text, got none`);
      this.#fingerprint.end();
    }
    return {
      unit,
      tokenizer: this.#tokenizer,
      units: this.#units.finish(),
      lines: this.#lines?.finish() ?? null,
      hashes: this.#hashes.all,
      numbering: this.#numbering,
      fingerprint: this.#fingerprint.value(this.#numbering.entries()),
    };
  }

  #flush(): void {
    if (this.#rest !== "") this.#addText(this.#rest);
    this.#rest = "";
  }

  #addText(text: string): void {
    if (this.#isBlankDocument && text.trim() !== "") {
      this.#isBlankDocument = false;
      this.#isBlank = false;
    }
    this.#add(this.#numbering.encode(text));
  }

  #add(units: Int32Array): void {
    this.#units.push(units);
    this.#fingerprint.numbers(units);
  }
}

const endOfDocument = Int32Array.of(0);

/**
 * Where a running text is cut to be read piece by piece: before a line end, where no token of any tokenizer reaches across;
 * in a very long line before a space, or where there is none anywhere.
 *
 * @returns where the piece that begins at `start` ends; -1 where that is not known before more of the text is
 */
function cutOf(text: string, start: number): number {
  const most = start + longestPiece;
  const window = text.slice(start + pieceLength, most);
  const line = lineCut(window);
  if (line >= 0) return start + pieceLength + line;
  if (text.length <= most) return -1;
  const space = window.search(/(?<=\S) /);
  if (space >= 0) return start + pieceLength + space;
  // Not within a pair of surrogates.
  return (text.charCodeAt(most) & 0xfc00) === 0xdc00 ? most - 1 : most;
}

const pieceLength = 1 << 16;
const longestPiece = 1 << 18;

/**
 * A text that is in memory.
 *
 * @param where starts the messages
 * @throws TypeError or RangeError when it is no text, nothing is left, or a line is too long
 */
export function readText(where: string, data: TextData, reading: Reading, limits?: ReaderLimits): Corpus {
  const { unit } = reading;
  if (typeof data !== "string" && !Array.isArray(data))
    throw new KindError(`${where}: the data must be a list of lines or a text, got ${show(data)}`);
  if (unit === "lines" && typeof data === "string" && !data.includes("\n"))
    throw new ValueError(
      `${where}: needs several lines with unit lines, got one text without line ends; set unit "text", or give a list of lines`,
    );
  const wrong = typeof data === "string" ? -1 : data.findIndex((line) => typeof line !== "string");
  if (wrong >= 0) throw new ValueError(`${where}: line ${wrong + 1} must be text, got ${show(data[wrong])}`);
  const reader = new CorpusReader(reading, memoryStorage(), limits);
  const parts = typeof data === "string" ? null : data;
  if (unit === "lines") {
    const lines = parts ?? (data as string).split(/\r?\n/);
    lines.forEach((line, i) => {
      reader.line(line, where, i + 1);
    });
  } else if (unit === "text") {
    reader.text(parts ? parts.join("\n") : (data as string).replaceAll("\r\n", "\n"));
  } else {
    for (const line of (typeof data === "string" ? data : "").split(/\r?\n/)) reader.documentLine(line);
    for (const document of parts ?? []) {
      reader.text(document.replaceAll("\r\n", "\n"));
      reader.endDocument();
    }
  }
  return reader.finish(where);
}
