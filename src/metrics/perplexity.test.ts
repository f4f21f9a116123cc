import { describe, expect, test } from "vitest";
import { KindError, ValueError } from "../base/index.ts";
import { bitsPerCharacter, perplexity } from "./index.ts";

describe("perplexity", () => {
  test("of a fair choice among n is n", () => {
    for (const n of [1, 2, 27]) expect(perplexity(50 * Math.log(n), 50)).toBeCloseTo(n, 10);
  });

  test("stands for a loss too large to be exponentiated, and for one far too small", () => {
    expect(perplexity(710, 1)).toBe(Infinity);
    expect(perplexity(1e300, 1e300)).toBeCloseTo(Math.E, 12);
    expect(perplexity(0, 5)).toBe(1);
  });
});

test("bits per character of a fair coin is 1, whatever the tokens were", () => {
  expect(bitsPerCharacter(8 * Math.log(2), 8)).toBe(1);
  expect(bitsPerCharacter(8 * Math.log(4), 8)).toBe(2);
});

describe.each([
  ["perplexity", perplexity, "tokens"],
  ["bitsPerCharacter", bitsPerCharacter, "characters"],
] as const)("%s refuses", (where, metric, count) => {
  test("no count, no loss and other kinds", () => {
    expect(() => metric(1, 0)).toThrow(new ValueError(`${where}: ${count} must be more than 0, got 0`));
    expect(() => metric(Number.NaN, 1)).toThrow(new ValueError(`${where}: nats must be at least 0, got NaN`));
    expect(() => metric(-1, 1)).toThrow(new ValueError(`${where}: nats must be at least 0, got -1`));
    expect(() => metric("1" as never, 1)).toThrow(new KindError(`${where}: nats must be a number, got "1"`));
    expect(() => metric(1, undefined as never)).toThrow(
      new KindError(`${where}: ${count} must be a number, got undefined`),
    );
  });
});
