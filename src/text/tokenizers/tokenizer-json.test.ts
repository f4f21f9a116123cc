import { describe, expect, test } from "vitest";
import { FormatError, ValueError } from "../../base/index.ts";
import { Codec } from "../index.ts";

const codec = Codec.train(["the cat sat on the mat, the end"], { tokenizer: "bpe", vocabularySize: 270 });
/** The file as a program reads it, which a test may change. */
const written = () => JSON.parse(JSON.stringify(codec.toTokenizerJson())) as ReturnType<Codec["toTokenizerJson"]>;
/** A tokenizer.json of GPT-2's kind, with few tokens. */
const gpt2 = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [{ id: 5, content: "<|endoftext|>", special: true }],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
  post_processor: { type: "ByteLevel", add_prefix_space: true, trim_offsets: false },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true },
  model: {
    type: "BPE",
    vocab: { a: 1, b: 0, ab: 3, "\u0120": 2, "\u0120ab": 4, "<|endoftext|>": 5 },
    merges: ["a b", ["\u0120", "ab"]],
  },
};

describe("a tokenizer.json", () => {
  test("is read as it was written, with the same ids", () => {
    const again = Codec.fromTokenizerJson(written());
    expect(again.toTokenizerJson()).toEqual(codec.toTokenizerJson());
    expect(again.encode("the mats")).toEqual(codec.encode("the mats"));
    expect(again.lowercase).toBe(false);
    const small = Codec.train(["the"], { tokenizer: "bpe", lowercase: true });
    expect(Codec.fromTokenizerJson(small.toTokenizerJson()).lowercase).toBe(true);
  });

  test("of others keeps the order of its tokens; special tokens are left out, missing bytes come last", () => {
    const read = Codec.fromTokenizerJson(gpt2);
    expect(read.vocabulary.toJSON().tokens.slice(0, 7)).toEqual(["b", "a", "\u0120", "ab", "\u0120ab", "!", '"']);
    expect(read.size).toBe(4 + 256 + 2);
    expect([...read.encode("ab ab ba")]).toEqual([7, 8, 6, 4, 5]);
    expect(read.decode(read.encode("ab? \u{1f600}"))).toBe("ab? \u{1f600}");
  });

  test("that does what is not supported is refused", () => {
    const refusals: [unknown, string][] = [
      [null, "must hold a tokenizer, got null"],
      [{ ...gpt2, model: undefined }, "model must be an object, got undefined"],
      [
        { ...gpt2, model: { type: "WordPiece" } },
        'model.type must be "BPE", got "WordPiece"; nothing else is supported',
      ],
      [
        { ...gpt2, normalizer: { type: "NFC" } },
        'normalizer.type must be "Lowercase", got "NFC"; nothing else is supported',
      ],
      [
        { ...gpt2, pre_tokenizer: { type: "Metaspace" } },
        'pre_tokenizer.type must be "ByteLevel", got "Metaspace"; nothing else is supported',
      ],
      [
        { ...gpt2, pre_tokenizer: { type: "ByteLevel", add_prefix_space: true } },
        "pre_tokenizer.add_prefix_space must be false, got true; nothing else is supported",
      ],
      [
        { ...gpt2, pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: false } },
        "pre_tokenizer.use_regex must be true, got false; nothing else is supported",
      ],
      [{ ...gpt2, decoder: null }, "decoder must be an object, got null"],
      [
        { ...gpt2, post_processor: { type: "TemplateProcessing" } },
        'post_processor.type must be "ByteLevel", got "TemplateProcessing"; nothing else is supported',
      ],
      [
        { ...gpt2, added_tokens: [{ content: "word", special: false }] },
        "added_tokens[0].special must be true, got false; words that were added are not supported",
      ],
      [{ ...gpt2, added_tokens: [null] }, "added_tokens[0].content must be text, got undefined"],
      [{ ...gpt2, added_tokens: {} }, "added_tokens must be a list, got {}"],
      [
        { ...gpt2, model: { ...gpt2.model, byte_fallback: true } },
        "model.byte_fallback must be null or false, got true; nothing else is supported",
      ],
      [
        { ...gpt2, model: { ...gpt2.model, ignore_merges: true } },
        "model.ignore_merges must be null or false, got true; nothing else is supported",
      ],
      [
        { ...gpt2, model: { ...gpt2.model, dropout: 0.1 } },
        "model.dropout must be null or 0, got 0.1; nothing else is supported",
      ],
      [
        { ...gpt2, model: { ...gpt2.model, continuing_subword_prefix: "##" } },
        'model.continuing_subword_prefix must be null or "", got "##"; nothing else is supported',
      ],
      [
        { ...gpt2, model: { ...gpt2.model, end_of_word_suffix: "</w>" } },
        'model.end_of_word_suffix must be null or "", got "</w>"; nothing else is supported',
      ],
      [{ ...gpt2, model: { ...gpt2.model, vocab: [] } }, "model.vocab must be an object, got []"],
      [
        { ...gpt2, model: { ...gpt2.model, vocab: { a: 1, b: 1 } } },
        'model.vocab["b"] must be a whole number that is given once, got 1',
      ],
      [
        { ...gpt2, model: { ...gpt2.model, vocab: { "\u4eca": 1 } } },
        'model.vocab must hold tokens of bytes, each written as GPT-2 does, got "\u4eca"',
      ],
      [{ ...gpt2, model: { ...gpt2.model, merges: null } }, "model.merges must be a list, got null"],
      [{ ...gpt2, model: { ...gpt2.model, merges: ["a b c"] } }, 'model.merges[0] must be two tokens, got "a b c"'],
      [
        { ...gpt2, model: { ...gpt2.model, merges: ["b a"] } },
        'model.merges[0] must join tokens of model.vocab to another of them, got "b a"',
      ],
    ];
    for (const [json, message] of refusals)
      expect(() => Codec.fromTokenizerJson(json, "gpt2/tokenizer.json")).toThrow(
        new FormatError(`gpt2/tokenizer.json: ${message}`),
      );
  });
});

test("only bpe is written as tokenizer.json", () => {
  expect(() => Codec.train(["a b"], { tokenizer: "words" }).toTokenizerJson()).toThrow(
    new ValueError('codec: tokenizer must be bpe to be written as tokenizer.json, got "words"'),
  );
});

test("a codec whose vocabulary is of another tokenizer is refused", () => {
  const other = Codec.train(["a dog ran"], { tokenizer: "bpe", vocabularySize: 270 });
  const json = { ...codec.toJSON(), trained: other.toTokenizerJson() };
  expect(() => Codec.fromJSON(json, "model")).toThrow(
    new FormatError(
      "model: vocabulary must hold the tokens of the tokenizer, differs at id 260; are they of one model?",
    ),
  );
  expect(() => Codec.fromJSON({ ...codec.toJSON(), trained: undefined }, "model")).toThrow(
    new FormatError("model: tokenizer: must hold a tokenizer, got undefined"),
  );
});
