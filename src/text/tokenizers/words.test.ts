import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { whitespace } from "./whitespace.ts";
import { WordSegmenter } from "./word-segments.ts";
import { words } from "./words.ts";

const J = "\uffed";
const ours = new WordSegmenter();
const segmenter = new Intl.Segmenter("en", { granularity: "word" });
const expected = (text: string) => Array.from(segmenter.segment(text), (s) => [s.segment, s.isWordLike ?? false]);

function cut(text: string): [string, boolean][] {
  const found: [string, boolean][] = [];
  ours.cut(text, (segment, isWord) => found.push([segment, isWord]));
  return found;
}

describe("words", () => {
  test("are plain words, and marked signs", () => {
    expect(words.encode('He said: "An apple, please."')).toEqual([
      "He",
      "said",
      `${J}:`,
      `"${J}`,
      "An",
      "apple",
      `${J},`,
      "please",
      `${J}.`,
      `${J}"`,
    ]);
    expect(words.encode("well-known, don't (1,000.5)...")).toEqual([
      "well",
      `${J}-${J}`,
      "known",
      `${J},`,
      "don't",
      `(${J}`,
      "1,000.5",
      `${J})`,
      `${J}.`,
      `${J}.`,
      `${J}.`,
    ]);
  });

  test("keep line ends and runs of white space as tokens", () => {
    expect(words.encode(" a  b\tc \n\n d\r\n e\u3000f ")).toEqual([
      " ",
      "a",
      "  ",
      "b",
      "\t",
      "c",
      " ",
      "\n",
      "\n",
      " ",
      "d",
      "\r\n",
      " ",
      "e",
      "\u3000",
      "f",
      " ",
    ]);
  });

  test("come back where the text holds the joiner itself", () => {
    const unit = fc.constantFrom(J, " ", "a", ".", "\n", "\u0301", "\u4eca", "  ");
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(words.decode(words.encode(text))).toBe(text);
      }),
    );
  });

  test("are spelt for ids in any order", () => {
    expect(words.decode(["a", "b", `${J},`, "<unk>", `(${J}`, "c", "\n", "d", `${J}.`])).toBe("a b, <unk> (c\nd.");
  });

  test("are shown without joiners", () => {
    expect([`${J},`, `(${J}`, `${J}-${J}`, "a", "\n", `${J}${J}${J}`].map(words.show!)).toEqual([
      ",",
      "(",
      "-",
      "a",
      "\n",
      J,
    ]);
  });
});

describe("the words of plain characters are those of the segmenter", () => {
  test("for every character beside letters, digits and signs", () => {
    const range = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => String.fromCharCode(from + i)).filter((c) => !/\s/.test(c));
    const others: string[] = [];
    for (const c of [...range(0, 0x530), ...range(0x2010, 0x2030)])
      for (const part of [c, `a${c}b`, `1${c}2`, `a${c}1`, `${c}${c}`, `(${c})`])
        if (JSON.stringify(cut(part)) !== JSON.stringify(expected(part))) others.push(part);
    expect(others).toEqual([]);
  });

  test("for any mix of them", () => {
    const unit = fc.constantFrom(..."aZ\u00e9\u0436\u03c919.,;:'\u2019\u2018\"$-_!\u2014\u201c\u0301\u4eca\u{1f600}");
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1 }), (text) => {
        expect(cut(text)).toEqual(expected(text));
      }),
      { numRuns: 500 },
    );
  });
});

test("a long run without a space is cut piece by piece, within no word", () => {
  const sentence = "\u4eca\u65e5\u306f\u5929\u6c17\u304c\u3044\u3044\u3002";
  const once = cut(sentence);
  expect(once.length).toBeGreaterThan(3);
  expect(cut(sentence.repeat(300))).toEqual(Array.from({ length: 300 }, () => once).flat());
  for (const text of ["a\u0301".repeat(5000), `${"_".repeat(3000)}b\u0301`]) expect(cut(text)).toEqual([[text, true]]);
});

describe("whitespace", () => {
  test("is what tokens lie between", () => {
    expect(whitespace.encode(" the  cat\tsat.\r\n\n on <unk>\n")).toEqual([
      "the",
      "cat",
      "sat.",
      "\n",
      "\n",
      "on",
      "<unk>",
      "\n",
    ]);
    expect(whitespace.decode(["the", "cat", "\n", "\n", "on", "it"])).toBe("the cat\n\non it");
  });

  test("is all that is lost", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "\u{1f600}", " ", "\t", "\n", "\r\n", "\u00a0") }), (text) => {
        const tokens = whitespace.encode(text);
        expect(whitespace.encode(whitespace.decode(tokens))).toEqual(tokens);
        expect(tokens.join("").replaceAll("\n", "")).toBe(text.replaceAll(/\s/g, ""));
      }),
    );
  });
});
