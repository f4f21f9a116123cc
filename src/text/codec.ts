/**
 * What a model reads and writes by: texts to ids and ids to texts.
 */
import { z } from "zod";
import { BOS, EOS, FormatError, PAD, readOptions, show, UNK, ValueError } from "../base/index.ts";
import { bpe } from "./tokenizers/bpe.ts";
import { findTokenizer, type TokenizerName, tokenizerNames, unitsOf } from "./tokenizers/index.ts";
import { isTrained, type Speller, spellerOf, type Tokenizer, toSmallLetters } from "./tokenizers/tokenizer.ts";
import { readTokenizerJson, type TokenizerJSON } from "./tokenizers/tokenizer-json.ts";
import { trainBpe } from "./tokenizers/train-bpe.ts";
import { countTokens, Vocabulary, type VocabularyJSON } from "./vocabulary.ts";

/** How texts become tokens, and which of the tokens a model knows. */
export const codecOptions = z.strictObject({
  tokenizer: z
    .enum<TokenizerName[]>([...tokenizerNames])
    .default("characters")
    .describe("what a token is"),
  lowercase: z.boolean().default(false).describe("read every text in small letters"),
  minCount: z.int().min(1).default(1).describe("rarer tokens are read as unknown"),
  vocabularySize: z
    .int()
    .min(5)
    .optional()
    .describe("keep at most this many tokens, four special ones included [default: all; for bpe 4096]"),
});

/** How texts become tokens; what is left out is as `codecOptions` says. */
export type CodecOptions = Readonly<z.input<typeof codecOptions>>;

/** What a codec is written as. */
export interface CodecJSON {
  readonly version: 1;
  readonly tokenizer: string;
  readonly lowercase: boolean;
  readonly vocabulary: VocabularyJSON;
  /** For a tokenizer that was trained: it, in the format of Hugging Face's tokenizer.json. */
  readonly trained?: object;
}

/**
 * A tokenizer with the vocabulary of its tokens.
 *
 *     const codec = Codec.train(["the cat sat", "the dog sat"], { tokenizer: "words" });
 *     codec.decode(codec.encode("the dog"));   // "the dog"
 */
export class Codec {
  readonly tokenizer: Tokenizer;
  readonly vocabulary: Vocabulary;
  /** Whether texts are read in small letters. */
  readonly lowercase: boolean;

  constructor(tokenizer: Tokenizer, vocabulary: Vocabulary, options: { readonly lowercase?: boolean } = {}) {
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
    this.lowercase = options.lowercase ?? false;
  }

  /**
   * The codec for some texts.
   *
   * @throws RangeError when they hold no token that is kept, or an option is out of range
   */
  static train(texts: Iterable<string>, options: CodecOptions = {}): Codec {
    const units = unitsOf(options.tokenizer ?? "characters", options);
    const counts = new Map<string, number>();
    for (const text of texts) countTokens(units.encode(text), counts);
    return Codec.fromCounts(counts, options);
  }

  /**
   * The codec for texts whose units were counted, such as a long text piece by piece.
   *
   *     const units = unitsOf("words", { lowercase: true });
   *     for (const piece of pieces) countTokens(units.encode(piece), counts);
   *     const codec = Codec.fromCounts(counts, { tokenizer: "words", lowercase: true, minCount: 2 });
   *
   * @param counts how often each unit was seen; the units of a tokenizer that is not trained are its tokens
   * @throws RangeError when no token is kept, or an option is out of range
   */
  static fromCounts(counts: ReadonlyMap<string, number>, options: CodecOptions = {}): Codec {
    const { tokenizer, lowercase, minCount, vocabularySize: size } = readOptions("codec", codecOptions, options);
    if (tokenizer === "bpe") {
      const found = bpe(trainBpe(counts, { minCount, ...(size !== undefined && { vocabularySize: size }) }));
      const seen = new Map<string, number>();
      for (const [unit, count] of counts)
        for (const token of found.tokensOf(unit)) seen.set(token, (seen.get(token) ?? 0) + count);
      return new Codec(found, Vocabulary.fromTokens(found.tokens, seen), { lowercase });
    }
    const vocabulary = Vocabulary.fromCounts(counts, { minCount, ...(size !== undefined && { size }) });
    return new Codec(findTokenizer(tokenizer), vocabulary, { lowercase });
  }

  /**
   * The codec that `toJSON` wrote.
   *
   * @param where starts the messages: the name of the file
   * @throws FormatError when it is anything else
   */
  static fromJSON(json: unknown, where = "codec"): Codec {
    const must = (what: string, got: unknown) => new FormatError(`${where}: ${what}, got ${show(got)}`);
    if (typeof json !== "object" || json === null || Array.isArray(json)) throw must("must hold a codec", json);
    const { version, tokenizer, lowercase, vocabulary, trained } = json as Readonly<Record<string, unknown>>;
    if (version !== 1) throw must("version must be 1", version);
    if (typeof lowercase !== "boolean") throw must("lowercase must be true or false", lowercase);
    const name = tokenizerNames.find((name) => name === tokenizer);
    if (name === undefined) throw must(`tokenizer must be one of ${tokenizerNames.join(", ")}`, tokenizer);
    const read = Vocabulary.fromJSON(vocabulary, `${where}: vocabulary`);
    if (name === "bpe") {
      const { vocabulary: own, tokenizer } = Codec.fromTokenizerJson(trained, `${where}: tokenizer`);
      const { tokens } = read.toJSON();
      const other = own.toJSON().tokens.findIndex((token, i) => token !== tokens[i]);
      if (other >= 0 || own.size !== read.size)
        throw new FormatError(
          `${where}: vocabulary must hold the tokens of the tokenizer, differs at id ${EOS + 1 + other}; are they of one model?`,
        );
      return new Codec(tokenizer, read, { lowercase });
    }
    return new Codec(findTokenizer(name), read, { lowercase });
  }

  /**
   * A plain object for JSON, which `fromJSON` reads again.
   *
   * @throws RangeError for a tokenizer of one's own, which no name stands for
   */
  toJSON(): CodecJSON {
    const { name } = this.tokenizer;
    if (!tokenizerNames.some((known) => known === name))
      throw new ValueError(
        `codec: tokenizer must be one of ${tokenizerNames.join(", ")} to be written, got ${show(name)}`,
      );
    const { lowercase } = this;
    return {
      version: 1,
      tokenizer: name,
      lowercase,
      vocabulary: this.vocabulary.toJSON(),
      ...(isTrained(this.tokenizer) && { trained: this.tokenizer.toJSON({ lowercase }) }),
    };
  }

  /**
   * The codec of a tokenizer.json of Hugging Face, when it is byte-level BPE like that of GPT-2.
   *
   * Its tokens keep their order, but not their ids: 0 to 3 are PAD, UNK, BOS and EOS here, and the special tokens of the
   * file are left out. A file that a codec wrote keeps its ids.
   *
   * @param json  the file, parsed
   * @param where starts the messages: the name of the file
   * @throws FormatError when it is anything else, or does what is not supported
   */
  static fromTokenizerJson(json: unknown, where = "tokenizer.json"): Codec {
    const { lowercase, ...pairs } = readTokenizerJson(where, json);
    return new Codec(bpe(pairs), Vocabulary.fromTokens(pairs.tokens), { lowercase });
  }

  /**
   * The tokenizer.json by which Hugging Face's tokenizers read the same ids, but for special tokens that are written out
   * in a text: here `<eos>` in a text is five characters.
   *
   * @throws RangeError for a tokenizer other than bpe
   */
  toTokenizerJson(): TokenizerJSON {
    const { tokenizer, lowercase } = this;
    if (!isTrained(tokenizer))
      throw new ValueError(`codec: tokenizer must be bpe to be written as tokenizer.json, got ${show(tokenizer.name)}`);
    return tokenizer.toJSON({ lowercase }) as TokenizerJSON;
  }

  /** V: how many ids there are, the four special ones included. */
  get size(): number {
    return this.vocabulary.size;
  }

  /**
   * The tokens of a text, known or not.
   *
   * @throws RangeError for a text with a lone surrogate
   */
  tokens(text: string): string[] {
    return this.tokenizer.encode(this.lowercase ? toSmallLetters(text) : text);
  }

  /**
   * The ids of a text: UNK for a token that is not in the vocabulary. Adds no BOS and no EOS.
   *
   * @throws RangeError for a text with a lone surrogate
   */
  encode(text: string): Int32Array {
    return this.vocabulary.encode(this.tokens(text));
  }

  /**
   * The ids of one unit of a text, as `unitsOf` cuts it; those of all its units are what `encode` gives.
   *
   *     codec.encodeUnit("dog")   // one id for a tokenizer that is not trained, one or more for another
   */
  encodeUnit(unit: string): Int32Array {
    return this.vocabulary.encode(isTrained(this.tokenizer) ? this.tokenizer.tokensOf(unit) : [unit]);
  }

  /**
   * The id of the token that is all of a text, such as a line end; undefined when it is unknown or more than one token.
   */
  find(text: string): number | undefined {
    const [id = UNK, ...others] = this.encode(text);
    return id === UNK || others.length > 0 ? undefined : id;
  }

  /**
   * The text of ids; PAD, BOS and EOS are left out, UNK is `<unk>`.
   *
   * @throws RangeError when no token has one of the ids
   */
  decode(ids: Iterable<number>): string {
    return this.tokenizer.decode(this.vocabulary.decode(ids));
  }

  /**
   * The text of each id where it stands: together they are what `decode` gives.
   *
   *     codec.pieces(codec.encode("the dog"))   // ["the", " dog"]
   *
   * @returns one text for each id; empty for PAD, BOS and EOS, and for a token that holds only a part of a character,
   *   which comes with the last of its parts
   * @throws RangeError when no token has one of the ids
   */
  pieces(ids: Iterable<number>): string[] {
    const speller = this.speller();
    const pieces = Array.from(ids, (id) => speller.push(id));
    if (pieces.length > 0) pieces[pieces.length - 1] += speller.end();
    return pieces;
  }

  /** Writes a text id by id, as `pieces` does when all ids are known. */
  speller(): { push(id: number): string; end(): string } {
    const speller: Speller = spellerOf(this.tokenizer);
    return {
      push: (id) => (isSilent(id) ? "" : speller.push(this.vocabulary.token(id))),
      end: () => speller.end(),
    };
  }

  /**
   * The token of an id as a reader sees it by itself: without marks for what stands beside it, `<pad>`, `<unk>`,
   * `<bos>` and `<eos>` for the special ones.
   *
   * @throws RangeError when no token has this id
   */
  piece(id: number): string {
    const token = this.vocabulary.token(id);
    return isSilent(id) || id === UNK ? token : (this.tokenizer.show?.(token) ?? token);
  }
}

function isSilent(id: number): boolean {
  return id === PAD || id === BOS || id === EOS;
}
