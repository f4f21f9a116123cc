import { describe, expect, test } from "vitest";
import { KindError, ValueError } from "../../base/index.ts";
import { type TranslationOptions, translationModel } from "../index.ts";
import { type PairData, preparePairs } from "./data.ts";
import type { ModelParts } from "./model-parts.ts";
import { type Pair, readPairs } from "./pair-corpus.ts";
import { type EncodedPairs, encodePairs } from "./pair-encoding.ts";

const settings = (options: TranslationOptions = {}) => translationModel.options.parse(options);
const prepare = (data: PairData, options: TranslationOptions = {}, parts: ModelParts | null = null) =>
  preparePairs("pairs", data, settings(options), parts);

/** The pairs of a part as texts, tags and all. */
function textsOf({ parts: { source, target, facts } }: EncodedPairs, part: EncodedPairs["training"] | undefined) {
  return (part?.windows ?? []).flatMap((count, index) => {
    const window = part!.window(index);
    return Array.from({ length: count }, (_, pair) => {
      const ids = Array.from(window.at(pair).source);
      const tag = facts.tags[ids[0]! - source.size];
      return `${tag === undefined ? "" : `<${tag}> `}${source.decode(tag === undefined ? ids : ids.slice(1))} -> ${target.decode(Array.from(window.at(pair).target))}`;
    });
  });
}

const many: Pair[] = Array.from({ length: 200 }, (_, i) => ({ source: `s${i % 120}`, target: `t${i}` }));

describe("pairs", () => {
  test("are split by their sources, and none is lost", () => {
    for (const limits of [{}, { hashes: 10 }]) {
      const given = settings({ validation: 0.2 });
      const encoded = encodePairs("pairs", readPairs("pairs", many, given, limits), given);
      const training = textsOf(encoded, encoded.training);
      const validation = textsOf(encoded, encoded.validation!.pairs);
      expect([...training, ...validation].sort()).toEqual(
        many.map(({ source, target }) => `${source} -> ${target}`).sort(),
      );
      const sources = (texts: string[]) => new Set(texts.map((text) => text.split(" ")[0]));
      expect([...sources(training)].filter((source) => sources(validation).has(source))).toEqual([]);
      expect(validation.length).toBeGreaterThan(20);
      expect(validation.length).toBeLessThan(70);
    }
  });

  test("that are kept aside are asked with all of their references", () => {
    const { validation } = prepare(many, { validation: 0.3 });
    for (const { source, references } of validation!.questions)
      expect([...references].sort()).toEqual(
        many.flatMap((pair) => (pair.source === source ? [pair.target] : [])).sort(),
      );
  });

  test("may be split already, and what is right counts though only the first is learned", () => {
    const training = [{ source: "a", target: "A", references: ["AA", "A"] }];
    const validation = [{ source: "a", target: "A", references: ["AA"] }];
    const all = prepare({ training, validation });
    expect(textsOf(all, all.training)).toEqual(["a -> A", "a -> AA"]);
    const first = prepare({ training, validation }, { references: "first" });
    expect(textsOf(first, first.training)).toEqual(["a -> A"]);
    expect(first.validation!.questions).toEqual([{ source: "a", references: ["A", "AA"] }]);
  });

  test("with the same source on lines of their own have several right targets too", () => {
    const pairs = many.map(({ source, target }) => ({ source, target }));
    const first = prepare(pairs, { references: "first", validation: 0.3 });
    expect(first.training.length + first.validation!.pairs.length).toBe(120);
    const all = prepare(pairs, { validation: 0.3 });
    expect(first.validation!.questions).toEqual(all.validation!.questions);
    expect(all.validation!.questions.some(({ references }) => references.length === 2)).toBe(true);
  });

  test("with tags read them before their sources; the model knows its tags", () => {
    const tagged = prepare(
      [
        { source: "a", target: "A", tag: "de" },
        { source: "a", target: "aa", tag: "fr" },
      ],
      { validation: 0 },
    );
    expect(tagged.parts.facts).toEqual({ tags: ["de", "fr"], longestSource: 1, longestTarget: 2, greatestRatio: 1.5 });
    expect(textsOf(tagged, tagged.training)).toEqual(["<de> a -> A", "<fr> a -> aa"]);
  });

  test("with an empty or a long side are left out with a count, or refused", () => {
    const pairs = [
      { source: " ", target: "x" },
      { source: "abc", target: "x" },
      { source: "ab", target: "xyz" },
      { source: "ab", target: "xy" },
    ];
    const limits = { maxSourceLength: 2, maxTargetLength: 2, validation: 0 };
    const prepared = prepare(pairs, limits);
    expect(textsOf(prepared, prepared.training)).toEqual(["ab -> xy"]);
    expect(prepared.notes).toEqual([
      "1 pair with an empty side is left out, at pair 1",
      "2 pairs longer than 2 tokens in the source or 2 in the target are left out, the first at pair 2",
    ]);
    const strictly = (from: number) => () => prepare(pairs.slice(from), { ...limits, strict: true });
    expect(strictly(0)).toThrow(
      new ValueError(
        "pairs: pair 1: source must hold text, is empty; fill it in, or leave such pairs out without strict",
      ),
    );
    expect(strictly(1)).toThrow(
      new ValueError(
        "pairs: pair 1: source must have at most 2 tokens, got 3; raise maxSourceLength, or leave such pairs out without strict",
      ),
    );
    expect(strictly(2)).toThrow(
      new ValueError(
        "pairs: pair 1: target must have at most 2 tokens, got 3; raise maxTargetLength, or leave such pairs out without strict",
      ),
    );
    expect(() => prepare(pairs.slice(0, 3), limits)).toThrow(
      new ValueError(
        "pairs: needs at least one pair of texts, got only 1 with an empty side and 2 longer than maxSourceLength = 2 or maxTargetLength = 2",
      ),
    );
  });

  test("that come again count each time, or once", () => {
    const pairs = ["a", "b", "a", "a"].map((source) => ({ source, target: "x" }));
    const kept = prepare(pairs, { validation: 0 });
    expect([kept.training.length, kept.notes]).toEqual([4, ["2 pairs come again, the first at pair 3"]]);
    const once = prepare(pairs.slice(0, 3), { validation: 0, duplicates: "drop" });
    expect([once.training.length, once.notes]).toEqual([2, ["1 pair that came before is left out, at pair 3"]]);
  });

  test("of bpe are left out by their tokens, of which a word may have several", () => {
    const pairs = Array.from({ length: 20 }, (_, i) => ({ source: i === 7 ? "zqxjkvw" : "aa aa", target: "bb" }));
    const options: TranslationOptions = { tokenizer: "bpe", vocabularySize: 261, maxSourceLength: 6, validation: 0 };
    expect(prepare(pairs, { ...options, duplicates: "drop" }).training.length).toBe(1);
    expect(prepare(pairs, options).notes).toEqual([
      "1 pair longer than 6 tokens in the source or 200 in the target is left out, at pair 8",
      "18 pairs come again, the first at pair 2",
    ]);
    expect(() => prepare(pairs, { ...options, strict: true })).toThrow(
      new ValueError(
        "pairs: pair 8: source must have at most 6 tokens, got 7; raise maxSourceLength, or leave such pairs out without strict",
      ),
    );
  });

  test("share a vocabulary where that is asked", () => {
    const { parts } = prepare(many, { sharedVocabulary: true, validation: 0 });
    expect(parts.source.vocabulary).toBe(parts.target.vocabulary);
    expect(parts.source.encode("st").length).toBe(2);
    expect(() => prepare(many, { sharedVocabulary: true, tokenizer: "words", targetTokenizer: "characters" })).toThrow(
      new ValueError(
        "train: sharedVocabulary needs one tokenizer for both sides, got words and characters; leave targetTokenizer out",
      ),
    );
  });

  test("have a fingerprint that differs with either side, the tags and where a side ends", () => {
    const print = (...pairs: Pair[]) => prepare(pairs, { validation: 0 }).fingerprint;
    const prints = [
      print({ source: "ab", target: "c" }),
      print({ source: "a", target: "bc" }),
      print({ source: "ab", target: "d" }),
      print({ source: "ab", target: "c", tag: "x" }),
      print({ source: "ab", target: "c", tag: "y" }),
      print({ source: "ab", target: "c" }, { source: "ab", target: "c" }),
    ];
    expect(new Set(prints).size).toBe(prints.length);
    expect(print({ source: "ab", target: "c" })).toBe(prints[0]);
  });

  test("have a fingerprint that differs with what is given to be kept aside", () => {
    const [a, b, c] = ["a", "b", "c"].map((text): Pair => ({ source: text, target: text }));
    const print = (training: Pair[], validation: Pair[]) => prepare({ training, validation }).fingerprint;
    const first = print([a!], [b!, c!]);
    expect(print([a!, b!], [c!])).not.toBe(first);
    expect(prepare([a!, b!, c!], { validation: 0 }).fingerprint).not.toBe(first);
    expect(print([a!], [b!, c!])).toBe(first);
  });

  test.each<[data: unknown, error: Error]>([
    [3, new KindError("pairs: the data must be a list of pairs { source, target }, got 3")],
    [["ab"], new KindError('pairs: pair 1 must be { source, target }, got "ab"')],
    [[{ source: "a" }], new KindError("pairs: pair 1: target must be text, got undefined")],
    [
      [{ source: "a", target: "b", references: "c" }],
      new KindError('pairs: pair 1: references must be a list of texts, got "c"'),
    ],
    [[], new ValueError("pairs: needs at least one pair of texts, got none")],
    [
      [
        { source: "a", target: "b", tag: "x" },
        { source: "a", target: "b" },
      ],
      new ValueError("pairs: pair 2: has no tag, but pair 1 has one; tag all pairs or none"),
    ],
    [
      [
        { source: "a", target: "b" },
        { source: "a", target: "b", tag: "x" },
      ],
      new ValueError("pairs: pair 2: has a tag, but pair 1 has none; tag all pairs or none"),
    ],
    [[{ source: "a", target: "b", tag: " " }], new ValueError("pairs: pair 1: tag must hold text, is empty")],
    [
      { training: [], validation: [{ source: "a", target: "b" }] },
      new ValueError("pairs: needs a pair to train on, but all are kept aside; give some to train on"),
    ],
  ])("are refused: %#", (data, error) => {
    expect(() => prepare(data as PairData)).toThrow(error);
  });

  test("that wait for evaluations need something to evaluate", () => {
    expect(() => prepare(many, { validation: 0, patience: 3 })).toThrow(
      new ValueError("train: patience needs evaluations, but no data are kept aside; raise validation"),
    );
    expect(() => prepare(many, { evaluateEvery: 0, metric: "exactMatch" })).toThrow(
      new ValueError("train: metric exactMatch needs evaluations, but evaluateEvery is 0"),
    );
  });
});
