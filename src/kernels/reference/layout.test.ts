import { expect, test } from "vitest";
import { dot, garbage, normals } from "../../../test/central-differences.ts";
import { Random } from "../../base/index.ts";
import { reference } from "./index.ts";

const counting = (length: number) => Float64Array.from({ length }, (_, n) => n);

test("expand repeats along the middle axis", () => {
  const y = garbage(12);
  reference.expand({ A: 2, M: 3, C: 2, x: counting(4), y });
  expect([...y]).toEqual([0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3]);
});

test("sum adds along the middle axis, and gives 0 for nothing", () => {
  const y = garbage(4);
  reference.sum({ A: 2, M: 3, C: 2, x: counting(12), y });
  expect([...y]).toEqual([6, 9, 24, 27]);
  reference.sum({ A: 2, M: 0, C: 2, x: counting(0), y });
  expect([...y]).toEqual([0, 0, 0, 0]);
});

test("max finds the greatest and the first place that has it", () => {
  const x = Float64Array.of(1, -5, 7, -3, 7, -3);
  const [y, index] = [garbage(2), new Int32Array(2).fill(9)];
  reference.max({ A: 1, M: 3, C: 2, x, y, index });
  expect([...y]).toEqual([7, -3]);
  expect([...index]).toEqual([1, 1]);
  reference.max({ A: 2, M: 1, C: 1, x: x.subarray(0, 2), y, index });
  expect([...y]).toEqual([1, -5]);
  expect([...index]).toEqual([0, 0]);
});

test("transpose swaps the middle axes, and undoes itself", () => {
  const [x, y, back] = [counting(2 * 3 * 2 * 2), garbage(24), garbage(24)];
  reference.transpose({ A: 2, M: 3, N: 2, C: 2, x, y });
  expect([...y.subarray(0, 12)]).toEqual([0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11]);
  expect([...y.subarray(12)]).toEqual([12, 13, 16, 17, 20, 21, 14, 15, 18, 19, 22, 23]);
  reference.transpose({ A: 2, M: 2, N: 3, C: 2, x: y, y: back });
  expect(back).toEqual(x);
});

test("take reads some columns, place writes them and leaves the others", () => {
  const taken = garbage(4);
  reference.take({ R: 2, X: 5, C: 2, at: 3, x: counting(10), y: taken });
  expect([...taken]).toEqual([3, 4, 8, 9]);
  const placed = counting(10);
  reference.place({ R: 2, X: 5, C: 2, at: 1, x: Float64Array.of(-1, -2, -3, -4), y: placed });
  expect([...placed]).toEqual([0, -1, -2, 3, 4, 5, -3, -4, 8, 9]);
});

test("take and place are each other's gradient", () => {
  const random = new Random(1);
  const [x, dy, y, dx] = [normals(random, 10), normals(random, 4), garbage(4), new Float64Array(10)];
  reference.take({ R: 2, X: 5, C: 2, at: 2, x, y });
  reference.place({ R: 2, X: 5, C: 2, at: 2, x: dy, y: dx });
  expect(dot(dx, x)).toBeCloseTo(dot(dy, y), 14);
});

test("sumSquares adds blocks of 4096 in order", () => {
  const y = garbage(1);
  for (const N of [0, 1, 4095, 4096, 4097, 10_000]) {
    reference.sumSquares({ N, x: counting(N), y });
    expect(y[0]).toBe(((N - 1) * N * (2 * N - 1)) / 6);
  }
  // 2^27 squared is 2^54, where the numbers are 4 apart: single ones added to it are lost, blocks of them are not.
  const x = new Float64Array(2 * 4096).fill(1);
  x[0] = 2 ** 27;
  x.fill(0, 1, 4096);
  reference.sumSquares({ N: x.length, x, y });
  expect(y[0]).toBe(2 ** 54 + 4096);
});
