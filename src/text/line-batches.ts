/**
 * Independent sequences in random order, those of like length together.
 */
import { z } from "zod";
import { type Random, readOptions } from "../base/index.ts";
import { type Batch, padSequences } from "./batch.ts";
import { BucketBatches, checkExamples, everyExample } from "./bucket-batches.ts";
import { type LineStore, type Lines, listedLines } from "./line-store.ts";

/** How lines are put into batches. */
export const lineBatchOptions = z.strictObject({
  batchSize: z.int().min(1).default(32).describe("sequences in a batch"),
  bucketWidth: z.int().min(1).default(4).describe("sequences whose lengths differ by less may share a batch"),
});

/** Batches of sequences, in a new random order every epoch, as `BucketBatches` makes them by their lengths. */
export class LineBatches extends BucketBatches<Lines, Batch> {
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
    const store = storeOf(sequences);
    checkExamples("LineBatches", "sequence", store);
    const bucket = (lines: Lines, i: number) => Math.floor(lines.lengthOf(i) / bucketWidth);
    super({ where: "LineBatches", store, batchSize, random, bucket, batch: pad });
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
  const bucket = (lines: Lines, i: number) => lines.lengthOf(i);
  yield* everyExample({ store: storeOf(sequences), batchSize, bucket, batch: pad });
}

function pad(lines: Lines, examples: readonly number[]): Batch {
  return padSequences(examples.map((i) => lines.at(i)));
}

function storeOf(sequences: readonly ArrayLike<number>[] | LineStore): LineStore {
  return "windows" in sequences ? sequences : listedLines(sequences);
}
