import { expect, test } from "vitest";
import { loadKernels } from "../../kernels/index.ts";
import { Engine } from "../../tensor/index.ts";
import { gently } from "../../train/index.ts";
import { languageModel } from "./index.ts";

test("a long evaluation lets the event loop run", async () => {
  const { build } = await loadKernels({ build: "reference" });
  const text = "the cat sat on the mat and the dog did not. ".repeat(400);
  const settings = languageModel.options.parse({ unit: "text", hiddenSize: 24, batchSize: 4, chunk: 32 });
  const { model } = languageModel.prepare(new Engine(build), "test", text, settings);
  const ticks = { longest: 0, last: performance.now() };
  const timer = setInterval(() => {
    const now = performance.now();
    ticks.longest = Math.max(ticks.longest, now - ticks.last);
    ticks.last = now;
  }, 5);
  const began = performance.now();
  const found = await gently(model.judge(model.encode(text, "test")));
  const took = performance.now() - began;
  clearInterval(timer);
  expect(found).toEqual(model.evaluate(text));
  expect(took).toBeGreaterThan(150);
  expect(ticks.longest).toBeLessThan(took / 2);
});
