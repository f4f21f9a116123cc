/** The code in the README runs as printed. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { blocksOf, runCode } from "./page-code.ts";

const blocks = blocksOf("README.md");

describe("README", () => {
  test("the ten lines are those of examples/names.ts, and write names", async () => {
    expect(blocks[0]).toBe(readFileSync("examples/names.ts", "utf8"));
    const [perplexity, ...names] = (await runCode("names", blocks[0]!)).trim().split("\n");
    expect(perplexity).toMatch(/^perplexity \d\.\d\d$/);
    expect(names).toHaveLength(5);
    for (const name of names) expect(name).toMatch(/^[a-z]{2,}$/);
  });

  test("the lines on pairs learn to read dates", async () => {
    const [date, ...lines] = (await runCode("pairs", blocks[1]!)).trim().split("\n");
    expect(date).toBe("2011-08-09");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^.+ -> \d{4}-\d{2}-\d{2}$/);
  });

  test("the model of one's own learns", async () => {
    const lines = (await runCode("model", blocks[2]!)).trim().split("\n");
    expect(lines).toHaveLength(5);
    expect(Number(lines.at(-1)!.split(" ")[1])).toBeLessThan(0.05);
  });
});
