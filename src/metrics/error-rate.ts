import { KindError, show, ValueError } from "../base/index.ts";
import { type Alignment, align } from "./edit-distance.ts";

/** What is counted: words, characters, or phones (and other units that blanks divide). */
export const errorUnits = {
  words: (text: string) => text.split(/\s+/u).filter((word) => word !== ""),
  characters: (text: string) => [...text],
  phones: (text: string) => text.split(/\s+/u).filter((phone) => phone !== ""),
} as const satisfies Record<string, (text: string) => string[]>;

/** The name of a unit. */
export type ErrorUnit = keyof typeof errorUnits;

/** How many errors there are in a corpus, and where. */
export interface ErrorRate {
  /** (substitutions + deletions + insertions) / units of the references; above 1 where much is put in. */
  readonly rate: number;
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
  /** Units of the references. */
  readonly units: number;
  /** The share of sentences that are wrong anywhere. */
  readonly wrong: number;
  /** For each sentence the alignment with the closest of its references. */
  readonly alignments: readonly Alignment<string>[];
}

/**
 * Error rates: WER by words, CER by characters, PER by phones.
 *
 *   (S + D + I) / N     over the whole corpus, N = units of the references
 *
 * Of several references each sentence takes the one with the fewest errors, the first of those, and counts its units.
 *
 * @param unit what is counted
 * @throws RangeError or TypeError where they are no texts or not as many, or the references hold no unit
 */
export function errorRate(
  hypotheses: readonly string[],
  references: readonly (string | readonly string[])[],
  unit: ErrorUnit = "words",
): ErrorRate {
  if (!Object.hasOwn(errorUnits, unit))
    throw new ValueError(`errorRate: unit must be one of ${Object.keys(errorUnits).join(", ")}, got ${show(unit)}`);
  if (hypotheses.length !== references.length)
    throw new ValueError(
      `errorRate: needs references for each of ${hypotheses.length} sentences, got ${references.length}`,
    );
  const cut = (text: string, name: string) => {
    if (typeof text !== "string") throw new KindError(`errorRate: ${name} must be text, got ${show(text)}`);
    return errorUnits[unit](text);
  };
  let [substitutions, deletions, insertions, units, wrong] = [0, 0, 0, 0, 0];
  const alignments = hypotheses.map((hypothesis, i) => {
    const words = cut(hypothesis, `hypotheses[${i}]`);
    const given = references[i]!;
    const others = (typeof given === "string" ? [given] : given).map((text) => cut(text, `references[${i}]`));
    if (others.length === 0) throw new ValueError(`errorRate: references[${i}] must hold at least 1 text, got 0`);
    let best = align(others[0]!, words);
    let length = others[0]!.length;
    for (const other of others.slice(1)) {
      const found = align(other, words);
      if (found.distance >= best.distance) continue;
      best = found;
      length = other.length;
    }
    substitutions += best.substitutions;
    deletions += best.deletions;
    insertions += best.insertions;
    units += length;
    if (best.distance > 0) wrong++;
    return best;
  });
  if (units === 0) throw new ValueError(`errorRate: the references must hold at least one of their ${unit}, got none`);
  return {
    rate: (substitutions + deletions + insertions) / units,
    substitutions,
    deletions,
    insertions,
    units,
    wrong: wrong / hypotheses.length,
    alignments,
  };
}

/** The share of hypotheses that are, letter for letter, one of their references. */
export function exactMatch(hypotheses: readonly string[], references: readonly (string | readonly string[])[]): number {
  if (hypotheses.length === 0) throw new ValueError("exactMatch: needs at least 1 sentence, got 0");
  if (hypotheses.length !== references.length)
    throw new ValueError(
      `exactMatch: needs references for each of ${hypotheses.length} sentences, got ${references.length}`,
    );
  const right = hypotheses.filter((hypothesis, i) => {
    const given = references[i]!;
    return typeof given === "string" ? given === hypothesis : given.includes(hypothesis);
  });
  return right.length / hypotheses.length;
}
