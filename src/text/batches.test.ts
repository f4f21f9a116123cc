import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOS, EOS, FormatError, KindError, PAD, Random, ValueError } from "../base/index.ts";
import {
  type Batch,
  type Batches,
  everySequence,
  LineBatches,
  NO_TARGET,
  padSequences,
  StreamBatches,
} from "./index.ts";

/** The sequences a batch of lines was made from, checking on the way that all that is padding says so. */
function unpad(batch: Batch): number[][] {
  const [T, B] = batch.inputs.shape as [number, number];
  expect(batch.targets.shape).toEqual([T, B]);
  expect(batch.lengths.length).toBe(B);
  expect(Math.max(...batch.lengths)).toBe(T);
  const column = (ids: Int32Array, b: number) => Array.from({ length: T }, (_, t) => ids[t * B + b]!);
  let real = 0;
  const sequences = Array.from(batch.lengths, (length, b) => {
    const [inputs, targets] = [column(batch.inputs.ids, b), column(batch.targets.ids, b)];
    expect(inputs[0]).toBe(BOS);
    expect(targets[length - 1]).toBe(EOS);
    expect(inputs.slice(1, length)).toEqual(targets.slice(0, length - 1));
    expect(inputs.slice(length)).toEqual(inputs.slice(length).fill(PAD));
    expect(targets.slice(length)).toEqual(targets.slice(length).fill(NO_TARGET));
    real += length;
    return inputs.slice(1, length);
  });
  expect(batch.targetCount).toBe(real);
  expect(batch.continues).toBe(false);
  return sequences;
}

const sequenceLists = fc.array(fc.array(fc.integer({ min: 4, max: 99 }), { maxLength: 12 }), {
  minLength: 1,
  maxLength: 40,
});

const sorted = (sequences: Iterable<ArrayLike<number>>) =>
  Array.from(sequences, (sequence) => Array.from(sequence).join(" ")).sort();

describe("padSequences", () => {
  test("reads BOS and the sequence, predicts the sequence and EOS, column by column", () => {
    const batch = padSequences([[7, 8], [], Int32Array.of(9)]);
    expect(batch).toEqual({
      inputs: { ids: Int32Array.of(BOS, BOS, BOS, 7, PAD, 9, 8, PAD, PAD), shape: [3, 3] },
      targets: { ids: Int32Array.of(7, EOS, 9, 8, -1, EOS, EOS, -1, -1), shape: [3, 3] },
      lengths: Int32Array.of(3, 1, 2),
      targetCount: 6,
      continues: false,
    });
  });

  test("holds the sequences it was given and nothing else", () => {
    fc.assert(
      fc.property(sequenceLists, (sequences) => {
        expect(unpad(padSequences(sequences))).toEqual(sequences);
      }),
    );
  });

  test("refuses to be empty", () => {
    expect(() => padSequences([])).toThrow(new ValueError("padSequences: needs at least 1 sequence, got 0"));
  });
});

describe("LineBatches", () => {
  test("an epoch holds each sequence once, in full batches but one", () => {
    fc.assert(
      fc.property(sequenceLists, fc.integer({ min: 1, max: 7 }), fc.integer(), (sequences, batchSize, seed) => {
        const batches = new LineBatches(sequences, { batchSize, random: new Random(seed) });
        for (let epoch = 0; epoch < 2; epoch++) {
          const epochs = Array.from({ length: batches.batchesPerEpoch }, () => batches.next());
          expect(sorted(epochs.flatMap(unpad))).toEqual(sorted(sequences));
          const sizes = epochs.map((batch) => batch.lengths.length);
          expect(sizes.filter((size) => size !== batchSize).length).toBeLessThanOrEqual(1);
          expect(batches.position).toMatchObject({ epoch, index: batches.batchesPerEpoch });
        }
      }),
    );
  });

  const lines = Array.from({ length: 200 }, (_, i) => new Array<number>(1 + ((i * 7) % 23)).fill(4 + i));

  test("puts sequences of like length together", () => {
    const padding = (bucketWidth: number) => {
      const batches = new LineBatches(lines, { batchSize: 16, bucketWidth, random: new Random(1) });
      let [real, all] = [0, 0];
      for (let i = 0; i < batches.batchesPerEpoch; i++) {
        const batch = batches.next();
        real += batch.targetCount;
        all += batch.inputs.ids.length;
      }
      return 1 - real / all;
    };
    expect(padding(4)).toBeLessThan(0.15);
    expect(padding(100)).toBeGreaterThan(0.3);
  });

  test("the order differs from epoch to epoch and with the seed, and is the same for the same seed", () => {
    const epochs = (seed: number) => {
      const batches = new LineBatches(lines, { random: new Random(seed) });
      return [0, 1].map(() => Array.from({ length: batches.batchesPerEpoch }, () => unpad(batches.next())).join("|"));
    };
    const [first, second] = epochs(3);
    expect(first).not.toBe(second);
    expect(epochs(3)).toEqual([first, second]);
    expect(epochs(4)[0]).not.toBe(first);
  });

  test("other draws from the same generator change nothing", () => {
    const one = new Random(5);
    const batches = new LineBatches(lines, { random: one });
    const undisturbed = new LineBatches(lines, { random: new Random(5) });
    for (let i = 0; i < 20; i++) {
      one.uniform();
      expect(batches.next()).toEqual(undisturbed.next());
    }
  });

  test("refuses no sequences, no generator and options out of range", () => {
    const random = new Random(1);
    expect(() => new LineBatches([], { random })).toThrow(
      new ValueError("LineBatches: needs at least 1 sequence, got 0"),
    );
    expect(() => new LineBatches(lines, {} as never)).toThrow(
      new KindError("LineBatches: random must be a Random, got undefined; pass new Random(seed)"),
    );
    expect(() => new LineBatches(lines, { random, batchSize: 0 })).toThrow(
      new ValueError("LineBatches: batchSize must be at least 1, got 0"),
    );
    expect(() => new LineBatches(lines, { random, bucketwidth: 1 } as never)).toThrow(
      new ValueError('LineBatches: no option "bucketwidth"; did you mean "bucketWidth"?'),
    );
  });
});

describe("everySequence", () => {
  test("gives each sequence once, in order of length", () => {
    fc.assert(
      fc.property(sequenceLists, fc.integer({ min: 1, max: 7 }), (sequences, batchSize) => {
        const found = Array.from(everySequence(sequences, { batchSize }), unpad).flat();
        expect(sorted(found)).toEqual(sorted(sequences));
        expect(found.map(({ length }) => length)).toEqual(found.map(({ length }) => length).sort((a, b) => a - b));
      }),
    );
  });
});

describe("StreamBatches", () => {
  test("two streams in chunks of three", () => {
    const batches = new StreamBatches(Int32Array.of(10, 11, 12, 13, 14, 15, 16, 17), { batchSize: 2, chunk: 3 });
    expect(batches.batchesPerEpoch).toBe(2);
    expect(batches.next()).toEqual({
      inputs: { ids: Int32Array.of(10, 13, 11, 14, 12, 15), shape: [3, 2] },
      targets: { ids: Int32Array.of(11, 14, 12, 15, 13, 16), shape: [3, 2] },
      lengths: Int32Array.of(3, 3),
      targetCount: 6,
      continues: false,
    });
    expect(batches.next()).toEqual({
      inputs: { ids: Int32Array.of(PAD, 16), shape: [1, 2] },
      targets: { ids: Int32Array.of(-1, 17), shape: [1, 2] },
      lengths: Int32Array.of(1, 1),
      targetCount: 1,
      continues: true,
    });
    expect(batches.next().continues).toBe(false);
    expect(batches.position).toEqual({ epoch: 1, index: 1, batches: 2, random: [] });
  });

  test("every token but the first is a target once, and each stream is contiguous over all chunks", () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ max: 90, min: 0 }),
    );
    fc.assert(
      fc.property(shape, ([batchSize, chunk, more]) => {
        const N = batchSize + 1 + more;
        const batches = new StreamBatches(
          Int32Array.from({ length: N }, (_, i) => 100 + i),
          { batchSize, chunk },
        );
        const streams = Array.from({ length: batchSize }, () => ({ inputs: [] as number[], targets: [] as number[] }));
        let real = 0;
        for (let i = 0; i < batches.batchesPerEpoch; i++) {
          const { inputs, targets, targetCount, continues } = batches.next();
          expect(continues).toBe(i > 0);
          expect(inputs.shape[0]).toBeLessThanOrEqual(chunk);
          real += targetCount;
          inputs.ids.forEach((id, at) => {
            if (targets.ids[at] === NO_TARGET) {
              expect(id).toBe(PAD);
              return;
            }
            streams[at % batchSize]!.inputs.push(id);
            streams[at % batchSize]!.targets.push(targets.ids[at]!);
          });
        }
        expect(real).toBe(N - 1);
        expect(streams.flatMap(({ inputs }) => inputs)).toEqual(Array.from({ length: N - 1 }, (_, i) => 100 + i));
        expect(streams.flatMap(({ targets }) => targets)).toEqual(Array.from({ length: N - 1 }, (_, i) => 101 + i));
        const sizes = streams.map(({ inputs }) => inputs.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("refuses a text shorter than the streams", () => {
    expect(() => new StreamBatches(new Int32Array(4), { batchSize: 4 })).toThrow(
      new ValueError(
        "StreamBatches: needs at least batchSize + 1 = 5 tokens, got 4; lower batchSize or give more text",
      ),
    );
    expect(() => new StreamBatches(new Int32Array(40), { chunk: 0 })).toThrow(
      new ValueError("StreamBatches: chunk must be at least 1, got 0"),
    );
  });
});

describe.each<[string, () => Batches]>([
  [
    "LineBatches",
    () =>
      new LineBatches(
        Array.from({ length: 50 }, (_, i) => [4 + i]),
        { batchSize: 8, random: new Random(2) },
      ),
  ],
  [
    "StreamBatches",
    () =>
      new StreamBatches(
        Int32Array.from({ length: 131 }, (_, i) => i),
        { batchSize: 2, chunk: 10 },
      ),
  ],
])("the position of %s", (name, make) => {
  test("saved as JSON after any number of batches, goes on with the same batches", () => {
    const saving = make();
    expect(saving.batchesPerEpoch).toBe(7);
    for (let taken = 0; taken < 17; taken++) {
      const position = JSON.parse(JSON.stringify(saving.position));
      const going = make();
      for (let i = 0; i < taken % 4; i++) going.next();
      going.restore(position);
      expect(going.position).toEqual(position);
      const uninterrupted = make();
      for (let i = 0; i < taken; i++) uninterrupted.next();
      for (let i = 0; i < 16; i++) expect(going.next()).toEqual(uninterrupted.next());
      expect(going.position).toEqual(uninterrupted.position);
      saving.next();
    }
  });

  test("is refused when it is none, or one of other data", () => {
    const batches = make();
    const good = batches.position;
    const length = good.random.length;
    for (const [position, message] of [
      [7, "position must be a place in the data, got 7"],
      [
        { ...good, batches: 9 },
        "position must be one in 7 batches an epoch, got 9; train on with the same data and batchSize",
      ],
      [{ ...good, epoch: -1 }, "position.epoch must be a whole number from 0, got -1"],
      [{ ...good, index: 8 }, "position.index must be a whole number from 0 to 7, got 8"],
      [{ ...good, random: "x" }, `position.random must hold ${length} whole numbers below 2^32, got "x"`],
      [{ ...good, random: [0.5] }, `position.random must hold ${length} whole numbers below 2^32, got [0.5]`],
    ] as const) {
      expect(() => batches.restore(position, "state.json")).toThrow(new FormatError(`state.json: ${message}`));
      expect(() => batches.restore(position)).toThrow(new FormatError(`${name}: ${message}`));
    }
    expect(batches.position).toEqual(good);
  });
});
