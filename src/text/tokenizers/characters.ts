import { checkText, plainSpeller, type Tokenizer } from "./tokenizer.ts";

/**
 * One token for each Unicode code point: an "e" and a combining accent after it are two tokens.
 *
 * Throws RangeError for a text with a lone surrogate.
 */
export const characters: Tokenizer = {
  name: "characters",
  encode(text) {
    checkText("characters", text);
    return Array.from(text);
  },
  decode: (tokens) => tokens.join(""),
  speller: plainSpeller,
};
