import { afterEach, expect, test, vi } from "vitest";
import { breathe } from "./breathe.ts";

afterEach(() => vi.unstubAllGlobals());

test.each(["in Node", "in a browser"])("%s messages and timers that are due come through", async (where) => {
  if (where === "in a browser") vi.stubGlobal("setImmediate", undefined);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const start = performance.now();
  while (ticks < 3 && performance.now() - start < 5000) await breathe();
  clearInterval(timer);
  expect(ticks).toBe(3);
});
