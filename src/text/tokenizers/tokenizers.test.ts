import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KindError, ValueError } from "../../base/index.ts";
import { characters, graphemes } from "../index.ts";
import { findTokenizer, type Tokenizer, tokenizers } from "./index.ts";

/** Any code point that a well-formed text may hold, ASCII as often as all others. */
const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 0x10f7ff }))
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

describe.each(Object.entries(tokenizers))("%s", (name, tokenizer: Tokenizer) => {
  test("decode(encode(text)) is the text, but for white space where that is lost, and no token is empty", () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), (text) => {
        const tokens = tokenizer.encode(text);
        const kept = (text: string) => (name === "whitespace" ? text.replaceAll(/\s/g, "") : text);
        expect(kept(tokenizer.decode(tokens))).toBe(kept(text));
        expect(tokens).not.toContain("");
      }),
    );
  });

  test("gives the tokens of a text line by line", () => {
    const unit = fc.oneof({ weight: 2, arbitrary: fc.constantFrom("\n", " ", "\r\n") }, codePoint);
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(text.split(/(?<=\n)/).flatMap((line) => tokenizer.encode(line))).toEqual(tokenizer.encode(text));
      }),
    );
  });

  test("is known by its name", () => {
    expect(tokenizer.name).toBe(name);
    expect(tokenizer.encode("")).toEqual([]);
  });

  test("refuses a lone surrogate and what is no text", () => {
    expect(() => tokenizer.encode("ab\ud83dc")).toThrow(
      new ValueError(
        `${name}: text must be well-formed Unicode, got the lone surrogate \\ud83d at index 2; do not cut texts within a pair, or mend it with text.toWellFormed()`,
      ),
    );
    expect(() => tokenizer.encode("\ude00")).toThrow("got the lone surrogate \\ude00 at index 0;");
    expect(() => tokenizer.encode(7 as never)).toThrow(new KindError(`${name}: text must be a string, got 7`));
  });
});

test("characters are code points", () => {
  expect(characters.encode("ae\u0301\u{1f600}\0\r\n")).toEqual(["a", "e", "\u0301", "\u{1f600}", "\0", "\r", "\n"]);
});

test("graphemes are what a reader sees as one", () => {
  const family = "\u{1f469}\u200d\u{1f467}";
  const flags = "\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}";
  expect(graphemes.encode(`ae\u0301${family}${flags}x\r\n\ny`)).toEqual([
    "a",
    "e\u0301",
    family,
    "\u{1f1e9}\u{1f1ea}",
    "\u{1f1eb}\u{1f1f7}",
    "x",
    "\r\n",
    "\n",
    "y",
  ]);
});

describe("graphemes cut piece by piece are those of the whole text", () => {
  const whole = (text: string) =>
    Array.from(new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text), ({ segment }) => segment);

  /** The graphemes of a text that may be cut anywhere: the segmenter would take minutes for the whole. */
  const cut = (text: string) => text.match(/.{1,500}/gs)!.flatMap(whole);
  const range = (from: number, to: number) =>
    String.fromCharCode(...Array.from({ length: to - from }, (_, i) => from + i));

  test("for any mix of what joins and what does not", () => {
    const joiners = [
      "a",
      " ",
      "\n",
      "\r",
      "\u0301",
      "\u200d",
      "\u{1f1e9}",
      "\u{1f469}",
      "\u0915",
      "\u094d",
      "\u1100",
      "\u1161",
    ];
    const unit = fc.constantFrom(...joiners, "\u{1f3fb}", "\u0600", "\u00e9", "\u6f22");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 2000, size: "max" }), (text) => {
        expect(graphemes.encode(text)).toEqual(whole(text));
      }),
      { numRuns: 100 },
    );
  });

  test("for every character of the scripts that are not asked about", () => {
    for (const script of [range(0, 0x300), range(0x370, 0x483), range(0x4e00, 0xa000)]) {
      for (const text of [script, [...script].join("a"), [...script].join("\u6f22")]) {
        expect(graphemes.encode(text)).toEqual(cut(text));
      }
    }
  });

  test("for a grapheme longer than a piece, and flags across its end", () => {
    for (const text of [
      `a${"\u0301".repeat(1000)}b`,
      `\u00e9${"\u{1f1e9}\u{1f1ea}".repeat(300)}`,
      "\u6f22".repeat(600),
    ]) {
      expect(graphemes.encode(text)).toEqual(whole(text));
    }
  });
});

test("a tokenizer is found by value or by name, and a misspelt name is answered with the nearest", () => {
  const own: Tokenizer = { name: "own", encode: (text) => text.split(" "), decode: (tokens) => tokens.join(" ") };
  expect(findTokenizer(own)).toBe(own);
  expect(findTokenizer("graphemes")).toBe(graphemes);
  expect(() => findTokenizer("grapheme" as never)).toThrow(
    new ValueError(
      'tokenizer: must be one of characters, graphemes, words, whitespace, bpe, got "grapheme"; did you mean "graphemes"?',
    ),
  );
  expect(() => findTokenizer("bpe")).toThrow(
    new ValueError(
      'tokenizer: must be one that needs no training, got "bpe"; train it on texts with Codec.train, or read it with Codec.fromJSON',
    ),
  );
  expect(() => findTokenizer("toString" as never)).toThrow(
    new ValueError(
      'tokenizer: must be one of characters, graphemes, words, whitespace, bpe, got "toString"; pass one of these, or a tokenizer of your own',
    ),
  );
});
