/** An attention alignment, and what its pictures have in common: labels and shades. */
import { ValueError } from "../base/index.ts";
import { textWidth, visible } from "./visible.ts";

/** How much each piece of an output looked at each piece of what it was made from. */
export interface Attention {
  /** S pieces as they are spelt. */
  readonly source: readonly string[];
  /** T pieces as they are spelt. */
  readonly target: readonly string[];
  /** [T][S]: shares from 0 to 1, those of a target piece sum to 1. */
  readonly weights: readonly ArrayLike<number>[];
}

/** @throws RangeError when the weights are not [T][S] shares */
export function checkAttention(where: string, { source, target, weights }: Attention): void {
  const [T, S] = [target.length, source.length];
  if (weights.length !== T)
    throw new ValueError(`${where}: weights must have a row for each of ${T} target pieces, got ${weights.length}`);
  for (const [t, row] of weights.entries()) {
    if (row.length !== S)
      throw new ValueError(
        `${where}: weights[${t}] must have a share of each of ${S} source pieces, got ${row.length}`,
      );
    for (let s = 0; s < S; s++)
      if (!(row[s]! >= 0 && row[s]! <= 1 + 1e-4))
        throw new ValueError(`${where}: weights[${t}][${s}] must be from 0 to 1, got ${row[s]}`);
  }
}

/** A piece as a label: without the space before a word, a space alone as ␣, a mark that stands on nothing on a ◌. */
export function labelOf(piece: string): string {
  const seen = visible(piece);
  const text = seen.trim();
  if (text !== "") return textWidth(text) === 0 ? `◌${text}` : text;
  return seen === "" ? "◌" : "␣";
}

/** A text of at most so many columns: what is longer ends in …. No mark is parted from what it stands on. */
export function cutTo(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = "";
  for (const { segment } of letters.segment(text)) {
    if (textWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** What a reader takes for letters: a base with its marks is one. */
export function lettersOf(text: string): string[] {
  return Array.from(letters.segment(text), ({ segment }) => segment);
}

const letters = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Text kept in its place among others where it is written from right to left: a terminal that knows of directions would
 * otherwise draw neighbours in the opposite order.
 */
export function inPlace(text: string): string {
  return rightToLeft.test(text) ? `\u200e${text}\u200e` : text;
}

// Hebrew, Arabic and the blocks beside them, their presentation forms, the right-to-left planes, and the mark.
const rightToLeft = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
