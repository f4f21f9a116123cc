import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

test("tells a steady pace from the first step on, leaving out pauses", () => {
  const pace = new Pace(0);
  expect([pace.tokensPerSecond, pace.secondsFor(1)]).toEqual([0, Number.POSITIVE_INFINITY]);
  pace.count(50, 100);
  expect([pace.tokensPerSecond, pace.secondsFor(30)]).toEqual([500, 3]);
  pace.pause(900);
  for (let now = 1100; now <= 4000; now += 100) pace.count(50, now);
  expect(pace.tokensPerSecond).toBeCloseTo(500, 9);
  expect(pace.secondsFor(30)).toBeCloseTo(3, 9);
});

test("forgets half of an old pace in a second", () => {
  const pace = new Pace(0);
  pace.count(100, 1000);
  pace.count(200, 2000);
  expect(pace.tokensPerSecond).toBe(150);
});
