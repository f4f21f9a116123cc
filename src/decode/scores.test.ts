import fc from "fast-check";
import { expect, test } from "vitest";
import { argmax, highest, logSoftmax, logSumExp } from "./scores.ts";

// Few different values, so that ties are many.
const scores = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(-Infinity)), {
  minLength: 1,
  maxLength: 50,
});

test("the k highest are the first k of all in order, ties to the lower id", () => {
  fc.assert(
    fc.property(scores, fc.nat(60), (given, k) => {
      const ranked = given
        .map((score, v) => ({ score, v }))
        .sort((a, b) => (a.score === b.score ? a.v - b.v : b.score - a.score));
      expect(highest(given, k)).toEqual(ranked.slice(0, k).map(({ v }) => v));
      expect(argmax(given)).toBe(ranked[0]!.v);
    }),
  );
});

test("logSoftmax sums to one and neither overflows nor underflows", () => {
  const given = [1000, 999, -1000, -Infinity];
  const logProbs = logSoftmax(given);
  // log(1 + exp(-1)) = 0.3132616875182228
  expect(logProbs[0]).toBeCloseTo(-0.3132616875182228, 12);
  expect(logProbs[1]).toBeCloseTo(-1.313261687518223, 12);
  expect(logProbs[2]).toBeCloseTo(-2000.313261687518, 9);
  expect(logProbs[3]).toBe(-Infinity);
  expect(given).toEqual([1000, 999, -1000, -Infinity]);
});

test("logSumExp agrees with its definition, for a part of the scores too", () => {
  const wide = fc.array(fc.oneof(fc.double({ min: -60, max: 60, noNaN: true }), fc.constant(-Infinity)), {
    minLength: 3,
    maxLength: 50,
  });
  fc.assert(
    fc.property(wide, fc.nat(2), (given, from) => {
      const part = given.slice(from);
      const most = Math.max(...part);
      const expected = most + Math.log(part.reduce((sum, score) => sum + Math.exp(score - most), 0));
      const found = logSumExp(given, from);
      if (most === -Infinity) expect(found).toBe(-Infinity);
      else expect(Math.abs(found - expected)).toBeLessThanOrEqual(4e-13 * Math.max(1, Math.abs(expected)));
      expect(logSumExp([...part, 99], 0, part.length)).toBe(found);
      expect(found).toBeGreaterThanOrEqual(most);
    }),
  );
});

test("logSumExp is NaN where a score is no number, or without bound", () => {
  for (const wrong of [Number.NaN, Infinity])
    for (const rest of [[], [0, 1], [-Infinity]]) {
      expect(logSumExp([wrong, ...rest])).toBeNaN();
      expect(logSumExp([...rest, wrong])).toBeNaN();
    }
});
