/** The programs of docs/tokens.md print what the page says. */
import { expect, test } from "vitest";
import { blocksOf, runCode } from "./page-code.ts";

const page = "docs/tokens.md";
const programs = blocksOf(page);
const printed = blocksOf(page, "text");

test("each program is followed by what it prints", () => {
  expect(programs.length).toBe(3);
  expect(printed.length).toBe(programs.length);
});

test.each(programs.map((program, i) => [i, program] as const))(
  "program %i prints what the page says",
  async (i, program) => {
    expect(await runCode(`tokens-${i}`, program)).toBe(printed[i]);
  },
);
