import { z } from "zod";
import { FormatError, Random, readOptions, show } from "../base/index.ts";
import { packageData } from "./package-data.ts";
import type { Pair, PairData, PairDataOptions } from "./pair-data.ts";

/** A message of the compiler in English, and in the language of the tag. */
export interface DiagnosticPair extends Pair {
  readonly tag: DiagnosticLanguage;
}

/** How many messages are kept apart. */
export interface DiagnosticsOptions extends PairDataOptions {
  /** For each of validation and test, each in all languages. */
  readonly aside?: number;
}

const options = z.strictObject({ aside: z.int().min(1).max(500).default(100) });

/** The languages TypeScript speaks beside English. */
export const diagnosticLanguages = [
  ...(["cs", "de", "es", "fr", "it", "ja", "ko", "pl", "pt-br", "ru", "tr", "zh-cn", "zh-tw"] as const),
] as const;

/** A language TypeScript speaks beside English. */
export type DiagnosticLanguage = (typeof diagnosticLanguages)[number];

/**
 * TypeScript's own messages in 13 languages: "Identifier expected." with the tag "de" to "Es wurde ein Bezeichner
 * erwartet."
 *
 * This is a demonstration: 2,100 messages are too few to learn a language from. A message in English belongs to one part
 * in all languages.
 *
 * @throws StopError when the package is not installed, FormatError when it holds anything else, RangeError or TypeError
 *   for an option
 * @source the npm package typescript
 */
export function diagnostics({
  where = "diagnostics",
  seed = 1,
  ...given
}: DiagnosticsOptions = {}): PairData<DiagnosticPair> {
  const { aside } = readOptions(where, options, given);
  const { version, license } = packageData(where, name, "package.json") as Record<string, string>;
  const messages = readMessages(where, packageData(where, name));
  const random = new Random(seed);
  const sources = random.shuffle([...new Set(messages.values())]);
  const partOf = new Map(
    sources.map((source, i) => [source, i < aside ? "test" : i < 2 * aside ? "validation" : "training"] as const),
  );
  const found = { training: [] as DiagnosticPair[], validation: [] as DiagnosticPair[], test: [] as DiagnosticPair[] };
  for (const tag of diagnosticLanguages) {
    const texts = packageData(where, name, `lib/${tag}/diagnosticMessages.generated.json`) as Record<string, string>;
    const seen = new Set<string>();
    for (const [key, source] of messages) {
      const target = texts[key];
      if (typeof target !== "string" || target === "" || seen.has(source)) continue;
      seen.add(source);
      found[partOf.get(source)!].push({ tag, source, target });
    }
  }
  for (const part of Object.values(found)) random.shuffle(part);
  return { ...found, origin: `${name} ${version} (${license})` };
}

const name = "typescript";

/** The messages in English by their keys. */
export function readMessages(where: string, compiler: unknown): Map<string, string> {
  const { Diagnostics } = compiler as Record<string, unknown>;
  const isMessage = (value: unknown): value is { key: string; message: string } =>
    typeof value === "object" && value !== null && "key" in value && "message" in value;
  const all = Object.values(typeof Diagnostics === "object" && Diagnostics !== null ? Diagnostics : {});
  if (all.length === 0 || !all.every(isMessage))
    throw new FormatError(`${where}: the package ${name} must hold Diagnostics, got ${show(Diagnostics)}`);
  return new Map(all.map(({ key, message }) => [key, message]));
}
