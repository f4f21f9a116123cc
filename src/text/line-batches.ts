/**
 * Independent sequences in random order, those of like length together.
 */
import { z } from "zod";
import { KindError, Random, readOptions, show, ValueError } from "../base/index.ts";
import { type Batch, padSequences } from "./batch.ts";
import { type LineStore, type Lines, listedLines } from "./line-store.ts";
import { type Batches, checkPosition, type Position } from "./position.ts";

/** How lines are put into batches. */
export const lineBatchOptions = z.strictObject({
  batchSize: z.int().min(1).default(32).describe("sequences in a batch"),
  bucketWidth: z.int().min(1).default(4).describe("sequences whose lengths differ by less may share a batch"),
});

/**
 * Batches of sequences, in a new random order every epoch.
 *
 * An epoch holds each sequence exactly once. The sequences are shuffled, put into buckets of like length (so that
 * little is padding), cut into batches, and the batches are shuffled; one batch may be smaller than the others. Of
 * sequences that do not fit into memory this is done window by window, and the windows are shuffled.
 */
export class LineBatches implements Batches {
  readonly batchesPerEpoch: number;
  readonly #store: LineStore;
  /** How many batches each window has. */
  readonly #batches: readonly number[];
  readonly #batchSize: number;
  readonly #bucketWidth: number;
  readonly #random: Random;
  #epoch = 0;
  #index = 0;
  #before: readonly number[] = [];
  /** The windows of this epoch, in order, each with what decides the order in it. */
  #windows: readonly { readonly window: number; readonly random: Random }[] = [];
  #current: { readonly at: number; readonly begin: number; readonly order: readonly (readonly number[])[] } | null =
    null;
  /** The window in memory. */
  #lines: { readonly window: number; readonly lines: Lines } | null = null;

  /**
   * @param sequences ids without BOS and EOS, one list for each line
   * @param options   `random` decides the order; it is forked, so that other draws from it change nothing here
   * @throws RangeError when there is no sequence or an option is out of range
   */
  constructor(
    sequences: readonly ArrayLike<number>[] | LineStore,
    options: { readonly random: Random } & Readonly<z.input<typeof lineBatchOptions>>,
  ) {
    const { random, ...rest } = options;
    const { batchSize, bucketWidth } = readOptions("LineBatches", lineBatchOptions, rest);
    if (!(random instanceof Random)) {
      throw new KindError(`LineBatches: random must be a Random, got ${show(random)}; pass new Random(seed)`);
    }
    this.#store = storeOf(sequences);
    const { windows } = this.#store;
    if (windows.every((count) => count === 0)) throw new ValueError("LineBatches: needs at least 1 sequence, got 0");
    this.#batchSize = batchSize;
    this.#bucketWidth = bucketWidth;
    this.#random = random.fork();
    this.#batches = windows.map((count) => Math.ceil(count / batchSize));
    this.batchesPerEpoch = this.#batches.reduce((sum, count) => sum + count);
    this.#shuffle();
  }

  get position(): Position {
    return { epoch: this.#epoch, index: this.#index, batches: this.batchesPerEpoch, random: this.#before };
  }

  next(): Batch {
    if (this.#index === this.batchesPerEpoch) {
      this.#epoch++;
      this.#index = 0;
      this.#shuffle();
    }
    const { begin, order } = this.#enter(this.#index);
    const lines = this.#lines!.lines;
    return padSequences(order[this.#index++ - begin]!.map((i) => lines.at(i)));
  }

  restore(position: unknown, where = "LineBatches"): void {
    const { epoch, index, random } = checkPosition(where, position, this.batchesPerEpoch, this.#before.length);
    this.#random.state = random;
    this.#shuffle();
    this.#epoch = epoch;
    this.#index = index;
  }

  /** Puts the windows in order. */
  #shuffle(): void {
    this.#before = this.#random.state;
    this.#current = null;
    const windows = this.#batches.map((_, window) => window);
    if (windows.length === 1) {
      this.#windows = [{ window: 0, random: this.#random }];
      // What is drawn in it is drawn now: the state is that of the next epoch.
      this.#enter(0);
    } else this.#windows = this.#random.shuffle(windows).map((window) => ({ window, random: this.#random.fork() }));
  }

  /** The window that holds a batch, with its lines in memory and in order. */
  #enter(index: number) {
    let at = 0;
    let begin = 0;
    for (; ; at++) {
      const count = this.#batches[this.#windows[at]!.window]!;
      if (index < begin + count) break;
      begin += count;
    }
    if (this.#current?.at === at) return this.#current;
    const { window, random } = this.#windows[at]!;
    if (this.#lines?.window !== window) {
      // The older one makes room first.
      this.#lines = null;
      this.#lines = { window, lines: this.#store.window(window) };
    }
    const { lines } = this.#lines;
    const bucket = (i: number) => Math.floor(lines.lengthOf(i) / this.#bucketWidth);
    const shuffled = random.shuffle(Array.from({ length: lines.length }, (_, i) => i));
    const sorted = shuffled.sort((i, j) => bucket(i) - bucket(j));
    this.#current = { at, begin, order: random.shuffle(cut(sorted, this.#batchSize)) };
    return this.#current;
  }
}

/**
 * Every sequence once, the shortest first (in each window of those that do not fit into memory), for evaluation:
 * nothing is random.
 *
 * @throws RangeError when an option is out of range
 */
export function* everySequence(
  sequences: readonly ArrayLike<number>[] | LineStore,
  options: Readonly<Pick<z.input<typeof lineBatchOptions>, "batchSize">> = {},
): Generator<Batch> {
  const { batchSize } = readOptions("everySequence", lineBatchOptions.pick({ batchSize: true }), options);
  const store = storeOf(sequences);
  for (const window of store.windows.keys()) {
    const lines = store.window(window);
    const order = Array.from({ length: lines.length }, (_, i) => i).sort(
      (i, j) => lines.lengthOf(i) - lines.lengthOf(j),
    );
    for (const batch of cut(order, batchSize)) yield padSequences(batch.map((i) => lines.at(i)));
  }
}

function storeOf(sequences: readonly ArrayLike<number>[] | LineStore): LineStore {
  return "windows" in sequences ? sequences : listedLines(sequences);
}

function cut<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
