/**
 * Batches without end, and the place reached in them, which a run saves and goes on from.
 */
import { FormatError, show } from "../base/index.ts";
import type { Batch } from "./batch.ts";

/** A place between two batches, as plain JSON. */
export interface Position {
  /** Times the data were gone through before. */
  readonly epoch: number;
  /** Batches taken since, from 0 to `batches`. */
  readonly index: number;
  /** Batches in an epoch: tells whether the data and the batch size are still those of the position. */
  readonly batches: number;
  /** The state of the random numbers before they decided the order of this epoch; empty when nothing is random. */
  readonly random: readonly number[];
}

/** Batches of training data, epoch after epoch without end. */
export interface Batches<B = Batch> {
  /** How many batches an epoch has. */
  readonly batchesPerEpoch: number;
  /** The place reached. */
  readonly position: Position;
  /** The next batch; after the last of an epoch the next epoch begins. */
  next(): B;
  /**
   * Goes to a place saved before, and gives from there on the very batches that followed it then.
   *
   * @param where starts the messages: the name of the file
   * @throws FormatError when it is no position, or one of other data
   */
  restore(position: unknown, where?: string): void;
}

/** Checks a position read from a file, for data of so many batches and random states of so many numbers. */
export function checkPosition(where: string, position: unknown, batches: number, randomLength: number): Position {
  const must = (what: string, got: unknown) => new FormatError(`${where}: ${what}, got ${show(got)}`);
  if (typeof position !== "object" || position === null) throw must("position must be a place in the data", position);
  const given = position as Readonly<Record<string, unknown>>;
  if (given.batches !== batches) {
    const got = `got ${show(given.batches)}; train on with the same data and batchSize`;
    throw new FormatError(`${where}: position must be one in ${batches} batches an epoch, ${got}`);
  }
  const { epoch, index, random } = given;
  if (!isWhole(epoch, Number.MAX_SAFE_INTEGER)) throw must("position.epoch must be a whole number from 0", epoch);
  if (!isWhole(index, batches)) throw must(`position.index must be a whole number from 0 to ${batches}`, index);
  const isState =
    Array.isArray(random) && random.length === randomLength && random.every((n) => isWhole(n, 2 ** 32 - 1));
  if (!isState) throw must(`position.random must hold ${randomLength} whole numbers below 2^32`, random);
  return { epoch, index, batches, random };
}

function isWhole(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
