/**
 * Whole numbers in few bytes: a text of a gigabyte as ids takes little more than the text.
 */
import { FormatError, show } from "../base/index.ts";
import { type ByteStore, memoryBytes } from "./byte-store.ts";
import type { TokenStore } from "./token-store.ts";

/** What is needed to read packed numbers again, besides their bytes. */
export interface PackedJSON {
  readonly length: number;
  /** Bytes of a number in each block: a digit 1, 2 or 4 for each. */
  readonly widths: string;
}

/**
 * Numbers from 0 to 2^31 - 1, added at the end and read anywhere. Blocks of 2^14 of them are stored in as many bytes as
 * the greatest in the block needs: 1, 2 or 4 each.
 */
export class PackedNumbers implements TokenStore {
  readonly #bytes: ByteStore;
  readonly #starts: number[] = [];
  readonly #widths: Width[] = [];
  readonly #last = new Int32Array(blockLength);
  #lastLength = 0;

  constructor(bytes: ByteStore = memoryBytes()) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#starts.length * blockLength + this.#lastLength - this.#missing;
  }

  /** How many numbers the last block lacks, once `finish` has written it. */
  #missing = 0;

  /** Adds numbers. */
  push(numbers: ArrayLike<number>): void {
    for (let i = 0; i < numbers.length; ) {
      const count = Math.min(numbers.length - i, blockLength - this.#lastLength);
      for (let k = 0; k < count; k++) this.#last[this.#lastLength + k] = numbers[i + k]!;
      this.#lastLength += count;
      i += count;
      if (this.#lastLength === blockLength) this.#write();
    }
  }

  /** Adds one number. */
  add(number: number): void {
    this.#last[this.#lastLength++] = number;
    if (this.#lastLength === blockLength) this.#write();
  }

  /** Writes what waits in memory. Nothing may be added after. */
  finish(): this {
    const length = this.#lastLength;
    if (length === 0) return this;
    this.#write();
    this.#missing = blockLength - length;
    return this;
  }

  read(from: number, to: number): Int32Array {
    const numbers = new Int32Array(Math.max(0, to - from));
    for (let at = from; at < to; ) {
      const block = Math.floor(at / blockLength);
      const offset = at - block * blockLength;
      const count = Math.min(to - at, blockLength - offset);
      if (block === this.#starts.length) numbers.set(this.#last.subarray(offset, offset + count), at - from);
      else {
        const width = this.#widths[block]!;
        const start = this.#starts[block]! + offset * width;
        const { buffer } = this.#bytes.read(start, start + count * width);
        numbers.set(new views[width](buffer, 0, count), at - from);
      }
      at += count;
    }
    return numbers;
  }

  /** All of them in order, many at a time. */
  *chunks(from = 0, to = this.length): Generator<Int32Array> {
    for (let at = from; at < to; at += blockLength) yield this.read(at, Math.min(to, at + blockLength));
  }

  /** A plain object for JSON, with which `fromJSON` reads the bytes again. Only after `finish`. */
  toJSON(): PackedJSON {
    return { length: this.length, widths: this.#widths.join("") };
  }

  /**
   * The numbers that `toJSON` described.
   *
   * @param where starts the messages: the name of the file
   * @throws FormatError when the bytes are not those
   */
  static fromJSON(json: unknown, bytes: ByteStore, where = "numbers"): PackedNumbers {
    const { length, widths } = (json ?? {}) as Partial<Record<keyof PackedJSON, unknown>>;
    if (!Number.isSafeInteger(length) || typeof widths !== "string" || !/^[124]*$/.test(widths))
      throw new FormatError(`${where}: must hold packed numbers, got ${show(json)}`);
    const numbers = new PackedNumbers(bytes);
    let at = 0;
    const count = length as number;
    for (const [i, digit] of [...widths].entries()) {
      const width = Number(digit) as Width;
      numbers.#starts.push(at);
      numbers.#widths.push(width);
      at += width * Math.min(blockLength, count - i * blockLength);
    }
    numbers.#missing = widths.length * blockLength - count;
    if (widths.length !== Math.ceil(count / blockLength) || bytes.length !== at)
      throw new FormatError(`${where}: must hold ${at} bytes of packed numbers, holds ${bytes.length}`);
    return numbers;
  }

  #write(): void {
    const numbers = this.#last.subarray(0, this.#lastLength);
    let most = 0;
    for (let i = 0; i < numbers.length; i++) most |= numbers[i]!;
    const width = most < 1 << 8 ? 1 : most < 1 << 16 ? 2 : 4;
    this.#starts.push(this.#bytes.length);
    this.#widths.push(width);
    const packed = width === 4 ? numbers : new views[width](numbers);
    this.#bytes.append(new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength));
    this.#lastLength = 0;
  }
}

const blockLength = 1 << 14;

type Width = 1 | 2 | 4;
const views = { 1: Uint8Array, 2: Uint16Array, 4: Int32Array } as const;
