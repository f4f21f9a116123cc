import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOS, EOS, FormatError, KindError, PAD, UNK, ValueError } from "../base/index.ts";
import { Codec, countTokens, type Tokenizer, tokenizerNames, unitsOf, Vocabulary } from "./index.ts";

const text = "The cat sat on the mat.\nThe dog, a na\u00efve one, did  not: \u{1f600}e\u0301!\n";

describe.each(tokenizerNames)("a codec with %s", (tokenizer) => {
  const codec = Codec.train([text], { tokenizer });

  test("writes what it reads", () => {
    expect(codec.decode(codec.encode(text))).toBe(tokenizer === "whitespace" ? text.replace("  ", " ") : text);
    expect(codec.size).toBe(codec.vocabulary.size);
    expect([...codec.encode("")]).toEqual([]);
  });

  test("gives the same ids unit by unit", () => {
    const ids = unitsOf(tokenizer)
      .encode(text)
      .flatMap((unit) => [...codec.encodeUnit(unit)]);
    expect(ids).toEqual([...codec.encode(text)]);
  });

  test("is made from a text as from its pieces", () => {
    const counts = new Map<string, number>();
    for (const piece of text.split(/(?<=\n)/)) countTokens(unitsOf(tokenizer).encode(piece), counts);
    expect(Codec.fromCounts(counts, { tokenizer }).toJSON()).toEqual(codec.toJSON());
  });

  test("reads small letters alone where that is asked for", () => {
    const lower = Codec.train([text], { tokenizer, lowercase: true });
    expect(lower.vocabulary.toJSON()).toEqual(Codec.train([text.toLowerCase()], { tokenizer }).vocabulary.toJSON());
    expect(lower.encode(text)).toEqual(lower.encode(text.toLowerCase()));
    expect(lower.decode(lower.encode(text))).toBe(codec.tokenizer.decode(codec.tokens(text.toLowerCase())));
  });

  test("is read as it was written", () => {
    const json: unknown = JSON.parse(JSON.stringify(codec));
    const again = Codec.fromJSON(json);
    expect(again.toJSON()).toEqual(json);
    expect(again.encode(text)).toEqual(codec.encode(text));
  });

  test("gives the text of each id where it stands", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(codec.size - 1)), (ids) => {
        const pieces = codec.pieces(ids);
        expect(pieces.join("")).toBe(codec.decode(ids));
        expect(pieces).toHaveLength(ids.length);
      }),
    );
  });

  test("refuses a lone surrogate, whatever the case", () => {
    for (const lowercase of [false, true])
      expect(() => new Codec(codec.tokenizer, codec.vocabulary, { lowercase }).encode("AB\ud83dC")).toThrow(
        new ValueError(
          `${tokenizer}: text must be well-formed Unicode, got the lone surrogate \\ud83d at index 2; do not cut texts within a pair, or mend it with text.toWellFormed()`,
        ),
      );
    expect(() => Codec.train(["\ude00"], { tokenizer, lowercase: true })).toThrow(
      "got the lone surrogate \\ude00 at index 0;",
    );
    expect(() => codec.encode(7 as never)).toThrow(new KindError(`${tokenizer}: text must be a string, got 7`));
  });

  test("shows special ids by name", () => {
    expect([PAD, UNK, BOS, EOS].map((id) => codec.piece(id))).toEqual(["<pad>", "<unk>", "<bos>", "<eos>"]);
  });
});

test("what is rare or beyond the size is unknown", () => {
  const codec = Codec.train(["aaabbc"], { minCount: 2 });
  expect(codec.tokens("cab")).toEqual(["c", "a", "b"]);
  expect([...codec.encode("cab")]).toEqual([UNK, 4, 5]);
  expect([...Codec.train(["aaabbc"], { vocabularySize: 5 }).encode("cab")]).toEqual([UNK, 4, UNK]);
});

test("a tokenizer of one's own serves, but is not written", () => {
  const own: Tokenizer = { name: "own", encode: (text) => text.split("-"), decode: (tokens) => tokens.join("-") };
  const codec = new Codec(own, Vocabulary.fromCounts(countTokens(["ab", "c"])));
  const ids = codec.encode("ab-c-d");
  expect([...ids]).toEqual([4, 5, UNK]);
  expect(codec.pieces(ids)).toEqual(["ab", "-c", "-<unk>"]);
  expect(() => codec.toJSON()).toThrow(
    new ValueError(`codec: tokenizer must be one of ${tokenizerNames.join(", ")} to be written, got "own"`),
  );
});

test("what is no codec is refused", () => {
  const good = Codec.train(["ab"]).toJSON();
  const refusals: [unknown, string][] = [
    [[], "model: must hold a codec, got []"],
    [{ ...good, version: 2 }, "model: version must be 1, got 2"],
    [{ ...good, lowercase: 0 }, "model: lowercase must be true or false, got 0"],
    [{ ...good, tokenizer: "letters" }, `model: tokenizer must be one of ${tokenizerNames.join(", ")}, got "letters"`],
    [{ ...good, vocabulary: 7 }, "model: vocabulary: must hold a vocabulary, got 7"],
  ];
  for (const [json, message] of refusals) expect(() => Codec.fromJSON(json, "model")).toThrow(new FormatError(message));
});

test("options that cannot be are refused", () => {
  expect(() => Codec.train(["ab"], { tokeniser: "characters" } as never)).toThrow(
    new ValueError('codec: no option "tokeniser"; did you mean "tokenizer"?'),
  );
});
