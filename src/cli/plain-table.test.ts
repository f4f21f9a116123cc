import { expect, test } from "vitest";
import { fittingTable, plainTable } from "./plain-table.ts";

const head = ["cell", "loss", "steps"];
const rows = [
  ["lstm", "0.1", "12"],
  ["gru", "", "1,000"],
];

test("a table has its first column to the left and the others to the right", () => {
  expect(plainTable(head, rows).split("\n")).toEqual(["cell  loss  steps", "lstm   0.1     12", "gru         1,000"]);
});

test("a table that is wider than the columns has one cell below the other", () => {
  expect(fittingTable(head, rows, 17)).toBe(plainTable(head, rows));
  expect(fittingTable(head, rows, 16).split("\n")).toEqual([
    "lstm",
    "  loss   0.1",
    "  steps   12",
    "gru",
    "  steps  1,000",
  ]);
});
