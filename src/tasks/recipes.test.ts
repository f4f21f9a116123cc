import { expect, test } from "vitest";
import { datasets } from "../datasets/index.ts";
import { recipes, tasks } from "./index.ts";

test.each(Object.entries(recipes))("recipe %s has a task, data and options that can be", (_, recipe) => {
  const task = tasks[recipe.task];
  expect(task.options.parse(recipe.options)).toMatchObject(recipe.options);
  expect(datasets[recipe.dataset]().length).toBeGreaterThan(100);
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
