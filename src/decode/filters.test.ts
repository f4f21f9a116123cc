import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KindError, ValueError } from "../base/index.ts";
import { type Filter, forbid, noRepeat, repetitionPenalty, temperature, topK, topP, typical } from "./filters.ts";
import { logSoftmax } from "./scores.ts";

const log = Math.log;
const table = [log(0.1), log(0.4), log(0.2), log(0.05), log(0.25)];
const left = (filter: Filter, scores: readonly number[] = table) =>
  Array.from(filter(scores, []), (score, v) => (score > -Infinity ? v : -1)).filter((v) => v >= 0);
const probs = (filter: Filter, scores: readonly number[] = table) =>
  Array.from(logSoftmax(filter(scores, [])), Math.exp);

describe("temperature", () => {
  test("raises probabilities to the power 1/T", () => {
    const squares = [0.01, 0.16, 0.04, 0.0025, 0.0625];
    const sum = 0.275;
    probs(temperature(0.5)).forEach((p, v) => {
      expect(p).toBeCloseTo(squares[v]! / sum, 12);
    });
    expect(temperature(1)(table, [])).toBe(table);
  });

  test("0 leaves the likeliest, the lowest id of equals", () => {
    expect(left(temperature(0))).toEqual([1]);
    expect(left(temperature(0), [-Infinity, 2, 3, 3])).toEqual([2]);
  });

  test("does not overflow however small, and makes all alike when large", () => {
    expect(probs(temperature(5e-324), [1e300, 1e300, 0])).toEqual([0.5, 0.5, 0]);
    expect(probs(temperature(1e308), [5, -5, -Infinity])).toEqual([0.5, 0.5, 0]);
  });

  test("changes nothing where no token is left", () => {
    expect(left(temperature(0), [-Infinity, -Infinity])).toEqual([]);
    expect(left(temperature(2), [-Infinity, -Infinity])).toEqual([]);
  });

  test("refuses what is no temperature", () => {
    expect(() => temperature(-0.5)).toThrow(new ValueError("temperature: T must be finite and at least 0, got -0.5"));
    expect(() => temperature(Number.NaN)).toThrow(
      new ValueError("temperature: T must be finite and at least 0, got NaN"),
    );
    expect(() => temperature("1" as never)).toThrow(new KindError('temperature: T must be a number, got "1"'));
  });
});

describe("topK", () => {
  test("leaves the k likeliest with their scores", () => {
    expect(left(topK(1))).toEqual([1]);
    expect(left(topK(3))).toEqual([1, 2, 4]);
    expect(topK(3)(table, [])[4]).toBe(table[4]);
    expect(left(topK(5))).toEqual([0, 1, 2, 3, 4]);
    expect(left(topK(99))).toEqual([0, 1, 2, 3, 4]);
  });

  test("leaves exactly k of equals, the lower ids, and no impossible token", () => {
    expect(left(topK(2), [1, 1, 1, 1])).toEqual([0, 1]);
    expect(left(topK(3), [0, -Infinity, 0, -Infinity])).toEqual([0, 2]);
  });

  test("refuses what is no count", () => {
    expect(() => topK(0)).toThrow(new ValueError("topK: k must be a whole number from 1, got 0"));
    expect(() => topK(1.5)).toThrow(new ValueError("topK: k must be a whole number from 1, got 1.5"));
  });
});

describe("topP", () => {
  test.each([
    [1e-9, [1]],
    [0.4, [1]],
    [0.41, [1, 4]],
    [0.65, [1, 4]],
    [0.66, [1, 2, 4]],
    [0.95, [0, 1, 2, 4]],
    [0.951, [0, 1, 2, 3, 4]],
    [1, [0, 1, 2, 3, 4]],
  ])("%d leaves tokens %j", (p, ids) => {
    expect(left(topP(p))).toEqual(ids);
  });

  test("takes the lower ids of equals first, and no impossible token", () => {
    expect(left(topP(0.5), [7, 7, 7, 7])).toEqual([0, 1]);
    expect(left(topP(0.999), [0, -Infinity, 0, -Infinity])).toEqual([0, 2]);
    expect(left(topP(0.5), [-Infinity, -Infinity])).toEqual([]);
  });

  test("leaves the fewest tokens that reach p", () => {
    const scores = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scores, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (given, p) => {
        const kept = left(topP(p), given);
        const all = Array.from(logSoftmax(given), Math.exp);
        const sum = kept.reduce((total, v) => total + all[v]!, 0);
        const least = Math.min(...kept.map((v) => all[v]!));
        expect(sum).toBeGreaterThanOrEqual(p - 1.001e-6);
        expect(sum - least).toBeLessThan(p);
        all.forEach((prob, v) => {
          if (!kept.includes(v)) expect(prob).toBeLessThanOrEqual(least);
        });
      }),
    );
  });

  test("refuses what is no share", () => {
    expect(() => topP(0)).toThrow(new ValueError("topP: p must be above 0 and at most 1, got 0"));
    expect(() => topP(1.1)).toThrow(new ValueError("topP: p must be above 0 and at most 1, got 1.1"));
  });
});

test("forbid takes tokens out, and passes over ids there are not", () => {
  expect(left(forbid([1, 3]))).toEqual([0, 2, 4]);
  expect(left(forbid([99, -1, 0]))).toEqual([1, 2, 3, 4]);
  expect(left(forbid([]))).toEqual([0, 1, 2, 3, 4]);
});

test("no filter changes the scores it is given", () => {
  const before = [...table];
  for (const filter of [temperature(0), temperature(2), topK(2), topP(0.5), forbid([0])]) filter(table, []);
  expect(table).toEqual(before);
});

describe("typical", () => {
  // The expected surprise of the table is 1.4150 nats; the tokens lie 0.8876, 0.4987, 0.1944, 1.5807 and 0.0287 from it.
  test.each([
    [1e-9, [4]],
    [0.25, [4]],
    [0.26, [2, 4]],
    [0.45, [2, 4]],
    [0.46, [1, 2, 4]],
    [0.851, [0, 1, 2, 4]],
    [0.951, [0, 1, 2, 3, 4]],
    [1, [0, 1, 2, 3, 4]],
  ])("%d leaves tokens %j", (p, ids) => {
    expect(left(typical(p))).toEqual(ids);
  });

  test("may leave out the likeliest, and leaves the scores of the others", () => {
    expect(left(typical(0.25))).not.toContain(1);
    expect(typical(0.25)(table, [])[4]).toBe(table[4]);
  });

  test("does not depend on where the zero of the scores lies, takes the lower ids of equals, and nothing impossible", () => {
    const moved = table.map((score) => score + 1000);
    for (const p of [0.2, 0.4, 0.6, 0.8]) expect(left(typical(p), moved)).toEqual(left(typical(p)));
    expect(left(typical(0.5), [7, 7, 7, 7])).toEqual([0, 1]);
    expect(left(typical(0.999), [0, -Infinity, 0, -Infinity])).toEqual([0, 2]);
  });

  test("leaves the fewest that reach p, nearest to the entropy first", () => {
    const scores = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scores, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (given, p) => {
        const logProbs = logSoftmax(given);
        const entropy = -logProbs.reduce((sum, logProb) => sum + Math.exp(logProb) * logProb, 0);
        const distance = (v: number) => Math.abs(-logProbs[v]! - entropy);
        const kept = left(typical(p), given);
        const mass = (ids: readonly number[]) => ids.reduce((sum, v) => sum + Math.exp(logProbs[v]!), 0);
        expect(mass(kept)).toBeGreaterThanOrEqual(p - 2e-6);
        const furthest = kept.toSorted((i, j) => distance(j) - distance(i))[0]!;
        for (const v of given.keys())
          if (!kept.includes(v)) expect(distance(v)).toBeGreaterThanOrEqual(distance(furthest) - 2e-9);
        const fewer = kept.filter((v) => distance(v) < distance(furthest) - 2e-9);
        expect(mass(fewer)).toBeLessThan(p);
      }),
    );
  });

  test("refuses what is no share", () => {
    expect(() => typical(0)).toThrow(new ValueError("typical: p must be above 0 and at most 1, got 0"));
  });
});

describe("repetitionPenalty", () => {
  test("raises the probabilities of tokens that came to its power, once for each", () => {
    const changed = Array.from(repetitionPenalty(2)(table, [1, 3, 1, 1]), Math.exp);
    expect(changed[0]).toBeCloseTo(0.1, 12);
    expect(changed[1]).toBeCloseTo(0.16, 12);
    expect(changed[2]).toBeCloseTo(0.2, 12);
    expect(changed[3]).toBeCloseTo(0.0025, 12);
  });

  test("does not depend on where the zero of the scores lies", () => {
    const filter = repetitionPenalty(1.5);
    const moved = filter(
      table.map((score) => score + 100),
      [1, 2],
    );
    Array.from(filter(table, [1, 2])).forEach((score, v) => {
      expect(moved[v]).toBeCloseTo(score, 9);
    });
  });

  test("looks back as far as its window", () => {
    const filter = repetitionPenalty(2, { window: 2 });
    expect(filter(table, [0, 1, 2])[0]).toBeCloseTo(table[0]!, 12);
    expect(filter(table, [0, 1, 2])[1]).toBeCloseTo(2 * table[1]!, 12);
  });

  test("changes nothing at 1, before anything came, and of what cannot come", () => {
    expect(repetitionPenalty(1)(table, [1])).toBe(table);
    expect(repetitionPenalty(2)(table, [])).toBe(table);
    expect(repetitionPenalty(2)([0, -Infinity], [1])[1]).toBe(-Infinity);
    expect(left(repetitionPenalty(2), [-Infinity, -Infinity])).toEqual([]);
  });

  test("refuses what is no penalty and no window", () => {
    expect(() => repetitionPenalty(0.9)).toThrow(
      new ValueError("repetitionPenalty: penalty must be finite and at least 1, got 0.9"),
    );
    expect(() => repetitionPenalty(1.2, { window: 0 })).toThrow(
      new ValueError("repetitionPenalty: window must be a whole number from 1 to 1024, got 0"),
    );
  });
});

describe("noRepeat", () => {
  const banned = (n: number, ids: readonly number[]) =>
    Array.from(noRepeat(n)(table, ids), (score, v) => (score === -Infinity ? v : -1)).filter((v) => v >= 0);

  test("takes out what would end a run of n tokens that came before", () => {
    expect(banned(2, [1, 2, 3, 1])).toEqual([2]);
    expect(banned(2, [1, 2, 1, 3, 1])).toEqual([2, 3]);
    expect(banned(3, [1, 2, 3, 1, 2])).toEqual([3]);
    expect(banned(3, [2, 2, 2])).toEqual([2]);
    expect(banned(3, [1, 2, 3, 4, 2])).toEqual([]);
    expect(banned(1, [4, 2, 4])).toEqual([2, 4]);
    expect(banned(2, [1])).toEqual([]);
    expect(banned(3, [])).toEqual([]);
    expect(noRepeat(0)(table, [1, 1, 1])).toBe(table);
  });

  test("looks back on the last 1024 tokens", () => {
    const far = [1, 2, ...new Array<number>(1022).fill(3), 1];
    expect(banned(2, far)).toEqual([]);
    expect(banned(2, [1, 2, ...far.slice(3)])).toEqual([2]);
  });

  test("refuses what is no count", () => {
    expect(() => noRepeat(-1)).toThrow(new ValueError("noRepeat: n must be a whole number from 0, got -1"));
  });
});
