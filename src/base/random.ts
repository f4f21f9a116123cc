/**
 * Seeded random numbers: xoshiro128** (Blackman & Vigna 2021, doi:10.1145/3460772), seeded by splitmix32.
 *
 * The state is four 32-bit numbers, so that a run can save it and go on with the same bits.
 */
export class Random {
  readonly #s = new Uint32Array(4);

  /** @param seed any whole number; the same seed gives the same numbers on every machine */
  constructor(seed: number) {
    let z = seed | 0;
    if (Math.abs(seed) >= 2 ** 32) z ^= Math.floor(seed / 2 ** 32);
    for (let i = 0; i < 4; i++) {
      z = (z + 0x9e3779b9) | 0;
      let t = z ^ (z >>> 16);
      t = Math.imul(t, 0x21f0aaad);
      t ^= t >>> 15;
      t = Math.imul(t, 0x735a2d97);
      this.#s[i] = t ^ (t >>> 15);
    }
  }

  /** The four numbers that decide all that follows; assign them to go on from there. */
  get state(): number[] {
    return [...this.#s];
  }
  set state(state: readonly number[]) {
    this.#s.set(state);
  }

  /** A whole number from 0 to 2^32 - 1. */
  bits(): number {
    const s = this.#s;
    const a = Math.imul(s[1]!, 5);
    const result = Math.imul((a << 7) | (a >>> 25), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** A number from 0 up to but not including 1, with 53 random bits. */
  uniform(): number {
    const high = this.bits() >>> 5;
    return (high * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  /** A whole number from 0 up to but not including `n`, each equally likely. */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** A normal number with mean 0 and variance 1 (Box & Muller 1958; one of the pair, so that the state says all). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Puts the items into random order, in place (Fisher & Yates), and returns them. */
  shuffle<A extends { length: number; [index: number]: unknown }>(items: A): A {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }

  /** A generator of its own, decided by this one: what it draws does not disturb the draws made here after. */
  fork(): Random {
    const child = new Random(0);
    child.state = [this.bits(), this.bits(), this.bits(), this.bits()];
    return child;
  }
}
