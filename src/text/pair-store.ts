/**
 * Pairs as ids, of which a window is in memory at a time.
 */
import { type LineStore, type Lines, PackedLines } from "./line-store.ts";
import { PackedNumbers } from "./packed-numbers.ts";
import type { EncodedPair } from "./pair-batch.ts";

/** Pairs in windows, each of which fits into memory; there is one window where all of them do. */
export interface PairStore {
  /** How many pairs each window has. */
  readonly windows: readonly number[];
  window(index: number): Pairs;
}

/** Pairs in memory, one after the other. */
export interface Pairs {
  readonly length: number;
  sourceLength(pair: number): number;
  targetLength(pair: number): number;
  at(pair: number): EncodedPair;
}

/** Pairs that are a list already. */
export function listedPairs(pairs: readonly EncodedPair[]): PairStore {
  const window: Pairs = {
    length: pairs.length,
    sourceLength: (pair) => pairs[pair]!.source.length,
    targetLength: (pair) => pairs[pair]!.target.length,
    at: (pair) => pairs[pair]!,
  };
  return { windows: [pairs.length], window: () => window };
}

/** Pairs in few bytes: each is a line that begins with the length of its source, then source and target. */
export class PackedPairs implements PairStore {
  readonly length: number;
  /** Ids of all sources and targets. */
  readonly tokens: number;
  readonly #lines: LineStore;

  constructor(lines: PackedLines) {
    this.length = lines.length;
    this.tokens = lines.tokens.length - lines.length;
    this.#lines = lines;
  }

  /** Packs pairs one after the other. */
  static from(pairs: Iterable<EncodedPair>): PackedPairs {
    const packer = new PairPacker();
    for (const pair of pairs) packer.add(pair);
    return packer.finish();
  }

  get windows(): readonly number[] {
    return this.#lines.windows;
  }

  window(index: number): Pairs {
    const lines: Lines = this.#lines.window(index);
    const sourceLength = (pair: number) => lines.at(pair)[0]!;
    return {
      length: lines.length,
      sourceLength,
      targetLength: (pair) => lines.lengthOf(pair) - 1 - sourceLength(pair),
      at: (pair) => {
        const line = Int32Array.from(lines.at(pair));
        const end = 1 + line[0]!;
        return { source: line.subarray(1, end), target: line.subarray(end) };
      },
    };
  }
}

/** Takes pairs one by one, to give them as a store. */
export class PairPacker {
  readonly #tokens: PackedNumbers;
  readonly #lengths: PackedNumbers;

  /** @param tokens, lengths where they are kept; by default in memory */
  constructor(tokens: PackedNumbers = new PackedNumbers(), lengths: PackedNumbers = new PackedNumbers()) {
    this.#tokens = tokens;
    this.#lengths = lengths;
  }

  add({ source, target }: EncodedPair): void {
    this.#lengths.add(1 + source.length + target.length);
    this.#tokens.add(source.length);
    this.#tokens.push(source);
    this.#tokens.push(target);
  }

  /** All of them. None may be added after. */
  finish(): PackedPairs {
    return new PackedPairs(new PackedLines(this.#tokens.finish(), this.#lengths.finish()));
  }
}
