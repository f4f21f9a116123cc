import { describe, expect, test } from "vitest";
import { ValueError } from "../../base/index.ts";
import { characters, type TokenizerName, whitespace } from "../../text/index.ts";
import { CorpusReader, type ReaderLimits } from "./corpus.ts";
import { encodeText, prepare, readText } from "./data.ts";
import { encodeCorpus } from "./encoding.ts";
import { Numbering } from "./numbering.ts";
import { type LanguageModelOptions, languageModelOptions } from "./options.ts";

const settings = (options: LanguageModelOptions = {}) => languageModelOptions.parse(options);

/** The units of what was read, an end of a document as "|". */
function unitsOf(read: (reader: CorpusReader) => void, options: LanguageModelOptions, limits?: ReaderLimits): string[] {
  const reader = new CorpusReader(settings(options), undefined, limits);
  read(reader);
  const { units, numbering } = reader.finish("test");
  const names = new Map(Array.from(numbering.entries(), ([unit, number]) => [number, unit]));
  if (options.unit === "documents") names.set(0, "|");
  return Array.from(units.read(0, units.length), (number) => names.get(number) ?? "?");
}

describe("a text that comes in pieces", () => {
  const text = `${"née e\u0301t\u00e9 👩‍👩‍👧  🇫🇷🇫🇷 it's.\n\n\n  So \n".repeat(5000)}${"long 漢字 ".repeat(60_000)}`;

  test.each<TokenizerName>(["characters", "graphemes", "words", "whitespace", "bpe"])(
    "is the same %s however it is cut",
    (tokenizer) => {
      const whole = unitsOf((reader) => reader.text(text), { unit: "text", tokenizer }).join("|");
      for (const size of [7777, 100_000]) {
        const pieces = unitsOf(
          (reader) => {
            for (let at = 0; at < text.length; at += size) reader.text(text.slice(at, at + size));
          },
          { unit: "text", tokenizer },
        ).join("|");
        // Not by toBe, which would show where two long texts differ.
        expect(pieces === whole).toBe(true);
      }
    },
  );

  test("is read in one piece of millions of characters without a space", () => {
    const endless = "👩ab".repeat(400_000);
    expect(unitsOf((reader) => reader.text(endless), { unit: "text" }).length).toBe(1_200_000);
  });
});

describe("documents", () => {
  test("are those of a list, or stand between blank lines", () => {
    const read = (reader: CorpusReader) => {
      for (const line of ["ab", "c", "", " ", "d", ""]) reader.documentLine(line);
    };
    expect(unitsOf(read, { unit: "documents" })).toEqual([..."ab", "\n", ..."c|d|"]);
    const given = { unit: "documents" } as const;
    for (const data of [["ab\r\nc", "", " \n", "d"], "ab\r\nc\r\n\r\n \r\nd", "\n\nab\nc\n\n\nd\n\n"]) {
      const { units } = readText("test", data, settings(given));
      expect(Array.from(units.read(0, units.length))).toEqual([1, 2, 3, 4, 0, 5, 0]);
    }
  });

  test("end with EOS, which is predicted and counts as a character", () => {
    const corpus = readText("test", ["ab", "c"], settings({ unit: "documents" }));
    const { training, codec } = encodeCorpus(corpus, settings({ unit: "documents", validation: 0 }));
    const [a, b, c] = ["a", "b", "c"].map((token) => codec.vocabulary.id(token));
    expect(Array.from(training.tokens.read(0, 5))).toEqual([a, b, 3, c, 3]);
    expect(encodeText(corpus, codec).characters).toBe(4);
  });
});

test("texts in small letters", () => {
  expect(unitsOf((reader) => reader.text("Ab aB"), { unit: "text", lowercase: true })).toEqual([..."ab ab"]);
  expect(unitsOf((reader) => reader.text("Ab aB"), { unit: "text", lowercase: true, tokenizer: "words" })).toEqual([
    "ab",
    "ab",
  ]);
  const { holds } = prepare("test", ["Ab", "cd"], settings({ lowercase: true }));
  expect(["ab", "AB", "cd", "abc"].map(holds!)).toEqual([true, true, true, false]);
});

describe("more lines than are told apart exactly", () => {
  const lines = Array.from({ length: 4000 }, (_, i) => `line ${i % 1500}`);
  const parts = (options: LanguageModelOptions) => {
    const given = settings(options);
    const encoded = encodeCorpus(readText("test", lines, given, { hashes: 100 }), given);
    return [encoded.training, encoded.validation].map((part) => {
      const window = part?.lines?.window(0);
      return Array.from({ length: window?.length ?? 0 }, (_, line) =>
        encoded.codec.decode(Array.from(window!.at(line))),
      );
    }) as [string[], string[]];
  };

  test("are kept aside by their hash, all copies on one side, about as many as asked for", () => {
    const [training, aside] = parts({ validation: 0.2 });
    expect([...training, ...aside].sort()).toEqual([...lines].sort());
    expect(aside.filter((line) => training.includes(line))).toEqual([]);
    expect(aside.length / lines.length).toBeGreaterThan(0.15);
    expect(aside.length / lines.length).toBeLessThan(0.25);
    expect(parts({ validation: 0.2 })[1]).toEqual(aside);
    expect(parts({ validation: 0.2, seed: 2 })[1]).not.toEqual(aside);
  });

  test("may all fall on one side", () => {
    const one = (validation: number) => {
      const given = settings({ validation });
      const corpus = readText("test", ["a", "b"], given, { hashes: 1 });
      return prepare("test", encodeCorpus(corpus, given, null), given);
    };
    expect(one(1e-6).validation).toBe(null);
    // With no line to train on there is no vocabulary either.
    expect(() => one(1 - 1e-9)).toThrow(
      new ValueError("vocabulary: needs at least 1 token, got 0; the data are empty"),
    );
  });
});

describe("numbering", () => {
  const ranks = (text: string) => text.split(" ");

  test("forgets the rarest units when there are too many, and remembers the frequent ones", () => {
    const numbering = new Numbering(whitespace, { remembered: 8 });
    const often = "the a of the a the of";
    const seen = new Map<string, Set<number>>();
    for (let i = 0; i < 100; i++)
      numbering.encode(`${often} w${i}`).forEach((number, at) => {
        const unit = ranks(`${often} w${i}`)[at]!;
        seen.set(unit, (seen.get(unit) ?? new Set()).add(number));
      });
    for (const unit of ["the", "a", "of"]) expect(seen.get(unit)!.size).toBe(1);
    const units = Array.from(numbering.entries(), ([unit]) => unit);
    expect(units.slice(0, 3)).toEqual(["the", "a", "of"]);
    expect(units.length).toBeLessThanOrEqual(8);
    // All but those remembered at the end.
    expect(numbering.lost).toBe(100 - (units.length - 3));
    expect(numbering.size).toBe(103);
  });

  test("gives no new numbers beyond a limit", () => {
    const numbering = new Numbering(whitespace, { numbered: 4 });
    expect(Array.from(numbering.encode("a b c d e a d"))).toEqual([0, 1, 2, 3, 3, 0, 3]);
    expect(Array.from(numbering.entries(), ([unit]) => unit)).toEqual(["a", "b", "c"]);
    expect(numbering.lost).toBe(3);
  });

  test("of characters is that of their tokenizer", () => {
    const text = "née 👩‍👩‍👧\ud7ff\ue000\uffff 漢字 née";
    const fast = new Numbering(characters, { byCharacter: true });
    expect(fast.encode(text)).toEqual(new Numbering(characters).encode(text));
    expect(Array.from(fast.entries())).toEqual([...new Set(text)].map((unit, number) => [unit, number]));
  });

  test("tells what was lost", () => {
    const given = settings({ unit: "text", tokenizer: "whitespace", batchSize: 2, validation: 0 });
    const text = Array.from({ length: 60 }, (_, i) => `the w${i}`).join(" ");
    const { notes, codec, training } = prepare(
      "test",
      encodeCorpus(readText("test", text, given, { remembered: 10 }), given),
      given,
    );
    expect(notes).toEqual([
      expect.stringMatching(
        /^the text has more distinct tokens than can be counted; 5\d that came rarely are read as unknown$/,
      ),
    ]);
    expect(codec.size).toBeLessThan(16);
    const the = codec.vocabulary.id("the");
    expect(training.tokens.read(0, 120).filter((id) => id === the).length).toBe(60);
    expect(training.tokens.read(0, 120).filter((id) => id === 1).length).toBe(Number(/\d+/.exec(notes[0]!)![0]));
  });
});

test.each<[LanguageModelOptions, string]>([
  [{}, "characters"],
  [{ unit: "text" }, "characters"],
  [{ tokenizer: "words" }, "words"],
  [{ tokenizer: "bpe" }, "bpe"],
])("a lone surrogate is refused (%j)", (options, tokenizer) => {
  expect(() => readText("test", ["ab", "a\ud800b"], settings(options))).toThrow(
    new ValueError(
      `${tokenizer}: text must be well-formed Unicode, got the lone surrogate \\ud800 at index ${options.unit === "text" ? 4 : 1}; do not cut texts within a pair, or mend it with text.toWellFormed()`,
    ),
  );
});
