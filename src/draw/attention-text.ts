/** An attention alignment for a terminal: target pieces down, source pieces across. */
import { type Attention, checkAttention, cutTo, inPlace, labelOf, lettersOf } from "./attention.ts";
import { textWidth } from "./visible.ts";

/** How an alignment is drawn. */
export interface AttentionTextOptions {
  /** How wide the lines may be; default 80. What does not fit beside goes on in further panels below. */
  readonly columns?: number;
  /** Whether the terminal shows colours; default false. */
  readonly hasColor?: boolean;
}

/** The share from which each shade but the first is used. */
const steps = [0.05, 0.2, 0.4, 0.7] as const;
const shades = "·░▒▓█";
/** The paper of each shade, of 256 colours; below the first step the terminal's own. */
const papers = [null, 223, 216, 209, 202] as const;

/**
 * An alignment as lines of text: a row for each target piece, a column for each source piece, the darker the larger
 * the share.
 *
 * Source pieces stand above their columns, or where they are too wide for that from top to bottom. Wide characters,
 * marks and text from right to left keep their columns.
 *
 * @throws RangeError when the weights do not fit the pieces
 */
export function drawAttention(attention: Attention, options: AttentionTextOptions = {}): string {
  checkAttention("drawAttention", attention);
  const { columns = 80, hasColor = false } = options;
  const { source, target, weights } = attention;
  const labels = source.map(labelOf);
  const most = Math.max(4, Math.min(24, Math.floor(columns / 3)));
  const rows = target.map((piece) => cutTo(labelOf(piece), most));
  const margin = Math.max(0, ...rows.map(textWidth)) + 1;
  const room = Math.max(2, columns - margin);

  const widest = Math.max(1, ...labels.map(textWidth));
  const isAcross = widest <= 2 || (widest <= widestAcross && labels.length * (widest + 1) <= room);
  const cell = isAcross ? Math.max(2, widest + (widest > 2 ? 1 : 0)) : 2;
  const panels = Math.max(1, Math.ceil(labels.length / Math.max(1, Math.floor(room / cell))));
  const perPanel = Math.ceil(labels.length / panels);

  const lines: string[] = [];
  for (let from = 0; from < Math.max(1, labels.length); from += perPanel || 1) {
    const to = Math.min(labels.length, from + perPanel);
    if (panels > 1) lines.push(...(from > 0 ? [""] : []), `source ${from + 1} to ${to} of ${labels.length}`);
    const shown = labels.slice(from, to);
    const heads = isAcross ? [shown] : standing(shown);
    for (const head of heads) lines.push(`${" ".repeat(margin)}${head.map((text) => padded(text, cell)).join("")}`);
    rows.forEach((label, t) => {
      const cells = shown.map((_, i) => cellOf(weights[t]![from + i]!, cell, hasColor));
      lines.push(`${" ".repeat(margin - 1 - textWidth(label))}${inPlace(label)} ${cells.join("")}`);
    });
  }
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** Wider labels than this are written from top to bottom. */
const widestAcross = 12;
/** Longer labels than this, in letters, are cut when they are written from top to bottom. */
const tallest = 12;

/** What the shades mean, in one line of at most 38 columns. */
export function attentionLegend({ hasColor = false }: Pick<AttentionTextOptions, "hasColor"> = {}): string {
  const swatches = ["0", ...steps.map(String)].map((from, level) => `${from} ${swatch(level, 1, hasColor)}`);
  return `share from ${swatches.join(" ")}`;
}

/** Labels from top to bottom, which end just above their columns: lines of one letter for each label. */
function standing(labels: readonly string[]): string[][] {
  const letters = labels.map((label) => {
    const all = lettersOf(label);
    return all.length > tallest ? [...all.slice(0, tallest - 1), "…"] : all;
  });
  const height = Math.max(1, ...letters.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    letters.map((those) => those[line - (height - those.length)] ?? ""),
  );
}

function padded(text: string, width: number): string {
  return `${inPlace(text)}${" ".repeat(Math.max(0, width - textWidth(text)))}`;
}

function cellOf(share: number, width: number, hasColor: boolean): string {
  const level = steps.filter((step) => share >= step).length;
  // Pieces that are words have a column between them.
  const filled = width > 2 ? width - 1 : width;
  return swatch(level, filled, hasColor) + " ".repeat(width - filled);
}

function swatch(level: number, width: number, hasColor: boolean): string {
  if (level === 0) return shades[0]! + " ".repeat(width - 1);
  if (!hasColor) return shades[level]!.repeat(width);
  return `\x1b[48;5;${papers[level]}m${" ".repeat(width)}\x1b[0m`;
}
