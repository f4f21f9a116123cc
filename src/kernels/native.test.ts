import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { type Addon, bindNative } from "./native.ts";

const path = fileURLToPath(new URL("../../build/kernels.node", import.meta.url));

describe.skipIf(!existsSync(path))("native kernels", () => {
  const load = () => createRequire(import.meta.url)(path) as Addon;
  const open = (threads = 1) => bindNative(load(), load().isas[0]!, threads);

  test("say what this processor runs", () => {
    const { isas, cores } = load();
    expect(isas).toContain(process.arch === "arm64" ? "neon" : "x86-64");
    expect(cores).toBeGreaterThanOrEqual(1);
  });

  test("blocks begin at cache lines and have the length asked for", () => {
    const build = open();
    for (const length of [0, 1, 7, 1000]) {
      const { array } = build.allocate(length);
      expect(array.length).toBe(length);
      expect(load().address(array as Float32Array) % 64).toBe(0);
    }
  });

  test("arrays may be parts, shared, one and the same, or empty", () => {
    const { kernels } = open();
    const whole = Float32Array.of(9, 1, 2, 3, 0, 0, 0, 9);
    kernels.scale({ N: 3, by: 2, plus: 1, x: whole.subarray(1, 4), y: whole.subarray(4, 7) });
    expect([...whole]).toEqual([9, 1, 2, 3, 3, 5, 7, 9]);
    const shared = new Float32Array(new SharedArrayBuffer(8));
    kernels.scale({ N: 2, by: 0, plus: 4, x: shared, y: shared });
    expect([...shared]).toEqual([4, 4]);
    kernels.scale({ N: 0, by: 2, plus: 1, x: new Float32Array(0), y: new Float32Array(0) });
  });

  test("an instruction set that this processor lacks is refused", () => {
    const addon = load();
    expect(() => bindNative(addon, "avx9", 1)).toThrow(
      `native kernels: this processor does not run avx9; it runs ${addon.isas.join(", ")}`,
    );
  });

  test("an addon of another table is refused", () => {
    const stale = { ...load(), table: load().table.replace("scale(N,", "scale(M,") };
    expect(() => bindNative(stale, stale.isas[0]!, 1)).toThrow(
      "native kernels: built from another kernel table, in which scale differs; run npm run build:native",
    );
  });

  test("worker threads run kernels at the same time, and may end while others go on", async () => {
    const program = `
      const { parentPort } = require("node:worker_threads");
      const addon = require(${JSON.stringify(path)});
      const { words, kernels } = addon.open(addon.isas[0], 2);
      const [M, N, K] = [64, 512, 300];
      const a = new Float32Array(M * K).fill(1), b = new Float32Array(K * N).fill(2), c = new Float32Array(M * N);
      new Int32Array(words).set([M, N, K, 0]);
      let right = true;
      for (let round = 0; round < 200; round++) {
        c.fill(NaN);
        kernels.gemmNN(a, b, c);
        right &&= c.every((value) => value === 600);
      }
      parentPort.postMessage(right);`;
    const run = () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(program, { eval: true });
        worker.on("message", resolve).on("error", reject);
      });
    for (let round = 0; round < 2; round++)
      expect(await Promise.all([run(), run(), run()])).toEqual([true, true, true]);
    const { kernels } = open(2);
    const x = Float32Array.of(1);
    kernels.scale({ N: 1, by: 2, plus: 1, x, y: x });
    expect(x[0]).toBe(3);
  });
});
