/** docs/language-models.md tells of every recipe what the recipe itself tells, and its program runs. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { languageModelRecipes } from "../src/tasks/index.ts";
import { blocksOf, runCode } from "./page-code.ts";

const page = "docs/language-models.md";
const text = readFileSync(page, "utf8");

test.each(Object.entries(languageModelRecipes))(
  "recipe %s is recorded",
  (name, { size, figures, minutes, options }) => {
    const row = text.split("\n").find((line) => line.startsWith(`| \`${name}\` |`))!;
    const [, , data, , network, found, time] = row.split("|").map((cell) => cell.trim());
    expect(data).toContain(size.replace(/^(\S+ (million )?).*$/, "$1").trim());
    expect(network).toContain(`H ${options.hiddenSize}`);
    const number = /\d+(\.\d+)?/.exec(figures)![0];
    expect(found).toContain(number);
    expect(Number(/\d+/.exec(time!)![0]) / 60).toBeCloseTo(minutes, 1);
    expect(text).toContain(`\n### ${name}\n\n    backstitch train ${name}\n`);
  },
);

test("its program trains, writes, ranks and scores", async () => {
  const [drawn, after, score, streamed] = (await runCode("language-models", blocksOf(page)[0]!)).trim().split("\n");
  expect(drawn).toMatch(/^\[ 'ro\w+', 'ro\w+', 'ro\w+' \]$/);
  expect(after).toMatch(/^after "joha" comes "n" with probability [01]\.\d\d$/);
  expect(score).toMatch(/^log p -\d+\.\d\d, perplexity 1\.\d\d$/);
  expect(streamed).toBe("sanna");
});
