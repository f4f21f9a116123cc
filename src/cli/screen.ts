/** Where the commands write: people read words and colours, machines read a JSON object per line. */
import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";

/** How a command speaks. */
export interface Voice {
  /** One JSON object per line instead of words. */
  readonly json?: boolean | undefined;
  /** Only results and errors. */
  readonly quiet?: boolean | undefined;
}

/** The standard output of a command. */
export class Screen {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether somebody watches, so that a bar may move. */
  readonly isLive: boolean;
  /** Whether colours are seen. */
  readonly hasColor = pc.isColorSupported && process.stdout.isTTY === true;
  readonly color = pc.createColors(this.hasColor);

  constructor({ json = false, quiet = false }: Voice) {
    this.json = json;
    this.quiet = quiet;
    this.isLive = process.stdout.isTTY === true && process.env.TERM !== "dumb" && !json && !quiet;
  }

  /** A result: always shown to people. */
  result(text: string): void {
    if (!this.json) process.stdout.write(`${text}\n`);
  }

  /** What goes on meanwhile: shown unless quiet. */
  say(text: string): void {
    if (!this.json && !this.quiet) process.stdout.write(`${text}\n`);
  }

  /** What to know besides the results, kept out of them; shown unless quiet. */
  note(text: string): void {
    if (this.json) this.emit({ event: "note", text });
    else if (!this.quiet) process.stderr.write(`note: ${text}\n`);
  }

  /** How far long work is, kept out of the results, where no bar moves; shown unless quiet. */
  meanwhile(text: string): void {
    if (!this.quiet) process.stderr.write(`${text}\n`);
  }

  /** Which run or file was taken, to those who look on and did not name it. */
  taken(given: string | undefined, where: string): void {
    if (given === undefined && this.isLive) this.say(this.color.dim(`by ${where}\n`));
  }

  /** A fact for machines. */
  emit(fact: Readonly<Record<string, unknown>>): void {
    if (this.json) process.stdout.write(`${JSON.stringify(fact)}\n`);
  }
}

/** How many columns there are to write in: those of the terminal, or without one as many as are wanted. */
export function columnsOf(otherwise: number): number {
  return process.stdout.columns ?? otherwise;
}

/**
 * A line broken between words where it is wider than the columns.
 *
 * @param indent how many spaces what goes on begins with
 */
export function wrapped(line: string, columns: number, indent = 0): string {
  const begin = " ".repeat(indent);
  // A word too long for a line stays whole: it may be a name or a path.
  const [first = "", ...words] = line.split(/(?<=\S) /);
  let wrapped = first;
  let used = stripVTControlCharacters(first).length;
  for (const word of words) {
    const width = stripVTControlCharacters(word).length;
    const fits = used + 1 + width <= columns;
    wrapped += fits ? ` ${word}` : `\n${begin}${word.trimStart()}`;
    used = fits ? used + 1 + width : indent + stripVTControlCharacters(word.trimStart()).length;
  }
  return wrapped;
}

/** Parts beside each other, in as many lines as it takes for none to be wider than the columns. */
export function flowing(parts: readonly string[], columns: number, gap = "   "): string {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + gap.length + part.length <= columns) lines[lines.length - 1] += gap + part;
    else lines.push(part);
  }
  return lines.join("\n");
}

/**
 * e^x in few figures, however large or small: 12.3, 4,512, 0.0042, or a power of ten, 10^523.1, where it would be long
 * or no number holds it.
 */
export function powerOfE(x: number, figures = 3): string {
  const tens = x / Math.LN10;
  if (tens >= 6 || tens <= -300) return `10^${tens.toFixed(1)}`;
  const value = Math.exp(x);
  if (value >= 10 ** figures) return count(Math.round(value));
  return value >= 1e-3 ? String(Number(value.toPrecision(figures))) : value.toExponential(1);
}

/** A number of things with separators, such as 1,325. */
export function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** A number of things and what they are: 1 token, 1,325 tokens. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A rate in few figures, such as 182k. */
export function short(n: number): string {
  if (n >= 10_000_000) return `${Math.round(n / 1e6)}M`;
  if (n >= 1_000_000) return `${(n / 1e6).toFixed(1)}M`;
  if (n >= 10_000) return `${Math.round(n / 1000)}k`;
  return count(Math.round(n));
}

/** Seconds as 0:07, 12:30 or 1:02:03. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-:--";
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  return hours > 0
    ? `${hours}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`
    : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
