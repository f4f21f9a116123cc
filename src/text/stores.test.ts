import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError, Random } from "../base/index.ts";
import { memoryBytes } from "./byte-store.ts";
import { everySequence, LineBatches } from "./line-batches.ts";
import { PackedLines } from "./line-store.ts";
import { PackedNumbers } from "./packed-numbers.ts";
import { StreamBatches } from "./stream-batches.ts";

const pack = (numbers: ArrayLike<number>) => {
  const packed = new PackedNumbers();
  packed.push(numbers);
  return packed.finish();
};

/** Numbers of every width, over more than two blocks. */
const random = new Random(1);
const many = Int32Array.from({ length: 40_000 }, (_, i) =>
  random.integer(i < 17_000 ? 200 : i < 33_000 ? 60_000 : 1e9),
);

describe("PackedNumbers", () => {
  const packed = pack(many);

  test("reads any part of what was added", () => {
    expect(packed.length).toBe(many.length);
    fc.assert(
      fc.property(fc.nat(many.length), fc.nat(many.length), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        expect(String(packed.read(from, to))).toBe(String(many.slice(from, to)));
      }),
      { numRuns: 20 },
    );
    expect(Int32Array.from([...packed.chunks(5, 39_999)].flatMap((chunk) => [...chunk]))).toEqual(
      many.slice(5, 39_999),
    );
  });

  test("is the same however the numbers come, and can be read before it is finished", () => {
    const one = new PackedNumbers();
    for (let i = 0; i < 20_000; i++) one.add(many[i]!);
    expect(one.length).toBe(20_000);
    expect(one.read(100, 19_999)).toEqual(many.slice(100, 19_999));
    one.push(many.subarray(20_000));
    expect(one.finish().read(0, many.length)).toEqual(many);
    expect(one.toJSON()).toEqual(packed.toJSON());
  });

  test("takes a byte for a number below 256, two below 65536, otherwise four", () => {
    expect(packed.toJSON()).toEqual({ length: 40_000, widths: "124" });
    const bytes = memoryBytes();
    const numbers = new PackedNumbers(bytes);
    numbers.push([255, 0, 65_535, 2 ** 31 - 1]);
    expect(numbers.finish().read(0, 4)).toEqual(Int32Array.of(255, 0, 65_535, 2 ** 31 - 1));
    expect(bytes.length).toBe(16);
  });

  test("is read again by its description, and nothing else is", () => {
    const bytes = memoryBytes();
    const written = new PackedNumbers(bytes);
    written.push(many);
    const json = JSON.parse(JSON.stringify(written.finish()));
    expect(PackedNumbers.fromJSON(json, bytes).read(0, many.length)).toEqual(many);
    bytes.append(Uint8Array.of(0));
    expect(() => PackedNumbers.fromJSON(json, bytes, "data/training")).toThrow(
      new FormatError("data/training: must hold 78080 bytes of packed numbers, holds 78081"),
    );
    expect(() => PackedNumbers.fromJSON({ length: 3, widths: "13" }, bytes)).toThrow(
      new FormatError('numbers: must hold packed numbers, got {"length":3,"widths":"13"}'),
    );
  });
});

describe("PackedLines", () => {
  const lines = Array.from({ length: 500 }, (_, i) => Array.from({ length: (i * 7) % 23 }, () => i));
  const packed = (size?: { lines: number; tokens: number }) =>
    new PackedLines(pack(lines.flat()), pack(lines.map(({ length }) => length)), size);
  const all = (store: PackedLines) =>
    store.windows.flatMap((count, window) => {
      const { length, at, lengthOf } = store.window(window);
      expect(length).toBe(count);
      return Array.from({ length }, (_, line) => {
        expect(lengthOf(line)).toBe(at(line).length);
        return Array.from(at(line));
      });
    });

  test("that fit into one window stay in order", () => {
    expect(packed().windows).toEqual([500]);
    expect(all(packed())).toEqual(lines);
  });

  test.each([
    { lines: 64, tokens: 10_000 },
    { lines: 10_000, tokens: 640 },
  ])("are each in one of several windows of bounded size (%j)", (size) => {
    const store = packed(size);
    expect(store.windows.length).toBeGreaterThan(5);
    expect(all(store).map(String).sort()).toEqual(lines.map(String).sort());
    for (const [window, count] of store.windows.entries()) {
      expect(count).toBeLessThanOrEqual(size.lines);
      const { length, lengthOf } = store.window(window);
      const tokens = Array.from({ length }, (_, line) => lengthOf(line)).reduce((sum, length) => sum + length, 0);
      // A line longer than a shard is a shard by itself.
      expect(tokens).toBeLessThanOrEqual(size.tokens + 32 * 22);
    }
    // A window holds lines from all over the text.
    const first = Array.from({ length: store.windows[0]! }, (_, line) => store.window(0).at(line)[0] ?? 250);
    expect(Math.min(...first)).toBeLessThan(50);
    expect(Math.max(...first)).toBeGreaterThan(450);
  });

  test("make the very batches of a list", () => {
    const listed = new LineBatches(lines, { random: new Random(4), batchSize: 16 });
    const stored = new LineBatches(packed(), { random: new Random(4), batchSize: 16 });
    for (let i = 0; i < 2 * listed.batchesPerEpoch; i++) expect(stored.next()).toEqual(listed.next());
    expect(stored.position).toEqual(listed.position);
    expect([...everySequence(packed())]).toEqual([...everySequence(lines)]);
  });

  describe("in several windows", () => {
    const make = () => new LineBatches(packed({ lines: 96, tokens: 10_000 }), { random: new Random(4), batchSize: 10 });
    const key = (batch: ReturnType<LineBatches["next"]>) => batch.inputs.ids.join(" ");

    test("come once in an epoch, the windows in another order each time", () => {
      const batches = make();
      const firsts = new Set<string>();
      for (let epoch = 0; epoch < 4; epoch++) {
        const seen: number[] = [];
        for (let i = 0; i < batches.batchesPerEpoch; i++) {
          const batch = batches.next();
          if (i === 0) firsts.add(key(batch));
          const B = batch.lengths.length;
          batch.lengths.forEach((length, b) => {
            seen.push(length === 1 ? -1 : batch.inputs.ids[B + b]!);
          });
        }
        expect(seen.sort((a, b) => a - b)).toEqual(
          lines.map(({ length }, i) => (length === 0 ? -1 : i)).sort((a, b) => a - b),
        );
      }
      expect(firsts.size).toBe(4);
    });

    test("go on to the bit from a saved place", () => {
      const whole = make();
      const every = Array.from({ length: 3 * whole.batchesPerEpoch }, () => key(whole.next()));
      for (const taken of [0, 3, 11, 12, 30, whole.batchesPerEpoch, whole.batchesPerEpoch + 17]) {
        const before = make();
        for (let i = 0; i < taken; i++) before.next();
        const after = make();
        for (let i = 0; i < 5; i++) after.next();
        after.restore(JSON.parse(JSON.stringify(before.position)));
        expect(Array.from({ length: 60 }, () => key(after.next()))).toEqual(every.slice(taken, taken + 60));
      }
    });

    test("are evaluated once each", () => {
      const count = [...everySequence(packed({ lines: 96, tokens: 10_000 }))].reduce(
        (sum, { lengths }) => sum + lengths.length,
        0,
      );
      expect(count).toBe(500);
    });
  });
});

test("streams read from a store are those of the ids", () => {
  const ids = many.subarray(0, 20_011);
  const [listed, stored] = [ids, pack(ids)].map((source) => new StreamBatches(source, { batchSize: 7, chunk: 33 }));
  for (let i = 0; i <= listed!.batchesPerEpoch; i++) expect(stored!.next()).toEqual(listed!.next());
});
