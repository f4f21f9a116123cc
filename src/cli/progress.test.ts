import { describe, expect, test } from "vitest";
import { fitted } from "./progress.ts";

const parts = ["step 57/114", "loss 2.031", "validation 1.960", "ETA 0:12", "37k tokens/s"];

describe("a bar", () => {
  test("says everything where there is room", () => {
    expect(fitted(0.5, parts, 120)).toBe(
      `${"━".repeat(15)}${"╌".repeat(15)}  50%  step 57/114  loss 2.031  validation 1.960  ETA 0:12  37k tokens/s`,
    );
  });

  test.each([100, 80, 60, 46, 30, 20, 12])("fits into %i columns, leaving out what matters least", (columns) => {
    const line = fitted(0.25, parts, columns);
    expect(line.length).toBeLessThanOrEqual(columns);
    expect(line).toContain(" 25%");
    const said = parts.filter((part) => line.includes(part));
    expect(said).toEqual(parts.slice(0, said.length));
  });

  test("is empty at the beginning, full at the end, and never more", () => {
    expect(fitted(0, [], 20)).toBe(`${"╌".repeat(15)}   0%`);
    expect(fitted(1, [], 20)).toBe(`${"━".repeat(15)} 100%`);
    expect(fitted(1.2, [], 20)).toBe(`${"━".repeat(15)} 100%`);
  });
});
