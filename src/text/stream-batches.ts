/**
 * One long text as streams side by side, read chunk by chunk, for truncated backpropagation through time.
 */
import { z } from "zod";
import { PAD, readOptions, ValueError } from "../base/index.ts";
import { type Batch, NO_TARGET } from "./batch.ts";
import { type Batches, checkPosition, type Position } from "./position.ts";
import { memoryTokens, type TokenStore } from "./token-store.ts";

/** How running text is put into batches. */
export const streamBatchOptions = z.strictObject({
  batchSize: z.int().min(1).default(32).describe("streams side by side"),
  chunk: z.int().min(1).default(50).describe("steps of a batch: how far gradients reach back"),
});

/**
 * Batches of running text: the text is cut into B contiguous streams, and each batch holds the next T steps of each.
 *
 * Within an epoch each batch continues the one before, so that the state of the model is carried over; the first of
 * an epoch does not. Every token but the first is a target exactly once. Streams differ by at most one token, so
 * that only the last step of an epoch may hold padding.
 */
export class StreamBatches implements Batches {
  readonly batchesPerEpoch: number;
  readonly #ids: TokenStore;
  readonly #batchSize: number;
  readonly #chunk: number;
  #epoch = 0;
  #index = 0;

  /**
   * @param ids the tokens of the text, in order; of a store B windows are read for each batch
   * @throws RangeError when there are fewer than B + 1 tokens or an option is out of range
   */
  constructor(ids: Int32Array | TokenStore, options: Readonly<z.input<typeof streamBatchOptions>> = {}) {
    const { batchSize, chunk } = readOptions("StreamBatches", streamBatchOptions, options);
    if (ids.length <= batchSize) {
      throw new ValueError(
        `StreamBatches: needs at least batchSize + 1 = ${batchSize + 1} tokens, got ${ids.length}; lower batchSize or give more text`,
      );
    }
    this.#ids = "read" in ids ? ids : memoryTokens(ids);
    this.#batchSize = batchSize;
    this.#chunk = chunk;
    this.batchesPerEpoch = Math.ceil(Math.ceil((ids.length - 1) / batchSize) / chunk);
  }

  get position(): Position {
    return { epoch: this.#epoch, index: this.#index, batches: this.batchesPerEpoch, random: [] };
  }

  next(): Batch {
    if (this.#index === this.batchesPerEpoch) {
      this.#epoch++;
      this.#index = 0;
    }
    return this.#at(this.#index++);
  }

  restore(position: unknown, where = "StreamBatches"): void {
    const { epoch, index } = checkPosition(where, position, this.batchesPerEpoch, 0);
    this.#epoch = epoch;
    this.#index = index;
  }

  #at(index: number): Batch {
    const B = this.#batchSize;
    const total = this.#ids.length - 1;
    const longest = Math.ceil(total / B);
    const from = index * this.#chunk;
    const T = Math.min(this.#chunk, longest - from);
    const inputs = new Int32Array(T * B).fill(PAD);
    const targets = new Int32Array(T * B).fill(NO_TARGET);
    let targetCount = 0;
    for (let b = 0; b < B; b++) {
      const start = Math.floor((total * b) / B);
      const length = Math.floor((total * (b + 1)) / B) - start;
      const steps = Math.max(0, Math.min(T, length - from));
      const ids = this.#ids.read(start + from, start + from + steps + 1);
      for (let t = 0; t < steps; t++) {
        inputs[t * B + b] = ids[t]!;
        targets[t * B + b] = ids[t + 1]!;
      }
      targetCount += steps;
    }
    return {
      inputs: { ids: inputs, shape: [T, B] },
      targets: { ids: targets, shape: [T, B] },
      // A padded step ends the last chunk of an epoch, after which the state is not used: no length need be shorter.
      lengths: new Int32Array(B).fill(T),
      targetCount,
      continues: index > 0,
    };
  }
}
