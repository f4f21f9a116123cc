import { describe, expect, test } from "vitest";
import type { BlameCase, BlameSettings, JudgedOutput } from "./blame.ts";
import { differences } from "./blame-differences.ts";
import { blamePage } from "./blame-page.ts";
import { blameReport } from "./blame-report.ts";
import { blameTables } from "./blame-tables.ts";
import type { Verdict } from "./blame-verdict.ts";

const settings = (beamSizes: number[], more: Partial<BlameSettings> = {}): BlameSettings => ({
  beamSizes,
  alpha: 0.7,
  normalisation: "length",
  coverage: 0,
  noRepeat: 0,
  minLength: 0,
  maxLength: null,
  certify: 0,
  ...more,
});

interface Made {
  readonly tag?: string;
  readonly length?: number;
  readonly output?: Partial<JudgedOutput>;
  readonly barrier?: BlameCase["references"][number]["barrier"];
  readonly optimum?: BlameCase["optimum"];
}

/** A case with these verdicts, one for each width of the beam. */
function made(verdicts: readonly Verdict[], { tag, length = 4, output, barrier = null, optimum = null }: Made = {}) {
  return {
    index: 0,
    source: "quelle",
    tag: tag ?? null,
    sourceLength: length,
    unknown: [],
    references: [{ text: "spring", logProb: -2, score: -0.5, length: 7, barrier }],
    outputs: verdicts.map((verdict, b) => ({
      beamSize: b + 1,
      text: verdict === "right" ? "spring" : "string",
      logProb: -1,
      score: -0.25,
      length: 7,
      end: "eos",
      verdict,
      byProbability: verdict,
      kind: verdict === "right" ? null : "other",
      reference: 0,
      isOptimal: "open",
      ...output,
    })),
    optimum,
  } satisfies BlameCase;
}

/** So many cases of a kind, one kind after the other, numbered. */
function several(...groups: [count: number, verdicts: Verdict[], more?: Made][]): BlameCase[] {
  return groups
    .flatMap(([count, verdicts, more]) => Array.from({ length: count }, () => made(verdicts, more)))
    .map((one, index) => ({ ...one, index }));
}

describe("the report", () => {
  const cases = several(
    [50, ["right", "right"]],
    [20, ["search", "right"]],
    [20, ["model", "model"]],
    [6, ["unreachable", "unreachable"], { barrier: "unknown" }],
    [4, ["undecided", "search"]],
  );
  const report = blameReport(cases, settings([1, 2]));

  test("counts each verdict at each width", () => {
    const [greedy, wide] = report.beams;
    expect(greedy).toMatchObject({ beamSize: 1, sources: 100, right: 50, wrong: 50, model: 20, search: 20 });
    expect(greedy).toMatchObject({ unreachable: 6, undecided: 4, barriers: { unknown: 6 }, turned: 0 });
    expect(wide).toMatchObject({ beamSize: 2, right: 70, wrong: 30, model: 20, search: 4, undecided: 0 });
    expect(report.bestBeam).toBe(2);
  });

  test("is told in tables", () => {
    expect(blameTables(report).map(({ head, rows }) => [head, ...rows])).toEqual([
      [
        ["beam", "right", "wrong", "model fault", "search fault", "neither"],
        ["1", "50.0 %", "50", "20   40.0 %", "20   40.0 %", "10"],
        ["2", "70.0 %", "30", "20   66.7 %", "4   13.3 %", "6"],
      ],
      [
        ["", "wrong", "share", "model fault", "search fault", "neither"],
        ["other", "30", "100.0 %", "20", "4", "6"],
      ],
    ]);
    expect(blameTables(report, { isNarrow: true, beamSize: 1 }).map(({ head, rows }) => [head, ...rows])).toEqual([
      [
        ["beam", "right", "wrong", "model", "search"],
        ["1", "50%", "50", "40%", "40%"],
        ["2", "70%", "30", "67%", "13%"],
      ],
      [
        ["", "wrong", "model", "search"],
        ["other", "50", "20", "20"],
      ],
    ]);
  });

  test("the best beam is the narrowest of those with the most right", () => {
    expect(blameReport(several([2, ["right", "right"]], [1, ["model", "model"]]), settings([1, 2])).bestBeam).toBe(1);
  });

  test("lengths are in up to five ranges that hold about as many", () => {
    const lengths = [1, 1, 1, 1, 2, 3, 4, 5, 6, 50];
    const [beam] = blameReport(
      lengths.map((length) => made(["model"], { length })),
      settings([1]),
    ).beams;
    expect(beam!.byLength.map(({ from, to, wrong }) => [from, to, wrong])).toEqual([
      [1, 1, 4],
      [2, 3, 2],
      [4, 5, 2],
      [6, 50, 2],
    ]);
  });

  test("tags come with the most wrong first", () => {
    const [beam] = blameReport(
      several([2, ["model"], { tag: "de" }], [3, ["model"], { tag: "fi" }], [4, ["right"], { tag: "en" }]),
      settings([1]),
    ).beams;
    expect(beam!.byTag.map(({ tag, wrong, sources }) => [tag, wrong, sources])).toEqual([
      ["fi", 3, 3],
      ["de", 2, 2],
      ["en", 0, 4],
    ]);
  });

  test("what is proved optimal is counted", () => {
    const optimum = { text: "string", logProb: -1, score: -0.25, length: 7, isCertified: true, isRight: false };
    const certified = blameReport(
      several(
        [3, ["model"], { optimum, output: { isOptimal: "yes" } }],
        [1, ["right"], { optimum: { ...optimum, isRight: true }, output: { isOptimal: "no" } }],
        [2, ["right"], { optimum: { ...optimum, isCertified: false } }],
      ),
      settings([5], { certify: 100 }),
    );
    expect(certified.certified).toEqual({ certified: 4, right: 1, found: 1 });
    expect(certified.beams[0]!.optimal).toEqual({ yes: 3, no: 1, open: 2 });
    expect(blameTables(certified)[0]).toMatchObject({
      head: ["beam", "right", "wrong", "model fault", "search fault", "neither", "optimal"],
      rows: [["5", "50.0 %", "3", "3  100.0 %", "0    0.0 %", "0", "75.0 %"]],
    });
  });
});

describe("advice", () => {
  const rules = (cases: readonly BlameCase[], beams = [1], more: Partial<BlameSettings> = {}) =>
    blameReport(cases, settings(beams, more)).advice.map(({ rule }) => rule);
  const texts = (cases: readonly BlameCase[], beams = [1], more: Partial<BlameSettings> = {}) =>
    blameReport(cases, settings(beams, more)).advice.map(({ text }) => text);
  const wrongOf = (kind: JudgedOutput["kind"]) => ({ output: { kind } });

  test("nothing is wrong", () => {
    expect(texts(several([3, ["right"]]))).toEqual(["Nothing is wrong: judge by more data, or harder ones."]);
  });

  test("few, from 1 to 29", () => {
    expect(texts(several([1, ["undecided"]], [9, ["right"]]))).toEqual([
      "Only 1 output is wrong: take the shares as rough, or judge by more data.",
    ]);
    expect(rules(several([29, ["undecided"]]))).toEqual(["few"]);
    expect(rules(several([30, ["undecided"]]))).toEqual([]);
  });

  test("widen, from 0.5 % of the sources and 6 of them", () => {
    const cases = (all: number, better: number) =>
      several([all - better, ["undecided", "undecided"]], [better, ["undecided", "right"]]);
    expect(texts(cases(1200, 6), [1, 10])).toEqual(["Search with beam 10: 0.5 % are right, at beam 1 0.0 %."]);
    expect(rules(cases(1201, 6), [1, 10])).toEqual([]);
    expect(rules(cases(100, 5), [1, 10])).toEqual([]);
    expect(rules(cases(100, 6), [1, 10])).toEqual(["widen"]);
  });

  test("search, from a third of the wrong outputs at the widest beam", () => {
    expect(texts(several([10, ["search"]], [20, ["undecided"]]), [100])).toEqual([
      "Even at beam 100 the search misses a reference that the model prefers in 33.3 % of the wrong outputs: search wider.",
    ]);
    expect(rules(several([10, ["search"]], [21, ["undecided"]]))).toEqual([]);
  });

  test("worse, where the widest beam is right less often", () => {
    expect(
      texts(
        several([70, ["right", "right"]], [10, ["right", "undecided"]], [30, ["undecided", "undecided"]]),
        [3, 100],
      ),
    ).toEqual([
      "Keep beam 3: beam 100 finds what the model prefers and is right less often (63.6 %, not 72.7 %). A better search only shows what the model has wrong.",
    ]);
  });

  test("model, from half of the wrong outputs", () => {
    expect(texts(several([15, ["model"]], [15, ["undecided"]]))).toEqual([
      "The model prefers its wrong output in 50.0 % of the cases, which a better search for the same score does not mend: train longer, on more data or with more regularisation, make the model larger, or let several translate together.",
    ]);
    expect(rules(several([14, ["model"]], [16, ["undecided"]]))).toEqual([]);
  });

  test.each([
    [
      "unknown",
      "the model does not know all of its tokens; use smaller ones, such as characters or bpe, or keep rarer ones",
    ],
    ["spelling", "the model's tokens cannot spell it; train with capitals, or with a tokenizer that keeps blanks"],
    ["length", "it is longer or shorter than an output may be; change minLength or maxLength"],
    ["repetition", "it repeats what noRepeat forbids; lower that"],
  ] as const)("unreachable, from a tenth of the wrong outputs: %s", (barrier, remedy) => {
    expect(texts(several([3, ["unreachable"], { barrier }], [27, ["undecided"]]))).toEqual([
      `In 10.0 % of the wrong outputs no search can find the reference: ${remedy}.`,
    ]);
    expect(rules(several([3, ["unreachable"], { barrier }], [28, ["undecided"]]))).toEqual([]);
  });

  test("normalisation, from a tenth of the wrong outputs", () => {
    const turned = { output: { byProbability: "search" } } as const;
    expect(texts(several([3, ["model"], turned], [27, ["undecided"]]))).toEqual([
      "In 10.0 % of the wrong outputs it is how length is made up for that decides who is to blame: try other values of alpha on data kept aside.",
    ]);
    expect(rules(several([3, ["model"], turned], [28, ["undecided"]]))).toEqual([]);
  });

  test.each([
    ["unknown-source", "come from sources with unknown tokens: use smaller tokens, or keep rarer ones"],
    ["spelling", "differ only in capitals or blanks: look whether the data are consistent there"],
    [
      "one-off",
      "are one token off: look whether the references are consistent there, and add more where several are right",
    ],
    ["repetition", "repeat themselves: search with noRepeat, or with coverage"],
    ["short", "are too short: raise alpha"],
    ["long", "are too long: lower alpha or maxLength"],
  ] as const)("kind, from a fifth of the wrong outputs: %s", (kind, remedy) => {
    expect(texts(several([6, ["undecided"], wrongOf(kind)], [24, ["undecided"]]))).toEqual([
      `20.0 % of the wrong outputs ${remedy}.`,
    ]);
    expect(rules(several([6, ["undecided"], wrongOf(kind)], [25, ["undecided"]]))).toEqual([]);
  });

  test("length, where the longest are wrong twice as often as the shortest", () => {
    const cases = (wrong: number) =>
      several(
        [90, ["right"], { length: 2 }],
        [10, ["undecided"], { length: 2 }],
        [100 - wrong, ["right"], { length: 9 }],
        [wrong, ["undecided"], { length: 9 }],
      );
    expect(texts(cases(20))).toEqual([
      "Long sources are worse: of those of 9 tokens 20.0 % are wrong, of those of 2 10.0 %. Train on more long pairs, or with attention.",
    ]);
    expect(rules(cases(20).slice(0, 199))).toEqual(["few"]);
  });

  test("tag, with half of the wrong outputs and twice its share", () => {
    const cases = (others: number) =>
      several(
        [15, ["undecided"], { tag: "fi" }],
        [15, ["undecided"], { tag: "en" }],
        [others, ["right"], { tag: "en" }],
      );
    expect(texts(cases(30))).toEqual([
      "50.0 % of the wrong outputs are of fi, with 25.0 % of the sources: train on more of it.",
    ]);
    expect(rules(cases(29))).toEqual([]);
  });

  test("certified, where anything is", () => {
    const optimum = { text: "string", logProb: -1, score: -0.25, length: 7, isCertified: true, isRight: true };
    expect(texts(several([3, ["undecided"], { optimum }], [27, ["undecided"]]), [4], { certify: 9 })).toEqual([
      "A perfect search would be right for 100.0 % of the sources whose best output is proved (3); beam 4 is for 0.0 % of them.",
    ]);
  });
});

describe("differences", () => {
  const marked = (reference: string, output: string) => {
    const found = differences(reference, output);
    const text = (parts: typeof found.output) =>
      parts.map((part) => (part.isOther ? `[${part.text}]` : part.text)).join("");
    return [text(found.reference), text(found.output)];
  };

  test("are marked on both sides", () => {
    expect(marked("2027-01-23", "2027-02-23")).toEqual(["2027-0[1]-23", "2027-0[2]-23"]);
    expect(marked("abc", "abxc")).toEqual(["abc", "ab[x]c"]);
    expect(marked("", "ab")).toEqual(["", "[ab]"]);
    expect(marked("👩 a", "👨 a")).toEqual(["[👩] a", "[👨] a"]);
  });

  test("are words in long texts", () => {
    const long = "the cat sat ".repeat(20);
    expect(marked(`${long}on a mat`, `${long}on the mat`)).toEqual([`${long}on [a ]mat`, `${long}on [the ]mat`]);
  });
});

test("the page holds every wrong output, and no text ends it", () => {
  const cases = several(
    [1, ["right"]],
    [1, ["model"], { output: { text: "</script><b>" } }],
    [1, ["search"], { tag: "<i>" }],
  );
  const html = blamePage("a <run>", blameReport(cases, settings([1])), cases);
  expect(html).toMatch(/^<!doctype html>/);
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  expect(html).toContain("<h1>a &lt;run&gt;</h1>");
  expect(html).not.toContain("<b>");
  const data = JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(html)![1]!);
  expect(data.examples.map(({ index }: { index: number }) => index)).toEqual([1, 2]);
  expect(data.examples[0].outputs[0]).toMatchObject({ text: "</script><b>", said: "model fault", gap: 0.25 });
});
