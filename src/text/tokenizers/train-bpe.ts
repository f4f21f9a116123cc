/**
 * Finding the tokens of byte pair encoding.
 */
import { z } from "zod";
import { readOptions, ValueError } from "../../base/index.ts";
import type { BytePairs } from "./bpe.ts";
import { byteLetters, lettersOf } from "./byte-level.ts";
import { Heap } from "./heap.ts";

const SPECIALS = 4;

/** How many tokens are found. */
export const bpeOptions = z.strictObject({
  vocabularySize: z
    .int()
    .min(SPECIALS + byteLetters.length)
    .max(1 << 20)
    .default(4096)
    .describe("find tokens until there are this many, four special ones and 256 bytes included"),
  minCount: z.int().min(1).default(1).describe("join only what stands together at least this often"),
});

/**
 * Byte pairs for counted units: the pair of neighbours seen most often becomes a token, again and again.
 *
 * Of pairs seen equally often that of the lower ids comes first, ids counting bytes in the order of their letters and
 * then tokens as they were found: the same tokens as Hugging Face's trainer finds, ties included.
 *
 * @param counts how often each unit was seen, such as `countTokens(byteUnits.encode(text))` gives
 * @returns fewer tokens than asked for when no pair is left
 * @throws RangeError when there is no unit, or an option is out of range
 * @source Sennrich, Haddow & Birch 2016, arXiv:1508.07909, algorithm 1, with counts kept up to date
 */
export function trainBpe(
  counts: ReadonlyMap<string, number>,
  options: Readonly<z.input<typeof bpeOptions>> = {},
): BytePairs {
  const { vocabularySize, minCount } = readOptions("bpe", bpeOptions, options);
  if (counts.size === 0) throw new ValueError("bpe: needs at least 1 token, got 0; the data are empty");
  return new Trainer(counts).train(vocabularySize - SPECIALS, minCount);
}

/** A pair that may be joined, as it was when it was put into the queue. */
interface Candidate {
  readonly pair: number;
  count: number;
  /** The words it may be in. */
  readonly words: readonly number[];
}

/** The words of a text as symbols, the pairs in them, and how often each is there. */
class Trainer {
  readonly #tokens: string[];
  /** All words one after the other, as numbers of tokens. */
  readonly #symbols: Int32Array;
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #wordCounts: Float64Array;
  /** A number for each pair, by its two tokens. */
  readonly #pairs = new Map<number, number>();
  readonly #lefts: number[] = [];
  readonly #rights: number[] = [];
  readonly #pairCounts: number[] = [];
  /** Where pairs were found since the queue was last filled. */
  #found = new Map<number, number[]>();
  readonly #queue = new Heap<Candidate>(
    (a, b) =>
      b.count - a.count || this.#lefts[a.pair]! - this.#lefts[b.pair]! || this.#rights[a.pair]! - this.#rights[b.pair]!,
  );

  constructor(counts: ReadonlyMap<string, number>) {
    this.#tokens = [...byteLetters].sort();
    const numbers = new Map(this.#tokens.map((token, number) => [token, number]));
    const words = Array.from(counts.keys(), lettersOf);
    this.#wordCounts = Float64Array.from(counts.values());
    this.#lengths = Int32Array.from(words, (word) => word.length);
    this.#starts = new Int32Array(words.length);
    for (let w = 1; w < words.length; w++) this.#starts[w] = this.#starts[w - 1]! + this.#lengths[w - 1]!;
    this.#symbols = new Int32Array(words.reduce((sum, word) => sum + word.length, 0));
    words.forEach((word, w) => {
      for (let i = 0; i < word.length; i++) this.#symbols[this.#starts[w]! + i] = numbers.get(word[i]!)!;
    });
  }

  train(size: number, minCount: number): BytePairs {
    for (let w = 0; w < this.#starts.length; w++) {
      const start = this.#starts[w]!;
      for (let i = start + 1; i < start + this.#lengths[w]!; i++)
        this.#change(this.#symbols[i - 1]!, this.#symbols[i]!, w, 1);
    }
    this.#enqueue();
    const merges: [string, string][] = [];
    while (this.#tokens.length < size) {
      const top = this.#queue.pop();
      if (top === undefined) break;
      const count = this.#pairCounts[top.pair]!;
      if (top.count !== count) {
        top.count = count;
        this.#queue.push(top);
        continue;
      }
      if (count < minCount) break;
      const [left, right] = [this.#lefts[top.pair]!, this.#rights[top.pair]!];
      const pair: [string, string] = [this.#tokens[left]!, this.#tokens[right]!];
      merges.push(pair);
      // A token is found in one way only: where it could be joined otherwise, its parts have been joined before.
      const made = this.#tokens.push(pair[0] + pair[1]) - 1;
      for (const w of top.words) this.#join(w, left, right, made);
      this.#enqueue();
    }
    return { tokens: this.#tokens, merges };
  }

  /** Joins a pair wherever it is in a word, and counts the pairs that come and go by it. */
  #join(w: number, left: number, right: number, made: number): void {
    const symbols = this.#symbols;
    const start = this.#starts[w]!;
    const end = start + this.#lengths[w]!;
    let write = start;
    for (let read = start; read < end; write++) {
      const isPair = read + 1 < end && symbols[read] === left && symbols[read + 1] === right;
      if (!isPair) {
        symbols[write] = symbols[read++]!;
        continue;
      }
      symbols[write] = made;
      read += 2;
      if (write > start) {
        this.#change(symbols[write - 1]!, left, w, -1);
        this.#change(symbols[write - 1]!, made, w, 1);
      }
      if (read < end) {
        this.#change(right, symbols[read]!, w, -1);
        this.#change(made, symbols[read]!, w, 1);
      }
    }
    this.#lengths[w] = write - start;
  }

  #change(left: number, right: number, w: number, sign: 1 | -1): void {
    const key = left * MOST_TOKENS + right;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = this.#lefts.push(left) - 1;
      this.#rights.push(right);
      this.#pairCounts.push(0);
      this.#pairs.set(key, pair);
    }
    this.#pairCounts[pair]! += sign * this.#wordCounts[w]!;
    if (sign < 0) return;
    const words = this.#found.get(pair);
    if (words === undefined) this.#found.set(pair, [w]);
    // Words come one after the other, so that a word which is there already is the last.
    else if (words.at(-1) !== w) words.push(w);
  }

  #enqueue(): void {
    for (const [pair, words] of this.#found) {
      const count = this.#pairCounts[pair]!;
      if (count > 0) this.#queue.push({ pair, count, words });
    }
    this.#found = new Map();
  }
}

const MOST_TOKENS = 2 ** 21;
