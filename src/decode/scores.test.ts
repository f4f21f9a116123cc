import fc from "fast-check";
import { expect, test } from "vitest";
import { argmax, highest, logSoftmax } from "./scores.ts";

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
