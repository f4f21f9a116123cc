import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadKernels, referenceBuild } from "../kernels/index.ts";
import { add, Engine, mul, sum } from "../tensor/index.ts";
import { clipByGlobalNorm, clipByValue, gradientNorm } from "./clipping.ts";
import { sgd } from "./optimizers/index.ts";

// PyTorch 2.13.0, float64; made by bench/peers/make_golden_training.py.
const golden = JSON.parse(readFileSync("test/golden/training.json", "utf8"));
const clipped: { limit: number; norm: number; w: number[]; b: number[] } = golden.clipped;

function withGradients(engine: Engine) {
  const w = engine.parameter(golden.w0, [5, 3]);
  const idle = engine.parameter([9, 9, 9]);
  const b = engine.parameter(golden.b0, [4]);
  const optimizer = sgd({ w, idle, b });
  const { w: gw, b: gb } = golden.gradients[0];
  add(sum(mul(w, engine.tensor(gw, [5, 3]))), sum(mul(b, engine.tensor(gb)))).backward();
  return { w, b, optimizer };
}

const exact = () => withGradients(new Engine(referenceBuild("float64")));

test("clipping by the global norm agrees with PyTorch", () => {
  const { w, b, optimizer } = exact();
  expect(clipByGlobalNorm(optimizer, clipped.limit)).toBeCloseTo(clipped.norm, 12);
  // PyTorch divides by norm + 1e-6.
  w.grad!.forEach((g, i) => {
    expect(g).toBeCloseTo(clipped.w[i]!, 5);
  });
  b.grad!.forEach((g, i) => {
    expect(g).toBeCloseTo(clipped.b[i]!, 5);
  });
  expect(gradientNorm(optimizer)).toBeCloseTo(clipped.limit, 12);
});

test("gradients within the limit stay as they are", () => {
  const { w, optimizer } = exact();
  const before = [...w.grad!];
  expect(clipByGlobalNorm(optimizer, 1000)).toBeCloseTo(clipped.norm, 12);
  expect([...w.grad!]).toEqual(before);
});

test("a norm that is no number changes nothing and is returned", () => {
  const { w, optimizer } = exact();
  w.grad![3] = Number.NaN;
  const before = [...w.grad!];
  expect(clipByGlobalNorm(optimizer, 1)).toBeNaN();
  expect([...w.grad!]).toEqual(before);
});

test("clipping by value cuts each number", () => {
  const { b, w, optimizer } = exact();
  clipByValue(optimizer, 0.5);
  const cut = (x: number) => Math.min(Math.max(x, -0.5), 0.5);
  expect([...w.grad!]).toEqual(golden.gradients[0].w.map(cut));
  expect([...b.grad!]).toEqual(golden.gradients[0].b.map(cut));
});

test.each([0, -1, Number.NaN])("a limit of %d is refused", (limit) => {
  const { optimizer } = exact();
  expect(() => clipByGlobalNorm(optimizer, limit)).toThrow(
    `clipByGlobalNorm: the limit must be more than 0, got ${limit}`,
  );
  expect(() => clipByValue(optimizer, limit)).toThrow(`clipByValue: the limit must be more than 0, got ${limit}`);
});

describe("clipping and a step on every build agree with the reference", () => {
  const wanted = exact();
  clipByGlobalNorm(wanted.optimizer, clipped.limit);
  wanted.optimizer.step();
  test.each(["native", "wasm", "reference"] as const)("%s", async (name) => {
    const build = await loadKernels({ build: name }).then(
      ({ build }) => build,
      () => null,
    );
    if (!build) return;
    const { w, b, optimizer } = withGradients(new Engine(build));
    clipByGlobalNorm(optimizer, clipped.limit);
    optimizer.step();
    [w, b].forEach((tensor, i) => {
      tensor.data.forEach((x, j) => {
        expect(x).toBeCloseTo((i === 0 ? wanted.w : wanted.b).data[j]!, 5);
      });
    });
  });
});
