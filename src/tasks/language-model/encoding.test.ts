import { describe, expect, test } from "vitest";
import { ValueError } from "../../base/index.ts";
import { Codec } from "../../text/index.ts";
import { readText } from "./corpus.ts";
import { encodeCorpus, encodeText } from "./encoding.ts";
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

describe("a text is refused", () => {
  test.each([
    ["text", "abc"],
    ["documents", "ab"],
  ] as const)("of which nothing is left to train on (unit %s)", (unit, text) => {
    const given = settings({ unit, validation: 0.9 });
    expect(() => encodeCorpus(readText("test", text, given), given)).toThrow(
      new ValueError(
        "train: validation must leave text to train on, got 0.9, which keeps all of it aside; lower validation or give more text",
      ),
    );
  });

  test("but not one that leaves a token", () => {
    const given = settings({ unit: "text", validation: 0.6 });
    const { training, validation } = encodeCorpus(readText("test", "abc", given), given);
    expect([training.tokens.length, validation?.tokens.length]).toEqual([1, 2]);
    expect(encodeCorpus(readText("test", "a", given), given).training.tokens.length).toBe(1);
  });
});
