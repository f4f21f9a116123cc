import { z } from "zod";
import { FormatError, Random, readOptions, show } from "../base/index.ts";
import { packageData, packageText } from "./package-data.ts";
import type { Pair, PairData, PairDataOptions } from "./pair-data.ts";

/** What is to be learnt of the pronunciations. */
export interface PronounceOptions extends PairDataOptions {
  /** Whether vowels carry their stress, as in "AH0 B AW1 T"; without it that is "AH B AW T". */
  readonly stress?: boolean;
  /** How many words are kept apart for validation, and how many for test. */
  readonly validation?: number;
  readonly test?: number;
}

const options = z.strictObject({
  stress: z.boolean().default(false),
  validation: z.int().min(1).default(2670),
  test: z.int().min(1).default(12_000),
});

/**
 * 126,046 words of English with their phones in ARPAbet: "about" to "AH B AW T".
 *
 * The target is the dictionary's first pronunciation; others are further references. Each word belongs to one part.
 *
 * @throws StopError when the package is not installed, FormatError when it holds anything else, RangeError or TypeError
 *   for an option
 * @source the npm package cmu-pronouncing-dictionary
 */
export function pronounce({ where = "pronounce", seed = 1, ...given }: PronounceOptions = {}): PairData {
  const { stress, validation, test } = readOptions(where, options, given);
  const { version, license } = packageData(where, name, "package.json") as Record<string, string>;
  const pairs = readPronunciations(where, packageText(where, name, "index.js"), stress);
  new Random(seed).shuffle(pairs);
  return {
    test: pairs.slice(0, test),
    validation: pairs.slice(test, test + validation),
    training: pairs.slice(test + validation),
    origin: `${name} ${version} (${license})`,
  };
}

const name = "cmu-pronouncing-dictionary";

/** The words in the package's text: `"word": "PHONES"` in each line, a further pronunciation as `"word(2)"`. */
export function readPronunciations(where: string, text: string, stress: boolean): Pair[] {
  const found = new Map<string, Set<string>>();
  for (const [, word, phones] of text.matchAll(/^ {2}"([^"]+?)(?:\(\d\))?": "([A-Z0-9 ]+?)(?: #[^"]*)?",?$/gm)) {
    const spoken = stress ? phones! : phones!.replace(/\d/g, "");
    const known = found.get(word!);
    if (known === undefined) found.set(word!, new Set([spoken]));
    else known.add(spoken);
  }
  const lines = text.match(/^ {2}".*$/gm)?.length ?? 0;
  if (found.size === 0) throw new FormatError(`${where}: the package ${name} must hold words, got ${show(text)}`);
  if (lines < found.size) throw new FormatError(`${where}: the package ${name} must hold a word in each line`);
  return Array.from(found, ([source, [target, ...references]]) => ({
    source,
    target: target!,
    ...(references.length > 0 && { references }),
  }));
}
