/** A text by the activation of one unit, for a terminal: as colour, or as bars below it. */
import { textWidth, visible } from "./visible.ts";

/** A text and the numbers it is drawn by. */
export interface UnitText {
  /** What each token spells. */
  readonly tokens: readonly string[];
  /** One for each token. */
  readonly values: ArrayLike<number>;
  /** The tokens that begin a line of their own; by default the first. */
  readonly begins?: readonly number[];
}

/** Paper by how far below 0 a value is, and how far above; near 0 the terminal's own. Ink on it is black. */
const papers = {
  below: [null, 195, 153, 111, 75],
  above: [null, 230, 223, 216, 209],
} as const;
const ink = 16;

/**
 * Text painted for a terminal of 256 colours: blue where the unit is below 0, orange where it is above, as in the heat
 * map. The strongest colour is that of the greatest value.
 */
export function paintUnit({ tokens, values, begins = [0] }: UnitText): string {
  const most = greatest(values) || 1;
  return tokens
    .map((token, k) => {
      const level = Math.min(4, Math.round((Math.abs(values[k]!) / most) * 4));
      const paper = papers[values[k]! < 0 ? "below" : "above"][level];
      const painted = linesOf(token)
        .map((line) => (paper === null || line === "" ? line : `\x1b[38;5;${ink};48;5;${paper}m${line}\x1b[0m`))
        .join("\n");
      return k > 0 && begins.includes(k) ? `\n${painted}` : painted;
    })
    .join("");
}

/**
 * Text with a line below it that shows each value as the height of a bar, from the least to the greatest; for where there
 * is no colour.
 *
 * @param columns how wide the lines may be; what is longer goes on in further pairs of lines
 */
export function markUnit({ tokens, values, begins = [0] }: UnitText, columns = Number.POSITIVE_INFINITY): string {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of Array.from(values)) [least, most] = [Math.min(least, value), Math.max(most, value)];
  const pairs: [text: string, bars: string][] = [["", ""]];
  let used = 0;
  const next = () => {
    pairs.push(["", ""]);
    used = 0;
  };
  tokens.forEach((token, k) => {
    if (k > 0 && begins.includes(k)) next();
    const bar = bars[Math.min(7, Math.floor(((values[k]! - least) / (most - least || 1)) * 8))]!;
    for (const [i, line] of linesOf(token).entries()) {
      if (i > 0) next();
      const width = textWidth(line);
      if (used > 0 && used + width > columns) next();
      const pair = pairs.at(-1)!;
      pair[0] += line;
      pair[1] += bar.repeat(width);
      used += width;
    }
  });
  return pairs
    .filter(([text]) => text !== "")
    .map((pair) => pair.join("\n"))
    .join("\n");
}

const bars = "▁▂▃▄▅▆▇█";

/** A token as it is seen, with a line break after the sign for one. */
function linesOf(token: string): string[] {
  const parts = token.split("\n");
  return parts.map((part, i) => visible(i < parts.length - 1 ? `${part}\n` : part));
}

function greatest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
