/** What is wrong with an output, told from the texts alone. */
import { align } from "../../metrics/index.ts";

/** What can be wrong, in the order in which it is looked for: each wrong output is counted once, by the first. */
export const errorKinds = {
  "unknown-source": "unknown in source",
  "unknown-reference": "unknown in reference",
  spelling: "capitals or blanks",
  "one-off": "one token off",
  repetition: "repeats itself",
  short: "too short",
  long: "too long",
  other: "other",
} as const;

/** The name of what is wrong. */
export type ErrorKind = keyof typeof errorKinds;

/** A wrong output and what it is compared with. */
export interface WrongOutput {
  readonly text: string;
  /** Its tokens. */
  readonly tokens: readonly string[];
  /** Whether it was cut off at the limit of its length. */
  readonly isCut: boolean;
  /** The closest reference, and its tokens. */
  readonly reference: string;
  readonly referenceTokens: readonly string[];
  readonly hasUnknownSource: boolean;
  readonly hasUnknownReference: boolean;
}

/**
 * The kind of a wrong output: the first of `errorKinds` that holds.
 *
 * - unknown-source, unknown-reference: it has tokens that the model does not know; of several references all have
 * - spelling: equal once all letters are small and blanks are left out
 * - one-off: the token edit distance is 1
 * - repetition: a block of tokens comes three times or more in a row (twice for one of three tokens or more), and the
 *   reference does not hold it so often in a row
 * - short, long: by two tokens or more, and by more than a fifth of the reference; long also what was cut off
 */
export function errorKind(wrong: WrongOutput): ErrorKind {
  const { tokens, referenceTokens } = wrong;
  if (wrong.hasUnknownSource) return "unknown-source";
  if (wrong.hasUnknownReference) return "unknown-reference";
  if (plainly(wrong.text) === plainly(wrong.reference)) return "spelling";
  if (align(referenceTokens, tokens).distance === 1) return "one-off";
  if (repeatsItself(tokens, referenceTokens)) return "repetition";
  const difference = tokens.length - referenceTokens.length;
  const isMuch = Math.abs(difference) >= 2 && Math.abs(difference) > referenceTokens.length / 5;
  if (isMuch && difference < 0) return "short";
  if (wrong.isCut || isMuch) return "long";
  return "other";
}

function plainly(text: string): string {
  return text.normalize("NFC").toLowerCase().replaceAll(/\s+/gu, "");
}

/** Whether a block of tokens comes again and again in a row, oftener than in the reference. */
function repeatsItself(tokens: readonly string[], reference: readonly string[]): boolean {
  for (let size = 1; size * 2 <= tokens.length; size++) {
    const least = size >= 3 ? 2 : 3;
    // How many tokens up to here equal those one block before: a run of so many makes run / size + 1 blocks in a row.
    let run = 0;
    for (let i = size; i < tokens.length; i++) {
      run = tokens[i] === tokens[i - size] ? run + 1 : 0;
      if (run < (least - 1) * size) continue;
      const block = tokens.slice(i - least * size + 1, i + 1);
      if (!holds(reference, block)) return true;
    }
  }
  return false;
}

function holds(tokens: readonly string[], part: readonly string[]): boolean {
  return tokens.some(
    (_, from) => from + part.length <= tokens.length && part.every((one, k) => tokens[from + k] === one),
  );
}
