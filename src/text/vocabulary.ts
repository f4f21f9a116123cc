/**
 * Which tokens a model knows, and by which id.
 */
import { z } from "zod";
import { BOS, EOS, FormatError, PAD, readOptions, show, UNK, ValueError } from "../base/index.ts";

/** How the four ids that every vocabulary begins with are written: they stand for no token of the data. */
const SPECIAL: readonly string[] = ["<pad>", "<unk>", "<bos>", "<eos>"];

/** What limits a vocabulary. */
export const vocabularyOptions = z.strictObject({
  size: z
    .int()
    .min(SPECIAL.length + 1)
    .optional()
    .describe("keep at most this many entries, the four special ones included"),
  minCount: z.int().min(1).default(1).describe("keep tokens seen at least this often"),
});

/** What a vocabulary is written as. */
export interface VocabularyJSON {
  readonly version: 1;
  /** The tokens from id 4 on. */
  readonly tokens: readonly string[];
  /** How often each was seen. */
  readonly counts: readonly number[];
  /** How many tokens of the data were left out. */
  readonly unknownCount: number;
}

/**
 * The tokens a model knows. Ids 0 to 3 are always PAD, UNK, BOS and EOS; the tokens follow, the most frequent first,
 * those of equal count by code point, so that the same data give the same ids everywhere.
 */
export class Vocabulary {
  readonly #tokens: readonly string[];
  readonly #counts: readonly number[];
  readonly #ids = new Map<string, number>();

  private constructor(tokens: readonly string[], counts: readonly number[], unknownCount: number) {
    this.#tokens = [...SPECIAL, ...tokens];
    this.#counts = [0, unknownCount, 0, 0, ...counts];
    tokens.forEach((token, i) => {
      this.#ids.set(token, SPECIAL.length + i);
    });
  }

  /**
   * The vocabulary of counted tokens. A token written `<unk>`, as texts of benchmarks hold it, reads as UNK.
   *
   * @param counts  how often each token was seen, such as `countTokens` gives
   * @param options `size` and `minCount` decide what is kept; all else reads as UNK
   * @throws RangeError when nothing is kept or an option is out of range
   */
  static fromCounts(
    counts: ReadonlyMap<string, number>,
    options: Readonly<z.input<typeof vocabularyOptions>> = {},
  ): Vocabulary {
    const { size, minCount } = readOptions("vocabulary", vocabularyOptions, options);
    const ranked = [...counts]
      .filter(([token, count]) => count >= minCount && token !== SPECIAL[UNK])
      .sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]))
      .slice(0, size === undefined ? undefined : size - SPECIAL.length);
    if (ranked.length === 0) {
      const cause = counts.size === 0 ? "the data are empty" : `no token was seen ${minCount} times; lower minCount`;
      throw new ValueError(`vocabulary: needs at least 1 token, got 0; ${cause}`);
    }
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const kept = ranked.reduce((sum, [, count]) => sum + count, 0);
    return new Vocabulary(
      ranked.map(([token]) => token),
      ranked.map(([, count]) => count),
      total - kept,
    );
  }

  /**
   * The vocabulary of all of the given tokens, in the given order: what a trained tokenizer has.
   *
   * @param counts how often each was seen, where that is known
   */
  static fromTokens(tokens: readonly string[], counts: ReadonlyMap<string, number> = new Map()): Vocabulary {
    return new Vocabulary(
      tokens,
      tokens.map((token) => counts.get(token) ?? 0),
      0,
    );
  }

  /**
   * The vocabulary that `toJSON` wrote.
   *
   * @param where starts the messages: the name of the file
   * @throws FormatError when it is anything else
   */
  static fromJSON(json: unknown, where = "vocabulary"): Vocabulary {
    const { tokens, counts, unknownCount } = checkVocabulary(json, where);
    return new Vocabulary(tokens, counts, unknownCount);
  }

  /** A plain object for JSON, which `fromJSON` reads again. */
  toJSON(): VocabularyJSON {
    return {
      version: 1,
      tokens: this.#tokens.slice(SPECIAL.length),
      counts: this.#counts.slice(SPECIAL.length),
      unknownCount: this.unknownCount,
    };
  }

  /** V: how many ids there are, the four special ones included. */
  get size(): number {
    return this.#tokens.length;
  }

  /** How many tokens of the counted data were left out and so read as UNK. */
  get unknownCount(): number {
    return this.#counts[UNK]!;
  }

  /** Whether the token has an id of its own. */
  has(token: string): boolean {
    return this.#ids.has(token);
  }

  /** The id of a token; UNK when it has none. */
  id(token: string): number {
    return this.#ids.get(token) ?? UNK;
  }

  /**
   * The token of an id; `<pad>`, `<unk>`, `<bos>` and `<eos>` for the special ones.
   *
   * @throws RangeError when no token has this id
   */
  token(id: number): string {
    return this.#tokens[id] ?? this.#refuse(id);
  }

  /**
   * How often the token of an id was seen; for UNK, how many tokens were left out.
   *
   * @throws RangeError when no token has this id
   */
  count(id: number): number {
    return this.#counts[id] ?? this.#refuse(id);
  }

  /** The ids of tokens, UNK for those it does not have. Adds no BOS and no EOS. */
  encode(tokens: readonly string[]): Int32Array {
    const ids = new Int32Array(tokens.length);
    for (let i = 0; i < ids.length; i++) ids[i] = this.id(tokens[i]!);
    return ids;
  }

  /**
   * The tokens of ids, without PAD, BOS and EOS; UNK as `<unk>`.
   *
   * @throws RangeError when no token has one of the ids
   */
  decode(ids: Iterable<number>): string[] {
    const tokens: string[] = [];
    for (const id of ids) if (id !== PAD && id !== BOS && id !== EOS) tokens.push(this.token(id));
    return tokens;
  }

  #refuse(id: number): never {
    throw new ValueError(`vocabulary: id must be a whole number from 0 to ${this.size - 1}, got ${show(id)}`);
  }
}

/**
 * Counts tokens, adding to `counts` when given, so that a long text is counted piece by piece.
 *
 * @returns `counts`
 */
export function countTokens(tokens: Iterable<string>, counts = new Map<string, number>()): Map<string, number> {
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** Order by code point: `<` on strings goes by UTF-16 unit, which puts U+1F600 before U+FF5E. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    // The second half of a pair differs only after an equal first half, and then the halves decide as the pairs do.
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}

function checkVocabulary(json: unknown, where: string): VocabularyJSON {
  const must = (what: string, got: unknown) => new FormatError(`${where}: ${what}, got ${show(got)}`);
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw must("must hold a vocabulary", json);
  const { version, tokens, counts, unknownCount } = json as Readonly<Record<string, unknown>>;
  if (version !== 1) throw must("version must be 1", version);
  if (!Array.isArray(tokens) || tokens.length === 0) throw must("tokens must be a list of at least one text", tokens);
  const places = new Map<unknown, number>();
  tokens.forEach((token, i) => {
    if (typeof token !== "string") throw must(`tokens[${i}] must be text`, token);
    if (places.has(token)) throw must(`tokens[${i}] must differ from tokens[${places.get(token)}]`, token);
    places.set(token, i);
  });
  if (!Array.isArray(counts) || counts.length !== tokens.length) {
    const got = Array.isArray(counts) ? counts.length : counts;
    throw must(`counts must hold ${tokens.length} numbers, one for each token`, got);
  }
  counts.forEach((count, i) => {
    if (!isCount(count)) throw must(`counts[${i}] must be a whole number from 0`, count);
  });
  if (!isCount(unknownCount)) throw must("unknownCount must be a whole number from 0", unknownCount);
  return { version, tokens, counts, unknownCount };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
