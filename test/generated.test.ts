/** What is made from other files of the repository and committed beside them follows from those. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

function run(script: string, ...options: string[]) {
  const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", script, ...options], { encoding: "utf8" });
  return { status, stderr };
}

test("native/kernels.gen.h and docs/kernels.md follow from the kernel table", () => {
  expect(run("scripts/gen-kernels.ts", "--check")).toEqual({ status: 0, stderr: "" });
});

test("native/kernels.wasm was made from the C++ beside it", () => {
  expect(run("scripts/build-wasm.ts", "--sources")).toEqual({ status: 0, stderr: "" });
});
