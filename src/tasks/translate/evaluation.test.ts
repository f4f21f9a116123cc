import { describe, expect, test } from "vitest";
import { type Table, tableTranslator } from "../../../test/table-translator.ts";
import { ValueError } from "../../base/index.ts";
import { bleu, bootstrap, corpusScore, errorRate, exactMatch, pairedBootstrap } from "../../metrics/index.ts";
import { Codec } from "../../text/index.ts";
import { metricNames, translating, translationScorer } from "./evaluation.ts";
import { questionsOf } from "./questions.ts";

const sentences = Array.from({ length: 30 }, (_, i) => `the ${i} cats sat on ${i % 7} mats in house ${i % 3}`);
const references = sentences.map((text, i) => (i % 5 === 0 ? [text, text.replace("cats", "dogs")] : [text]));
const worse = sentences.map((text, i) => (i % 3 === 0 ? text.replace("cats", "dogs") : text));

describe("scores", () => {
  test("are those of each metric by itself, with its interval", () => {
    const {
      metrics,
      sentences: count,
      severalReferences,
    } = translationScorer({
      metrics: [...metricNames],
      samples: 100,
      seed: 7,
    }).score(worse, references);
    expect([count, severalReferences, metrics.map(({ metric }) => metric)]).toEqual([30, 6, [...metricNames]]);
    const of = (name: string) => metrics.find(({ metric }) => metric === name)!;
    expect(of("exact").score).toBeCloseTo(100 * exactMatch(worse, references), 12);
    const { rate, substitutions, deletions, insertions, units } = errorRate(worse, references);
    expect(of("wer")).toMatchObject({ name: "WER", higherIsBetter: false });
    expect(of("wer").score).toBeCloseTo(100 * rate, 12);
    expect(of("wer").details).toEqual({ substitutions, deletions, insertions, units });
    expect(of("per").score).toBe(of("wer").score);
    expect(of("bleu").score).toBe(corpusScore(bleu(), worse, references).score);
    const { mean, margin, signature } = bootstrap(bleu(), worse, references, { samples: 100, seed: 7 });
    expect(of("bleu")).toMatchObject({ interval: { mean, margin }, signature });
  });

  test("by the first reference alone stand beside them, where some have more", () => {
    const first = sentences.map((text) => [text]);
    const [exact] = translationScorer({ metrics: ["exact"], samples: 0 }).score(worse, references).metrics;
    expect(exact).toMatchObject({ interval: null, signature: "nrefs:var|case:mixed" });
    expect(exact!.single).toBeCloseTo((100 * 20) / 30, 12);
    expect(exact!.score).toBeCloseTo((100 * 22) / 30, 12);
    expect(translationScorer({ metrics: ["exact"] }).score(worse, first).metrics[0]!.single).toBe(null);
  });

  test("compare two systems", () => {
    const scorer = translationScorer({ metrics: ["bleu", "ter", "bleu"], samples: 200 });
    const [byBleu, byTer, ...others] = scorer.compare(sentences, worse, references);
    expect(others).toEqual([]);
    const { difference, p, signature } = pairedBootstrap(bleu(), worse, sentences, references, { samples: 200 });
    expect(byBleu).toEqual({
      metric: "bleu",
      name: "BLEU",
      score: corpusScore(bleu(), sentences, references).score,
      other: corpusScore(bleu(), worse, references).score,
      ...{ difference, p, signature, better: "this" },
    });
    expect(byTer).toMatchObject({ metric: "ter", better: "this" });
    expect(byTer!.difference).toBeLessThan(0);
    expect(scorer.compare(worse, sentences, references).map(({ better }) => better)).toEqual(["other", "other"]);
  });

  test("are none by BLEU where every reference is shorter than four words", () => {
    const scorer = translationScorer({ metrics: ["bleu", "exact"], samples: 10 });
    const [byBleu, exact] = scorer.score(["a b c"], [["a b c"]]).metrics;
    expect(byBleu).toMatchObject({ metric: "bleu", score: null, interval: null, single: null });
    expect(exact!.score).toBe(100);
    expect(scorer.compare(["a b c"], ["a b"], [["a b c"]]).map(({ metric }) => metric)).toEqual(["exact"]);
    const [longer] = scorer.score(["a b c d"], [["a b c", "a b c d"]]).metrics;
    expect([longer!.score! > 99.9, longer!.single]).toEqual([true, null]);
    const byLetters = translationScorer({ metrics: ["bleu"], bleuTokenizer: "char", samples: 0 });
    expect(byLetters.score(["abcd"], [["abcd"]]).metrics[0]!.score).toBeCloseTo(100, 9);
  });

  test("refuse what cannot be", () => {
    expect(() => translationScorer({ metrics: [] })).toThrow(
      new ValueError("evaluate: metrics must be a list of at least 1, got []"),
    );
    expect(() => translationScorer({ samples: 0 }).compare(["a"], ["b"], [["a"]])).toThrow(
      new ValueError("evaluate: samples must be at least 1 to compare, got 0"),
    );
    expect(() => translationScorer().score(["a"], [])).toThrow(
      new ValueError("exact: needs references for each of 1 sentences, got 0"),
    );
  });
});

test("questions are sources with all of their references, each once", () => {
  expect(
    questionsOf([
      { source: "a", target: "x" },
      { source: "b", target: "y", references: ["z", "y"], tag: "de" },
      { source: "a", target: "w" },
      { source: "a", target: "x" },
      { source: "b", target: "v", tag: "fr" },
    ]),
  ).toEqual([
    { source: "a", references: ["x", "w"] },
    { source: "b", references: ["y", "z"], tag: "de" },
    { source: "b", references: ["v"], tag: "fr" },
  ]);
});

test("translating gives the best output of each source; a tag is told to models that know tags alone", () => {
  const table: Table = { "": { a: 0.6, b: 0.4 }, a: { c: 0.34, d: 0.33, e: 0.33 }, b: { f: 1 } };
  const translator = tableTranslator({ x: table }, Codec.train(["x"]), Codec.train(["abcdef"]));
  const asked: unknown[] = [];
  const noting = (tags: readonly string[]) => ({
    ...translator,
    sides: { ...translator.sides, facts: { ...translator.sides.facts, tags: [...tags] } },
    search: (texts: Parameters<typeof translator.search>[0], options = {}) => {
      asked.push(...texts);
      return translator.search(texts, options);
    },
  });
  const questions = [{ source: "x", references: ["y"], tag: "de" }];
  expect([...translating(noting([]), questions, { beamSize: 1 })]).toEqual(["ac"]);
  expect([...translating(noting(["de"]), questions, { beamSize: 3 })]).toEqual(["bf"]);
  expect(asked).toEqual([{ source: "x" }, { source: "x", tag: "de" }]);
});
