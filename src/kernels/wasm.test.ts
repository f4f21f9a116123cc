import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { Random, StopError } from "../base/index.ts";
import type { Block, KernelBuild } from "./build.ts";
import { loadWasm } from "./wasm.ts";

const module = await WebAssembly.compile(await readFile("native/kernels.wasm"));
const load = () => loadWasm(module);

/** What the memory of a build is now: another object once it has grown. */
function memoryOf(build: KernelBuild): ArrayBufferLike {
  const block = build.allocate(1);
  const { buffer } = block.array;
  block.free();
  return buffer;
}

/** y = 2 x + 1, for arrays that may lie anywhere. */
function double(build: KernelBuild, x: Float32Array, y: Float32Array): void {
  build.kernels.scale({ N: x.length, by: 2, plus: 1, x, y });
}

describe("arrays", () => {
  test("may lie outside of the module", async () => {
    const x = Float32Array.of(1, 2, 3);
    const y = new Float32Array(3).fill(Number.NaN);
    double(await load(), x, y);
    expect([...y]).toEqual([3, 5, 7]);
    expect([...x]).toEqual([1, 2, 3]);
  });

  test("may lie in blocks, or partly so", async () => {
    const build = await load();
    const block = build.allocate(3);
    block.array.set([1, 2, 3]);
    const y = new Float32Array(3);
    double(build, block.array as Float32Array, y);
    expect([...y]).toEqual([3, 5, 7]);
    double(build, y, block.array as Float32Array);
    expect([...block.array]).toEqual([7, 11, 15]);
  });

  test("may be parts of a block", async () => {
    const build = await load();
    const block = build.allocate(6);
    block.array.set([1, 2, 3, 0, 0, 9]);
    double(build, block.array.subarray(0, 3) as Float32Array, block.array.subarray(2, 5) as Float32Array);
    expect([...block.array]).toEqual([1, 2, 3, 5, 7, 9]);
  });

  test("may be one and the same", async () => {
    const x = Float32Array.of(1, 2, 3);
    double(await load(), x, x);
    expect([...x]).toEqual([3, 5, 7]);
  });

  test("may have no elements", async () => {
    const build = await load();
    double(build, new Float32Array(0), new Float32Array(0));
    double(build, build.allocate(0).array as Float32Array, build.allocate(0).array as Float32Array);
  });

  test("may not come from before the memory moved", async () => {
    const build = await load();
    const block = build.allocate(2);
    const before = block.array as Float32Array;
    build.allocate(50_000_000);
    const y = new Float32Array(2);
    expect(() => build.kernels.scale({ N: 2, by: 2, plus: 1, x: before, y })).toThrow(
      "scale: x is an array whose memory has moved; read the array of its block anew after each allocation",
    );
  });
});

describe("blocks", () => {
  test("keep their numbers when the memory grows", async () => {
    const build = await load();
    const block = build.allocate(4);
    block.array.set([1, 2, 3, 4]);
    const before = block.array;
    const large = build.allocate(40_000_000);
    expect(before.length).toBe(0);
    expect([...block.array]).toEqual([1, 2, 3, 4]);
    expect(block.array).toBe(block.array);
    expect(large.array.length).toBe(40_000_000);
  });

  test("are used again once freed", async () => {
    const build = await load();
    for (let round = 0; round < 200; round++) build.allocate(20_000_000).free();
    expect(memoryOf(build).byteLength).toBeLessThan(200_000_000);
  });

  test("may be freed twice but not read after", async () => {
    const build = await load();
    const block = build.allocate(4);
    block.free();
    block.free();
    expect(() => block.array).toThrow("wasm kernels: a block was read after free()");
  });

  test("that do not fit are refused, and leave the rest as it was", async () => {
    const build = await load();
    const block = build.allocate(4);
    block.array.set([1, 2, 3, 4]);
    expect(() => build.allocate(1_100_000_000)).toThrow(
      /^wasm kernels: no memory for another 4197 MB beside the 1 MB in use; WebAssembly reaches 4096 MB at most, so use/,
    );
    expect([...block.array]).toEqual([1, 2, 3, 4]);
    build.allocate(1000).free();
  });
});

test("blocks that nobody holds any more are freed", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const build = await load();
  const lose = () => {
    for (let i = 0; i < 20; i++) build.allocate(20_000_000);
  };
  // 1.6 GB each time, of 4 in all.
  for (let round = 0; round < 4; round++) {
    lose();
    collect();
    await setTimeout(20);
  }
});

test("a kernel that finds no scratch memory says so, and works again when there is some", async () => {
  const build = await load();
  const [M, N, K] = [100, 300, 500];
  const [a, b, c] = [build.allocate(M * K), build.allocate(K * N), build.allocate(M * N)];
  const call = () => build.kernels.gemmNN({ M, N, K, accumulate: false, a: a.array, b: b.array, c: c.array });
  const filled: Block[] = [];
  for (const length of [1_000_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1000])
    try {
      for (;;) filled.push(build.allocate(length));
    } catch (error) {
      expect(error).toBeInstanceOf(StopError);
    }
  expect(call).toThrow(new StopError("gemmNN: not enough memory"));
  for (const block of filled) block.free();
  a.array.fill(1);
  b.array.fill(2);
  call();
  expect(c.array.every((value) => value === 2 * K)).toBe(true);
});

describe("a call that needs more memory", () => {
  // Far beyond what the module begins with, for arrays copied in and for scratch memory alike.
  const [M, N, K] = [300, 400, 900];
  const random = new Random(1);
  const fill = (array: { length: number; [index: number]: number }) => {
    for (let i = 0; i < array.length; i++) array[i] = random.uniform() - 0.5;
  };

  test("grows it while the call is under way, wherever its arrays lie", async () => {
    const build = await load();
    const [a, b] = [new Float32Array(M * K), new Float32Array(K * N)];
    const [resident, result] = [build.allocate(M * K), build.allocate(M * N)];
    fill(a);
    fill(b);
    resident.array.set(a);
    const outside = new Float32Array(M * N);
    const before = memoryOf(build);
    build.kernels.gemmNN({ M, N, K, accumulate: false, a: resident.array, b, c: result.array });
    expect(memoryOf(build)).not.toBe(before);
    build.kernels.gemmNN({ M, N, K, accumulate: false, a, b, c: outside });
    expect(result.array.every((value, i) => value === outside[i])).toBe(true);
    let exact = 0;
    for (let k = 0; k < K; k++) exact += a[3 * K + k]! * b[k * N + 5]!;
    expect(outside[3 * N + 5]).toBeCloseTo(exact, 4);
  });

  test("does so once: calls alike go on in the same memory", async () => {
    const build = await load();
    const [a, b, c] = [new Float32Array(M * K), new Float32Array(K * N), new Float32Array(M * N)];
    const call = () => build.kernels.gemmNN({ M, N, K, accumulate: false, a, b, c });
    call();
    call();
    const before = memoryOf(build);
    for (let round = 0; round < 5; round++) call();
    expect(memoryOf(build)).toBe(before);
  });
});

test("several modules have memories of their own", async () => {
  const [one, two] = [await load(), await load()];
  const block = one.allocate(3);
  block.array.set([1, 2, 3]);
  const y = new Float32Array(3);
  double(two, block.array as Float32Array, y);
  expect([...y]).toEqual([3, 5, 7]);
});
