import { describe, expect, test } from "vitest";
import { ValueError } from "../../base/index.ts";
import { loadKernels } from "../../kernels/index.ts";
import { parameters } from "../../nn/index.ts";
import { Engine } from "../../tensor/index.ts";
import { gently, version } from "../../train/index.ts";
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

describe("figures", () => {
  const text = "the cat sat on the mat. ".repeat(20);
  const settings = languageModel.options.parse({ unit: "text", hiddenSize: 8, batchSize: 2, chunk: 8 });
  const modelWith = async (change: (bias: Float32Array | Float64Array) => void) => {
    const { build } = await loadKernels({ build: "wasm" });
    const { model } = languageModel.prepare(new Engine(build), "test", text, settings);
    change(parameters(model.network)["output.bias"]!.data);
    return model;
  };

  test("neither over- nor underflow: what no number holds is Infinity beside a loss that says it", async () => {
    const model = await modelWith((bias) => {
      bias.fill(-2000);
      bias[4] = 2000;
    });
    const found = model.evaluate(text);
    expect(found.loss).toBeGreaterThan(2000);
    expect(found.loss).toBeLessThan(4000);
    expect(found.perplexity).toBe(Infinity);
    expect(found.bitsPerCharacter).toBeCloseTo(found.loss / Math.LN2, 3);
  });

  test("of a model that has diverged are refused", async () => {
    const model = await modelWith((bias) => {
      bias.fill(Number.NaN);
    });
    expect(() => model.evaluate(text, "held-out.txt")).toThrow(
      new ValueError(
        "held-out.txt: the loss must be a number, is NaN; the weights of the model may have diverged in training",
      ),
    );
  });

  test.each([
    [{ unit: "lines" }, "unit:lines|tokenizer:characters|case:kept", "eos:counted|context:line"],
    [{ unit: "text" }, "unit:text|tokenizer:characters|case:kept", "eos:none|context:carried/2"],
    [
      { unit: "documents", tokenizer: "words", lowercase: true },
      "unit:documents|tokenizer:words|case:lower",
      "eos:counted|context:carried/2",
    ],
  ] as const)("are signed: %j", async (given, tokens, targets) => {
    const { build } = await loadKernels({ build: "wasm" });
    const options = languageModel.options.parse({ hiddenSize: 8, batchSize: 2, chunk: 8, ...given });
    const lines = text.split(". ").join(".\n\n");
    const { model } = languageModel.prepare(new Engine(build), "test", lines, options);
    const found = model.evaluate(lines);
    const parts = ["task:language-model", tokens, `vocabulary:${model.vocabulary.size}`, targets];
    expect(found.signature).toBe([...parts, "unknown:0.00%", `version:${version}`].join("|"));
  });
});
