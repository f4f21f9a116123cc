import { describe, expect, test } from "vitest";
import { Random } from "../base/index.ts";
import {
  constant,
  heNormal,
  heUniform,
  type Initialiser,
  identity,
  normal,
  orthogonal,
  uniform,
  xavierNormal,
  xavierUniform,
  zeros,
} from "./index.ts";

const [rows, columns] = [300, 100];
const draw = (initialiser: Initialiser, shape = [rows, columns]) => initialiser(new Random(1), shape);
const mean = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0) / values.length;
const variance = (values: Float64Array) => mean(values.map((v) => v * v)) - mean(values) ** 2;
const greatest = (values: Float64Array) => Math.max(...values.map(Math.abs));

describe("initial weights", () => {
  test.each([
    ["uniform", uniform(0.3), 0.3 ** 2 / 3, 0.3],
    ["normal", normal(0.5), 0.25, undefined],
    ["xavierUniform", xavierUniform, 2 / (rows + columns), Math.sqrt(6 / (rows + columns))],
    ["xavierNormal", xavierNormal, 2 / (rows + columns), undefined],
    ["heUniform", heUniform, 2 / columns, Math.sqrt(6 / columns)],
    ["heNormal", heNormal, 2 / columns, undefined],
  ] as const)("%s has the variance and the bound it promises", (_name, initialiser, expected, bound) => {
    const values = draw(initialiser);
    expect(values.length).toBe(rows * columns);
    expect(Math.abs(mean(values))).toBeLessThan(4 * Math.sqrt(expected / values.length));
    expect(Math.abs(variance(values) / expected - 1)).toBeLessThan(0.03);
    if (bound !== undefined) {
      expect(greatest(values)).toBeLessThanOrEqual(bound);
      expect(greatest(values)).toBeGreaterThan(0.99 * bound);
    } else expect(greatest(values)).toBeGreaterThan(3 * Math.sqrt(expected));
    expect(draw(initialiser)).toEqual(values);
  });

  test.each([[[5, 5]], [[3, 7]], [[7, 3]], [[1, 4]]])("orthogonal keeps lengths: %o", (shape) => {
    const [R, C] = shape as [number, number];
    const q = draw(orthogonal, shape);
    const at = (r: number, c: number) => q[r * C + c]!;
    const product = (i: number, j: number) =>
      R <= C
        ? Array.from({ length: C }, (_, c) => at(i, c) * at(j, c)).reduce((sum, v) => sum + v)
        : Array.from({ length: R }, (_, r) => at(r, i) * at(r, j)).reduce((sum, v) => sum + v);
    for (let i = 0; i < Math.min(R, C); i++)
      for (let j = 0; j < Math.min(R, C); j++) expect(product(i, j)).toBeCloseTo(i === j ? 1 : 0, 14);
  });

  test("identity, zeros and constant are what they say", () => {
    expect([...draw(identity, [2, 3])]).toEqual([1, 0, 0, 0, 1, 0]);
    expect([...draw(zeros, [2, 1])]).toEqual([0, 0]);
    expect([...draw(constant(2), [3])]).toEqual([2, 2, 2]);
  });

  test("fans need two axes", () => {
    expect(() => draw(xavierUniform, [3])).toThrow(
      "xavierUniform: needs a shape of two axes or more [out in], got [3]",
    );
    expect(() => draw(heNormal, [3])).toThrow("heNormal: needs a shape of two axes or more [out in], got [3]");
    expect(() => draw(orthogonal, [3])).toThrow("orthogonal: needs a shape of two axes, got [3]");
    expect(() => draw(identity, [3, 1, 1])).toThrow("identity: needs a shape of two axes, got [3 1 1]");
  });
});
