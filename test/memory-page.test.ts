/** The programs of docs/memory.md run and print what the page says; a few cells of its table are trained anew. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { memoryTable, memoryTasks, remedyTable } from "../src/tasks/index.ts";
import { blocksOf, runCode } from "./page-code.ts";

const page = "docs/memory.md";
const text = readFileSync(page, "utf8");
const programs = blocksOf(page);
const printed = blocksOf(page, "text");

/** The cells of the row of a table that begins with these. */
const rowOf = (...first: string[]) =>
  text
    .split("\n")
    .filter((line) => line.startsWith(`| ${first.join(" | ")} |`))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )[0];

describe("docs/memory.md", () => {
  test("prints how far gradients reach back", async () => {
    const lines = (await runCode("memory-flow", programs[0]!)).trim().split("\n");
    // Other kernels differ in the last bits, and after fifty steps in more.
    for (const [i, line] of printed[0]!.trim().split("\n").entries()) {
      const [said, run] = [line.split(" "), lines[i]!.split(" ")];
      expect([run[0], run[2]]).toEqual([said[0], said[2]]);
      expect(Math.abs(Math.log10(Number(run[1]) / Number(said[1])))).toBeLessThan(0.3);
    }
  });

  test("learns what it says in code", { timeout: 60_000 }, async () => {
    expect(await runCode("memory-tasks", programs[1]!)).toBe(printed[1]);
  });

  test("fits an echo state network to the figure it says", async () => {
    expect(await runCode("memory-echo", programs[2]!)).toBe(printed[2]);
  });

  test("has a table that training makes again", { timeout: 60_000 }, async () => {
    const results = await memoryTasks({ tasks: ["agreement"], cells: ["gru", "lstm"], distances: [10] });
    const { head, rows } = memoryTable(results);
    const shown = rowOf("task", "distance")!;
    const row = rowOf("agreement", "10")!;
    for (const [i, cell] of head.entries()) {
      if (i < 3) continue;
      const said = row[shown.indexOf(cell)]!;
      expect(rows[0]![i]!.split(" ")[0]).toBe(said.split(" ")[0]);
    }
  });

  test("names every remedy, and its pictures are there", () => {
    for (const name of ["gradient clipping", "forget-gate bias", "echo state network"])
      expect(rowOf(name), name).toHaveLength(remedyTable([]).head.length);
    const pictures = Array.from(text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g), (match) => match[1]!);
    expect(pictures).toEqual(["gradients.svg", "memory-copy.svg", "memory-adding.svg", "memory-agreement.svg"]);
    for (const picture of pictures) expect(existsSync(`docs/${picture}`), picture).toBe(true);
  });
});
