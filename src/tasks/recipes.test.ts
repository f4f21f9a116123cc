import { expect, test } from "vitest";
import { datasets, pairDatasets } from "../datasets/index.ts";
import { languageModelRecipes, type Recipe, recipes, tasks, translateRecipes } from "./index.ts";

test.each(Object.entries(recipes))("recipe %s has a task and options that can be", (_, recipe) => {
  const task = tasks[recipe.task];
  expect(task.options.parse(recipe.options)).toMatchObject(recipe.options);
});

test.each(Object.entries(languageModelRecipes))("recipe %s has data of the size it tells", (_, recipe) => {
  const data: string | readonly string[] = datasets[recipe.dataset]();
  const [, amount, millions, kind] = /^([\d.,]+) (million )?(\w+)$/.exec(recipe.size)!;
  const told = Number(amount!.replaceAll(",", "")) * (millions ? 1e6 : 1);
  const text = typeof data === "string" ? data : data.join("\n");
  const counts: Readonly<Record<string, number>> = {
    names: data.length,
    characters: text.length,
    words: text.split(/\s+/).length,
  };
  expect(counts[kind!]! / told).toBeCloseTo(1, 1);
});

// Those of the others are drawn, as many as asked for.
test.each(["dates-english", "pronounce", "diagnostics"] as const)("recipe %s has the pairs it tells", (name) => {
  const { dataset, size } = translateRecipes[name];
  const { training, origin } = pairDatasets[dataset]({ where: `recipe ${name}` });
  expect(size.replace(/ \w+$/, "")).toBe(training.length.toLocaleString("en"));
  expect(origin).toMatch(/\((ISC|Apache-2\.0|Unicode License v3)\)$/);
});

test("a recipe fits into 80 columns of a list", () => {
  const all = Object.entries<Recipe>(recipes);
  const most = (lengths: readonly number[]) => Math.max(...lengths);
  const name = most(all.map(([name]) => name.length));
  expect(name + 2 + most(all.map(([, { summary }]) => summary.length))).toBeLessThanOrEqual(80);
  const size = most(all.map(([, { size }]) => size.length));
  const figures = most(all.map(([, { figures }]) => figures.length));
  expect(name + 2 + size + 2 + "10 minutes".length + 2 + figures).toBeLessThanOrEqual(80);
});

test("the names recipe learns from its first epoch on", { timeout: 60_000 }, async () => {
  const { options } = recipes.names;
  const losses: number[] = [];
  await tasks["language-model"].train(datasets.dinosaurs(), {
    ...options,
    epochs: 2,
    sampleEvery: 0,
    on: { evaluate: ({ evaluation }) => losses.push(evaluation.loss!) },
  });
  expect(losses.length).toBe(2);
  expect(losses[1]!).toBeLessThan(1.95);
});
