import { expect, test } from "vitest";
import { garbage } from "../../../test/central-differences.ts";
import { maps } from "../table.ts";
import { reference } from "./index.ts";

test("map applies each of its functions", () => {
  const x = Float64Array.of(0.25, 4, -2);
  const results = maps.map((op) => {
    const y = garbage(3);
    reference.map({ N: 3, op, x, y });
    return [op, ...[...y].map((value) => Number(value.toFixed(6)))];
  });
  expect(results).toEqual([
    ["tanh", 0.244919, 0.999329, -0.964028],
    ["sigmoid", 0.562177, 0.982014, 0.119203],
    ["relu", 0.25, 4, 0],
    ["exp", 1.284025, 54.59815, 0.135335],
    ["log", -1.386294, 1.386294, Number.NaN],
    ["sqrt", 0.5, 2, Number.NaN],
    ["square", 0.0625, 16, 4],
    ["neg", -0.25, -4, 2],
    ["abs", 0.25, 4, 2],
  ]);
});

test("sigmoid does not overflow", () => {
  const y = garbage(2);
  reference.map({ N: 2, op: "sigmoid", x: Float64Array.of(-1000, 1000), y });
  expect([...y]).toEqual([0, 1]);
});

test("scale, accumulate and clamp", () => {
  const x = Float64Array.of(1, -2, Number.NaN);
  const y = garbage(3);
  reference.scale({ N: 3, by: 3, plus: 1, x, y });
  expect([...y]).toEqual([4, -5, Number.NaN]);
  reference.accumulate({ N: 2, by: 0.5, x, y });
  expect([...y]).toEqual([4.5, -6, Number.NaN]);
  reference.clamp({ N: 3, limit: 5, x: y });
  expect([...y]).toEqual([4.5, -5, Number.NaN]);
});
