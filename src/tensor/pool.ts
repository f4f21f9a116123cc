/**
 * Memory of a training step, used again in the next one, so that long trainings do not grow and the garbage collector
 * stays quiet.
 */
import { StopError } from "../base/index.ts";
import type { Block, FloatArray, KernelBuild } from "../kernels/index.ts";

/** A block with a view of the length that was asked for. */
export class Buffer {
  readonly #block: Block;
  #view: FloatArray;
  #length = 0;

  constructor(block: Block) {
    this.#block = block;
    this.#view = block.array;
    this.#length = block.length;
  }

  /** The numbers. WebAssembly memory may move: read this anew after every allocation. */
  get array(): FloatArray {
    // A view into memory that has moved has length 0.
    if (this.#view.length !== this.#length) this.#view = this.#block.array.subarray(0, this.#length);
    return this.#view;
  }

  /** How many numbers the block can hold. */
  get capacity(): number {
    return this.#block.length;
  }

  /** Gives the memory back to the build. */
  free(): void {
    this.#block.free();
  }

  /** The same memory seen as `length` numbers. */
  resize(length: number): this {
    if (length !== this.#length) {
      this.#length = length;
      this.#view = this.#block.array.subarray(0, length);
    }
    return this;
  }
}

/**
 * Buffers by capacity: capacities are rounded up to eight steps per power of two, and a free buffer of up to twice what
 * is asked for serves too, so that ragged batches share them.
 *
 * A buffer that is never given back, because its operation was recorded and never backpropagated, is the garbage
 * collector's.
 */
export class Pool {
  readonly #build: KernelBuild;
  readonly #free = new Map<number, Buffer[]>();
  /** Takes buffers that were collected without being given back off what is held. */
  readonly #collected = new FinalizationRegistry<number>((capacity) => {
    this.#held -= capacity;
  });
  #held = 0;

  constructor(build: KernelBuild) {
    this.#build = build;
  }

  /**
   * Numbers in all buffers this pool has made that still have their memory, in use or not. A collected buffer counts
   * until the event loop runs.
   */
  get held(): number {
    return this.#held;
  }

  /** A buffer of `length` numbers holding garbage. */
  take(length: number): Buffer {
    const capacity = roundUp(length);
    for (let enough = capacity; enough < 2 * capacity; enough = roundUp(enough + 1)) {
      const buffer = this.#free.get(enough)?.pop();
      if (buffer) return buffer.resize(length);
    }
    this.#dropSmaller(capacity);
    const buffer = new Buffer(this.#allocate(capacity));
    this.#held += capacity;
    this.#collected.register(buffer, capacity, buffer);
    return buffer.resize(length);
  }

  #allocate(capacity: number): Block {
    try {
      return this.#build.allocate(capacity);
    } catch (error) {
      if (!(error instanceof StopError)) throw error;
      throw new StopError(
        `${error.message}; recorded operations that were never backpropagated keep their memory until the event loop runs: use noGrad where no gradient is wanted`,
        { cause: error },
      );
    }
  }

  /** A growing batch would leave the buffers of all smaller ones behind: for a new one the next smaller goes. */
  #dropSmaller(capacity: number): void {
    let smaller: Buffer[] = [];
    for (const [size, buffers] of this.#free)
      if (size < capacity && 2 * size >= capacity && buffers.length > 0 && size > (smaller[0]?.capacity ?? 0))
        smaller = buffers;
    const dropped = smaller.pop();
    if (!dropped) return;
    this.#held -= dropped.capacity;
    this.#collected.unregister(dropped);
    dropped.free();
  }

  /** Takes a buffer back; nobody may use it after. */
  give(buffer: Buffer): void {
    const free = this.#free.get(buffer.capacity);
    if (free) free.push(buffer);
    else this.#free.set(buffer.capacity, [buffer]);
  }

  /**
   * Runs `body` with buffers that are taken back when it ends.
   *
   * @param body gets a function that lends a buffer of so many numbers, garbage or zeros
   */
  borrow<R>(body: (lend: (length: number, contents?: "garbage" | "zeros") => Buffer) => R): R {
    const lent: Buffer[] = [];
    try {
      return body((length, contents = "garbage") => {
        const buffer = this.take(length);
        lent.push(buffer);
        if (contents === "zeros") buffer.array.fill(0);
        return buffer;
      });
    } finally {
      for (const buffer of lent) this.give(buffer);
    }
  }
}

function roundUp(length: number): number {
  if (length <= 64) return 64;
  const step = 2 ** Math.max(3, Math.floor(Math.log2(length)) - 3);
  return Math.ceil(length / step) * step;
}
