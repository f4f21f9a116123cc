/**
 * How a text becomes tokens and tokens become a text again.
 */
import { KindError, show, ValueError } from "../../base/index.ts";

/** A way to cut texts into tokens: `decode(encode(text))` is `text` for every well-formed text. */
export interface Tokenizer {
  /** The name a configuration knows it by. */
  readonly name: string;
  /** Cuts a text into tokens. */
  encode(text: string): string[];
  /** Puts tokens together into a text. */
  decode(tokens: readonly string[]): string;
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
