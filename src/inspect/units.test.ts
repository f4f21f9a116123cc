import { describe, expect, test } from "vitest";
import { exactEngine } from "../../test/engines.ts";
import { freshModel } from "../../test/inspected-model.ts";
import { KindError, Random, ValueError } from "../base/index.ts";
import { areaUnderCurve, correlation, ranks } from "./association.ts";
import { type Activations, activations, findUnits, labelsOf, probe, type Reading, unitAlong } from "./index.ts";
import { ridgeRegression } from "./ridge.ts";

/** A text read character by character. */
function reading(text: string, begins = [0]): Reading {
  const signs = [...text];
  let end = 0;
  const ends = signs.map((sign) => {
    end += sign.length;
    return end;
  });
  return { text, tokens: signs, ids: new Int32Array(signs.length), ends: Int32Array.from(ends), begins };
}

describe("trackers", () => {
  const track = (what: string, text: string) => Array.from(labelsOf(reading(text), what).values).join("");

  test.each([
    ["quotes", 'a "bc" d', "00111000"],
    ["quotes", "a “b” «c» d", "00110011000"],
    ["quotes", '"ab\n\nc"d', "11110011"],
    ["brackets", "a(b[c])d)e(", "01122100001"],
    ["line-position", "ab\ncd\n\ne", "12012001"],
    ["word-position", "it's a 1b!", "1234010120"],
    ["uppercase", "A bCD EFg I", "00011011000"],
    ["after:in", "a in b\nc", "00011100"],
    ["regex:b+", "abbcab", "011001"],
    ["regex:^\\w", "ab\ncd", "10010"],
    ["regex:\\p{Lu}", "aÉb", "010"],
  ])("%s in %j", (what, text, wanted) => {
    expect(track(what, text)).toBe(wanted);
  });

  test("begin anew with each line that is read by itself, and say what holds once a token was read", () => {
    // "ab" and "a c" are lines; the tokens of the second are "a " and "c".
    const lines: Reading = {
      text: 'a"\na c',
      tokens: ["a", '"', "a ", "c"],
      ids: new Int32Array(4),
      ends: Int32Array.of(1, 2, 5, 6),
      begins: [0, 2],
    };
    expect(Array.from(labelsOf(lines, "quotes").values)).toEqual([0, 1, 0, 0]);
    expect(Array.from(labelsOf(lines, "line-position").values)).toEqual([1, 2, 2, 3]);
    expect(Array.from(labelsOf(lines, "word-position").values)).toEqual([1, 0, 0, 1]);
  });

  test("may be one's own, or the labels themselves", () => {
    function vowels(text: string) {
      return Float64Array.from(text, (sign) => ("aeiou".includes(sign) ? 1 : 0));
    }
    expect(labelsOf(reading("abe"), vowels)).toEqual({ name: "vowels", values: Float64Array.of(1, 0, 1) });
    expect(labelsOf(reading("ab"), { name: "mine", values: [3, 4] })).toEqual({ name: "mine", values: [3, 4] });
  });

  test("refuse what cannot be", () => {
    const refusal = (what: unknown) => () => labelsOf(reading("ab"), what as string);
    const list = "quotes, brackets, line-position, word-position, uppercase, after:<text> or regex:<pattern>";
    expect(refusal("quote")).toThrow(
      new ValueError(`find: must be one of ${list}, got "quote"; did you mean "quotes"?`),
    );
    expect(refusal("after:")).toThrow(new ValueError(`find: must be one of ${list}, got "after:"`));
    expect(refusal("regex:(")).toThrow(
      new ValueError("find: regex must be a regular expression, got /(/gmu: Unterminated group"),
    );
    expect(refusal(3)).toThrow(new KindError("find: must be a tracker, its name or labels, got 3"));
    expect(refusal({ name: "mine", values: [1] })).toThrow(
      new ValueError("find: mine must hold one number for each of the 2 tokens, got 1"),
    );
    expect(refusal({ name: "mine", values: [1, Number.NaN] })).toThrow(
      new ValueError("find: mine[1] must be a number, got NaN"),
    );
  });
});

describe("association", () => {
  test("correlation is Pearson's", () => {
    // Anscombe's first set: 0.81642.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    expect(correlation(x, y)).toBeCloseTo(0.81642, 5);
    expect(
      correlation(
        x,
        y.map((v) => 5 - 2 * v),
      ),
    ).toBeCloseTo(-0.81642, 5);
    expect(
      correlation(
        x,
        x.map(() => 0.1),
      ),
    ).toBe(0);
  });

  test("equal numbers share their ranks", () => {
    expect([...ranks([3, 1, 3, 2, 3])]).toEqual([4, 1, 4, 2, 4]);
  });

  test("the area under the curve is the share of pairs in order", () => {
    const random = new Random(1);
    const x = Array.from({ length: 40 }, () => random.integer(10));
    const positive = x.map(() => random.integer(3) === 0);
    let pairs = 0;
    let inOrder = 0;
    for (const [i, a] of x.entries())
      for (const [j, b] of x.entries()) {
        if (!positive[i] || positive[j]) continue;
        pairs++;
        inOrder += a > b ? 1 : a === b ? 0.5 : 0;
      }
    expect(areaUnderCurve(ranks(x), (i) => positive[i]!)).toBeCloseTo(inOrder / pairs, 12);
  });
});

/** Activations of noise, but for the units that are given. */
function noise(N: number, H: number, planted: Readonly<Record<number, (k: number) => number>>, seed = 1): Activations {
  const random = new Random(seed);
  const make = () =>
    Float32Array.from({ length: N * H }, (_, i) => planted[i % H]?.(Math.floor(i / H)) ?? random.normal());
  const text = "ab".repeat(N / 2);
  return {
    ...reading(text),
    cell: "lstm",
    hiddenSize: H,
    series: [
      { layer: 0, part: "h", values: Float32Array.from({ length: N * H }, () => random.normal()) },
      { layer: 1, part: "c", values: make() },
    ],
  };
}

describe("finding units", () => {
  // Runs of 0 and 1 that do not recur.
  const runs = new Random(5);
  const spans: number[] = [];
  while (spans.length < 500) spans.push(...new Array<number>(2 + runs.integer(9)).fill(spans.at(-1) === 1 ? 0 : 1));
  const inside = (k: number) => spans[k]!;

  test("tells the planted ones, with what they are worth on the half that did not choose", () => {
    const wobble = new Random(7);
    const seen = noise(400, 20, { 4: (k) => 1 - 2 * inside(k), 11: (k) => inside(k) + wobble.normal() });
    const labels = { name: "mine", values: Array.from({ length: 400 }, (_, k) => inside(k)) };
    const { units, chance, ...rest } = findUnits(seen, labels, { top: 3 });
    expect(rest).toEqual({ name: "mine", asked: 40, tokens: [200, 200] });
    const [first, second, third] = units as [(typeof units)[0], (typeof units)[0], (typeof units)[0]];
    expect(first).toMatchObject({ name: "layer1.c[4]", layer: 1, part: "c", unit: 4, correlation: -1, auc: 1 });
    expect(first.chosenBy).toBeCloseTo(-1, 12);
    expect(second.name).toBe("layer1.c[11]");
    const along = unitAlong(seen, second.name);
    expect(second.correlation).toBeCloseTo(correlation(along.subarray(200), labels.values.slice(200)), 12);
    expect(second.chosenBy).toBeCloseTo(correlation(along.subarray(0, 200), labels.values.slice(0, 200)), 12);
    expect(second.correlation).toBeGreaterThan(chance);
    expect(second.auc).toBeGreaterThan(0.6);
    expect(Math.abs(third.correlation)).toBeLessThan(0.2);
  });

  test("does not report chance: of noise alone the best is as good as nothing on the other half", () => {
    let beyond = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const seen = noise(100, 300, {}, seed);
      const labels = { name: "mine", values: Array.from({ length: 100 }, (_, k) => inside(k + seed)) };
      const { units, chance } = findUnits(seen, labels, { top: 1 });
      // Chosen out of 600 by 50 tokens, it looks good where it was chosen.
      expect(Math.abs(units[0]!.chosenBy)).toBeGreaterThan(0.35);
      if (Math.abs(units[0]!.correlation) > chance) beyond++;
    }
    expect(beyond).toBeLessThanOrEqual(3);
  });

  test("numbers have a correlation and no area", () => {
    const seen = noise(200, 5, { 2: (k) => (k % 10) / 10 });
    const { units } = findUnits(seen, { name: "mine", values: Array.from({ length: 200 }, (_, k) => k % 10) });
    expect(units[0]).toMatchObject({ name: "layer1.c[2]", auc: null });
    expect(units[0]!.correlation).toBeCloseTo(1, 6);
  });

  test("a unit that never changes tracks nothing", () => {
    const seen = noise(40, 2, { 0: () => 0.1, 1: inside });
    const { units } = findUnits(seen, { name: "mine", values: Array.from({ length: 40 }, (_, k) => inside(k)) });
    expect(units[0]!.name).toBe("layer1.c[1]");
    expect(units.at(-1)).toMatchObject({ name: "layer1.c[0]", chosenBy: 0, correlation: 0, auc: 0.5 });
  });

  test("refuses labels that do not change, and units that are not there", () => {
    const seen = noise(10, 2, {});
    const find =
      (values: number[], options = {}) =>
      () =>
        findUnits(seen, { name: "mine", values }, options);
    expect(find([1, 1, 1, 1, 1, 0, 0, 1, 1, 1])).toThrow(
      new ValueError(
        "find: mine must change within the first half of the text, is 1 for all 5 tokens; give a longer text",
      ),
    );
    expect(find([0, 1, 1, 1, 1, 2, 2, 2, 2, 2])).toThrow(
      new ValueError(
        "find: mine must change within the second half of the text, is 2 for all 5 tokens; give a longer text",
      ),
    );
    expect(find([], { top: 0 })).toThrow(new ValueError("findUnits: top must be at least 1, got 0"));
    for (const name of ["c[1]", "layer0.c[1]", "layer1.c[2]"])
      expect(() => unitAlong(seen, name)).toThrow(
        new ValueError(
          `unit: must be as in layer1.c[0], with a layer from 0 to 1, one of c and a unit from 0 to 1, got "${name}"`,
        ),
      );
  });

  test("works on what a model does", () => {
    const model = freshModel(exactEngine(1), { unit: "text" });
    const seen = activations(model, 'ab "ca" '.repeat(20));
    const { units, asked } = findUnits(seen, "quotes");
    expect(asked).toBe(18);
    expect(units).toHaveLength(10);
    const along = unitAlong(seen, units[0]!.name);
    const values = Array.from(labelsOf(seen, "quotes").values).slice(80);
    expect(units[0]!.correlation).toBeCloseTo(correlation(along.slice(80), values), 12);
  });
});

describe("a probe", () => {
  const spread = new Random(3);
  const N = 400;
  const H = 6;
  const x = Float64Array.from({ length: N * H }, (_, i) => (i % H === 5 ? 2 : (1 + (i % H)) * spread.normal() + 3));

  test("solves the equations of ridge regression", () => {
    const y = Float64Array.from({ length: N }, (_, k) => x[k * H]! - 2 * x[k * H + 3]! + spread.normal());
    const [fit] = ridgeRegression({ x, y, H }, [0.3]);
    const column = (u: number) => Array.from({ length: N }, (_, k) => x[k * H + u]!);
    const meanOf = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / N;
    const z = Array.from({ length: H }, (_, u) => {
      const mean = meanOf(column(u));
      const deviation = Math.sqrt(meanOf(column(u).map((value) => (value - mean) ** 2)));
      return column(u).map((value) => (deviation === 0 ? 0 : (value - mean) / deviation));
    });
    const predicted = fit!.predict(x);
    // The gradient of the squared error and of the price of the weights is 0.
    for (let u = 0; u < H; u++) {
      const gradient = meanOf(z[u]!.map((zk, k) => zk * (predicted[k]! - y[k]!))) + 0.3 * fit!.weights[u]!;
      expect(Math.abs(gradient)).toBeLessThan(1e-12);
    }
    expect(meanOf(predicted)).toBeCloseTo(meanOf(y), 12);
    expect(fit!.weights[5]).toBe(0);
  });

  test("tells what units know together and none knows alone, and nothing of noise", () => {
    const seen = noise(N, 12, {});
    const { values } = seen.series[1]!;
    const sum = (k: number) => [0, 1, 2, 3, 4, 5].reduce((all, u) => all + values[k * 12 + u]! * (u % 2 ? 1 : -1), 0);
    const labels = { name: "together", values: Array.from({ length: N }, (_, k) => (sum(k) > 0 ? 1 : 0)) };
    const [own] = probe(seen, labels, { parts: ["c"] });
    expect(own).toMatchObject({ layer: 1, part: "c" });
    expect(own!.correlation).toBeGreaterThan(0.75);
    expect(own!.auc).toBeGreaterThan(0.97);
    expect(Math.abs(findUnits(seen, labels).units[0]!.correlation)).toBeLessThan(0.5);
    const [other] = probe(seen, labels);
    expect(other).toMatchObject({ layer: 0, part: "h" });
    expect(Math.abs(other!.correlation)).toBeLessThan(0.2);
    expect(own!.auc).toBeCloseTo(
      areaUnderCurve(ranks(Array.from({ length: 200 }, (_, k) => told(k + 200))), (i) => labels.values[200 + i] === 1),
      12,
    );
    function told(k: number) {
      const first = (u: number) => Array.from({ length: 200 }, (_, i) => values[i * 12 + u]!);
      return own!.weights.reduce((all, weight, u) => {
        const mean = first(u).reduce((a, b) => a + b) / 200;
        const deviation = Math.sqrt(first(u).reduce((a, b) => a + (b - mean) ** 2, 0) / 200);
        return all + (weight * values[k * 12 + u]!) / deviation;
      }, 0);
    }
  });

  test("refuses what findUnits refuses", () => {
    expect(() => probe(noise(10, 2, {}), { name: "mine", values: new Array(10).fill(1) })).toThrow(
      new ValueError(
        "find: mine must change within the first half of the text, is 1 for all 5 tokens; give a longer text",
      ),
    );
    const labels = { name: "mine", values: Array.from({ length: 10 }, (_, k) => k % 2) };
    expect(() => probe(noise(10, 2, {}), labels, { parts: ["c", "o"] })).toThrow(
      new ValueError('probe: parts must be some of h, c, got "o"'),
    );
    expect(() => probe(noise(10, 2, {}), "quotes", { ridges: [0] })).toThrow(
      new ValueError("probe: ridges.0 must be more than 0, got 0"),
    );
  });
});
