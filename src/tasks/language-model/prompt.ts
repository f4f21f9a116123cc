/** What a text begins with, and what of it the model does not know. */
import { show, UNK, ValueError } from "../../base/index.ts";
import type { Codec } from "../../text/index.ts";

/**
 * A text without the spaces at its end, where tokens bring the space before them, as words do: `the ` is read as `the`,
 * after which ` cat` may come. Other tokenizers read the space.
 */
function withoutOpenEnd({ tokenizer }: Codec, text: string): string {
  return text.endsWith(" ") && tokenizer.decode(["a", "a"]) === "a a" ? text.replace(/ +$/, "") : text;
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

/**
 * Reads a prompt.
 *
 * @param where starts the message, such as "generate"
 * @throws RangeError when the model knows none of its tokens
 */
export function readPrompt(where: string, codec: Codec, prompt: string): ReadPrompt {
  const text = withoutOpenEnd(codec, prompt);
  const ids = [...codec.encode(text)];
  if (ids.length === 0 || ids.some((id) => id !== UNK)) return { ids, isSpaced: text !== prompt };
  const small = knownInSmallLetters(codec, prompt);
  const hint = small === null ? "begin with other text" : `did you mean ${show(small)}?`;
  throw new ValueError(`${where}: prompt must hold a token that the model knows, got ${show(prompt)}; ${hint}`);
}
