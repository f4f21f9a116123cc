/** The scores are those of sacreBLEU, to 1e-9. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bleu, chrf, corpusScore, sentenceScore, type TextMetric, ter } from "../index.ts";

interface Case {
  readonly kind: "bleu" | "chrf" | "ter";
  readonly options: Readonly<Record<string, never>>;
  readonly corpus: Readonly<Record<"one" | "two", { readonly score: number; readonly signature: string }>>;
  readonly sentences?: readonly number[];
}

interface Golden {
  readonly hypotheses: readonly string[];
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly cases: readonly Case[];
}

const golden = JSON.parse(readFileSync("test/golden/translation.json", "utf8")) as Golden;
const { hypotheses, first, second } = golden;
const both = first.map((text, i) => [text, second[i]!]);

const makers: Readonly<Record<Case["kind"], (options: Case["options"]) => TextMetric>> = {
  bleu: (o) =>
    bleu({
      tokenizer: o.tokenize,
      ...(o.smooth_method !== undefined && { smoothing: o.smooth_method }),
      ...(o.smooth_value !== undefined && { smoothingValue: o.smooth_value }),
      ...(o.max_ngram_order !== undefined && { order: o.max_ngram_order }),
      lowercase: o.lowercase ?? false,
      effectiveOrder: o.effective_order ?? false,
    }),
  chrf: (o) =>
    chrf({
      wordOrder: o.word_order ?? 0,
      ...(o.char_order !== undefined && { characterOrder: o.char_order }),
      ...(o.beta !== undefined && { beta: o.beta }),
      lowercase: o.lowercase ?? false,
      whitespace: o.whitespace ?? false,
      epsilonSmoothing: o.eps_smoothing ?? false,
    }),
  ter: (o) =>
    ter({
      normalized: o.normalized,
      punctuation: !o.no_punct,
      asian: o.asian_support,
      caseSensitive: o.case_sensitive,
    }),
};

describe.each(golden.cases.map((given) => [given.kind, JSON.stringify(given.options), given] as const))(
  "%s %s",
  (kind, _, given) => {
    const metric = makers[kind](given.options);
    test.each(["one", "two"] as const)("scores a corpus with %s reference(s) as sacreBLEU, and signs it so", (name) => {
      const found = corpusScore(metric, hypotheses, name === "one" ? first : both);
      expect(Math.abs(found.score - given.corpus[name].score)).toBeLessThan(1e-9);
      expect(found.signature).toBe(given.corpus[name].signature);
    });
    if (given.sentences)
      test("scores each sentence as sacreBLEU", () => {
        for (const [i, score] of given.sentences!.entries())
          expect(Math.abs(sentenceScore(metric, hypotheses[i]!, both[i]!).score - score), hypotheses[i]).toBeLessThan(
            1e-9,
          );
      });
  },
);
