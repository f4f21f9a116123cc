/** Where the commands write: people read words and colours, machines read a JSON object per line. */
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
  readonly color = pc.createColors(pc.isColorSupported && process.stdout.isTTY === true);

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

  /** A fact for machines. */
  emit(fact: Readonly<Record<string, unknown>>): void {
    if (this.json) process.stdout.write(`${JSON.stringify(fact)}\n`);
  }
}

/** A number of things with separators, such as 1,325. */
export function count(n: number): string {
  return n.toLocaleString("en-US");
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
