import { beforeAll, describe, expect, test } from "vitest";
import { EOS, KindError, Random, ValueError } from "../../base/index.ts";
import { describeBuilds, loadKernels } from "../../kernels/index.ts";
import { Engine } from "../../tensor/index.ts";
import { type LanguageModel, type LanguageModelOptions, languageModel } from "./index.ts";

const random = new Random(5);
const words = Array.from({ length: 120 }, () =>
  Array.from({ length: 2 + random.integer(5) }, () => "aeiklnost"[random.integer(9)]).join(""),
);
const small: LanguageModelOptions = { hiddenSize: 16, embeddingSize: 8, epochs: 3, maxLength: 12, rate: 0.02 };
const builds = (await describeBuilds()).filter(({ isas }) => isas.length > 0).map(({ name }) => name);

async function all(pieces: AsyncIterable<string>): Promise<string[]> {
  const taken: string[] = [];
  for await (const piece of pieces) taken.push(piece);
  return taken;
}

describe.each(builds)("a language model on the %s kernels", (build) => {
  const train = (options: LanguageModelOptions = {}) =>
    languageModel.train(words, { ...small, ...options, kernels: { build } });
  let model: LanguageModel;
  beforeAll(async () => {
    model = await train();
  });

  test("is the same to the bit for the same seed, and another for another", async () => {
    const again = await train();
    expect(again.toBytes()).toEqual(model.toBytes());
    expect((await train({ seed: 2 })).toBytes()).not.toEqual(model.toBytes());
  });

  test("has learned: it beats a fresh one, which guesses", async () => {
    const { build: kernels } = await loadKernels({ build });
    const fresh = languageModel.prepare(new Engine(kernels), "test", words, model.settings).model;
    const guess = Math.log(model.vocabulary.size);
    expect(fresh.evaluate(words).loss).toBeGreaterThan(0.95 * guess);
    expect(model.evaluate(words).loss).toBeLessThan(0.92 * guess);
  });

  test("judges a text by the logarithm of its probability", () => {
    const [text] = ["kano"];
    const ids = [2, ...model.vocabulary.encode([...text]), EOS];
    let nats = 0;
    for (let t = 1; t < ids.length; t++) {
      const { logits } = model.network.next({ ids: Int32Array.from(ids.slice(0, t)), shape: [t, 1] }, null);
      const scores = Array.from(logits.data);
      const most = Math.max(...scores);
      nats -= scores[ids[t]!]! - most - Math.log(scores.reduce((sum, x) => sum + Math.exp(x - most), 0));
    }
    const found = model.evaluate([text]);
    expect(found.loss).toBeCloseTo(nats / 5, 4);
    expect(found).toMatchObject({ tokens: 5, characters: 5, unknown: 0 });
    expect(found.perplexity).toBeCloseTo(Math.exp(nats / 5), 3);
    expect(found.bitsPerCharacter).toBeCloseTo(nats / 5 / Math.LN2, 4);
  });

  test("judges many lines as it judges each alone", () => {
    const lines = ["a", "kano", "nelokasti", "ot"];
    const alone = lines.map((line) => model.evaluate([line]));
    const nats = alone.reduce((sum, { loss, tokens }) => sum + loss * tokens, 0);
    const tokens = alone.reduce((sum, found) => sum + found.tokens, 0);
    const together = model.evaluate(lines);
    expect(together.tokens).toBe(tokens);
    expect(together.loss).toBeCloseTo(nats / tokens, 5);
  });

  test("is all in one file", async () => {
    const bytes = model.toBytes();
    const again = await languageModel.load(bytes, { build });
    expect(again.toBytes()).toEqual(bytes);
    expect(again.settings).toEqual(model.settings);
    expect(again.generate({ samples: 20 })).toEqual(model.generate({ samples: 20 }));
    expect(again.evaluate(words)).toEqual(model.evaluate(words));
  });

  test("draws the same for the same seed, and others for another", () => {
    expect(model.generate({ seed: 4 })).toEqual(model.generate({ seed: 4 }));
    expect(model.generate({ seed: 4 })).not.toEqual(model.generate({ seed: 5 }));
  });

  test("draws each text as though alone", async () => {
    const many = model.generate({ samples: 300, seed: 9 });
    expect(many.length).toBe(300);
    expect(model.generate({ samples: 1, seed: 9 })).toEqual(many.slice(0, 1));
    expect(model.generate({ samples: 257, seed: 9 })).toEqual(many.slice(0, 257));
    expect((await all(model.stream({ seed: 9, prompt: "ka" }))).join("")).toBe(
      model.generate({ samples: 1, seed: 9, prompt: "ka" })[0]!.slice(2),
    );
  });

  test("obeys what it is told of drawing", () => {
    for (const text of model.generate({ samples: 50, maxLength: 3, prompt: "so" })) expect(text).toMatch(/^so.{0,3}$/);
    const likeliest = model.generate({ samples: 1, temperature: 0 });
    expect(model.generate({ samples: 2, temperature: 0, seed: 8 })).toEqual([...likeliest, ...likeliest]);
    expect(model.generate({ samples: 1, topK: 1, seed: 3 })).toEqual(likeliest);
    expect(model.generate({ samples: 1, topP: 1e-9, seed: 3 })).toEqual(likeliest);
    const bold = new Set(model.generate({ samples: 100, temperature: 5 })).size;
    const shy = new Set(model.generate({ samples: 100, temperature: 0.3 })).size;
    expect(bold).toBeGreaterThan(shy);
  });
});

test("every kernel build comes to about the same model", async () => {
  const losses = await Promise.all(
    builds.map(
      async (build) => (await languageModel.train(words, { ...small, kernels: { build } })).evaluate(words).loss,
    ),
  );
  for (const loss of losses) expect(Math.abs(loss - losses[0]!)).toBeLessThan(0.02);
});

describe("the unknown token", () => {
  test("is drawn only where it is allowed", async () => {
    const odd = words.map((word, i) => `${word}${String.fromCodePoint(0x4e00 + i)}`);
    const model = await languageModel.train(odd, { ...small, minCount: 2, kernels: { build: "wasm" } });
    expect(model.vocabulary.unknownCount).toBeGreaterThan(100);
    expect(model.generate({ samples: 200, temperature: 1 }).join("").includes("<unk>")).toBe(false);
    expect(model.generate({ samples: 200, temperature: 1, unknown: true }).join("").includes("<unk>")).toBe(true);
    expect(model.evaluate(["ka\u7fff"]).unknown).toBe(1);
  });
});

describe("a running text", () => {
  let model: LanguageModel;
  beforeAll(async () => {
    const text = words.join(" ");
    model = await languageModel.train(text, { ...small, unit: "text", batchSize: 4, kernels: { build: "wasm" } });
  });

  test("begins with a word, and is as long as was asked for", () => {
    const texts = model.generate({ samples: 20, maxLength: 30 });
    for (const text of texts) {
      expect(text.length).toBe(30);
      expect(text).toMatch(/^\S/);
    }
    expect(model.generate().length).toBe(1);
  });

  test("goes on from a prompt", () => {
    for (const text of model.generate({ samples: 5, maxLength: 9, prompt: "ka" })) expect(text).toMatch(/^ka.{9}$/);
  });

  test.each(["", "ka"])("is the same when it is streamed (prompt %j)", async (prompt) => {
    for (const seed of [1, 2, 3]) {
      const options = { seed, maxLength: 25, prompt };
      expect([prompt, ...(await all(model.stream(options)))].join("")).toBe(
        model.generate({ ...options, samples: 1 })[0],
      );
    }
  });
});

describe("options of generate are refused", () => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await languageModel.train(words, { ...small, epochs: 1, kernels: { build: "wasm" } });
  });

  test("when there is no such option, or no such value", () => {
    expect(() => model.generate({ temprature: 1 } as never)).toThrow(
      new ValueError('generate: no option "temprature"; did you mean "temperature"?'),
    );
    expect(() => model.generate({ samples: 0 })).toThrow(new ValueError("generate: samples must be at least 1, got 0"));
    expect(() => model.generate({ prompt: 7 as never })).toThrow(new KindError("generate: prompt must be text, got 7"));
  });

  test("and a text of nothing cannot be judged", () => {
    expect(() => model.evaluate([])).toThrow(
      new ValueError("evaluate: needs at least one line that is not empty, got none"),
    );
  });
});
