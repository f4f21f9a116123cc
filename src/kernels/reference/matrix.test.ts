import { describe, expect, test } from "vitest";
import { dot, garbage, normals } from "../../../test/central-differences.ts";
import { Random } from "../../base/index.ts";
import { reference } from "./index.ts";

const transposed = (x: Float64Array, rows: number, columns: number) =>
  Float64Array.from({ length: x.length }, (_, n) => x[(n % rows) * columns + Math.floor(n / rows)]!);

describe.each(["gemmNN", "gemmNT", "gemmTN"] as const)("%s", (name) => {
  const run = (M: number, N: number, K: number, accumulate: boolean, c: Float64Array) => {
    const random = new Random(1);
    const [rows, columns] = [normals(random, M * K), normals(random, N * K)];
    const a = name === "gemmTN" ? transposed(rows, M, K) : rows;
    const b = name === "gemmNT" ? columns : transposed(columns, N, K);
    reference[name]({ M, N, K, accumulate, a, b, c });
    return Float64Array.from({ length: M * N }, (_, n) => {
      const [m, k] = [Math.floor(n / N) * K, (n % N) * K];
      return dot(rows.subarray(m, m + K), columns.subarray(k, k + K));
    });
  };

  test.each([
    [1, 1, 1],
    [2, 3, 4],
    [3, 5, 7],
    [4, 9, 1],
    [7, 8, 3],
  ])("is every row times every column: %d x %d, sums of %d", (M, N, K) => {
    const [fresh, added] = [garbage(M * N), new Float64Array(M * N).fill(10)];
    const wanted = run(M, N, K, false, fresh);
    run(M, N, K, true, added);
    wanted.forEach((value, n) => {
      expect(fresh[n]).toBeCloseTo(value, 13);
      expect(added[n]).toBeCloseTo(10 + value, 13);
    });
  });

  test("a sum of nothing is 0, or what was there", () => {
    const [fresh, added] = [garbage(6), Float64Array.of(1, 2, 3, 4, 5, 6)];
    run(2, 3, 0, false, fresh);
    run(2, 3, 0, true, added);
    expect([...fresh]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...added]).toEqual([1, 2, 3, 4, 5, 6]);
    run(0, 3, 2, false, garbage(0));
    run(2, 0, 2, false, garbage(0));
  });

  test("sums of 32-bit numbers are made in 64 bits", () => {
    const c = new Float32Array(1);
    const a = Float32Array.of(2 ** 24, 1, -(2 ** 24), 1);
    reference[name]({ M: 1, N: 1, K: 4, accumulate: false, a, b: new Float32Array(4).fill(1), c });
    expect(c[0]).toBe(2);
  });
});

test("linearForward is w x + bias, by hand", () => {
  const y = garbage(4);
  const [x, w] = [Float64Array.of(1, 2, 3, -1, 0, 1), Float64Array.of(1, 0, -1, 2, 1, 0)];
  reference.linearForward({ N: 2, I: 3, O: 2, x, w, bias: Float64Array.of(10, 20), y });
  expect([...y]).toEqual([8, 24, 8, 18]);
  reference.linearForward({ N: 2, I: 3, O: 2, x, w, bias: null, y });
  expect([...y]).toEqual([-2, 4, -2, -2]);
});

test("a linear layer of no rows has gradients 0, one of no inputs is its bias", () => {
  const [dw, dbias, y] = [garbage(6), garbage(2), garbage(2)];
  const none = new Float64Array(0);
  reference.linearBackward({ N: 0, I: 3, O: 2, x: none, w: normals(new Random(1), 6), dy: none, dx: none, dw, dbias });
  expect([...dw, ...dbias]).toEqual(Array(8).fill(0));
  reference.linearForward({ N: 1, I: 0, O: 2, x: none, w: none, bias: Float64Array.of(3, 4), y });
  expect([...y]).toEqual([3, 4]);
});
