/** What a translation model is beside its weights and options: as objects, and as texts in a run folder or a model file. */
import { FormatError, show } from "../../base/index.ts";
import { Codec } from "../../text/index.ts";
import { type PairFacts, pairFactsSchema } from "./pair-facts.ts";

/** By what a model reads and writes, and what it remembers of its training pairs. */
export interface ModelParts {
  /** By what it reads sources. */
  readonly source: Codec;
  /** By what it writes targets; with a shared vocabulary that of the source. */
  readonly target: Codec;
  readonly facts: PairFacts;
}

/** The names of the parts: those of the entries in a model file, and with .json of the files in a run folder. */
export const partNames = ["source", "target", "facts"] as const;

/** The parts as JSON texts. */
export function writeParts({ source, target, facts }: ModelParts): Readonly<Record<keyof ModelParts, string>> {
  return { source: JSON.stringify(source), target: JSON.stringify(target), facts: JSON.stringify(facts) };
}

/**
 * The parts that `writeParts` wrote.
 *
 * @param parts what the texts hold, parsed
 * @param where what messages call each of them
 * @throws FormatError when they are not what they should be
 */
export function readParts(
  parts: Readonly<Record<keyof ModelParts, unknown>>,
  where: Readonly<Record<keyof ModelParts, string>>,
): ModelParts {
  const facts = pairFactsSchema.safeParse(parts.facts);
  if (!facts.success)
    throw new FormatError(`${where.facts}: must hold what a model knows of its training, got ${show(parts.facts)}`);
  return {
    source: Codec.fromJSON(parts.source, where.source),
    target: Codec.fromJSON(parts.target, where.target),
    facts: facts.data,
  };
}
