/** What a greedy search passes by, in so far as it may still turn out to be better. */

/** The most that the best of the sequences passed by may come to. */
export class Rivals {
  /** The highest first. */
  readonly #hopes: number[] = [];
  readonly #count: number;

  /** @param count how many a beam has beside the greedy sequence, at least 1 */
  constructor(count: number) {
    this.#count = count;
  }

  /** The most that any may score; -Infinity when there is none. */
  get best(): number {
    return this.#hopes[0] ?? -Infinity;
  }

  /** @param hope the most that what is passed by may score, whatever follows */
  add(hope: number): void {
    const hopes = this.#hopes;
    if (hopes.length === this.#count && hope <= hopes[hopes.length - 1]!) return;
    let at = hopes.length < this.#count ? hopes.length : hopes.length - 1;
    for (; at > 0 && hopes[at - 1]! < hope; at--) hopes[at] = hopes[at - 1]!;
    hopes[at] = hope;
  }

  /** Whether a whole beam of them may score this. */
  mayAllReach(score: number): boolean {
    return this.#hopes.length === this.#count && this.#hopes[this.#count - 1]! >= score;
  }
}
