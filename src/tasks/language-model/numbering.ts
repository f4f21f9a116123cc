/** Tokens as numbers before there is a vocabulary: a long text is kept as four bytes a token instead of a list of texts. */
import type { Tokenizer, Vocabulary } from "../../text/index.ts";

/** A text in parts, such as its lines, each token as its number. */
export interface NumberedText {
  readonly parts: readonly Int32Array[];
  /** Differs for a text with other tokens or other parts. */
  readonly fingerprint: string;
  /** How many characters (code points) the token of each number has. */
  readonly widths: readonly number[];
  /** How often each token comes in some of the parts. */
  counts(parts: readonly Int32Array[]): Map<string, number>;
  /** Some of the parts as ids of a vocabulary. */
  encode(parts: readonly Int32Array[], vocabulary: Vocabulary): Int32Array[];
}

/** Gives every new token the next number. */
export class Numbering {
  readonly #numbers = new Map<string, number>();
  readonly #tokens: string[] = [];

  encode(tokens: readonly string[]): Int32Array {
    const ids = new Int32Array(tokens.length);
    for (let i = 0; i < ids.length; i++) {
      const token = tokens[i]!;
      let id = this.#numbers.get(token);
      if (id === undefined) {
        id = this.#tokens.push(token) - 1;
        this.#numbers.set(token, id);
      }
      ids[i] = id;
    }
    return ids;
  }

  /** A text of any length, encoded piece by piece: cut after line breaks, where every tokenizer begins a new token. */
  whole(text: string, tokenizer: Tokenizer): Int32Array {
    const pieces: Int32Array[] = [];
    let length = 0;
    for (let start = 0; start < text.length; ) {
      const lineFeed = text.indexOf("\n", start + pieceLength);
      const end = lineFeed < 0 ? text.length : lineFeed + 1;
      const ids = this.encode(tokenizer.encode(text.slice(start, end)));
      pieces.push(ids);
      length += ids.length;
      start = end;
    }
    const all = new Int32Array(length);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  text(parts: readonly Int32Array[]): NumberedText {
    const tokens = this.#tokens;
    return {
      parts,
      fingerprint: fingerprintOf(tokens, parts),
      widths: tokens.map((token) => [...token].length),
      counts(parts) {
        const seen = new Float64Array(tokens.length);
        for (const ids of parts) for (const id of ids) seen[id]!++;
        return new Map(tokens.flatMap((token, id) => (seen[id]! > 0 ? [[token, seen[id]!] as const] : [])));
      },
      encode(parts, vocabulary) {
        const ids = Int32Array.from(tokens, (token) => vocabulary.id(token));
        return parts.map((part) => part.map((number) => ids[number]!));
      },
    };
  }
}

const pieceLength = 1 << 16;

/** FNV-1a over all numbers and the tokens they stand for, in hexadecimal. */
function fingerprintOf(tokens: readonly string[], parts: readonly Int32Array[]): string {
  let hash = 0x811c9dc5;
  const add = (number: number) => {
    hash = Math.imul(hash ^ number, 0x01000193);
  };
  for (const ids of parts) {
    for (const id of ids) add(id);
    add(-1);
  }
  for (const token of tokens) {
    for (let i = 0; i < token.length; i++) add(token.charCodeAt(i));
    add(-1);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
