/** The best of many candidates for the next step of a search, in arrays that are used again: none is an object. */
import type { Numbers, Rows } from "./next-step.ts";

/** A sequence whose extensions are looked through. */
export interface Extended {
  /** Which of the sequences at hand it is. */
  readonly parent: number;
  /** Where its ids come in the order of all sequences at hand; decides between candidates that are equally likely. */
  readonly rank: number;
  readonly logProb: number;
  /** Where its logits are. */
  readonly from: number;
  /** log(sum of exp(logits)) of them. */
  readonly total: number;
  /** [V] 1 for each token that may not come. */
  readonly banned: Uint8Array;
}

/** Sequences whose likeliest extensions are known. */
export interface Merged {
  /** The row of the step that is the first of them. */
  readonly first: number;
  readonly count: number;
  /** log(sum of exp(logits)) of each, their log-probabilities, and where their ids come in the order of all of theirs. */
  readonly totals: Float64Array;
  readonly logProbs: Float64Array;
  readonly ranks: Int32Array;
  /** A token that may not come, or -1. */
  readonly barred: number;
}

/**
 * The K likeliest candidates among all that are offered, found in one pass over the logits and a heap of K.
 *
 * They are ordered by log-probability, the highest first. Of equally likely ones the one comes first whose sequence does;
 * of one sequence's the one with the higher logit, which rounding may have made equal, and then the lower id.
 */
export class Candidates {
  readonly capacity: number;
  readonly logProbs: Float64Array;
  readonly parents: Int32Array;
  readonly tokens: Int32Array;
  size = 0;
  /** What `drain` gives. */
  readonly #order: Int32Array;
  readonly #ranks: Int32Array;
  readonly #logits: Float64Array;
  /** Places of candidates, the last of them at the root. */
  readonly #heap: Int32Array;
  /** Of each sequence the place of its best extension that is left, and the log-probability of that. */
  #next = new Int32Array(0);
  #hopes = new Float64Array(0);

  constructor(capacity: number) {
    this.capacity = capacity;
    this.logProbs = new Float64Array(capacity);
    this.parents = new Int32Array(capacity);
    this.tokens = new Int32Array(capacity);
    this.#ranks = new Int32Array(capacity);
    this.#logits = new Float64Array(capacity);
    this.#heap = new Int32Array(capacity);
    this.#order = new Int32Array(capacity);
  }

  /** Offers every token that may follow a sequence. */
  offer(logits: Numbers, V: number, { parent, rank, logProb, from, total, banned }: Extended): void {
    let bar = this.#bar(logProb, total);
    for (let v = 0; v < V; v++) {
      // Most tokens are passed over here, four at a time.
      for (let i = from + v; v + 4 <= V; v += 4, i += 4)
        if (!(logits[i]! < bar && logits[i + 1]! < bar && logits[i + 2]! < bar && logits[i + 3]! < bar)) break;
      if (v === V) return;
      const logit = logits[from + v]!;
      if (!(logit >= bar) || banned[v] === 1) continue;
      if (this.#add(logProb + Math.min(0, logit - total), parent, rank, logit, v)) bar = this.#bar(logProb, total);
    }
  }

  /**
   * Takes the likeliest of all that may follow some sequences, of each of which the likeliest tokens are known in their
   * order: the best that is left of each are compared, until there are enough.
   */
  merge({ logits, ids, V: K }: Rows, { first, count, totals, logProbs, ranks, barred }: Merged): void {
    if (this.#next.length < count) {
      this.#next = new Int32Array(count);
      this.#hopes = new Float64Array(count);
    }
    const [next, hopes] = [this.#next, this.#hopes];
    for (let row = 0; row < count; row++) {
      next[row] = (first + row) * K - 1;
      hopes[row] = 0;
    }
    for (let taken = -1; this.size < this.capacity; ) {
      // Of all rows at first, and then of the one of which the best has been taken.
      for (let row = Math.max(0, taken); row < (taken < 0 ? count : taken + 1); row++) {
        const end = (first + row + 1) * K;
        let at = next[row]! + 1;
        if (at < end && ids![at] === barred) at++;
        const isOver = at >= end || ids![at]! < 0 || totals[row] === -Infinity;
        next[row] = at;
        hopes[row] = isOver ? -Infinity : logProbs[row]! + Math.min(0, logits[at]! - totals[row]!);
      }
      taken = 0;
      for (let row = 1; row < count; row++) {
        const more = hopes[row]! - hopes[taken]!;
        if (more > 0 || (more === 0 && ranks[row]! < ranks[taken]!)) taken = row;
      }
      if (!(hopes[taken]! > -Infinity)) return;
      this.#add(hopes[taken]!, taken, ranks[taken]!, logits[next[taken]!]!, ids![next[taken]!]!);
    }
  }

  /** Offers one token, whatever may come. */
  take(logProb: number, parent: number, token: number): void {
    this.#add(logProb, parent, 0, 0, token);
  }

  /** Takes all candidates out: their places, the best first. What is there may be read until the next is offered. */
  drain(): Int32Array {
    const order = this.#order.subarray(0, this.size);
    while (this.size > 0) {
      order[this.size - 1] = this.#heap[0]!;
      this.size--;
      this.#heap[0] = this.#heap[this.size]!;
      this.#sink();
    }
    return order;
  }

  /** A logit below which no token can come among the best: a little less than exact, for roundings. */
  #bar(logProb: number, total: number): number {
    if (this.size < this.capacity) return -Infinity;
    const least = this.logProbs[this.#heap[0]!]!;
    return least - logProb + total - 1e-9 * (1 + Math.abs(least) + Math.abs(logProb) + Math.abs(total));
  }

  #add(logProb: number, parent: number, rank: number, logit: number, token: number): boolean {
    if (logProb === -Infinity) return false;
    const heap = this.#heap;
    let place = this.size;
    if (place === this.capacity) {
      place = heap[0]!;
      const least = this.logProbs[place]!;
      if (logProb < least) return false;
      if (logProb === least) {
        const order = rank - this.#ranks[place]! || this.#logits[place]! - logit || token - this.tokens[place]!;
        if (order > 0) return false;
      }
    }
    this.logProbs[place] = logProb;
    this.parents[place] = parent;
    this.tokens[place] = token;
    this.#ranks[place] = rank;
    this.#logits[place] = logit;
    if (this.size === this.capacity) {
      this.#sink();
      return true;
    }
    let at = this.size++;
    for (let up = (at - 1) >> 1; at > 0 && this.#isWorse(place, heap[up]!); up = (at - 1) >> 1) {
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = place;
    return true;
  }

  #sink(): void {
    const heap = this.#heap;
    const place = heap[0]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.#isWorse(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isWorse(heap[child]!, place)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = place;
  }

  /** Whether one candidate comes after the other. */
  #isWorse(i: number, j: number): boolean {
    const less = this.logProbs[j]! - this.logProbs[i]!;
    if (less !== 0) return less > 0;
    const order =
      this.#ranks[i]! - this.#ranks[j]! || this.#logits[j]! - this.#logits[i]! || this.tokens[i]! - this.tokens[j]!;
    return order > 0;
  }
}
