import { expect, test } from "vitest";
import { reference } from "./index.ts";

const ones = (N: number) => new Float64Array(N).fill(1);
const masked = (N: number, rate: number, seed: number) => {
  const y = new Float64Array(N).fill(Number.NaN);
  reference.dropout({ N, rate, seed, x: ones(N), y });
  return y;
};
const dropped = (y: Float64Array) => y.reduce((count, value) => count + (value === 0 ? 1 : 0), 0);

test.each([0.1, 0.5, 0.9])("rate %d drops that share, and keeps the mean", (rate) => {
  const N = 100_000;
  for (const seed of [0, 1, -1, 123456789]) {
    const y = masked(N, rate, seed);
    const deviation = Math.sqrt(rate * (1 - rate) * N);
    expect(Math.abs(dropped(y) - rate * N)).toBeLessThan(4 * deviation);
    expect(new Set(y)).toEqual(new Set([0, 1 / (1 - rate)]));
    const mean = y.reduce((sum, value) => sum + value, 0) / N;
    expect(Math.abs(mean - 1)).toBeLessThan((4 * deviation) / (1 - rate) / N);
  }
});

test("rate 0 keeps every element as it is, rate 1 drops every one, even NaN", () => {
  const x = Float64Array.of(1, -2, Number.POSITIVE_INFINITY, Number.NaN);
  const [all, none] = [ones(4), ones(4)];
  reference.dropout({ N: 4, rate: 0, seed: 3, x, y: all });
  reference.dropout({ N: 4, rate: 1, seed: 3, x, y: none });
  expect(all).toEqual(x);
  expect([...none]).toEqual([0, 0, 0, 0]);
});

test("the same seed drops the same elements, at any length; another seed drops others", () => {
  const long = masked(1000, 0.5, 42);
  expect(masked(1000, 0.5, 42)).toEqual(long);
  expect(masked(10, 0.5, 42)).toEqual(long.slice(0, 10));
  for (const seed of [43, -42, 0, 2 ** 31 - 1]) {
    const other = masked(1000, 0.5, seed);
    const differing = long.reduce((count, value, n) => count + (value === other[n] ? 0 : 1), 0);
    expect(Math.abs(differing - 500)).toBeLessThan(4 * Math.sqrt(250));
  }
});

test("a higher rate drops what a lower one does, and more", () => {
  const [low, high] = [masked(1000, 0.3, 5), masked(1000, 0.6, 5)];
  low.forEach((value, n) => {
    if (value === 0) expect(high[n]).toBe(0);
  });
  expect(dropped(high)).toBeGreaterThan(dropped(low));
});

test("neighbours are dropped independently of one another", () => {
  const N = 100_000;
  const y = masked(N, 0.5, 6);
  for (const apart of [1, 2, 3, 64, 128, 1024]) {
    let both = 0;
    for (let n = apart; n < N; n++) if (y[n] === 0 && y[n - apart] === 0) both++;
    expect(Math.abs(both / (N - apart) - 0.25)).toBeLessThan(0.01);
  }
});

test("the choice is the one that a Python program of the same formula makes", () => {
  const choices = (seed: number) => [...masked(32, 0.5, seed)].map((value) => (value === 0 ? "-" : "x")).join("");
  expect(choices(0)).toBe("--xx---xx--x--xx-xx--x-xx-xx--xx");
  expect(choices(1)).toBe("-x-xx----xxx--xxx-x--x--x-xx-xxx");
  expect(choices(-1)).toBe("--x---x--xxxxx---xxxx--xxx-x--xx");
});
