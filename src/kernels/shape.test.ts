import { expect, test } from "vitest";
import { axesOf, readLimit, readShape } from "./shape.ts";

test("shapes are axes of sizes, their multiples and numbers", () => {
  expect(readShape("T 4H 3")).toEqual([
    { times: 1, size: "T" },
    { times: 4, size: "H" },
    { times: 3, size: "" },
  ]);
  expect(axesOf("T B 4H", { T: 5, B: 2, H: 3 })).toEqual([5, 2, 12]);
  expect(axesOf("1", {})).toEqual([1]);
});

test("limits are sizes with something taken off", () => {
  expect(readLimit("T")).toEqual({ size: "T", offset: 0 });
  expect(readLimit("V-1")).toEqual({ size: "V", offset: -1 });
});

test("a slip in the table is named", () => {
  expect(() => readShape("T  B")).toThrow('kernel table: "" in shape "T  B" is no axis');
  expect(() => readShape("T b")).toThrow('kernel table: "b" in shape "T b" is no axis');
  expect(() => readLimit("V+1")).toThrow('kernel table: "V+1" is no limit');
});
