/** Training a translation model in memory: by which evaluation it is judged, and on how many sources. */
import { expect, test } from "vitest";
import type { Evaluation } from "../../train/index.ts";
import { translationModel } from "./index.ts";
import type { TranslationOptions } from "./options.ts";

/** Pairs of letters that one cannot learn for certain. */
const pairs = Array.from({ length: 60 }, (_, i) => ({
  source: `${"abcde"[i % 5]}${"abcdefghijkl"[i % 12]}`,
  target: `${"vwxyz"[(i * i) % 5]}${"xyz"[i % 3]}`,
}));

async function judged(options: TranslationOptions): Promise<{ evaluation: Evaluation; isBest: boolean }[]> {
  const found: { evaluation: Evaluation; isBest: boolean }[] = [];
  await translationModel.train(pairs, {
    ...{ embeddingSize: 4, hiddenSize: 6, epochs: 12, batchSize: 8, rate: 0.03, validation: 0.4, seed: 3 },
    ...options,
    on: { evaluate: ({ evaluation, isBest }) => found.push({ evaluation, isBest }) },
  });
  return found;
}

test.each([
  ["exactMatch", (value: number, best: number) => value >= best],
  ["errorRate", (value: number, best: number) => value <= best],
] as const)("the best weights are told by the %s that is asked for", async (metric, improves) => {
  const found = await judged({ metric });
  const values = found.map(({ evaluation }) => evaluation[metric]!);
  const expected = values.map((value, i) => i === 0 || values.slice(0, i).every((before) => improves(value, before)));
  expect(found.map(({ isBest }) => isBest)).toEqual(expected);
  expect(expected).toContain(false);
});

test("patience waits for what is better by the metric that is asked for", async () => {
  const metric = "exactMatch";
  const values = (await judged({ metric })).map(({ evaluation }) => evaluation[metric]!);
  const isBetter = values.map((value, i) => i === 0 || value > Math.max(...values.slice(0, i)));
  const end = isBetter.findIndex((better, i) => i > 0 && !better && !isBetter[i - 1]);
  expect(end).toBeGreaterThan(1);
  expect(await judged({ metric, patience: 2 })).toHaveLength(end + 1);
});

test("a plateau is one of the metric that is asked for", async () => {
  const found: { readonly value: number; readonly rates: number[] }[] = [];
  let rates: number[] = [];
  await translationModel.train(pairs, {
    ...{ embeddingSize: 4, hiddenSize: 6, epochs: 12, batchSize: 8, rate: 0.03, validation: 0.4, seed: 3 },
    ...{ metric: "exactMatch", schedule: "plateau", decay: 0.5, decayEvery: 1, warmup: 0 },
    on: {
      step: ({ rate }) => rates.push(rate),
      evaluate: ({ evaluation }) => {
        found.push({ value: evaluation.exactMatch!, rates });
        rates = [];
      },
    },
  });
  let [expected, best] = [0.03, -Infinity];
  for (const { value, rates: used } of found) {
    expect(new Set(used)).toEqual(new Set([expected]));
    if (value > best) best = value;
    else expected /= 2;
  }
  expect(expected).toBeLessThan(0.03);
});

test("as many sources are translated as are asked for", async () => {
  const [few] = await judged({ judgeOn: 1, epochs: 1 });
  const { exactMatch } = few!.evaluation;
  expect([0, 1]).toContain(exactMatch);
});
