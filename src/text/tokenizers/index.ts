/**
 * The tokenizers by name. Adding one is a file here and a line in the table.
 */
import { nearest, show, ValueError } from "../../base/index.ts";
import { characters } from "./characters.ts";
import { graphemes } from "./graphemes.ts";
import type { Tokenizer } from "./tokenizer.ts";

export type { Tokenizer } from "./tokenizer.ts";

/** Every tokenizer that needs no training, by name. */
export const tokenizers = { characters, graphemes } as const satisfies Record<string, Tokenizer>;

/** The name of a tokenizer in the table. */
export type TokenizerName = keyof typeof tokenizers;

/**
 * The tokenizer itself, given it or its name.
 *
 * @throws RangeError for an unknown name, with the nearest known one
 */
export function findTokenizer(given: TokenizerName | Tokenizer): Tokenizer {
  if (typeof given === "object") return given;
  if (Object.hasOwn(tokenizers, given)) return tokenizers[given];
  const names = Object.keys(tokenizers);
  const near = nearest(String(given), names);
  const hint = near ? `did you mean "${near}"?` : "pass one of these, or a tokenizer of your own";
  throw new ValueError(`tokenizer: must be one of ${names.join(", ")}, got ${show(given)}; ${hint}`);
}
