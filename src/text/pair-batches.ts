/**
 * Pairs of sequences in random order, those of like lengths together.
 */
import { z } from "zod";
import { type Random, readOptions } from "../base/index.ts";
import { BucketBatches, checkExamples, everyExample } from "./bucket-batches.ts";
import { type EncodedPair, type PairBatch, padPairs } from "./pair-batch.ts";
import { listedPairs, type PairStore, type Pairs } from "./pair-store.ts";

/** How pairs are put into batches. */
export const pairBatchOptions = z.strictObject({
  batchSize: z.int().min(1).default(32).describe("pairs in a batch"),
  bucketWidth: z.int().min(1).default(2).describe("pairs whose lengths differ by less may share a batch"),
});

/**
 * Batches of pairs, in a new random order every epoch, as `BucketBatches` makes them: by the lengths of the targets, and
 * among those of like length by the lengths of the sources.
 */
export class PairBatches extends BucketBatches<Pairs, PairBatch> {
  /**
   * @param pairs   ids without BOS and EOS
   * @param options `random` decides the order; it is forked, so that other draws from it change nothing here
   * @throws RangeError when there is no pair or an option is out of range
   */
  constructor(
    pairs: readonly EncodedPair[] | PairStore,
    options: { readonly random: Random } & Readonly<z.input<typeof pairBatchOptions>>,
  ) {
    const { random, ...rest } = options;
    const { batchSize, bucketWidth } = readOptions("PairBatches", pairBatchOptions, rest);
    const store = storeOf(pairs);
    checkExamples("PairBatches", "pair", store);
    super({ where: "PairBatches", store, batchSize, random, bucket: bucketOf(bucketWidth), batch: pad });
  }
}

/**
 * Every pair once, those of the shortest targets first (in each window of those that do not fit into memory), for
 * evaluation: nothing is random.
 *
 * @throws RangeError when an option is out of range
 */
export function* everyPair(
  pairs: readonly EncodedPair[] | PairStore,
  options: Readonly<Pick<z.input<typeof pairBatchOptions>, "batchSize">> = {},
): Generator<PairBatch> {
  const { batchSize } = readOptions("everyPair", pairBatchOptions.pick({ batchSize: true }), options);
  yield* everyExample({ store: storeOf(pairs), batchSize, bucket: bucketOf(1), batch: pad });
}

/**
 * Targets rise from bucket to bucket; sources rise in one and fall in the next, so that at a border, which may lie within
 * a batch, neither length jumps.
 */
function bucketOf(width: number): (pairs: Pairs, pair: number) => number {
  return (pairs, pair) => {
    const target = Math.floor(pairs.targetLength(pair) / width);
    const source = Math.floor(pairs.sourceLength(pair) / width);
    return target * beyond + (target % 2 === 0 ? source : beyond - 1 - source);
  };
}

/** More than any length. */
const beyond = 2 ** 26;

function pad(pairs: Pairs, examples: readonly number[]): PairBatch {
  return padPairs(examples.map((pair) => pairs.at(pair)));
}

function storeOf(pairs: readonly EncodedPair[] | PairStore): PairStore {
  return "windows" in pairs ? pairs : listedPairs(pairs);
}
