/**
 * The tokenizers by name. Adding one is a file here and a line in the table.
 */
import { nearest, show, ValueError } from "../../base/index.ts";
import { byteUnits } from "./byte-level.ts";
import { characters } from "./characters.ts";
import { graphemes } from "./graphemes.ts";
import { lowercased, type Tokenizer } from "./tokenizer.ts";
import { whitespace } from "./whitespace.ts";
import { words } from "./words.ts";

export type { Tokenizer } from "./tokenizer.ts";

/** Every tokenizer that needs no training, by name. */
export const tokenizers = { characters, graphemes, words, whitespace } as const satisfies Record<string, Tokenizer>;

/** Every tokenizer that is trained, by name, with what it counts: the units of a text in which it finds its tokens. */
const trained = { bpe: byteUnits } as const satisfies Record<string, Tokenizer>;

/** The name of a tokenizer. */
export type TokenizerName = keyof typeof tokenizers | keyof typeof trained;

/** The name of every tokenizer, those that are trained last. */
export const tokenizerNames = [...Object.keys(tokenizers), ...Object.keys(trained)] as readonly TokenizerName[];

/**
 * The tokenizer itself, given it or its name.
 *
 * @throws RangeError for an unknown name, with the nearest known one, and for one that has to be trained
 */
export function findTokenizer(given: TokenizerName | Tokenizer): Tokenizer {
  if (typeof given === "object") return given;
  if (isOneOf(tokenizers, given)) return tokenizers[given];
  if (isOneOf(trained, given))
    throw new ValueError(
      `tokenizer: must be one that needs no training, got ${show(given)}; train it on texts with Codec.train, or read it with Codec.fromJSON`,
    );
  const near = nearest(String(given), tokenizerNames);
  const hint = near ? `did you mean "${near}"?` : "pass one of these, or a tokenizer of your own";
  throw new ValueError(`tokenizer: must be one of ${tokenizerNames.join(", ")}, got ${show(given)}; ${hint}`);
}

/**
 * What is counted in texts before there is a vocabulary: the tokens themselves, or for a tokenizer that is trained the
 * units in which it finds its tokens. Each unit becomes the same tokens wherever it stands.
 */
export function unitsOf(name: TokenizerName, options: { readonly lowercase?: boolean | undefined } = {}): Tokenizer {
  const units = isOneOf(trained, name) ? trained[name] : findTokenizer(name);
  return options.lowercase ? lowercased(units) : units;
}

function isOneOf<T extends object>(table: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(table, name);
}
