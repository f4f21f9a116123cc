import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StopError } from "../base/index.ts";
import { Heap } from "./heap.ts";

const page = 65536;

function makeHeap(pages: number, maximum: number) {
  const memory = new WebAssembly.Memory({ initial: pages, maximum });
  let moves = 0;
  const heap = new Heap(memory, 100, () => moves++);
  return { memory, heap, moves: () => moves };
}

describe("heap", () => {
  test("blocks lie apart, at multiples of 64, beyond what is not ours", () => {
    const { heap } = makeHeap(1, 1);
    const starts = [1, 64, 65, 0, 1000].map((bytes) => heap.allocate(bytes));
    expect(starts).toEqual([128, 192, 256, 384, 448]);
    expect(heap.used).toBe(64 + 64 + 128 + 64 + 1024);
  });

  test("freed neighbours join, whichever goes first", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [0, 2, 1],
      [1, 0, 2],
    ]) {
      const { heap, moves } = makeHeap(1, 1);
      const blocks = [20000, 20000, 20000].map((bytes) => heap.allocate(bytes));
      for (const i of order) heap.free(blocks[i]!);
      expect(heap.used).toBe(0);
      expect(heap.allocate(60000)).toBe(128);
      expect(moves()).toBe(0);
    }
  });

  test("memory grows when it must, and says so", () => {
    const { heap, memory, moves } = makeHeap(1, 100);
    const before = heap.buffer;
    heap.allocate(3 * page);
    expect(moves()).toBe(1);
    expect(heap.buffer).toBe(memory.buffer);
    expect(before.byteLength).toBe(0);
  });

  test("the end of memory is a clear error and changes nothing", () => {
    const { heap } = makeHeap(1, 4);
    const kept = heap.allocate(1000);
    expect(() => heap.allocate(40 * page)).toThrow(
      new StopError(
        "wasm kernels: no memory for another 3 MB beside the 1 MB in use; WebAssembly reaches 4096 MB at most, so use smaller batches or models, or the native kernels",
      ),
    );
    expect(heap.used).toBe(1024);
    heap.free(kept);
    expect(heap.used).toBe(0);
    expect(heap.allocate(3 * page)).toBe(128);
  });

  test("freeing twice is refused", () => {
    const { heap } = makeHeap(1, 1);
    const start = heap.allocate(10);
    heap.free(start);
    expect(() => heap.free(start)).toThrow(`wasm kernels: no block begins at ${start}`);
  });

  test("blocks never overlap, and all of them freed leave one span", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(5000)), { maxLength: 200 }), (steps) => {
        const { heap } = makeHeap(2, 50);
        const live = new Map<number, number>();
        for (const [take, n] of steps) {
          if (take || live.size === 0) {
            const start = heap.allocate(n);
            for (const [other, bytes] of live) expect(start + n <= other || other + bytes <= start).toBe(true);
            live.set(start, n);
          } else {
            const start = [...live.keys()][n % live.size]!;
            heap.free(start);
            live.delete(start);
          }
        }
        for (const start of live.keys()) heap.free(start);
        expect(heap.used).toBe(0);
        expect(heap.allocate(heap.buffer.byteLength - 128)).toBe(128);
      }),
    );
  });
});
