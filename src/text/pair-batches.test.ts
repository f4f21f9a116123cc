import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOS, EOS, FormatError, KindError, PAD, Random, ValueError } from "../base/index.ts";
import {
  type EncodedPair,
  everyPair,
  PackedLines,
  PackedNumbers,
  PackedPairs,
  PairBatches,
  padPairs,
  padSources,
} from "./index.ts";

const sides = fc.array(fc.integer({ min: 4, max: 300 }), { maxLength: 9 });
const pairLists = fc.array(fc.record({ source: sides, target: sides }), { minLength: 1, maxLength: 40 });

const told = ({ source, target }: EncodedPair) => `${Array.from(source).join(" ")} -> ${Array.from(target).join(" ")}`;
const sorted = (pairs: readonly EncodedPair[]) => pairs.map(told).sort();

/** The pairs a batch was made from, checking on the way that all that is padding says so. */
function unpad(batch: ReturnType<typeof padPairs>): EncodedPair[] {
  const [S, B] = batch.sources.shape as [number, number];
  const [T] = batch.targets.shape as [number, number];
  expect(batch.inputs.shape).toEqual([T, B]);
  expect(Math.max(...batch.sourceLengths)).toBe(S);
  expect(Math.max(...batch.lengths)).toBe(T);
  expect(batch.targetCount).toBe(batch.lengths.reduce((sum, length) => sum + length));
  const column = (ids: Int32Array, rows: number, b: number) => Array.from({ length: rows }, (_, t) => ids[t * B + b]!);
  return Array.from({ length: B }, (_, b) => {
    const [n, m] = [batch.sourceLengths[b]!, batch.lengths[b]!];
    const sources = column(batch.sources.ids, S, b);
    const inputs = column(batch.inputs.ids, T, b);
    const targets = column(batch.targets.ids, T, b);
    expect(sources.slice(n - 1)).toEqual([EOS, ...new Array<number>(S - n).fill(PAD)]);
    expect(inputs[0]).toBe(BOS);
    expect(inputs.slice(1, m)).toEqual(targets.slice(0, m - 1));
    expect(inputs.slice(m)).toEqual(new Array<number>(T - m).fill(PAD));
    expect(targets.slice(m - 1)).toEqual([EOS, ...new Array<number>(T - m).fill(-1)]);
    return { source: sources.slice(0, n - 1), target: targets.slice(0, m - 1) };
  });
}

describe("padPairs", () => {
  test("ends sources, reads BOS and the target, predicts the target and EOS, column by column", () => {
    const pairs = [
      { source: [7, 8], target: [9] },
      { source: [], target: Int32Array.of(5, 6) },
    ];
    expect(padPairs(pairs)).toEqual({
      sources: { ids: Int32Array.of(7, EOS, 8, PAD, EOS, PAD), shape: [3, 2] },
      sourceLengths: Int32Array.of(3, 1),
      inputs: { ids: Int32Array.of(BOS, BOS, 9, 5, PAD, 6), shape: [3, 2] },
      targets: { ids: Int32Array.of(9, 5, EOS, 6, -1, EOS), shape: [3, 2] },
      lengths: Int32Array.of(2, 3),
      targetCount: 5,
    });
  });

  test("holds the pairs it was given and nothing else", () => {
    fc.assert(
      fc.property(pairLists, (pairs) => {
        expect(unpad(padPairs(pairs))).toEqual(pairs);
      }),
    );
  });

  test("refuses to be empty", () => {
    expect(() => padPairs([])).toThrow(new ValueError("padPairs: needs at least 1 pair, got 0"));
    expect(() => padSources([])).toThrow(new ValueError("padSources: needs at least 1 source, got 0"));
  });
});

describe("PackedPairs", () => {
  test("gives back what was packed, whatever the windows", () => {
    fc.assert(
      fc.property(pairLists, fc.integer({ min: 1, max: 5 }), (pairs, lines) => {
        const packed = PackedPairs.from(pairs);
        const window = packed.window(0);
        const indices = Array.from({ length: window.length }, (_, i) => i);
        expect(indices.map((i) => told(window.at(i)))).toEqual(pairs.map(told));
        expect(indices.map((i) => window.sourceLength(i))).toEqual(pairs.map(({ source }) => source.length));
        expect(indices.map((i) => window.targetLength(i))).toEqual(pairs.map(({ target }) => target.length));
        expect(packed.length).toBe(pairs.length);
        expect(packed.tokens).toBe(pairs.reduce((sum, { source, target }) => sum + source.length + target.length, 0));
        const small = inWindows(pairs, lines);
        const all = small.windows.flatMap((count, w) => Array.from({ length: count }, (_, i) => small.window(w).at(i)));
        expect(sorted(all)).toEqual(sorted(pairs));
      }),
    );
  });
});

/** Pairs in windows of so many shards of one pair. */
function inWindows(pairs: readonly EncodedPair[], lines: number): PackedPairs {
  const [tokens, lengths] = [new PackedNumbers(), new PackedNumbers()];
  for (const { source, target } of pairs) {
    tokens.push([source.length, ...Array.from(source), ...Array.from(target)]);
    lengths.add(1 + source.length + target.length);
  }
  return new PackedPairs(new PackedLines(tokens.finish(), lengths.finish(), { lines, tokens: 1 << 20 }));
}

const many = Array.from({ length: 300 }, (_, i) => ({
  source: new Array<number>(1 + ((i * 7) % 23)).fill(4 + i),
  target: new Array<number>(1 + ((i * 5) % 19)).fill(4 + i),
}));

describe("PairBatches", () => {
  test("an epoch holds each pair once, in full batches but one", () => {
    fc.assert(
      fc.property(pairLists, fc.integer({ min: 1, max: 7 }), fc.integer(), (pairs, batchSize, seed) => {
        const batches = new PairBatches(pairs, { batchSize, random: new Random(seed) });
        for (let epoch = 0; epoch < 2; epoch++) {
          const all = Array.from({ length: batches.batchesPerEpoch }, () => batches.next());
          expect(sorted(all.flatMap(unpad))).toEqual(sorted(pairs));
          expect(all.filter(({ lengths }) => lengths.length !== batchSize).length).toBeLessThanOrEqual(1);
          expect(batches.position).toMatchObject({ epoch, index: batches.batchesPerEpoch });
        }
      }),
    );
  });

  test("puts pairs of like lengths together, on both sides", () => {
    const padding = (bucketWidth: number) => {
      const batches = new PairBatches(many, { batchSize: 8, bucketWidth, random: new Random(1) });
      let [real, all] = [0, 0];
      for (let i = 0; i < batches.batchesPerEpoch; i++) {
        const { sources, sourceLengths, targets, targetCount } = batches.next();
        real += targetCount + sourceLengths.reduce((sum, length) => sum + length);
        all += sources.ids.length + targets.ids.length;
      }
      return 1 - real / all;
    };
    expect(padding(2)).toBeLessThan(0.13);
    expect(padding(100)).toBeGreaterThan(0.3);
  });

  test("goes on from a saved place with the very batches that followed, in memory and window by window", () => {
    for (const pairs of [many, PackedPairs.from(many), inWindows(many, 3)]) {
      const make = () => new PairBatches(pairs, { batchSize: 16, random: new Random(3) });
      const batches = make();
      for (const taken of [0, 13, 19, 25]) {
        while (batches.position.epoch * batches.batchesPerEpoch + batches.position.index < taken) batches.next();
        const position = JSON.parse(JSON.stringify(batches.position)) as unknown;
        const other = make();
        other.restore(position);
        const again = make();
        again.restore(position);
        for (let i = 0; i < 8; i++) expect(other.next()).toEqual(again.next());
        const follower = make();
        follower.restore(position);
        for (let i = 0; i < 3; i++) expect(batches.next()).toEqual(follower.next());
      }
    }
  });

  test("the order differs from epoch to epoch and with the seed, and is the same for the same seed", () => {
    const epochs = (seed: number) => {
      const batches = new PairBatches(many, { random: new Random(seed) });
      return [0, 1].map(() =>
        Array.from({ length: batches.batchesPerEpoch }, () => unpad(batches.next()).map(told)).join("|"),
      );
    };
    const [first, second] = epochs(3);
    expect(first).not.toBe(second);
    expect(epochs(3)).toEqual([first, second]);
    expect(epochs(4)[0]).not.toBe(first);
  });

  test("refuses no pairs, no generator, options out of range and the place in other data", () => {
    const random = new Random(1);
    expect(() => new PairBatches([], { random })).toThrow(new ValueError("PairBatches: needs at least 1 pair, got 0"));
    expect(() => new PairBatches(many, {} as never)).toThrow(
      new KindError("PairBatches: random must be a Random, got undefined; pass new Random(seed)"),
    );
    expect(() => new PairBatches(many, { random, batchSize: 0 })).toThrow(
      new ValueError("PairBatches: batchSize must be at least 1, got 0"),
    );
    const { position } = new PairBatches(many.slice(0, 40), { random });
    expect(() => new PairBatches(many, { random }).restore(position, "state.json")).toThrow(
      new FormatError(
        "state.json: position must be one in 10 batches an epoch, got 2; train on with the same data and batchSize",
      ),
    );
  });
});

describe("everyPair", () => {
  test("holds each pair once, the shortest targets first, always the same", () => {
    const batches = [...everyPair(many, { batchSize: 7 })];
    expect(sorted(batches.flatMap(unpad))).toEqual(sorted(many));
    const lengths = batches.flatMap((batch) => Array.from(batch.lengths));
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect([...everyPair(PackedPairs.from(many), { batchSize: 7 })]).toEqual(batches);
    expect(() => [...everyPair(many, { batchSize: 0 })]).toThrow(
      new ValueError("everyPair: batchSize must be at least 1, got 0"),
    );
  });
});
