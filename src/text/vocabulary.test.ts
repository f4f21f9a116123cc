import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOS, EOS, FormatError, KindError, PAD, UNK, ValueError } from "../base/index.ts";
import { characters } from "./index.ts";
import { countTokens, Vocabulary } from "./vocabulary.ts";

/** Any code point that a well-formed text may hold, ASCII as often as all others. */
const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 0x10f7ff }))
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

const abracadabra = () => Vocabulary.fromCounts(countTokens("abracadabra"));

describe("a vocabulary from counts", () => {
  test("begins with the special ids and goes on by count, then by code point", () => {
    const v = abracadabra();
    expect(v.size).toBe(9);
    expect([PAD, UNK, BOS, EOS].map((id) => v.token(id))).toEqual(["<pad>", "<unk>", "<bos>", "<eos>"]);
    expect([4, 5, 6, 7, 8].map((id) => v.token(id))).toEqual(["a", "b", "r", "c", "d"]);
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((id) => v.count(id))).toEqual([0, 0, 0, 0, 5, 2, 2, 1, 1]);
  });

  test("takes <unk> in a text for what is unknown", () => {
    const v = Vocabulary.fromCounts(countTokens(["<unk>", "a", "<unk>", "b"]), { minCount: 1 });
    expect(v.toJSON()).toEqual({ version: 1, tokens: ["a", "b"], counts: [1, 1], unknownCount: 2 });
    expect([...v.encode(["<unk>", "b"])]).toEqual([UNK, 5]);
  });

  test("goes by code point, not by UTF-16 unit", () => {
    const v = Vocabulary.fromCounts(countTokens(["\u{1f600}", "\uff5e", "\u{1f601}", "ab", "a", "\u{1f600}x"]));
    expect(v.toJSON().tokens).toEqual(["a", "ab", "\uff5e", "\u{1f600}", "\u{1f600}x", "\u{1f601}"]);
  });

  test("keeps no more than size, nothing rarer than minCount, and counts what it left out", () => {
    const sized = Vocabulary.fromCounts(countTokens("abracadabra"), { size: 6 });
    expect(sized.toJSON()).toEqual({ version: 1, tokens: ["a", "b"], counts: [5, 2], unknownCount: 4 });
    const frequent = Vocabulary.fromCounts(countTokens("abracadabra"), { minCount: 2 });
    expect(frequent.toJSON()).toEqual({ version: 1, tokens: ["a", "b", "r"], counts: [5, 2, 2], unknownCount: 2 });
    expect(frequent.unknownCount).toBe(2);
    expect(frequent.count(UNK)).toBe(2);
    expect([frequent.has("r"), frequent.has("c"), frequent.id("c")]).toEqual([true, false, UNK]);
  });

  test("does not take a token of the data for a special one", () => {
    const v = Vocabulary.fromCounts(countTokens(["<eos>", "<eos>", "x"]));
    expect(v.id("<eos>")).toBe(4);
    expect(v.id("<pad>")).toBe(UNK);
  });

  test("is the same whatever the order of the data", () => {
    const letters = fc.array(fc.string({ unit: codePoint, minLength: 1, maxLength: 2 }), { minLength: 1 });
    fc.assert(
      fc.property(letters, (tokens) => {
        const one = Vocabulary.fromCounts(countTokens(tokens));
        const other = Vocabulary.fromCounts(countTokens(tokens.toReversed()));
        expect(one.toJSON()).toEqual(other.toJSON());
      }),
    );
  });

  test("refuses to be empty and options out of range", () => {
    expect(() => Vocabulary.fromCounts(new Map())).toThrow(
      new ValueError("vocabulary: needs at least 1 token, got 0; the data are empty"),
    );
    expect(() => Vocabulary.fromCounts(countTokens("ab"), { minCount: 2 })).toThrow(
      new ValueError("vocabulary: needs at least 1 token, got 0; no token was seen 2 times; lower minCount"),
    );
    expect(() => Vocabulary.fromCounts(countTokens("ab"), { size: 4 })).toThrow(
      new ValueError("vocabulary: size must be at least 5, got 4"),
    );
    expect(() => Vocabulary.fromCounts(countTokens("ab"), { minCount: 1.5 })).toThrow(
      new KindError("vocabulary: minCount must be a whole number, got 1.5"),
    );
    expect(() => Vocabulary.fromCounts(countTokens("ab"), { mincount: 2 } as never)).toThrow(
      new ValueError('vocabulary: no option "mincount"; did you mean "minCount"?'),
    );
  });
});

describe("encoding", () => {
  test("gives ids, UNK for what is not known, and leaves the special ids out of the text", () => {
    const v = abracadabra();
    expect(v.encode(["c", "?", "a"])).toEqual(Int32Array.of(7, UNK, 4));
    expect(v.decode([BOS, 7, UNK, 4, EOS, PAD, PAD])).toEqual(["c", "<unk>", "a"]);
  });

  test("decode(encode(tokens)) is the tokens of any text the vocabulary was made from", () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, minLength: 1 }), (text) => {
        const tokens = characters.encode(text);
        const v = Vocabulary.fromCounts(countTokens(tokens));
        expect(v.decode(v.encode(tokens))).toEqual(tokens);
      }),
    );
  });

  test("refuses an id no token has", () => {
    const message = (got: string) => new ValueError(`vocabulary: id must be a whole number from 0 to 8, got ${got}`);
    expect(() => abracadabra().token(9)).toThrow(message("9"));
    expect(() => abracadabra().decode([4, -1])).toThrow(message("-1"));
    expect(() => abracadabra().count(0.5)).toThrow(message("0.5"));
  });
});

describe("JSON", () => {
  test("is read again as the same vocabulary", () => {
    const counts = fc.array(fc.tuple(fc.string({ unit: codePoint }), fc.integer({ min: 1, max: 9 })), { minLength: 1 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 5, max: 9 }), (entries, size) => {
        const v = Vocabulary.fromCounts(new Map(entries), { size });
        const again = Vocabulary.fromJSON(JSON.parse(JSON.stringify(v)));
        expect(again.toJSON()).toEqual(v.toJSON());
        expect(again.size).toBe(v.size);
        expect(again.id(v.token(4))).toBe(4);
      }),
    );
  });

  test.each([
    [[1], "must hold a vocabulary, got [1]"],
    [null, "must hold a vocabulary, got null"],
    [{ version: 2 }, "version must be 1, got 2"],
    [{ version: 1 }, "tokens must be a list of at least one text, got undefined"],
    [{ version: 1, tokens: [] }, "tokens must be a list of at least one text, got []"],
    [{ version: 1, tokens: ["a", 5] }, "tokens[1] must be text, got 5"],
    [{ version: 1, tokens: ["a", "b", "a"] }, 'tokens[2] must differ from tokens[0], got "a"'],
    [{ version: 1, tokens: ["a", "b"], counts: [1] }, "counts must hold 2 numbers, one for each token, got 1"],
    [{ version: 1, tokens: ["a"] }, "counts must hold 1 numbers, one for each token, got undefined"],
    [{ version: 1, tokens: ["a"], counts: [-1] }, "counts[0] must be a whole number from 0, got -1"],
    [{ version: 1, tokens: ["a"], counts: [1] }, "unknownCount must be a whole number from 0, got undefined"],
  ])("%j is refused", (json, message) => {
    expect(() => Vocabulary.fromJSON(json, "vocabulary.json")).toThrow(new FormatError(`vocabulary.json: ${message}`));
  });
});
