import { checkText, type Speller, type Tokenizer } from "./tokenizer.ts";

/**
 * One token for each stretch of text between white space, punctuation and all, and one for each line end: for texts that
 * are cut into tokens already.
 *
 * Not without loss: tokens are put together with one space, so that runs of spaces, tabs, and spaces at the ends of
 * lines are gone. Throws RangeError for a text with a lone surrogate.
 */
export const whitespace: Tokenizer = {
  name: "whitespace",
  encode(text) {
    checkText("whitespace", text);
    return text.match(/\n|\S+/g) ?? [];
  },
  decode(tokens) {
    const { push } = whitespace.speller!();
    return tokens.map(push).join("");
  },
  speller(): Speller {
    let isOpen = false;
    return {
      push(token) {
        const isLineEnd = token === "\n";
        const space = isOpen && !isLineEnd ? " " : "";
        isOpen = !isLineEnd;
        return space + token;
      },
      end: () => "",
    };
  },
};
