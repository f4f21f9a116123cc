/**
 * How a text becomes tokens and tokens become a text again.
 */
import { KindError, show, ValueError } from "../../base/index.ts";

/** A way to cut texts into tokens: `decode(encode(text))` is `text` for every well-formed text, where it does not say otherwise. */
export interface Tokenizer {
  /** The name a configuration knows it by. */
  readonly name: string;
  /** Cuts a text into tokens. */
  encode(text: string): string[];
  /** Puts tokens together into a text. */
  decode(tokens: readonly string[]): string;
  /**
   * Puts tokens together one at a time. Without it, `decode` is asked about all tokens so far each time, which suits a
   * tokenizer of few tokens whose text is only ever added to.
   */
  speller?(): Speller;
  /** One token as a reader sees it: without marks for what stands beside it. Without it, the token itself. */
  show?(token: string): string;
}

/** A tokenizer whose tokens were found in texts, such as `bpe`: it gives these and no others. */
export interface TrainedTokenizer extends Tokenizer {
  /** Every token there is, in the order of their ids from 4 on. */
  readonly tokens: readonly string[];
  /** The tokens of one unit of a text, as `unitsOf` cuts it. */
  tokensOf(unit: string): readonly string[];
  /** What other programs read the tokenizer from, as a plain object for JSON. */
  toJSON(options?: { readonly lowercase?: boolean }): object;
}

/** Writes a text token by token: what is written so far never changes. */
export interface Speller {
  /** The text that is certain with this token; empty while it waits for the rest of a character. */
  push(token: string): string;
  /** What still waits, when no token follows. */
  end(): string;
}

/** Whether a tokenizer has been trained, and so knows its tokens. */
export function isTrained(tokenizer: Tokenizer): tokenizer is TrainedTokenizer {
  return "tokens" in tokenizer;
}

/** A speller of any tokenizer. */
export function spellerOf(tokenizer: Tokenizer): Speller {
  if (tokenizer.speller) return tokenizer.speller();
  const tokens: string[] = [];
  let written = 0;
  return {
    push(token) {
      tokens.push(token);
      const added = tokenizer.decode(tokens).slice(written);
      written += added.length;
      return added;
    },
    end: () => "",
  };
}

/** A speller for tokens that follow one another as they are. */
export const plainSpeller = (): Speller => ({ push: (token) => token, end: () => "" });

/**
 * The tokenizer for texts in small letters: each text is lower-cased before it is cut, in the same way in every
 * language.
 */
export function lowercased(tokenizer: Tokenizer): Tokenizer {
  return {
    ...tokenizer,
    encode: (text) => tokenizer.encode(toSmallLetters(text)),
  };
}

/** A text in small letters, the same in every language; what is no text is left for `checkText` to refuse. */
export function toSmallLetters(text: string): string {
  return typeof text === "string" ? text.toLowerCase() : text;
}

/**
 * Refuses what is no text that files can hold: half of a surrogate pair cannot be written as UTF-8 and read again.
 *
 * @throws TypeError when it is no string, RangeError for a lone surrogate, with its place
 */
export function checkText(where: string, text: string): void {
  if (typeof text !== "string") throw new KindError(`${where}: text must be a string, got ${show(text)}`);
  const at = text.search(/\p{Surrogate}/u);
  if (at < 0) return;
  const half = text.charCodeAt(at).toString(16);
  throw new ValueError(
    `${where}: text must be well-formed Unicode, got the lone surrogate \\u${half} at index ${at}; do not cut texts within a pair, or mend it with text.toWellFormed()`,
  );
}
