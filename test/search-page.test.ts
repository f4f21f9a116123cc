/** docs/search.md: its program runs and says what the page says, and its table has every option. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { beamOptions } from "../src/decode/index.ts";
import { blocksOf, runCode } from "./page-code.ts";

const page = "docs/search.md";

test("its program finds what greedy misses, and proves it", async () => {
  const printed = (await runCode("search", blocksOf(page)[0]!)).trim().split("\n");
  expect(printed).toEqual(["[ 4 ]", "[ 5, 6 ] -0.473", "true 3", "14"]);
});

test("its table has every option of a search", () => {
  const rows = readFileSync(page, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  for (const name of Object.keys(beamOptions.shape))
    if (name !== "unknown")
      expect(
        rows.some((row) => row.split("|")[1]!.includes(`\`${name}\``)),
        name,
      ).toBe(true);
});
