/** The programs of docs/looking.md run, and find and show what the page says. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { blocksOf, runCode } from "./page-code.ts";

const page = "docs/looking.md";
const programs = blocksOf(page);
const printed = blocksOf(page, "text");

afterAll(() => rmSync("heat-map.html", { force: true }));

/** What the first program says. */
function read(out: string) {
  const lines = out.trim().split("\n");
  const [first, second, third] = lines.slice(0, 3).map((line) => line.split(" "));
  const [, asked, chance] = /^by chance the best of (\d+) reaches (\d\.\d\d)$/.exec(lines[3]!)!;
  const [, before, name, after] = /^loss (\d\.\d\d), without (\S+) (\d\.\d\d)$/.exec(lines[4]!)!;
  return {
    units: [first!, second!, third!].map(([name, correlation, auc]) => ({
      name: name!,
      correlation: Number(correlation),
      auc: Number(auc),
    })),
    asked: Number(asked),
    chance: Number(chance),
    name: name!,
    loss: { before: Number(before), after: Number(after) },
    samples: lines.slice(5),
  };
}

describe("docs/looking.md", () => {
  test("finds a unit for quotes, and the loss rises without it", { timeout: 60_000 }, async () => {
    for (const said of [printed[0]!, await runCode("looking-units", programs[0]!)]) {
      const { units, asked, chance, name, loss, samples } = read(said);
      expect(units[0]!.name).toMatch(/^layer0\.\w\[\d+\]$/);
      expect(name).toBe(units[0]!.name);
      expect(asked).toBe(72);
      expect(Math.abs(units[0]!.correlation)).toBeGreaterThan(0.7);
      expect(Math.abs(units[0]!.correlation)).toBeGreaterThan(chance);
      expect(units[0]!.auc).toBeGreaterThan(0.95);
      expect(loss.after).toBeGreaterThan(loss.before + 0.02);
      expect(samples).toHaveLength(2);
      for (const sample of samples) expect(sample).toMatch(/^go "ma/);
    }
  });

  test("writes a page", async () => {
    expect(await runCode("looking-page", programs[1]!)).toBe("");
    expect(readFileSync("heat-map.html", "utf8")).toMatch(/^<!doctype html>[\s\S]*"name":"brackets"/);
  });

  test("observes layers of one's own", async () => {
    expect(await runCode("looking-observe", programs[2]!)).toBe(printed[1]);
  });

  test("shows a picture that is there", () => {
    const pictures = Array.from(readFileSync(page, "utf8").matchAll(/!\[[^\]]+\]\(([^)]+)\)/g), (match) => match[1]!);
    expect(pictures).toEqual(["looking.png"]);
    for (const picture of pictures) expect(existsSync(`docs/${picture}`)).toBe(true);
  });
});
