import { expect, test } from "vitest";
import { errorRate, exactMatch } from "./error-rate.ts";
import { exactMetric, rateMetric } from "./rates.ts";
import { corpusScore } from "./translation/metric.ts";

const hypotheses = ["the cat sat", "a dog", "", "HH AH L OW"];
const references = [["the cat sat down", "the cats"], "a dog", "rain", ["HH EH L OW", "HH AH L AW AH"]];

test.each(["words", "characters", "phones"] as const)("the rate of %s is that of errorRate", (unit) => {
  expect(corpusScore(rateMetric(unit), hypotheses, references).score).toBeCloseTo(
    100 * errorRate(hypotheses, references, unit).rate,
    12,
  );
});

test("exact match is that of exactMatch", () => {
  expect(corpusScore(exactMetric(), hypotheses, references).score).toBe(100 * exactMatch(hypotheses, references));
});

test("signatures say what was counted", () => {
  expect(corpusScore(rateMetric("words"), hypotheses, references).signature).toBe(
    "nrefs:var|unit:words|case:mixed|best:fewest edits",
  );
  expect(corpusScore(exactMetric(), ["a"], [["a", "b"]]).signature).toBe("nrefs:2|case:mixed");
});
