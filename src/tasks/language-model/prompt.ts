/** What a text begins with, and what of it the model does not know. */
import { show, UNK, ValueError } from "../../base/index.ts";
import type { Codec } from "../../text/index.ts";

/** The tokens of a text that are not in the vocabulary, each once, as a reader sees them. */
export function unknownTokens(codec: Codec, text: string): string[] {
  const { tokenizer, vocabulary } = codec;
  const unknown = codec.tokens(text).filter((token) => vocabulary.id(token) === UNK);
  return [...new Set(unknown)].map((token) => tokenizer.show?.(token) ?? token);
}

/** The text in small letters, where the model knows all of it so and not as it is. */
export function knownInSmallLetters(codec: Codec, text: string): string | null {
  const small = text.toLowerCase();
  return small !== text && unknownTokens(codec, small).length === 0 ? small : null;
}

/**
 * The ids of a prompt.
 *
 * @param where starts the message, such as "generate"
 * @throws RangeError when the model knows none of its tokens
 */
export function readPrompt(where: string, codec: Codec, prompt: string): number[] {
  const ids = [...codec.encode(prompt)];
  if (ids.length === 0 || ids.some((id) => id !== UNK)) return ids;
  const small = knownInSmallLetters(codec, prompt);
  const hint = small === null ? "begin with other text" : `did you mean ${show(small)}?`;
  throw new ValueError(`${where}: prompt must hold a token that the model knows, got ${show(prompt)}; ${hint}`);
}
