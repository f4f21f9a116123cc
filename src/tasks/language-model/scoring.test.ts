import { beforeAll, describe, expect, test } from "vitest";
import { BOS, EOS, KindError, Random, ValueError } from "../../base/index.ts";
import { loadKernels } from "../../kernels/index.ts";
import { parameters } from "../../nn/index.ts";
import { Engine } from "../../tensor/index.ts";
import { type LanguageModel, type LanguageModelOptions, languageModel } from "./index.ts";

const random = new Random(3);
const words = Array.from({ length: 80 }, () =>
  Array.from({ length: 2 + random.integer(7) }, () => "aeiklnost"[random.integer(9)]).join(""),
);
const small: LanguageModelOptions = { hiddenSize: 16, embeddingSize: 8, epochs: 2, rate: 0.02 };

/** The log-probability of each token by the definition: a softmax over the logits after all before it. */
function byHand(model: LanguageModel, begin: number, ids: readonly number[]): number[] {
  return ids.map((id, t) => {
    const before = [begin, ...ids.slice(0, t)];
    const { logits } = model.network.next({ ids: Int32Array.from(before), shape: [before.length, 1] }, null);
    const scores = Array.from(logits.data);
    const most = Math.max(...scores);
    return scores[id]! - most - Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0));
  });
}

describe("a score", () => {
  let lines: LanguageModel;
  let text: LanguageModel;
  beforeAll(async () => {
    lines = await languageModel.train(words, { ...small, kernels: { build: "wasm" } });
    const given = { ...small, unit: "text", batchSize: 4, kernels: { build: "wasm" } } as const;
    text = await languageModel.train(words.join(" "), given);
  });

  test("of a line is the logarithm of its probability, its end included", () => {
    const score = lines.score("kalo");
    const expected = byHand(lines, BOS, [...lines.vocabulary.encode([..."kalo"]), EOS]);
    expect(score.tokens.map(({ text, kind }) => [text, kind])).toEqual([
      ["k", "token"],
      ["a", "token"],
      ["l", "token"],
      ["o", "token"],
      ["", "end"],
    ]);
    score.tokens.forEach(({ nats }, t) => {
      expect(nats).toBeCloseTo(-expected[t]!, 4);
    });
    const sum = expected.reduce((total, logProb) => total + logProb, 0);
    expect(score.logProb).toBeCloseTo(sum, 4);
    expect(score.loss).toBeCloseTo(-sum / 5, 4);
    expect(score.perplexity).toBeCloseTo(Math.exp(-sum / 5), 3);
    expect(score.bitsPerCharacter).toBeCloseTo(-sum / 5 / Math.LN2, 4);
    expect(score.loss).toBeCloseTo(lines.evaluate(["kalo"]).loss, 5);
  });

  test("of a running text is that of what stands after a line break, without an end", () => {
    const score = text.score("kalo");
    // The text has no line break: its most frequent token, which is the first, stands for one.
    const expected = byHand(text, 4, [...text.vocabulary.encode([..."kalo"])]);
    expect(score.tokens.length).toBe(4);
    expect(score.logProb).toBeCloseTo(
      expected.reduce((total, logProb) => total + logProb, 0),
      4,
    );
  });

  test("of all possible lines sums to one", async () => {
    const tiny = await languageModel.train(["a", "ab", "b"], { ...small, epochs: 30, kernels: { build: "wasm" } });
    const all = [""];
    for (let from = 0, length = 0; length < 7; length++) {
      const to = all.length;
      for (; from < to; from++) all.push(`${all[from]}a`, `${all[from]}b`);
    }
    const likely = [...tiny.scoreAll(all)].reduce((sum, { logProb }) => sum + Math.exp(logProb), 0);
    // What is left goes to longer lines and to UNK, PAD and BOS.
    expect(likely).toBeLessThan(1 + 1e-6);
    expect(likely).toBeGreaterThan(0.8);
  });

  test("is the same for many lines as for each alone, however long", () => {
    const many = ["kalo", "", ...words, "tone".repeat(150), "x", "tone".repeat(65), "sik"];
    const together = [...lines.scoreAll(many)];
    expect(together.map(({ text }) => text)).toEqual(many);
    many.forEach((line, i) => {
      const alone = lines.score(line);
      expect(together[i]!.tokens.length).toBe(line.length + 1);
      expect(together[i]!.logProb / alone.logProb).toBeCloseTo(1, 5);
    });
    const long = lines.score("tone".repeat(150));
    const expected = byHand(lines, BOS, [...lines.vocabulary.encode([..."tone".repeat(150)]), EOS]);
    expect(long.logProb).toBeCloseTo(
      expected.reduce((sum, logProb) => sum + logProb, 0),
      1,
    );
  });

  test("takes and gives texts as the work goes on", () => {
    let taken = 0;
    function* endless() {
      for (;;) {
        taken++;
        yield "kalo";
      }
    }
    const scores = lines.scoreAll(endless());
    for (let i = 0; i < 600; i++) expect(scores.next().value!.text).toBe("kalo");
    expect(taken).toBeLessThan(2000);
  });

  test("tells what the model does not know, and how it is written", () => {
    const { tokens, unknown } = lines.score("k7Z");
    expect(tokens.map(({ text, kind }) => [text, kind])).toEqual([
      ["k", "token"],
      ["7", "unknown"],
      ["Z", "unknown"],
      ["", "end"],
    ]);
    expect(unknown).toBe(2);
  });

  test("of thousands of unlikely tokens neither over- nor underflows", async () => {
    const { build } = await loadKernels({ build: "wasm" });
    const { model } = languageModel.prepare(new Engine(build), "test", words, lines.settings);
    // Every token has a logit of about -40 below that of another.
    const bias = parameters(model.network)["output.bias"]!;
    bias.data.fill(-40);
    bias.data[4] = 40;
    const [frequent] = model.vocabulary.decode([4]);
    const rare = model.vocabulary.decode([9])[0]!;
    const score = model.score(rare.repeat(4000));
    expect(score.logProb).toBeLessThan(-300_000);
    expect(score.logProb).toBeGreaterThan(-340_000);
    expect(score.perplexity).toBeCloseTo(Math.exp(score.loss), -30);
    expect(Number.isFinite(score.perplexity)).toBe(true);
    expect(model.score(frequent!.repeat(4000)).perplexity).toBeGreaterThanOrEqual(1);
  });

  test("of what is no text, of nothing, and by a model that has diverged is refused", () => {
    expect(() => lines.score(3 as never)).toThrow(new KindError("score: text 1 must be text, got 3"));
    expect(() => text.score("")).toThrow(new ValueError('score: text 1 must hold at least one token, got ""'));
    parameters(text.network)["output.bias"]!.data.fill(Number.NaN);
    expect(() => text.score("ka")).toThrow(
      new ValueError(
        'score: the probability of "ka" must be a number, is NaN; the weights of the model may have diverged in training',
      ),
    );
  });
});

describe("what may come next", () => {
  test("is ranked, and its probabilities are those of the model", async () => {
    const model = await languageModel.train(words, { ...small, kernels: { build: "wasm" } });
    const ranked = model.next("ka", { top: 100 });
    expect(ranked.map(({ probability }) => probability)).toEqual(
      ranked.map(({ probability }) => probability).toSorted((a, b) => b - a),
    );
    const ids = [...model.vocabulary.encode(["k", "a"])];
    for (const { id, logProb, probability, text, kind } of ranked) {
      expect(logProb).toBeCloseTo(byHand(model, BOS, [...ids, id])[2]!, 4);
      expect(probability).toBeCloseTo(Math.exp(logProb), 12);
      expect([text, kind]).toEqual(
        id === EOS ? ["", "end"] : id === 1 ? ["", "unknown"] : [model.vocabulary.token(id), "token"],
      );
    }
    // All but PAD and BOS.
    expect(ranked.length).toBe(model.vocabulary.size - 2);
    expect(model.next("ka", { top: 3 })).toEqual(ranked.slice(0, 3));
    expect(model.next("ka").length).toBe(10);
  });
});
