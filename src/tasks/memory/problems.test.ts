import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { adding } from "./adding.ts";
import { agreement, agreementSentences } from "./agreement.ts";
import { copy } from "./copy.ts";

const B = 400;

/** The sequence of number `b`. */
const column = (values: ArrayLike<number>, b: number, count = B) =>
  Array.from({ length: values.length / count }, (_, t) => values[t * count + b]!);

describe("the copy task", () => {
  test.each([
    [1, 1],
    [3, 10],
    [10, 100],
  ])("of %i letters over %i steps asks for the letters at the end, after a sign", (count, distance) => {
    const problem = copy(count);
    const { tokens, answers } = problem.draw(new Random(1), distance, B);
    expect(problem.answers).toBe(count);
    for (const b of [0, 7, B - 1]) {
      const sequence = column(tokens!, b);
      expect(sequence).toHaveLength(problem.steps(distance));
      const letters = sequence.slice(0, count);
      expect(letters.every((letter) => letter < 8)).toBe(true);
      expect(column(answers, b)).toEqual(letters);
      const rest = [...Array(distance - 1).fill(8), 9, ...Array(count).fill(8)];
      expect(sequence.slice(count)).toEqual(rest);
    }
  });

  test("costs ln 8 those who remember nothing: every letter comes as often", () => {
    const { answers } = copy(3).draw(new Random(1), 5, 8000);
    const counts = new Array(8).fill(0);
    for (const answer of answers) counts[answer]++;
    for (const count of counts) expect(count / answers.length).toBeCloseTo(1 / 8, 2);
    expect(copy(3).baseline).toBeCloseTo(Math.log(8), 12);
  });
});

describe("the adding problem", () => {
  test.each([2, 3, 10, 101])("over %i steps marks one number in each half and asks for their sum", (distance) => {
    const { numbers, answers } = adding.draw(new Random(2), distance, B);
    expect(numbers!.every((value) => value >= 0 && value <= 1)).toBe(true);
    for (let b = 0; b < B; b += 10) {
      const marks: number[] = [];
      let sum = 0;
      for (let t = 0; t < distance; t++) {
        const [value, mark] = [0, 1].map((i) => numbers![(t * B + b) * 2 + i]!);
        if (mark !== 1) continue;
        marks.push(t);
        sum += value!;
      }
      expect(marks).toHaveLength(2);
      expect(marks[0]).toBeLessThan(Math.floor(distance / 2));
      expect(marks[1]).toBeGreaterThanOrEqual(Math.floor(distance / 2));
      expect(answers[b]).toBeCloseTo(sum, 12);
    }
  });

  test("costs 1/6 those who always answer 1", () => {
    const { answers } = adding.draw(new Random(3), 20, 20_000);
    const squares = Array.from(answers, (answer) => (answer - 1) ** 2);
    expect(squares.reduce((a, b) => a + b) / answers.length).toBeCloseTo(adding.baseline, 2);
  });
});

describe("agreement", () => {
  test("is decided by the second word, and by none between", () => {
    const sentences = agreementSentences(new Random(4), 12, 1000);
    const verbs = { one: 0, many: 0 };
    const between = new Map<string, { was: number; were: number }>();
    for (const sentence of sentences) {
      const words = sentence.split(" ");
      const verb = words.at(-1) as "was" | "were";
      const isMany = words[1]!.endsWith("s");
      if (words.length !== 15 || verb !== (isMany ? "were" : "was") || words.lastIndexOf(words[1]!) !== 1)
        expect.fail(sentence);
      verbs[isMany ? "many" : "one"]++;
      for (const word of words.slice(2, -1)) {
        const seen = between.get(word) ?? { was: 0, were: 0 };
        seen[verb]++;
        between.set(word, seen);
      }
    }
    expect(verbs.one / 1000).toBeCloseTo(0.5, 1);
    for (const [word, { was, were }] of between) expect(was / (was + were), word).toBeCloseTo(0.5, 1);
    expect([...between.keys()]).toEqual(expect.arrayContaining(["apple", "apples", "trees"]));
  });

  test("as tokens is the same as sentences", () => {
    const { tokens, answers } = agreement.draw(new Random(5), 9, 50);
    const names = agreementSentences(new Random(5), 9, 50).map((sentence) => sentence.split(" "));
    const spelt = new Map<number, string>();
    for (const [b, words] of names.entries()) {
      expect(answers[b]).toBe(words.at(-1) === "was" ? 0 : 1);
      for (const [t, id] of column(tokens!, b, 50).entries()) {
        expect(spelt.get(id) ?? words[t]).toBe(words[t]);
        spelt.set(id, words[t]!);
        expect(id).toBeLessThan(agreement.vocabulary!);
      }
    }
    expect(new Set(spelt.values()).size).toBe(spelt.size);
  });
});

test("a task is learned by its criterion, not before", () => {
  expect([0.0099, 0.01, null].map((loss) => adding.isLearned({ loss, accuracy: null }))).toEqual([true, false, false]);
  expect([0.951, 0.95, null].map((accuracy) => agreement.isLearned({ loss: 0, accuracy }))).toEqual([
    true,
    false,
    false,
  ]);
});
