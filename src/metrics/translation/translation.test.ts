import { describe, expect, test } from "vitest";
import { KindError, ValueError } from "../../base/index.ts";
import {
  approximateRandomization,
  bleu,
  bootstrap,
  chrf,
  corpusScore,
  modifiedPrecision,
  pairedBootstrap,
  sentenceScore,
  ter,
} from "../index.ts";
import { interval, pValue } from "./significance.ts";

const cut = (text: string) => text.split(" ");
const references = [cut("the cat is on the mat"), cut("there is a cat on the mat")];

describe("modified precision", () => {
  test("of seven times the: a reference has it twice, so 2 of 7 count", () => {
    expect(modifiedPrecision(cut("the the the the the the the"), references, 1)).toEqual({
      ngrams: [{ ngram: "the", count: 7, most: 2, clipped: 2 }],
      clipped: 2,
      total: 7,
      precision: 2 / 7,
    });
  });

  test("of pairs in the cat the cat on the mat: 4 of 6", () => {
    const found = modifiedPrecision(cut("the cat the cat on the mat"), references, 2);
    expect(found.ngrams).toEqual([
      { ngram: "the cat", count: 2, most: 1, clipped: 1 },
      { ngram: "cat the", count: 1, most: 0, clipped: 0 },
      { ngram: "cat on", count: 1, most: 1, clipped: 1 },
      { ngram: "on the", count: 1, most: 1, clipped: 1 },
      { ngram: "the mat", count: 1, most: 1, clipped: 1 },
    ]);
    expect(found.precision).toBe(4 / 6);
  });

  test("of a text shorter than n is 0 of 0", () => {
    expect(modifiedPrecision(["cat"], references, 2)).toEqual({ ngrams: [], clipped: 0, total: 0, precision: 0 });
  });
});

describe("a text metric", () => {
  test.each([bleu(), chrf(), chrf({ wordOrder: 2 })])("$name is 100 for the reference itself", (metric) => {
    const text = "a text of more than four words, with marks.";
    expect(sentenceScore(metric, text, text).score).toBeCloseTo(100, 9);
    expect(sentenceScore(metric, text, ["something else", text]).score).toBeCloseTo(100, 9);
  });

  test("TER counts a moved block as one edit", () => {
    expect(sentenceScore(ter(), "d e f a b c", "a b c d e f")).toEqual({
      score: 100 / 6,
      edits: 1,
      referenceLength: 6,
    });
  });

  test("refuses what is no corpus", () => {
    const score = (hypotheses: unknown, given: unknown) => () => corpusScore(bleu(), hypotheses as [], given as []);
    expect(score("a", ["a"])).toThrow(new KindError('BLEU: hypotheses and references must be lists, got "a"'));
    expect(score([], [])).toThrow(new ValueError("BLEU: needs at least 1 sentence, got 0"));
    expect(score(["a", "b"], ["a"])).toThrow(new ValueError("BLEU: needs references for each of 2 sentences, got 1"));
    expect(score([1], ["a"])).toThrow(new KindError("BLEU: hypotheses[0] must be text, got 1"));
    expect(score(["a"], [[]])).toThrow(new ValueError("BLEU: references[0] must hold at least 1 text, got 0"));
    expect(score(["a"], [[2]])).toThrow(new KindError("BLEU: references[0] must be text, got 2"));
  });
});

describe("significance", () => {
  const sentences = Array.from({ length: 40 }, (_, i) => `the ${i} cats sat on ${i % 7} mats in house ${i % 3}`);
  const worse = sentences.map((text, i) => (i % 4 === 0 ? text.replace("cats", "dogs").replace("mats", "rugs") : text));
  const slightly = sentences.map((text, i) => (i === 0 ? text.replace("cats", "dogs") : text));

  test("an interval holds the score, is the same for the same seed, and is narrow where all sentences are alike", () => {
    const found = bootstrap(bleu(), worse, sentences, { samples: 300 });
    expect(Math.abs(found.score - found.mean)).toBeLessThan(found.margin);
    expect(found.signature).toBe("nrefs:1|bs:300|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
    expect(bootstrap(bleu(), worse, sentences, { samples: 300 })).toEqual(found);
    expect(bootstrap(bleu(), sentences, sentences, { samples: 50 }).margin).toBeCloseTo(0, 9);
  });

  test.each([pairedBootstrap, approximateRandomization])("%o tells a clear difference from chance", (compare) => {
    const clear = compare(bleu(), sentences, worse, sentences, { samples: 400 });
    expect(clear.difference).toBeLessThan(0);
    expect(clear.p).toBeLessThan(0.02);
    expect(compare(bleu(), slightly, slightly, sentences, { samples: 100 })).toMatchObject({ difference: 0, p: 1 });
    expect(compare(bleu(), sentences, slightly, sentences, { samples: 400 }).p).toBeGreaterThan(0.05);
  });

  test("systems must have translated the same sentences", () => {
    expect(() => pairedBootstrap(bleu(), ["a"], ["a", "b"], ["a"])).toThrow(
      new ValueError("pairedBootstrap: both systems must have translated the same sentences, got 1 and 2"),
    );
  });

  test("intervals leave out one in forty at each end; p counts the difference found as one of the chances", () => {
    const scores = Array.from({ length: 80 }, (_, i) => (i * 37) % 80);
    expect(interval(scores)).toEqual({ mean: 39.5, margin: (77 - 2) / 2 });
    expect(pValue([1, 2, 3, 4], -3)).toBe(3 / 5);
  });
});
