/** Token ids in order, of which a part is read at a time: a long text need not be in memory. */
export interface TokenStore {
  /** How many there are. */
  readonly length: number;
  /** Those from `from` up to but not including `to`. */
  read(from: number, to: number): Int32Array;
}

/** Ids that are in memory. */
export function memoryTokens(ids: Int32Array): TokenStore {
  return { length: ids.length, read: (from, to) => ids.subarray(from, to) };
}
