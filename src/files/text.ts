/**
 * Text from bytes, strictly: what is not UTF-8 is refused with its place, never guessed at.
 */
import { FormatError } from "../base/index.ts";

/** One line of a text file, with its number from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** How long a line may be. */
export interface LineOptions {
  /** The most bytes in a line, without its end; it bounds the memory in use. */
  readonly maxLineBytes?: number;
  /** What the message about a longer line says to do. */
  readonly advice?: string;
}

/**
 * The text in UTF-8 bytes, without a byte order mark.
 *
 * @throws FormatError for UTF-16, a NUL byte (so a binary file) or bytes that are no UTF-8, with the line and the
 *   byte, counted from the start of the file at 0
 */
export function decodeText(where: string, bytes: Uint8Array): string {
  checkMark(where, bytes);
  return decode(where, bytes, { byte: 0, line: 1 });
}

/**
 * The lines of a text that arrives in chunks, one after the other, in memory bounded by the longest line allowed and
 * one chunk. A line ends with LF or CR LF; the last one needs no end. A byte order mark is left out.
 *
 * @throws FormatError for an empty text, a line longer than `maxLineBytes`, and as decodeText
 */
export async function* linesOf(
  where: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { maxLineBytes = 1 << 20, advice = "break it into shorter lines" }: LineOptions = {},
): AsyncGenerator<Line, void, undefined> {
  const at = { byte: 0, line: 1 };
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const tooLong = (number: number) =>
    new FormatError(`${where}: line ${number}: must be at most ${maxLineBytes} bytes, is longer; ${advice}`);

  function* take(block: Uint8Array): Generator<Line, void, undefined> {
    if (at.byte === 0) checkMark(where, block);
    const text = decode(where, block, at);
    const lines = text.split("\n");
    // What stands after the last line's end is no line.
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines) {
      const trimmed = line.endsWith("\r") ? line.slice(0, -1) : line;
      // A code unit takes up to three bytes, so a short line needs no count.
      if (trimmed.length * 3 > maxLineBytes && encoder.encode(trimmed).length > maxLineBytes) throw tooLong(at.line);
      yield { number: at.line++, text: trimmed };
    }
    at.byte += block.length;
  }

  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end > 0) {
      // Not yield*, which would wait twice for each line.
      for (const line of take(join([...waiting, chunk.subarray(0, end)]))) yield line;
      waiting = [];
      waitingBytes = 0;
    }
    // Copied, because a reader may use its chunk again (and not by slice, which for a Buffer does not copy).
    if (end < chunk.length) waiting.push(new Uint8Array(chunk.subarray(end)));
    waitingBytes += chunk.length - end;
    // Four more: a carriage return before the end, and the mark before the first line.
    if (waitingBytes > maxLineBytes + 4) {
      // That the file is no text says more than that it has no lines.
      if (waiting.some((part) => part.includes(0))) decode(where, join(waiting), at);
      throw tooLong(at.line);
    }
  }
  if (waitingBytes > 0) for (const line of take(join(waiting))) yield line;
  if (at.line === 1) throw emptyText(where);
}

/**
 * A text that arrives in chunks, piece by piece, in memory bounded by one chunk; CR LF becomes LF, and a byte order mark
 * is left out.
 *
 * @throws FormatError for an empty text, and as decodeText
 */
export async function* textOf(
  where: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const at = { byte: 0, line: 1 };
  /** Bytes of a character that is not whole yet. */
  let waiting: Uint8Array = new Uint8Array();
  let isCarried = false;
  let isEmpty = true;

  /** @param end how many of the bytes hold whole characters */
  function take(bytes: Uint8Array, end: number): string {
    if (at.byte === 0) checkMark(where, bytes);
    const block = bytes.subarray(0, end);
    const text = decode(where, block, at);
    at.byte += end;
    for (let i = 0; i < end; i++) if (bytes[i] === lineFeed) at.line++;
    waiting = bytes.slice(end);
    if (text === "") return "";
    isEmpty = false;
    // A carriage return waits for what follows it.
    const whole = isCarried ? `\r${text}` : text;
    isCarried = whole.endsWith("\r");
    return (isCarried ? whole.slice(0, -1) : whole).replaceAll("\r\n", "\n");
  }

  for await (const chunk of chunks) {
    const bytes = waiting.length === 0 ? chunk : join([waiting, chunk]);
    // The mark of a file that is no UTF-8 is known by its first two bytes, that of UTF-8 by three.
    const end = at.byte === 0 && bytes.length < 3 ? 0 : wholeCharacters(bytes);
    const text = end === 0 ? "" : take(bytes, end);
    if (end === 0) waiting = new Uint8Array(bytes);
    if (text !== "") yield text;
  }
  if (waiting.length > 0) {
    const text = take(waiting, waiting.length);
    if (text !== "") yield text;
  }
  if (isCarried) yield "\r";
  if (isEmpty) throw emptyText(where);
}

/** How many of some bytes make up whole characters, where more bytes may follow. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** The error for a text file with nothing in it. */
export function emptyText(where: string): FormatError {
  return new FormatError(`${where}: must hold text, is empty; choose another file`);
}

const lineFeed = 10;
const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function checkMark(where: string, bytes: Uint8Array): void {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    throw new FormatError(`${where}: must be UTF-8, is UTF-16; save it again as UTF-8`);
}

/** @param start where in the file these bytes begin: the byte from 0, the line from 1 */
function decode(where: string, bytes: Uint8Array, start: { readonly byte: number; readonly line: number }): string {
  const nul = bytes.indexOf(0);
  let text: string | undefined;
  if (nul < 0) {
    try {
      text = strict.decode(bytes);
    } catch {
      // The place is found below.
    }
  }
  if (text !== undefined) return start.byte === 0 && text.startsWith("\ufeff") ? text.slice(1) : text;

  const wrong = firstInvalid(bytes);
  const isBinary = nul >= 0 && nul <= wrong;
  const offset = isBinary ? nul : wrong;
  let line = start.line;
  for (let i = bytes.indexOf(lineFeed); i >= 0 && i < offset; i = bytes.indexOf(lineFeed, i + 1)) line++;
  const place = `${where}: line ${line}: byte ${start.byte + offset}`;
  if (isBinary) throw new FormatError(`${place}: must be text, is a zero byte as in a binary file; choose a text file`);
  const value = bytes[offset]!.toString(16).padStart(2, "0");
  throw new FormatError(`${place}: must be UTF-8, got 0x${value}; save the file again as UTF-8`);
}

/** The offset of the first byte that cannot be part of UTF-8 where it stands (Unicode 15, table 3-7), or the length. */
function firstInvalid(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const a = bytes[i]!;
    const more = a < 0x80 ? 0 : a < 0xc2 ? -1 : a < 0xe0 ? 1 : a < 0xf0 ? 2 : a < 0xf5 ? 3 : -1;
    if (more < 0) return i;
    for (let k = 1; k <= more; k++) {
      const b = bytes[i + k] ?? 0;
      const least = k > 1 ? 0x80 : a === 0xe0 ? 0xa0 : a === 0xf0 ? 0x90 : 0x80;
      const most = k > 1 ? 0xbf : a === 0xed ? 0x9f : a === 0xf4 ? 0x8f : 0xbf;
      if (b < least || b > most) return i;
    }
    i += more + 1;
  }
  return i;
}
