import { describe, expect, test } from "vitest";
import { ticks, tickText } from "./ticks.ts";

describe("ticks", () => {
  test("are round numbers within the range", () => {
    expect(ticks("linear", 0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks("linear", -3, 97)).toEqual([0, 20, 40, 60, 80]);
    expect(ticks("linear", 0.1, 0.3, 4)).toEqual([0.1, 0.15, 0.2, 0.25, 0.3]);
    expect(ticks("linear", 1e9, 1.5e9)).toEqual([1e9, 1.1e9, 1.2e9, 1.3e9, 1.4e9, 1.5e9]);
  });

  test("of a log axis are powers of ten, or 1, 2 and 5 times them in a short range", () => {
    expect(ticks("log", 1e-3, 10)).toEqual([0.001, 0.01, 0.1, 1, 10]);
    expect(ticks("log", 3e-31, 1)).toEqual([1e-30, 1e-24, 1e-18, 1e-12, 1e-6, 1]);
    expect(ticks("log", 2, 90)).toEqual([2, 5, 10, 20, 50]);
    expect(ticks("log", 3, 4)).toEqual([3, 3.2, 3.4, 3.6, 3.8, 4]);
  });

  test("of an empty range are its only value", () => {
    expect(ticks("linear", 3, 3)).toEqual([3]);
  });

  test("are written short", () => {
    expect([0, 0.30000000000000004, 1e-6, 2.5e-7, 1200, 1e5, -0.002].map(tickText)).toEqual([
      "0",
      "0.3",
      "1e-6",
      "2.5e-7",
      "1200",
      "1e5",
      "-0.002",
    ]);
  });
});
