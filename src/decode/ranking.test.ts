import fc from "fast-check";
import { expect, test } from "vitest";
import { coverageOf, normalisations, Ranking } from "./ranking.ts";

const settings = fc.record({
  normalisation: fc.constantFrom(...normalisations),
  alpha: fc.oneof(fc.constantFrom(0, 0.7, 1), fc.double({ min: 0, max: 5, noNaN: true })),
  coverage: fc.constantFrom(0, 0.2, 3),
});
const logProb = fc.double({ min: -500, max: 0, noNaN: true });

test("no sequence scores above the bound of what it begins with, however it goes on", () => {
  const lengths = fc.tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 }));
  fc.assert(
    fc.property(
      settings,
      logProb,
      logProb,
      lengths,
      fc.double({ min: -50, max: 0, noNaN: true }),
      (given, p, more, [a, b], covered) => {
        const ranking = new Ranking(given);
        const [T, longest] = [Math.min(a, b), Math.max(a, b)];
        expect(ranking.score(p + more, T, covered)).toBeLessThanOrEqual(ranking.bound(p, longest));
        expect(ranking.bound(p + more, longest)).toBeLessThanOrEqual(ranking.bound(p, longest));
      },
    ),
    { numRuns: 2000 },
  );
});

test("the bound is the score of a longest sequence to which nothing more is lost", () => {
  for (const normalisation of normalisations)
    for (const alpha of [0, 0.6, 0.7, 1, 2]) {
      const ranking = new Ranking({ normalisation, alpha, coverage: 0 });
      expect(ranking.bound(-3, 40)).toBeCloseTo(ranking.score(-3, 40), 13);
    }
});

test("scores are those of the formula, in whatever order lengths come", () => {
  const lengths = [1000, 1, 1001, 7, 2, 999];
  const length = new Ranking({ normalisation: "length", alpha: 0.7, coverage: 0 });
  expect(lengths.map((T) => length.score(-3, T))).toEqual(lengths.map((T) => -3 / T ** 0.7));
  const gnmt = new Ranking({ normalisation: "gnmt", alpha: 0.7, coverage: 0 });
  expect(lengths.map((T) => gnmt.score(-3, T))).toEqual(lengths.map((T) => -3 / ((5 + T) / 6) ** 0.7));
});

test("nothing is as long as it may be: the longest length costs no memory", () => {
  const ranking = new Ranking({ normalisation: "length", alpha: 0.5, coverage: 0 });
  expect(ranking.score(-6, 9e14)).toBeCloseTo(-2e-7, 20);
});

test("coverage counts each position up to 1, and none for less than 1e-9", () => {
  const mass = Float64Array.of(9, 0.5, 1.5, 0, 7);
  expect(coverageOf(mass, 1, 4)).toBeCloseTo(Math.log(0.5) + Math.log(1e-9), 12);
  expect(coverageOf(mass, 2, 3)).toBe(0);
});
