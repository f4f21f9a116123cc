import { describe, expect, test } from "vitest";
import { FormatError, ValueError } from "../base/index.ts";
import { readMessages } from "./diagnostics.ts";
import { diagnosticLanguages, diagnostics, numberLanguages, numbers, type Pair, pronounce } from "./index.ts";
import { readPronunciations } from "./pronounce.ts";

const asked = ({ source, tag }: Pair) => `${tag} ${source}`;
/** What is asked in the second part and was seen in the first. */
const shared = (one: readonly Pair[], other: readonly Pair[]) => {
  const known = new Set(one.map(asked));
  return other.filter((pair) => known.has(asked(pair)));
};

describe("numbers", () => {
  const few = numbers({ training: 150, aside: 2 });

  test("are in 71 languages, both ways", () => {
    expect(numberLanguages().length).toBe(71);
    expect(new Set(few.training.map(({ tag }) => tag)).size).toBe(71);
    expect(few.training.length).toBe(71 * 150 * 2);
    expect(few.test.length).toBe(71 * 2 * 2);
    const isWrong = ({ source, target, direction }: (typeof few.test)[number]) =>
      /^\d+$/.test(source) !== (direction === "words") || /^\d+$/.test(target) !== (direction === "number");
    expect(few.training.filter(isWrong)).toEqual([]);
    const german = few.training.filter(({ tag, source }) => tag === "de-DE" && /^(21|einundzwanzig)$/.test(source));
    expect(new Set(german.map(({ target }) => target))).toEqual(new Set(["einundzwanzig", "21"]));
  });

  test("teach those below 100 and those of a digit and zeros in each language, and test numbers that no language taught", () => {
    const numberOf = ({ source, target, direction }: (typeof few.test)[number]) =>
      Number(direction === "words" ? source : target);
    const learnt = new Set(few.training.map(numberOf));
    expect(Array.from({ length: 100 }, (_, n) => learnt.has(n))).not.toContain(false);
    for (const n of [100, 400, 900, 1000, 7000]) {
      const taught = few.training.filter(({ source }) => source === String(n));
      expect(new Set(taught.map(({ tag }) => tag)).size).toBe(71);
    }
    expect([...few.validation, ...few.test].filter((pair) => learnt.has(numberOf(pair)))).toEqual([]);
    expect(Math.max(...few.training.map(numberOf))).toBeLessThanOrEqual(9999);
    expect(shared(few.validation, few.test)).toEqual([]);
  });

  test("do not ask what number words stand for that stand for two", () => {
    const { training } = numbers({ training: 500, aside: 1, largest: 99_999, languages: ["sw-KE"] });
    const swahili = new Map<string, string>();
    for (const { source, target, direction } of training)
      if (direction === "number") {
        expect(swahili.has(source)).toBe(false);
        swahili.set(source, target);
      }
    const [words, back] = ["words", "number"].map(
      (way) => training.filter(({ direction }) => direction === way).length,
    );
    expect(words).toBe(500);
    expect(back).toBeLessThan(500);
  });

  test("follow from the seed, and name their package", () => {
    const tiny = { training: 150, aside: 1, languages: ["en-US", "ja-JP"] };
    expect(numbers(tiny)).toEqual(numbers(tiny));
    expect(numbers({ ...tiny, seed: 2 }).test).not.toEqual(numbers(tiny).test);
    expect(few.origin).toMatch(/^n2words \d+\.\d+\.\d+ \(MIT\)$/);
  });

  test("refuse a language that is not there, and a range too large", () => {
    expect(() => numbers({ languages: ["de-XX"] })).toThrow(
      new ValueError('numbers: no language "de-XX"; did you mean "de-DE"?'),
    );
    expect(() => numbers({ largest: 1e6 })).toThrow(
      new ValueError("numbers: largest must be at most 999999, got 1000000"),
    );
  });
});

describe("pronounce", () => {
  const data = pronounce();

  test("has 126,046 words in three parts, and no word in two", () => {
    expect([data.training.length, data.validation.length, data.test.length]).toEqual([111_376, 2670, 12_000]);
    expect(new Set([...data.training, ...data.validation, ...data.test].map(({ source }) => source)).size).toBe(
      126_046,
    );
    expect(data.origin).toMatch(/^cmu-pronouncing-dictionary \d+\.\d+\.\d+ \(ISC\)$/);
  });

  test("spells with 39 phones, with stress 24 and 15 vowels three times; the parts follow from the seed", () => {
    const phonesOf = (pairs: readonly Pair[]) => {
      const found = new Set<string>();
      for (const { target } of pairs) for (const phone of target.split(" ")) found.add(phone);
      return found.size;
    };
    expect(phonesOf(data.training)).toBe(39);
    const stressed = pronounce({ stress: true });
    expect(phonesOf(stressed.training)).toBe(24 + 3 * 15);
    const sources = (pairs: readonly Pair[]) => pairs.map(({ source }) => source);
    expect(sources(stressed.validation)).toEqual(sources(data.validation));
    expect(sources(pronounce({ seed: 2 }).validation)).not.toEqual(sources(data.validation));
  });

  test("reads pronunciations, their alternates and remarks", () => {
    const text = `export const dictionary = {
  "'bout": "B AW1 T",
  "aalborg": "AO1 L B AO0 R G # place, danish",
  "aalborg(2)": "AA1 L B AO0 R G",
  "a": "AH0",
  "a(2)": "AH1",
  "a(3)": "EY1"
}
`;
    expect(readPronunciations("test", text, true)).toEqual([
      { source: "'bout", target: "B AW1 T" },
      { source: "aalborg", target: "AO1 L B AO0 R G", references: ["AA1 L B AO0 R G"] },
      { source: "a", target: "AH0", references: ["AH1", "EY1"] },
    ]);
    expect(readPronunciations("test", text, false)[2]).toEqual({ source: "a", target: "AH", references: ["EY"] });
    expect(() => readPronunciations("recipe pronounce", "export {}", true)).toThrow(
      new FormatError('recipe pronounce: the package cmu-pronouncing-dictionary must hold words, got "export {}"'),
    );
  });
});

describe("diagnostics", () => {
  const data = diagnostics();

  test("are messages in 13 languages, and none of a part is in another", () => {
    expect(new Set(data.training.map(({ tag }) => tag))).toEqual(new Set(diagnosticLanguages));
    expect(diagnosticLanguages.length).toBe(13);
    expect(data.training.length).toBeGreaterThan(24_000);
    expect(data.test.length).toBeGreaterThan(1200);
    const english = ({ source }: Pair) => source;
    const learnt = new Set(data.training.map(english));
    const other = new Set([...data.validation, ...data.test].map(english));
    expect([...other].filter((source) => learnt.has(source))).toEqual([]);
    expect(data.origin).toMatch(/^typescript \d+\.\d+\.\d+ \(Apache-2\.0\)$/);
    const all = [...data.training, ...data.validation, ...data.test];
    expect(all.find(({ source, tag }) => source === "Identifier expected." && tag === "de")?.target).toBe(
      "Es wurde ein Bezeichner erwartet.",
    );
  });

  test("follow from the seed", () => {
    expect(diagnostics().test).toEqual(data.test);
    expect(diagnostics({ seed: 2 }).test).not.toEqual(data.test);
  });

  test("are refused from a compiler without them", () => {
    expect(() => readMessages("recipe diagnostics", {})).toThrow(
      new FormatError("recipe diagnostics: the package typescript must hold Diagnostics, got undefined"),
    );
  });
});
