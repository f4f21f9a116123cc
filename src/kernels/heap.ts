/**
 * Memory of a WebAssembly module, handed out in blocks by JavaScript.
 *
 * Free spans are kept in order of address and joined when they touch; the first that fits is used. Blocks are few and
 * large (an engine recycles its own), so this stays short and fast enough.
 */
import { StopError } from "../base/index.ts";

const page = 65536;
const alignment = 64;
/** What a 32-bit address can reach, less the last page: sizes then never wrap around. */
const most = 65535 * page;

export class Heap {
  /** Where free spans begin, ascending, and how many bytes each has. */
  readonly #starts: number[] = [];
  readonly #sizes: number[] = [];
  readonly #taken = new Map<number, number>();
  readonly #memory: WebAssembly.Memory;
  readonly #moved: () => void;
  /** The bytes of the memory now; another object after it has grown. */
  buffer: ArrayBuffer;

  /**
   * @param start the first byte that is ours
   * @param moved called after the memory has grown, when `buffer` is new and all views of the old one are dead
   */
  constructor(memory: WebAssembly.Memory, start: number, moved: () => void) {
    this.#memory = memory;
    this.#moved = moved;
    this.buffer = memory.buffer;
    const first = roundUp(start, alignment);
    if (memory.buffer.byteLength > first) this.#release(first, memory.buffer.byteLength - first);
  }

  /** Bytes in blocks that are not free. */
  get used(): number {
    let sum = 0;
    for (const bytes of this.#taken.values()) sum += bytes;
    return sum;
  }

  /**
   * The address of a block of at least so many bytes, a multiple of 64.
   *
   * @throws StopError when the memory cannot grow so far; nothing has changed then
   */
  allocate(bytes: number): number {
    const size = Math.max(alignment, roundUp(bytes, alignment));
    let at = this.#sizes.findIndex((free) => free >= size);
    if (at < 0) {
      this.#grow(size);
      at = this.#sizes.findIndex((free) => free >= size);
    }
    const start = this.#starts[at]!;
    if (this.#sizes[at] === size) {
      this.#starts.splice(at, 1);
      this.#sizes.splice(at, 1);
    } else {
      this.#starts[at] = start + size;
      this.#sizes[at] = this.#sizes[at]! - size;
    }
    this.#taken.set(start, size);
    return start;
  }

  /** Gives a block back, by its address. */
  free(start: number): void {
    const size = this.#taken.get(start);
    if (size === undefined) throw new Error(`wasm kernels: no block begins at ${start}`);
    this.#taken.delete(start);
    this.#release(start, size);
  }

  #release(start: number, size: number): void {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! < start) low = middle + 1;
      else high = middle;
    }
    const touchesNext = this.#starts[low] === start + size;
    const touchesLast = low > 0 && this.#starts[low - 1]! + this.#sizes[low - 1]! === start;
    if (touchesLast && touchesNext) {
      this.#sizes[low - 1] = this.#sizes[low - 1]! + size + this.#sizes[low]!;
      this.#starts.splice(low, 1);
      this.#sizes.splice(low, 1);
    } else if (touchesLast) this.#sizes[low - 1] = this.#sizes[low - 1]! + size;
    else if (touchesNext) {
      this.#starts[low] = start;
      this.#sizes[low] = this.#sizes[low]! + size;
    } else {
      this.#starts.splice(low, 0, start);
      this.#sizes.splice(low, 0, size);
    }
  }

  #grow(size: number): void {
    const end = this.buffer.byteLength;
    const last = this.#starts.length - 1;
    const atEnd = last >= 0 && this.#starts[last]! + this.#sizes[last]! === end ? this.#sizes[last]! : 0;
    const needed = roundUp(size - atEnd, page);
    const room = most - end;
    // Growing moves the memory for all who look at it, so take half as much again where there is room.
    const generous = Math.max(needed, Math.min(roundUp(end / 2, page), room));
    if (needed > room || !(this.#tryGrow(generous) || this.#tryGrow(needed)))
      throw new StopError(
        `wasm kernels: no memory for another ${megabytes(size)} beside the ${megabytes(this.used)} in use; WebAssembly reaches 4096 MB at most, so use smaller batches or models, or the native kernels`,
      );
    this.buffer = this.#memory.buffer;
    this.#release(end, this.buffer.byteLength - end);
    this.#moved();
  }

  #tryGrow(bytes: number): boolean {
    try {
      this.#memory.grow(bytes / page);
      return true;
    } catch {
      return false;
    }
  }
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}
