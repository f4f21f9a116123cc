/** The program of docs/error-analysis.md runs and finds what the page says; its rules and kinds are those there are. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorKinds, verdicts } from "../src/tasks/index.ts";
import { adviceRules } from "../src/tasks/translate/blame-advice.ts";
import { blocksOf, runCode } from "./page-code.ts";

const page = "docs/error-analysis.md";
const [program] = blocksOf(page);
const [printed] = blocksOf(page, "text");

/** The first cells of the rows of the table under a heading. */
function firstCells(head: string): string[] {
  const table = readFileSync(page, "utf8").split(`\n| ${head} |`)[1]!.split("\n\n")[0]!;
  return table
    .trimEnd()
    .split("\n")
    .slice(2)
    .map((row) => row.split("|")[1]!.trim().replaceAll("`", ""));
}

test("greedy search is to blame for some, a beam of 3 for fewer, and the model for the rest", {
  timeout: 60_000,
}, async () => {
  for (const said of [printed!, await runCode("error-analysis", program!)]) {
    const lines = said.trim().split("\n");
    expect(lines[0]).toBe("beam | right | wrong | model fault | search fault | neither");
    const rows = lines.slice(1, 4).map((line) => line.split(" | "));
    expect(rows.map(([beam]) => beam)).toEqual(["1", "3", "10"]);
    const searchFaults = rows.map((row) => Number(row[4]!.split(" ")[0]));
    const modelFaults = rows.map((row) => Number(row[3]!.split(" ")[0]));
    expect(searchFaults[0]).toBeGreaterThan(searchFaults[1]!);
    expect(searchFaults[2]).toBeLessThanOrEqual(searchFaults[1]!);
    for (const [i, row] of rows.entries()) {
      expect(Number(row[2])).toBe(modelFaults[i]! + searchFaults[i]! + Number(row[5]));
      expect(modelFaults[i]).toBeGreaterThan(5 * searchFaults[i]!);
    }
    expect(said).toContain("\nmodel: The model prefers its wrong output in ");
    const [, score, best] = /^\w+: .* \((-\d\.\d\d)\), not .* \((-\d\.\d\d)\)$/.exec(lines.at(-1)!)!;
    expect(Number(best)).toBeGreaterThanOrEqual(Number(score));
  }
});

test("names every verdict, kind and rule", () => {
  expect(firstCells("verdict")).toEqual([...verdicts]);
  expect(firstCells("kind")).toEqual(Object.values(errorKinds));
  expect(firstCells("rule")).toEqual([...adviceRules]);
});
