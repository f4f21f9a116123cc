import { describe, expect, test } from "vitest";
import { type Table, tableTranslator } from "../../../test/table-translator.ts";
import { KindError, ValueError } from "../../base/index.ts";
import { Codec } from "../../text/index.ts";
import { type BlameOptions, blaming } from "./blame.ts";
import { errorKind } from "./blame-kinds.ts";
import { blame, blameReport } from "./blame-report.ts";
import { compareScores, judge } from "./blame-verdict.ts";
import { type Question, questionsOf } from "./questions.ts";

/** Greedy takes a, after which nothing is likely; b is followed by f for sure. */
const garden: Table = { "": { a: 0.6, b: 0.4 }, a: { c: 0.34, d: 0.33, e: 0.33 }, b: { f: 1 } };
/** Prefers cd, by far. */
const wrong: Table = { "": { c: 0.9, d: 0.1 }, c: { d: 1 }, d: { c: 1 } };
/** Ends early: the short is likelier, the long scores more once length is made up for. */
const short: Table = { "": { a: 0.5, b: 0.5 }, a: { "": 0.5, c: 0.5 }, b: { c: 0.6, d: 0.4 }, bc: { d: 0.8, e: 0.2 } };
const source = Codec.train(["xyzw"]);
const target = Codec.train(["abcdef"]);
const translator = tableTranslator({ x: garden, y: wrong, z: short, "?": wrong }, source, target);
const pairs = (...list: [source: string, ...references: string[]][]) =>
  questionsOf(list.flatMap(([from, ...references]) => references.map((to) => ({ source: from, target: to }))));
const blameAll = (model: typeof translator, questions: readonly Question[], options: BlameOptions = {}) => [
  ...blaming(model, questions, options),
];

describe("judge", () => {
  const scored = (score: number, logProb = score) => ({ score, logProb });

  test("blames the search where a reference scores more, the model where none does", () => {
    expect(judge(scored(-2), [scored(-1)])).toEqual({ verdict: "search", byProbability: "search" });
    expect(judge(scored(-1), [scored(-2)])).toEqual({ verdict: "model", byProbability: "model" });
    expect(judge(scored(-1), [])).toEqual({ verdict: "unreachable", byProbability: "unreachable" });
  });

  test("takes the best of several references", () => {
    expect(judge(scored(-2), [scored(-3), scored(-1)]).verdict).toBe("search");
    expect(judge(scored(-2), [scored(-3), scored(-4)]).verdict).toBe("model");
  });

  test("leaves undecided what is equal to the precision of the numbers", () => {
    expect(judge(scored(-2), [scored(-2 + 1e-7)]).verdict).toBe("undecided");
    expect(judge(scored(-2), [scored(-2 + 1e-4)]).verdict).toBe("search");
    expect(compareScores(-Infinity, -Infinity)).toBe(0);
    expect(compareScores(-Infinity, -3)).toBe(-1);
  });

  test("says where plain probability blames the other", () => {
    expect(judge(scored(-1, -4), [scored(-2, -3)])).toEqual({ verdict: "model", byProbability: "search" });
  });
});

describe("blame", () => {
  test("is the search's where it missed what the model prefers, and a wider beam finds it", () => {
    const [one] = blameAll(translator, pairs(["x", "bf"]), { beamSizes: [3, 1, 3] });
    expect(one).toMatchObject({ index: 0, source: "x", tag: null, sourceLength: 1, unknown: [], optimum: null });
    expect(one!.references).toEqual([
      { text: "bf", logProb: Math.log(0.4), score: Math.log(0.4) / 3 ** 0.7, length: 3, barrier: null },
    ]);
    const [greedy, wide] = one!.outputs;
    expect(greedy).toEqual({
      beamSize: 1,
      text: "ac",
      logProb: Math.log(0.6) + Math.log(0.34),
      score: (Math.log(0.6) + Math.log(0.34)) / 3 ** 0.7,
      length: 3,
      end: "eos",
      verdict: "search",
      byProbability: "search",
      kind: "other",
      reference: 0,
      isOptimal: "no",
    });
    expect(wide).toMatchObject({ beamSize: 3, text: "bf", verdict: "right", kind: null, isOptimal: "open" });
  });

  test("is the model's where it prefers its wrong output, at every width", () => {
    const [one] = blameAll(translator, pairs(["y", "dc"]), { beamSizes: [1, 10] });
    expect(one!.outputs.map(({ text, verdict }) => [text, verdict])).toEqual([
      ["cd", "model"],
      ["cd", "model"],
    ]);
  });

  test("compares with the best reference that can be found", () => {
    const [one] = blameAll(translator, pairs(["x", "ad", "zz", "bf"]), { beamSizes: [1] });
    expect(one!.references.map(({ barrier }) => barrier)).toEqual([null, "unknown", null]);
    expect(one!.outputs[0]).toMatchObject({ verdict: "search", reference: 2 });
    const [other] = blameAll(translator, pairs(["y", "dz", "Dc"]), { beamSizes: [1] });
    expect(other!.outputs[0]).toMatchObject({ verdict: "unreachable", reference: 0, kind: "unknown-reference" });
  });

  test("says why a reference cannot be found", () => {
    const small = tableTranslator({ y: wrong }, source, Codec.train(["abcdef"], { lowercase: true }));
    const barrier = (model: typeof small, reference: string, options = {}) =>
      blameAll(model, pairs(["y", reference]), { beamSizes: [1], ...options })[0]!.references[0]!.barrier;
    expect(barrier(translator, "dz")).toBe("unknown");
    expect(barrier(small, "Dc")).toBe("spelling");
    expect(barrier(translator, "dcdc", { maxLength: 4 })).toBe("length");
    expect(barrier(translator, "dcd", { maxLength: 4 })).toBe(null);
    expect(barrier(translator, "d", { minLength: 2 })).toBe("length");
    expect(barrier(translator, "dcdc", { noRepeat: 2 })).toBe("repetition");
    expect(barrier(translator, "dcd", { noRepeat: 2 })).toBe(null);
  });

  test("by plain probability another may be to blame", () => {
    const [one] = blameAll(translator, pairs(["z", "bcd"]), { beamSizes: [1] });
    const { text, verdict, byProbability } = one!.outputs[0]!;
    expect([text, verdict, byProbability]).toEqual(["a", "search", "model"]);
    const plain = blameAll(translator, pairs(["z", "bcd"]), { beamSizes: [1], normalisation: "none" });
    expect(plain[0]!.outputs[0]).toMatchObject({ verdict: "model", byProbability: "model" });
  });

  test("with an exact search says what is optimal", () => {
    const [x, y] = blameAll(translator, pairs(["x", "bf"], ["y", "dc"]), { beamSizes: [1, 3], certify: 50 });
    expect(x!.optimum).toMatchObject({ text: "bf", isCertified: true, isRight: true });
    expect(x!.outputs.map(({ isOptimal }) => isOptimal)).toEqual(["no", "yes"]);
    expect(y!.optimum).toMatchObject({ text: "cd", isCertified: true, isRight: false });
    expect(y!.outputs.map(({ isOptimal }) => isOptimal)).toEqual(["yes", "yes"]);
  });

  test("knows tokens that the model does not", () => {
    const [one] = blameAll(translator, pairs(["?", "dc"]), { beamSizes: [1] });
    expect(one).toMatchObject({ unknown: ["?"], outputs: [{ kind: "unknown-source" }] });
  });

  test("minds coverage as the search does", () => {
    const looking = {
      ...translator,
      attention: () => ({ weights: [Float64Array.of(0.5, 0), Float64Array.of(0.2, 1)] }),
    };
    const [one] = blameAll(looking, pairs(["x", "bf"]), { beamSizes: [1], coverage: 0.5, normalisation: "none" });
    expect(one!.references[0]!.score).toBeCloseTo(Math.log(0.4) + 0.5 * Math.log(0.7), 12);
  });

  test("one by one is as all at once", () => {
    const many = pairs(["x", "bf"], ["y", "dc"], ["z", "bcd"], ["?", "a"]);
    const each = many.flatMap((question, index) => blameAll(translator, [question]).map((one) => ({ ...one, index })));
    expect(blameAll(translator, many)).toEqual(each);
  });

  test("of pairs gives cases and their report", () => {
    const { report, cases } = blame(translator, [
      { source: "x", target: "bf" },
      { source: "x", target: "ad" },
      { source: "y", target: "dc", references: ["cc"] },
    ]);
    expect(cases.map(({ references }) => references.map(({ text }) => text))).toEqual([
      ["bf", "ad"],
      ["dc", "cc"],
    ]);
    expect(report).toEqual(blameReport(cases, report.settings));
    expect(report.beams.map(({ beamSize, right, model, search }) => [beamSize, right, model, search])).toEqual([
      [1, 0, 1, 1],
      [3, 1, 1, 0],
      [10, 1, 1, 0],
      [100, 1, 1, 0],
    ]);
    expect(() => blame(translator, [])).toThrow(new ValueError("blame: needs at least 1 pair to judge by, got 0"));
  });

  test("refuses what cannot be", () => {
    const refused =
      (options: object, model = translator) =>
      () =>
        blameAll(model, pairs(["x", "bf"]), options);
    expect(refused({ beamSizes: [0] })).toThrow(new ValueError("blame: beamSizes.0 must be at least 1, got 0"));
    expect(refused({ alpha: -1 })).toThrow(new ValueError("blame: alpha must be at least 0, got -1"));
    expect(refused({ beams: [1] })).toThrow(
      new ValueError(
        'blame: no option "beams"; it has beamSizes, alpha, normalisation, coverage, noRepeat, minLength, maxLength, certify',
      ),
    );
    expect(refused({ certify: "much" })).toThrow(new KindError('blame: certify must be a number, got "much"'));
  });
});

describe("the kind of an error", () => {
  const kind = (text: string, reference: string, isCut = false) =>
    errorKind({
      text,
      tokens: [...text],
      isCut,
      reference,
      referenceTokens: [...reference],
      hasUnknownSource: false,
      hasUnknownReference: false,
    });

  test.each([
    ["New York", "newyork", "spelling"],
    ["été", "e\u0301te\u0301", "spelling"],
    ["abcd", "abxd", "one-off"],
    ["abcd", "abd", "one-off"],
    ["aaab", "abcd", "repetition"],
    ["xyzxyz", "abcdef", "repetition"],
    ["xyxy", "abcd", "other"],
    ["xyxyxy", "abcdef", "repetition"],
    ["aaab", "aaacd", "other"],
    ["abc", "abxyz", "short"],
    ["abxyz", "abc", "long"],
    ["abcdefghij", "abcdefghijkl", "other"],
    ["acbd", "abcd", "other"],
    ["", "ab", "short"],
  ])("%s for %s: %s", (text, reference, expected) => {
    expect(kind(text, reference)).toBe(expected);
  });

  test("what was cut off is too long", () => {
    expect(kind("acbd", "abcd", true)).toBe("long");
  });
});
