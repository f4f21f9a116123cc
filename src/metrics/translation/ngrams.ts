/** Sequences of 1 to N items, counted. */

/** Gives every n-gram of some lists of items a number, so that counting them takes no texts. */
export class Ngrams {
  readonly #order: number;
  readonly #items = new Map<string, number>();
  /** For each n the number of an n-gram by that of its first n - 1 items and its last one. */
  readonly #grams: readonly Map<number, number>[];
  readonly #base: number;

  /** @param base more than the items there will be in all lists together */
  constructor(order: number, base: number) {
    this.#order = order;
    this.#base = base + 1;
    this.#grams = Array.from({ length: order }, () => new Map());
  }

  /** The counts of a list's n-grams: for each n from 1 a map from number to count. */
  count(items: readonly string[]): Map<number, number>[] {
    const ids = items.map((item) => numberOf(this.#items, item));
    let before = ids.map(() => 0);
    return this.#grams.map((numbers, n) => {
      const counts = new Map<number, number>();
      const now: number[] = [];
      for (let i = 0; i + n < ids.length; i++) {
        const id = numberOf(numbers, before[i]! * this.#base + ids[i + n]!);
        now.push(id);
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      before = now;
      return counts;
    });
  }

  /** Nothing counted, for each n. */
  none(): Map<number, number>[] {
    return Array.from({ length: this.#order }, () => new Map());
  }
}

function numberOf<K>(numbers: Map<K, number>, key: K): number {
  let id = numbers.get(key);
  if (id === undefined) {
    id = numbers.size;
    numbers.set(key, id);
  }
  return id;
}

/** How many of the counted n-grams are in both, each as often as in the one that has fewer. */
export function matches(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const [gram, count] of a) {
    const other = b.get(gram);
    if (other !== undefined) sum += Math.min(count, other);
  }
  return sum;
}

/** How many n-grams were counted. */
export function total(counts: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
