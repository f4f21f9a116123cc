/**
 * Lines as ids, of which a window is in memory at a time.
 */
import type { PackedNumbers } from "./packed-numbers.ts";

/** Sequences of ids in windows, each of which fits into memory; there is one window where all of them do. */
export interface LineStore {
  /** How many lines each window has. */
  readonly windows: readonly number[];
  /** The lines of a window. */
  window(index: number): Lines;
}

/** Lines in memory, one after the other. */
export interface Lines {
  readonly length: number;
  lengthOf(line: number): number;
  /** The ids of a line. */
  at(line: number): ArrayLike<number>;
}

/** Lines that are a list already. */
export function listedLines(lines: readonly ArrayLike<number>[]): LineStore {
  const window: Lines = {
    length: lines.length,
    lengthOf: (line) => lines[line]!.length,
    at: (line) => lines[line]!,
  };
  return { windows: [lines.length], window: () => window };
}

/** How many lines and ids are in memory at once. */
export interface WindowSize {
  readonly lines: number;
  readonly tokens: number;
}

/** A window takes some 50 MB at most. */
const windowSize: WindowSize = { lines: 1 << 20, tokens: 1 << 23 };

/** A window is made of up to so many shards, from all over the lines: what stands together is seldom alike. */
const shardsPerWindow = 32;

/**
 * Lines in a store of bytes, such as a file, and their lengths in another. They are cut into shards of neighbours, and
 * window w of W holds the shards w, w + W, w + 2W and so on.
 */
export class PackedLines implements LineStore {
  /** The ids of all lines, one after the other. */
  readonly tokens: PackedNumbers;
  /** How many of them each line has. */
  readonly lengths: PackedNumbers;
  readonly #shardSize: WindowSize;
  /** Where each shard begins, and behind them where the last one ends. */
  readonly #shards: { readonly line: number; readonly token: number }[] = [{ line: 0, token: 0 }];

  constructor(tokens: PackedNumbers, lengths: PackedNumbers, size: WindowSize = windowSize) {
    this.tokens = tokens;
    this.lengths = lengths;
    this.#shardSize = {
      lines: Math.max(1, Math.floor(size.lines / shardsPerWindow)),
      tokens: Math.max(1, Math.floor(size.tokens / shardsPerWindow)),
    };
    const at = { line: 0, token: 0 };
    for (const chunk of lengths.chunks())
      for (const length of chunk) {
        const begun = this.#shards.at(-1)!;
        const isFull =
          at.line - begun.line >= this.#shardSize.lines ||
          (at.line > begun.line && at.token + length - begun.token > this.#shardSize.tokens);
        if (isFull) this.#shards.push({ ...at });
        at.line++;
        at.token += length;
      }
    if (at.line > 0) this.#shards.push(at);
  }

  /** How many lines there are. */
  get length(): number {
    return this.lengths.length;
  }

  get windows(): readonly number[] {
    return Array.from({ length: this.#windowCount }, (_, window) =>
      this.#shardsOf(window).reduce((sum, shard) => sum + this.#shards[shard + 1]!.line - this.#shards[shard]!.line, 0),
    );
  }

  window(index: number): Lines {
    const shards = this.#shardsOf(index).map((shard) => ({ from: this.#shards[shard]!, to: this.#shards[shard + 1]! }));
    const count = shards.reduce((sum, { from, to }) => sum + to.line - from.line, 0);
    const ids = new Int32Array(shards.reduce((sum, { from, to }) => sum + to.token - from.token, 0));
    const starts = new Int32Array(count + 1);
    let line = 0;
    for (const { from, to } of shards) {
      ids.set(this.tokens.read(from.token, to.token), starts[line]!);
      for (const length of this.lengths.read(from.line, to.line)) {
        starts[line + 1] = starts[line]! + length;
        line++;
      }
    }
    return {
      length: count,
      lengthOf: (line) => starts[line + 1]! - starts[line]!,
      at: (line) => ids.subarray(starts[line]!, starts[line + 1]!),
    };
  }

  get #windowCount(): number {
    return Math.ceil((this.#shards.length - 1) / shardsPerWindow);
  }

  #shardsOf(window: number): number[] {
    const shards: number[] = [];
    for (let shard = window; shard < this.#shards.length - 1; shard += this.#windowCount) shards.push(shard);
    return shards;
  }
}
