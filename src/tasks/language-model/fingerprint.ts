/** Tells texts apart: FNV-1a over all numbers and the units they stand for. */
export class Fingerprint {
  #hash = 0x811c9dc5;

  /** The numbers of the next part of the text, or some of them. */
  numbers(numbers: Int32Array): void {
    let hash = this.#hash;
    for (let i = 0; i < numbers.length; i++) hash = Math.imul(hash ^ numbers[i]!, prime);
    this.#hash = hash;
  }

  /** The end of a part, such as a line. */
  end(): void {
    this.#hash = Math.imul(this.#hash ^ -1, prime);
  }

  /** The units in order of their numbers; in hexadecimal what all of it comes to. */
  value(units: Iterable<readonly [unit: string, number: number]>): string {
    for (const [unit] of units) {
      for (let i = 0; i < unit.length; i++) this.#hash = Math.imul(this.#hash ^ unit.charCodeAt(i), prime);
      this.end();
    }
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }
}

const prime = 0x01000193;

/** 53 bits of a text, which two different ones hardly ever share. @source cyrb53 by bryc, in the public domain */
export function hashText(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return 4294967296 * (0x1fffff & b) + (a >>> 0);
}
