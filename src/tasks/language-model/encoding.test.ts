import { describe, expect, test } from "vitest";
import { Codec } from "../../text/index.ts";
import { readText } from "./corpus.ts";
import { encodeText } from "./encoding.ts";
import { type LanguageModelOptions, languageModelOptions } from "./options.ts";

const settings = (options: LanguageModelOptions) => languageModelOptions.parse(options);

describe("the characters that are predicted", () => {
  // Its tokens are bytes, and "th" and " c".
  const codec = Codec.train(["th th th th th", "x cx cx cx cx c"], { tokenizer: "bpe", vocabularySize: 4 + 256 + 2 });

  test.each([
    // The first token, what its characters are, and all others.
    ["text", "unbelievable cat", "u", 15],
    ["text", "unbelievable", "u", 11],
    ["text", "they c", "th", 4],
    ["text", " cats", " c", 3],
    // A character counts where its last byte is read: here that is predicted.
    ["text", "日本", "<0xE6>", 2],
    ["text", "é", "<0xC3>", 1],
    // The end of the document is one too.
    ["documents", "they c", "th", 5],
  ] as const)("with unit %s of %j are all but those of its first token", (unit, text, first, characters) => {
    const corpus = readText("test", text, settings({ unit, tokenizer: "bpe" }));
    const encoded = encodeText(corpus, codec);
    expect(codec.piece(encoded.tokens.read(0, 1)[0]!)).toBe(first);
    expect(encoded.characters).toBe(characters);
  });
});
