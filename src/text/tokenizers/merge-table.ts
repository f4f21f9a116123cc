/**
 * Which neighbours are joined, and in which order.
 */
import { Heap } from "./heap.ts";

/** The merges of a byte pair encoding, by the numbers of their tokens. */
export class MergeTable {
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #size: number;
  /** The rank of a pair; the later of two where a pair is listed twice. */
  readonly #ranks = new Map<number, number>();
  /** The token that the merge of a rank makes. */
  readonly #made: Int32Array;

  /** @param tokens the tokens, of which a number is the index; they hold all bytes and all that merges make */
  constructor(tokens: readonly string[], merges: readonly (readonly [string, string])[]) {
    this.#numbers = new Map(tokens.map((token, number) => [token, number]));
    this.#size = tokens.length;
    this.#made = new Int32Array(merges.length);
    merges.forEach(([left, right], rank) => {
      this.#ranks.set(this.#key(this.#numbers.get(left)!, this.#numbers.get(right)!), rank);
      this.#made[rank] = this.#numbers.get(left + right)!;
    });
  }

  /** The numbers of the tokens that a unit becomes. Takes n log n steps for n bytes. */
  join(letters: string): number[] {
    const n = letters.length;
    const symbols = Array.from({ length: n }, (_, i) => this.#numbers.get(letters[i]!)!);
    if (n < 2) return symbols;
    const left = new Int32Array(n);
    const right = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      left[i] = i - 1;
      right[i] = i + 1;
    }
    // The pair that is joined first is the least: by rank, then by place.
    const waiting = new Heap<number>((a, b) => a - b);
    const add = (i: number) => {
      if (i < 0 || right[i]! >= n) return;
      const rank = this.#ranks.get(this.#key(symbols[i]!, symbols[right[i]!]!));
      if (rank !== undefined) waiting.push(rank * PLACES + i);
    };
    for (let i = 0; i < n - 1; i++) add(i);
    for (let top = waiting.pop(); top !== undefined; top = waiting.pop()) {
      const i = top % PLACES;
      const made = this.#made[(top - i) / PLACES]!;
      const next = right[i]!;
      if (symbols[i] === GONE || next >= n) continue;
      // What stands here may have been joined with others since.
      const rank = this.#ranks.get(this.#key(symbols[i]!, symbols[next]!));
      if (rank === undefined || this.#made[rank] !== made) continue;
      symbols[i] = made;
      symbols[next] = GONE;
      right[i] = right[next]!;
      if (right[i]! < n) left[right[i]!] = i;
      add(left[i]!);
      add(i);
    }
    return symbols.filter((symbol) => symbol !== GONE);
  }

  #key(left: number, right: number): number {
    return left * this.#size + right;
  }
}

const GONE = -1;
/** More than a unit has bytes: a rank and a place share a number, which holds 53 bits. */
const PLACES = 2 ** 31;
