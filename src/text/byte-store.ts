/** Bytes that are added at the end and read anywhere: in memory here, or in a file of whoever has a disk. */
export interface ByteStore {
  /** How many bytes there are. */
  readonly length: number;
  append(bytes: Uint8Array): void;
  /** The bytes from `from` up to but not including `to`, as a copy of their own. */
  read(from: number, to: number): Uint8Array<ArrayBuffer>;
}

/** Bytes in memory, `capacity` of them before it has to grow. */
export function memoryBytes(capacity = 1 << 12): ByteStore {
  let bytes = new Uint8Array(capacity);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(added) {
      const whole = length + added.length;
      if (whole > bytes.length) {
        const larger = new Uint8Array(Math.max(whole, 2 * bytes.length));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(added, length);
      length = whole;
    },
    read: (from, to) => bytes.slice(from, to),
  };
}
