/** Where an output differs from its reference. */
import { align } from "../../metrics/index.ts";

/** A part of a text. */
export interface DifferingPart {
  readonly text: string;
  /** Whether the other text has something else there, or nothing. */
  readonly isOther: boolean;
}

/** Two texts in parts. */
export interface Differences {
  readonly reference: readonly DifferingPart[];
  readonly output: readonly DifferingPart[];
}

/** Aligns two texts with the fewest changes: letter by letter, long ones word by word. */
export function differences(reference: string, output: string): Differences {
  const isLong = Math.max(reference.length, output.length) > longestByLetters;
  const cut = (text: string) => (isLong ? text.split(/(?<=\s)/u) : [...text]);
  const parts = { reference: [] as DifferingPart[], output: [] as DifferingPart[] };
  const put = (side: keyof typeof parts, text: string | null, isOther: boolean) => {
    if (text === null) return;
    const last = parts[side].at(-1);
    if (last?.isOther === isOther) parts[side][parts[side].length - 1] = { text: last.text + text, isOther };
    else parts[side].push({ text, isOther });
  };
  for (const edit of align(cut(reference), cut(output)).edits) {
    const isOther = edit.kind !== "same";
    put("reference", edit.reference, isOther);
    put("output", edit.hypothesis, isOther);
  }
  return parts;
}

const longestByLetters = 200;
