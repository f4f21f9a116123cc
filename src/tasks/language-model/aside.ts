/** Which examples are kept aside to judge a model by: all copies of one are on the same side. */
import type { Random } from "../../base/index.ts";

/** How many examples are told apart exactly, to keep a share of them aside; of more each decides by its hash. */
export const mostHashes = 1 << 18;

/**
 * Keeps a share of examples aside at random. One distinct example is left to train on.
 *
 * @param hashes one for each example, the same for those that may not be parted
 * @returns 1 for each example that is kept aside; null where none is
 */
export function keptAside(hashes: Float64Array, validation: number, random: Random): Uint8Array | null {
  const groups = new Map<number, number>();
  const groupOf = Int32Array.from(hashes, (hash) => {
    if (!groups.has(hash)) groups.set(hash, groups.size);
    return groups.get(hash)!;
  });
  const copies = new Int32Array(groups.size);
  for (const group of groupOf) copies[group]!++;
  const shuffled = random.shuffle(Array.from(copies.keys()));
  const wanted = Math.round(hashes.length * validation);
  const aside = new Uint8Array(groups.size);
  let count = 0;
  for (const group of shuffled.slice(1)) {
    if (count >= wanted) break;
    aside[group] = 1;
    count += copies[group]!;
  }
  return count === 0 ? null : Uint8Array.from(groupOf, (group) => aside[group]!);
}

/** What a hash draws, from 0 up to but not including 1: the same for the same seed, wherever the example stands. */
export function drawnBy(hash: number, seed: number): number {
  let mixed = Math.imul((hash >>> 0) ^ Math.imul(seed + 1, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

/** Hashes that are collected as long as they are few enough to tell examples apart exactly. */
export class Hashes {
  readonly #most: number;
  #hashes: Float64Array | null = new Float64Array(1 << 8);
  #length = 0;

  constructor(most: number = mostHashes) {
    this.#most = most;
  }

  add(hash: number): void {
    const at = this.#length++;
    if (at >= this.#most) this.#hashes = null;
    if (!this.#hashes) return;
    if (at === this.#hashes.length) {
      const more = new Float64Array(2 * at);
      more.set(this.#hashes);
      this.#hashes = more;
    }
    this.#hashes[at] = hash;
  }

  /** All of them, or null where they were too many. */
  get all(): Float64Array | null {
    return this.#hashes?.subarray(0, this.#length) ?? null;
  }
}
