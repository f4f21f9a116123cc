import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KindError, ValueError } from "../base/index.ts";
import { align, errorRate, exactMatch } from "./index.ts";

const sequence = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 8 });

/** The distance by its definition, without memory. */
function distance(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return a.length + b.length;
  const [x, ...as] = a;
  const [y, ...bs] = b;
  if (x === y) return distance(as, bs);
  return 1 + Math.min(distance(as, bs), distance(as, b), distance(a, bs));
}

describe("align", () => {
  test("finds the fewest edits, and the edits turn the one into the other", () => {
    fc.assert(
      fc.property(sequence, sequence, (reference, hypothesis) => {
        const found = align(reference, hypothesis);
        expect(found.distance).toBe(distance(reference, hypothesis));
        expect(found.edits.flatMap((edit) => edit.reference ?? [])).toEqual(reference);
        expect(found.edits.flatMap((edit) => edit.hypothesis ?? [])).toEqual(hypothesis);
        expect(found.edits.filter(({ kind }) => kind !== "same").length).toBe(found.distance);
        for (const edit of found.edits)
          expect(edit.kind === "same").toBe(edit.reference !== null && edit.reference === edit.hypothesis);
      }),
    );
  });

  test("names every edit", () => {
    expect(align([..."kitten"], [..."sitting"])).toMatchObject({ substitutions: 2, deletions: 0, insertions: 1 });
    expect(align(["a", "b"], ["b"]).edits).toEqual([
      { kind: "deletion", reference: "a", hypothesis: null },
      { kind: "same", reference: "b", hypothesis: "b" },
    ]);
  });
});

describe("errorRate", () => {
  test("counts over the whole corpus by words, characters or phones", () => {
    const hypotheses = ["the cat sat", "on mat"];
    const references = ["the cat sat", "on the mat"];
    expect(errorRate(hypotheses, references)).toMatchObject({ rate: 1 / 6, deletions: 1, units: 6, wrong: 0.5 });
    expect(errorRate(hypotheses, references, "characters")).toMatchObject({ rate: 4 / 21, units: 21 });
    expect(errorRate(["K AE1 T"], ["K AH0 T"], "phones")).toMatchObject({ rate: 1 / 3, substitutions: 1 });
  });

  test("takes the closest reference and counts its units", () => {
    expect(errorRate(["a b"], [["a b c d", "a c"]])).toMatchObject({ rate: 1 / 2, units: 2 });
  });

  test("refuses what cannot be counted", () => {
    expect(() => errorRate(["a"], [])).toThrow(
      new ValueError("errorRate: needs references for each of 1 sentences, got 0"),
    );
    expect(() => errorRate(["a"], [[]])).toThrow(
      new ValueError("errorRate: references[0] must hold at least 1 text, got 0"),
    );
    expect(() => errorRate(["a"], [""])).toThrow(
      new ValueError("errorRate: the references must hold at least one of their words, got none"),
    );
    expect(() => errorRate([1 as never], ["a"])).toThrow(new KindError("errorRate: hypotheses[0] must be text, got 1"));
    expect(() => errorRate(["a"], ["a"], "letters" as never)).toThrow(
      new ValueError('errorRate: unit must be one of words, characters, phones, got "letters"'),
    );
  });
});

describe("exactMatch", () => {
  test("is the share that is one of its references", () => {
    expect(exactMatch(["a", "b", "c"], ["a", ["x", "b"], "d"])).toBe(2 / 3);
    expect(() => exactMatch([], [])).toThrow(new ValueError("exactMatch: needs at least 1 sentence, got 0"));
    expect(() => exactMatch(["a"], [])).toThrow(
      new ValueError("exactMatch: needs references for each of 1 sentences, got 0"),
    );
  });
});
