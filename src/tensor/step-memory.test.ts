/** How long the values of a step can be read, and that their memory is used again. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { engines, exactEngine } from "../../test/engines.ts";
import { StopError } from "../base/index.ts";
import { referenceBuild } from "../kernels/index.ts";
import { Engine, linear, mean, noGrad, square, sub, sum, type Tensor, tanh } from "./index.ts";

describe("the values of a step", () => {
  test("can be read after backward, until the next operation is recorded", () => {
    const engine = exactEngine();
    const w = engine.parameter([3]);
    const y = square(w);
    const loss = sum(y);
    loss.backward();
    expect(loss.item()).toBe(9);
    expect(y.item()).toBe(9);
    noGrad(engine, () => square(w));
    expect(y.item(), "what is not recorded does not end the step").toBe(9);
    const kept = y.detach();
    const next = square(w);
    expect(() => y.data).toThrow(
      "tensor [1]: the training step that made it has ended; call detach() before the next step to keep it",
    );
    expect(() => loss.item()).toThrow(
      "number: the training step that made it has ended; call item() before the next step to keep it",
    );
    expect(() => sum(y)).toThrow("the training step that made it has ended");
    expect(kept.item()).toBe(9);
    expect(kept.requiresGrad).toBe(false);
    expect(next.item()).toBe(9);
  });

  test("of two losses stay until both were backpropagated", () => {
    const engine = exactEngine();
    const w = engine.parameter([3]);
    const [first, second] = [sum(square(w)), sum(tanh(w))];
    first.backward();
    second.backward();
    expect(w.grad![0]).toBeCloseTo(6 + 1 - Math.tanh(3) ** 2, 12);
    expect(second.item()).toBeCloseTo(Math.tanh(3), 12);
  });

  test("graphs that share a part cannot both be backpropagated", () => {
    const engine = exactEngine();
    const y = square(engine.parameter([3]));
    const [first, second] = [sum(y), mean(y)];
    first.backward();
    expect(() => second.backward()).toThrow("backward: square was already backpropagated; run the forward pass again");
  });
});

describe("memory of operations that were never backpropagated", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");

  test("is no longer held once it was collected", async () => {
    const engine = exactEngine();
    const w = engine.parameter([1, 2]);
    for (let n = 0; n < 1000; n++) sum(square(w));
    const { held } = engine.pool;
    expect(held).toBeGreaterThan(1000 * 64);
    for (let n = 0; n < 50 && engine.pool.held > held / 10; n++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(engine.pool.held).toBeLessThan(held / 10);
  });

  test("that leaves none for others is told of", () => {
    const build = referenceBuild("float64");
    let left = 5;
    const allocate = (length: number) => {
      if (left-- > 0) return build.allocate(length);
      throw new StopError("wasm kernels: no memory");
    };
    const engine = new Engine({ ...build, allocate });
    const w = engine.parameter([1, 2]);
    const { held } = engine.pool;
    const forward = () => {
      for (let n = 0; n < 10; n++) square(w);
    };
    expect(forward).toThrow(
      new StopError(
        "wasm kernels: no memory; recorded operations that were never backpropagated keep their memory until the event loop runs: use noGrad where no gradient is wanted",
      ),
    );
    expect(engine.pool.held, "what could not be had is not counted").toBe(held + 4 * 64);
  });
});

describe.each(engines)("the memory of a step on $title", ({ make }) => {
  const stepper = (engine: Engine): { w: Tensor; step: (n: number) => number } => {
    const w = engine.parameter([0.5, -0.5, 0.25, 0.1], [2, 2]);
    const b = engine.parameter([0, 0]);
    return {
      w,
      step: (n) => {
        const x = engine.tensor([Math.sin(n), Math.cos(n)], [1, 2]);
        const loss = mean(square(sub(tanh(linear(x, w, b)), x)));
        w.zeroGrad();
        b.zeroGrad();
        loss.backward();
        for (const p of [w, b]) for (let i = 0; i < p.size; i++) p.data[i]! -= 0.1 * p.grad![i]!;
        return loss.item();
      },
    };
  };

  test("stays the same over 10,000 steps, which learn", () => {
    const engine = make();
    const { step } = stepper(engine);
    const first = step(0);
    for (let n = 1; n < 10; n++) step(n);
    const { held } = engine.pool;
    for (let n = 10; n < 10_000; n++) step(n);
    expect(engine.pool.held).toBe(held);
    expect(step(10_000)).toBeLessThan(first / 2);
  });

  test("of one size serves others close to it", () => {
    const engine = make();
    const pool = engine.pool;
    pool.give(pool.take(1000));
    const { held } = pool;
    for (const length of [961, 980, 1024, 600]) pool.give(pool.take(length));
    expect(pool.held).toBe(held);
    const buffer = pool.take(970);
    expect(buffer.array.length).toBe(970);
    pool.give(pool.take(2000));
    expect(pool.held).toBeGreaterThan(held);
  });

  test("is little more for batches of every length than for the longest", () => {
    const engine = make();
    const w = engine.parameter(new Float32Array(8).fill(0.1), [2, 4]);
    const step = (T: number) => mean(square(tanh(linear(engine.zeros([T, 4]), w)))).backward();
    for (let n = 0; n < 3; n++) step(1000);
    const longest = engine.pool.held;
    for (let T = 1; T <= 1000; T += 7) step(T);
    expect(engine.pool.held).toBeLessThan(2 * longest);
  });

  test("is borrowed and given back, also after an error", () => {
    const { pool } = make();
    expect(pool.borrow((lend) => [...lend(3, "zeros").array])).toEqual([0, 0, 0]);
    const { held } = pool;
    expect(() =>
      pool.borrow((lend) => {
        lend(3);
        throw new Error("stop");
      }),
    ).toThrow("stop");
    pool.borrow((lend) => lend(3));
    expect(pool.held).toBe(held);
  });
});
