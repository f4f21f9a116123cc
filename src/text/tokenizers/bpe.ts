/**
 * Byte pair encoding: frequent words are one token, rare ones a few, and nothing is unknown.
 */
import { areLetters, bytesOf, byteUnits, decoder, lettersOf } from "./byte-level.ts";
import { MergeTable } from "./merge-table.ts";
import type { Speller, TrainedTokenizer } from "./tokenizer.ts";
import { writeTokenizerJson } from "./tokenizer-json.ts";

/** What byte pair encoding was trained to: which tokens there are, and which two become one. */
export interface BytePairs {
  /** The tokens, each written in the letters of its bytes; all 256 bytes are among them. */
  readonly tokens: readonly string[];
  /** Two tokens that are joined where they meet, those to be joined first before the others. */
  readonly merges: readonly (readonly [left: string, right: string])[];
}

/** A tokenizer by byte pair encoding. */
export interface Bpe extends TrainedTokenizer, BytePairs {}

/**
 * The tokenizer of byte pairs, such as `trainBpe` finds.
 *
 * Each unit of a text begins as its bytes; of all pairs of neighbours that may be joined the one first learnt is, the
 * leftmost first, until none is left.
 *
 * @source Sennrich, Haddow & Birch 2016, arXiv:1508.07909; on bytes as in GPT-2
 */
export function bpe({ tokens, merges }: BytePairs): Bpe {
  const table = new MergeTable(tokens, merges);
  const known = new Map<string, readonly string[]>();
  const tokensOf = (unit: string): readonly string[] => {
    let found = known.get(unit);
    if (found === undefined) {
      found = table.join(lettersOf(unit)).map((number) => tokens[number]!);
      if (known.size < MOST_KNOWN && unit.length < LONG) known.set(unit, found);
    }
    return found;
  };
  return {
    name: "bpe",
    tokens,
    merges,
    tokensOf,
    encode(text) {
      const found: string[] = [];
      for (const unit of byteUnits.encode(text)) for (const token of tokensOf(unit)) found.push(token);
      return found;
    },
    decode(tokens) {
      const waiting = decoder();
      return tokens.map((token) => waiting.decode(bytesOf(token), { stream: true })).join("") + waiting.decode();
    },
    speller(): Speller {
      const waiting = decoder();
      return {
        push: (token) => waiting.decode(bytesOf(token), { stream: true }),
        end: () => waiting.decode(),
      };
    },
    show: showBytes,
    toJSON: (options) => writeTokenizerJson({ tokens, merges }, options),
  };
}

// Words come again; those seen are cut only once. Long ones hardly do.
const MOST_KNOWN = 1 << 16;
const LONG = 64;

/** A token as text; bytes that are only a part of a character in hexadecimal, such as `<0xE2>`. */
function showBytes(token: string): string {
  if (!areLetters(token)) return token;
  const bytes = bytesOf(token);
  try {
    return decoder({ fatal: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : `<0x${byte.toString(16).toUpperCase()}>`,
    ).join("");
  }
}
