/** Units of text as numbers before there is a vocabulary: a long text is kept as a few bytes a token instead of a list of texts. */
import type { Tokenizer } from "../../text/index.ts";

/** How units are numbered. */
export interface NumberingOptions {
  /** The first number that a unit gets. */
  readonly first?: number;
  /** Whether the units are characters (code points): that goes several times as fast. */
  readonly byCharacter?: boolean;
  /** Whether they are small letters. */
  readonly lowercase?: boolean;
  /** Beyond so many distinct units, the rarest are forgotten until half of them are left. */
  readonly remembered?: number;
  /** Beyond so many, new ones get no number any more. */
  readonly numbered?: number;
}

/** Gives every new unit the next number. The memory is bounded, however many distinct units come. */
export class Numbering {
  readonly #tokenizer: Tokenizer;
  readonly #lowercase: boolean;
  readonly #limits: { readonly remembered: number; readonly numbered: number };
  readonly #numbers = new Map<string, number>();
  /** For texts by character: the number of each of the first characters of Unicode, plus one; 0 for none. */
  readonly #byCode: Int32Array | null;
  #counts = new Int32Array(1 << 10);
  #size: number;
  #lost = 0;

  /** @param tokenizer cuts texts into the units */
  constructor(tokenizer: Tokenizer, options: NumberingOptions = {}) {
    const { first = 0, byCharacter = false, lowercase = false, remembered = 1 << 19, numbered = 1 << 23 } = options;
    this.#tokenizer = tokenizer;
    this.#lowercase = lowercase;
    this.#size = first;
    this.#limits = { remembered, numbered };
    this.#byCode = byCharacter ? new Int32Array(codes) : null;
  }

  /** How many numbers there are, those of forgotten units included. */
  get size(): number {
    return this.#size;
  }

  /** How many units of the text, distinct or not, lost their number because there were too many. */
  get lost(): number {
    return this.#lost;
  }

  /** The units that have a number, in order of the numbers. */
  entries(): Iterable<readonly [unit: string, number: number]> {
    return this.#numbers;
  }

  /** A text as the numbers of its units. */
  encode(text: string): Int32Array {
    return this.#byCode
      ? this.#encodeCharacters(this.#lowercase ? text.toLowerCase() : text, this.#byCode)
      : this.#encodeUnits(this.#tokenizer.encode(text));
  }

  #encodeUnits(units: readonly string[]): Int32Array {
    const numbers = new Int32Array(units.length);
    for (let i = 0; i < numbers.length; i++) {
      const number = this.#numbers.get(units[i]!) ?? this.#number(units[i]!);
      this.#counts[number]!++;
      numbers[i] = number;
    }
    return numbers;
  }

  /** The same, several times as fast: no list of texts is made. */
  #encodeCharacters(text: string, byCode: Int32Array): Int32Array {
    const numbers = new Int32Array(text.length);
    let length = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      let number = code < codes ? byCode[code]! - 1 : -1;
      if (number < 0) {
        const point = text.codePointAt(i)!;
        // Refused by the tokenizer, in its own words.
        if (point >= 0xd800 && point < 0xe000) this.#tokenizer.encode(text);
        const unit = String.fromCodePoint(point);
        number = this.#numbers.get(unit) ?? this.#number(unit);
        if (point < codes) byCode[point] = number + 1;
        if (point > 0xffff) i++;
      }
      this.#counts[number]!++;
      numbers[length++] = number;
    }
    return numbers.subarray(0, length);
  }

  /** The number of a new unit. */
  #number(unit: string): number {
    if (this.#size >= this.#limits.numbered) {
      this.#lost++;
      // The last number stands for all of them.
      return this.#limits.numbered - 1;
    }
    if (this.#numbers.size >= this.#limits.remembered) this.#forget();
    const number = this.#size++;
    if (number >= this.#counts.length) {
      const more = new Int32Array(2 * this.#counts.length);
      more.set(this.#counts);
      this.#counts = more;
    }
    // So that no unit has it.
    if (number === this.#limits.numbered - 1) {
      this.#lost++;
      return number;
    }
    this.#numbers.set(unit, number);
    return number;
  }

  #forget(): void {
    for (let most = 1; this.#numbers.size > this.#limits.remembered / 2; most *= 2)
      for (const [unit, number] of this.#numbers) {
        const count = this.#counts[number]!;
        if (count > most) continue;
        this.#numbers.delete(unit);
        this.#lost += count;
      }
    this.#byCode?.fill(0);
  }
}

const codes = 0xd800;
