/** What a text begins with, and what of it the model does not know. */
import { EOS, show, UNK, ValueError } from "../../base/index.ts";
import type { Codec } from "../../text/index.ts";

/** Whether a space between two tokens is not written down, as between words. */
function impliesSpaces({ tokenizer }: Codec): boolean {
  return tokenizer.decode(["a", "a"]) === "a a";
}

/** Whether some tokens begin with the space before them, as ` cat` of bpe does. */
function holdsSpaces(codec: Codec): boolean {
  if (codec.tokenizer.name !== "bpe") return false;
  for (let id = EOS + 1; id < codec.size; id++) if (/^ ./s.test(codec.piece(id))) return true;
  return false;
}

/**
 * A text without what of its end the next token brings: `the ` is read as `the`, after which ` cat` may come. Where
 * spaces are implied those at the end are left out, where tokens begin with one the last is; other tokenizers read them.
 */
function withoutOpenEnd(codec: Codec, text: string): string {
  if (!text.endsWith(" ")) return text;
  if (impliesSpaces(codec)) return text.replace(/ +$/, "");
  return holdsSpaces(codec) ? text.slice(0, -1) : text;
}

/** The tokens of a text that are not in the vocabulary, each once, as a reader sees them. */
export function unknownTokens(codec: Codec, text: string): string[] {
  const { tokenizer, vocabulary } = codec;
  const unknown = codec.tokens(withoutOpenEnd(codec, text)).filter((token) => vocabulary.id(token) === UNK);
  return [...new Set(unknown)].map((token) => tokenizer.show?.(token) ?? token);
}

/** The text in small letters, where the model knows all of it so and not as it is. */
export function knownInSmallLetters(codec: Codec, text: string): string | null {
  const small = text.toLowerCase();
  return small !== text && unknownTokens(codec, small).length === 0 ? small : null;
}

/** A prompt that was read. */
export interface ReadPrompt {
  readonly ids: readonly number[];
  /** Whether its end is a space that the next token brings too. */
  readonly isSpaced: boolean;
}

/** Reads more of a text. */
export function readMore(codec: Codec, more: string, { isSpaced: before }: Pick<ReadPrompt, "isSpaced">): ReadPrompt {
  const whole = before && holdsSpaces(codec) ? ` ${more}` : more;
  const text = withoutOpenEnd(codec, whole);
  const ids = [...codec.encode(text)];
  return { ids, isSpaced: text !== whole || (before && ids.length === 0) };
}

/**
 * Reads a prompt, or more of a text.
 *
 * @param where starts the message, such as "generate"
 * @param before.isSpaced as it was for the text before
 * @throws RangeError when the model knows none of its tokens
 */
export function readPrompt(
  where: string,
  codec: Codec,
  prompt: string,
  before: Pick<ReadPrompt, "isSpaced"> = { isSpaced: false },
): ReadPrompt {
  const read = readMore(codec, prompt, before);
  if (read.ids.length === 0 || read.ids.some((id) => id !== UNK)) return read;
  const small = knownInSmallLetters(codec, prompt);
  const hint = small === null ? "begin with other text" : `did you mean ${show(small)}?`;
  throw new ValueError(`${where}: prompt must hold a token that the model knows, got ${show(prompt)}; ${hint}`);
}
