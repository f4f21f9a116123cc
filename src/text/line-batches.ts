/**
 * Independent sequences in random order, those of like length together.
 */
import { z } from "zod";
import { KindError, Random, readOptions, show, ValueError } from "../base/index.ts";
import { type Batch, padSequences } from "./batch.ts";
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
 * little is padding), cut into batches, and the batches are shuffled; one batch may be smaller than the others.
 */
export class LineBatches implements Batches {
  readonly batchesPerEpoch: number;
  readonly #sequences: readonly ArrayLike<number>[];
  readonly #batchSize: number;
  readonly #bucketWidth: number;
  readonly #random: Random;
  #epoch = 0;
  #index = 0;
  #before: readonly number[] = [];
  #order: readonly (readonly number[])[] = [];

  /**
   * @param sequences ids without BOS and EOS, one list for each line
   * @param options   `random` decides the order; it is forked, so that other draws from it change nothing here
   * @throws RangeError when there is no sequence or an option is out of range
   */
  constructor(
    sequences: readonly ArrayLike<number>[],
    options: { readonly random: Random } & Readonly<z.input<typeof lineBatchOptions>>,
  ) {
    const { random, ...rest } = options;
    const { batchSize, bucketWidth } = readOptions("LineBatches", lineBatchOptions, rest);
    if (!(random instanceof Random)) {
      throw new KindError(`LineBatches: random must be a Random, got ${show(random)}; pass new Random(seed)`);
    }
    if (sequences.length === 0) throw new ValueError("LineBatches: needs at least 1 sequence, got 0");
    this.#sequences = sequences;
    this.#batchSize = batchSize;
    this.#bucketWidth = bucketWidth;
    this.#random = random.fork();
    this.batchesPerEpoch = Math.ceil(sequences.length / batchSize);
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
    return padSequences(this.#order[this.#index++]!.map((i) => this.#sequences[i]!));
  }

  restore(position: unknown, where = "LineBatches"): void {
    const { epoch, index, random } = checkPosition(where, position, this.batchesPerEpoch, this.#before.length);
    this.#random.state = random;
    this.#shuffle();
    this.#epoch = epoch;
    this.#index = index;
  }

  #shuffle(): void {
    this.#before = this.#random.state;
    const bucket = (i: number) => Math.floor(this.#sequences[i]!.length / this.#bucketWidth);
    const shuffled = this.#random.shuffle(Array.from(this.#sequences, (_, i) => i));
    const sorted = shuffled.sort((i, j) => bucket(i) - bucket(j));
    this.#order = this.#random.shuffle(cut(sorted, this.#batchSize));
  }
}

/**
 * Every sequence once, the shortest first, for evaluation: nothing is random.
 *
 * @throws RangeError when an option is out of range
 */
export function* everySequence(
  sequences: readonly ArrayLike<number>[],
  options: Readonly<Pick<z.input<typeof lineBatchOptions>, "batchSize">> = {},
): Generator<Batch> {
  const { batchSize } = readOptions("everySequence", lineBatchOptions.pick({ batchSize: true }), options);
  const sorted = sequences.toSorted((a, b) => a.length - b.length);
  for (const batch of cut(sorted, batchSize)) yield padSequences(batch);
}

function cut<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
