/**
 * Examples in random order, those of like length together, in batches.
 */
import { KindError, Random, show, ValueError } from "../base/index.ts";
import { type Batches, checkPosition, type Position } from "./position.ts";

/** Examples in windows, each of which fits into memory; there is one window where all of them do. */
export interface WindowStore<W extends { readonly length: number }> {
  /** How many examples each window has. */
  readonly windows: readonly number[];
  window(index: number): W;
}

/** What batches are made of, and how. */
export interface BucketOptions<W extends { readonly length: number }, B> {
  /** Starts the messages. */
  readonly where: string;
  readonly store: WindowStore<W>;
  readonly batchSize: number;
  /** Decides the order; it is forked, so that other draws from it change nothing here. */
  readonly random: Random;
  /** A number for each example of a window: those that share a batch differ little in it. */
  readonly bucket: (window: W, example: number) => number;
  readonly batch: (window: W, examples: readonly number[]) => B;
}

/**
 * Batches of examples, in a new random order every epoch.
 *
 * An epoch holds each example exactly once. The examples are shuffled, sorted by their buckets (so that little is
 * padding), cut into batches, and the batches are shuffled; one batch may be smaller than the others. Of examples that
 * do not fit into memory this is done window by window, and the windows are shuffled.
 */
export class BucketBatches<W extends { readonly length: number }, B> implements Batches<B> {
  readonly batchesPerEpoch: number;
  readonly #options: BucketOptions<W, B>;
  /** How many batches each window has. */
  readonly #batches: readonly number[];
  readonly #random: Random;
  #epoch = 0;
  #index = 0;
  #before: readonly number[] = [];
  /** The windows of this epoch, in order, each with what decides the order in it. */
  #windows: readonly { readonly window: number; readonly random: Random }[] = [];
  #current: { readonly at: number; readonly begin: number; readonly order: readonly (readonly number[])[] } | null =
    null;
  /** The window in memory. */
  #held: { readonly window: number; readonly examples: W } | null = null;

  /** @throws TypeError when `random` is none */
  constructor(options: BucketOptions<W, B>) {
    const { where, store, batchSize, random } = options;
    if (!(random instanceof Random))
      throw new KindError(`${where}: random must be a Random, got ${show(random)}; pass new Random(seed)`);
    this.#options = options;
    this.#random = random.fork();
    this.#batches = store.windows.map((count) => Math.ceil(count / batchSize));
    this.batchesPerEpoch = this.#batches.reduce((sum, count) => sum + count);
    this.#shuffle();
  }

  get position(): Position {
    return { epoch: this.#epoch, index: this.#index, batches: this.batchesPerEpoch, random: this.#before };
  }

  next(): B {
    if (this.#index === this.batchesPerEpoch) {
      this.#epoch++;
      this.#index = 0;
      this.#shuffle();
    }
    const { begin, order } = this.#enter(this.#index);
    return this.#options.batch(this.#held!.examples, order[this.#index++ - begin]!);
  }

  restore(position: unknown, where = this.#options.where): void {
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

  /** The window that holds a batch, with its examples in memory and in order. */
  #enter(index: number) {
    let at = 0;
    let begin = 0;
    for (; ; at++) {
      const count = this.#batches[this.#windows[at]!.window]!;
      if (index < begin + count) break;
      begin += count;
    }
    if (this.#current?.at === at) return this.#current;
    const { store, batchSize, bucket } = this.#options;
    const { window, random } = this.#windows[at]!;
    if (this.#held?.window !== window) {
      // The older one makes room first.
      this.#held = null;
      this.#held = { window, examples: store.window(window) };
    }
    const { examples } = this.#held;
    const shuffled = random.shuffle(Array.from({ length: examples.length }, (_, i) => i));
    const buckets = Float64Array.from({ length: examples.length }, (_, i) => bucket(examples, i));
    const sorted = shuffled.sort((i, j) => buckets[i]! - buckets[j]!);
    this.#current = { at, begin, order: random.shuffle(cut(sorted, batchSize)) };
    return this.#current;
  }
}

/**
 * Every example once, those of the lowest buckets first (in each window of those that do not fit into memory): nothing is
 * random.
 */
export function* everyExample<W extends { readonly length: number }, B>({
  store,
  batchSize,
  bucket,
  batch,
}: Pick<BucketOptions<W, B>, "store" | "batchSize" | "bucket" | "batch">): Generator<B> {
  for (const index of store.windows.keys()) {
    const window = store.window(index);
    const buckets = Float64Array.from({ length: window.length }, (_, i) => bucket(window, i));
    const order = Array.from(buckets.keys()).sort((i, j) => buckets[i]! - buckets[j]!);
    for (const examples of cut(order, batchSize)) yield batch(window, examples);
  }
}

/** @throws RangeError when a store is empty */
export function checkExamples(where: string, what: string, { windows }: { readonly windows: readonly number[] }): void {
  if (windows.every((count) => count === 0)) throw new ValueError(`${where}: needs at least 1 ${what}, got 0`);
}

function cut<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
