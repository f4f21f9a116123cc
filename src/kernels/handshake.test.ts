import { expect, test } from "vitest";
import { compareTables } from "./handshake.ts";
import { tableText } from "./table.ts";

const ours = "add(N, x:in float[N]); sub(N, x:in float[N]); mul(N, x:in float[N])";

test("the same table is welcome", () => {
  expect(() => compareTables(tableText(), "native")).not.toThrow();
});

test("a stale build is told by the kernels that differ", () => {
  expect(() => compareTables("add(N, x:in float[N]); sub(N, y:in float[N]); old(N)", "native", ours)).toThrow(
    "native kernels: built from another kernel table, in which sub, mul, old differ; run npm run build:native",
  );
});

test("many differences are counted", () => {
  expect(() => compareTables("a(N); b(N); c(N); d(N); e(N); f(N)", "wasm", "a(N, M)")).toThrow(
    "wasm kernels: built from another kernel table, in which a, b, c, d and 2 more differ; run npm run build:wasm",
  );
});

test("one difference is told in the singular", () => {
  expect(() => compareTables("a(N); b(N)", "wasm", "a(N); b(M)")).toThrow("in which b differs; run");
});

test("kernels in another order are another table", () => {
  expect(() => compareTables("sub(N); add(N)", "wasm", "add(N); sub(N)")).toThrow(
    "wasm kernels: built from another kernel table, in which the order of kernels differs; run npm run build:wasm",
  );
});
