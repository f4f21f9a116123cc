/** What a wrong use of tensors is told, word by word. */
import { describe, expect, test } from "vitest";
import { exactEngine } from "../../test/engines.ts";
import { referenceBuild } from "../kernels/index.ts";
import {
  add,
  argmax,
  broadcastTo,
  concat,
  div,
  dropout,
  Engine,
  embedding,
  gradientCheck,
  layerNorm,
  linear,
  matmul,
  max,
  mean,
  noGrad,
  record,
  reshape,
  slice,
  split,
  stack,
  sum,
  transpose,
} from "./index.ts";

describe("messages", () => {
  const engine = exactEngine();
  const x = engine.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
  const empty = engine.zeros([2, 0]);
  const row = engine.tensor([1, 2]);
  const other = exactEngine().tensor([1, 2]);
  const used = () => {
    const loss = sum(engine.parameter([1]));
    loss.backward();
    loss.backward();
  };
  const cases: readonly [string, new (...args: never[]) => Error, () => unknown][] = [
    ["tensor: shape [2 2] needs 4 numbers, got 3", RangeError, () => engine.tensor([1, 2, 3], [2, 2])],
    ["parameter: shape [2] needs 2 numbers, got 3", RangeError, () => engine.parameter([1, 2, 3], [2])],
    ["tensor: sizes must be whole numbers, at least 0, got [-1 3]", RangeError, () => engine.tensor([1], [-1, 3])],
    ["add: shapes must agree or be broadcast (1 against any size), got [2 3] and [2]", RangeError, () => add(x, row)],
    ["add: one side must be a tensor, got two numbers", RangeError, () => add(1 as never, 2)],
    ["add: the tensors belong to two engines; make both with one", RangeError, () => add(row, other)],
    ["matmul: needs [M K] and [K N], got [2 3] and [2 3]", RangeError, () => matmul(x, x)],
    ["linear: needs x [... I] and w [O I], got [2] and [2 3]", RangeError, () => linear(row, x)],
    ["linear: bias must be [2] for w [2 3], got [3]", RangeError, () => linear(x, x, engine.tensor([1, 2, 3]))],
    [
      "embedding: weight must be [V E], got [2]",
      RangeError,
      () => embedding(row, { ids: new Int32Array(1), shape: [1] }),
    ],
    [
      "embedding: tokens [2 2] need 4 ids, got 3",
      RangeError,
      () => embedding(x, { ids: new Int32Array(3), shape: [2, 2] }),
    ],
    [
      "embedding: ids[1] must be from 0 to 1, got 2",
      RangeError,
      () => embedding(x, { ids: Int32Array.of(0, 2), shape: [2] }),
    ],
    [
      "embedding: tokens must be { ids, shape } with ids an Int32Array, got [0,1]; write { ids: Int32Array.of(3, 1), shape: [2] }",
      TypeError,
      () => embedding(x, [0, 1] as never),
    ],
    ["div: one side must be a tensor, got two numbers", RangeError, () => div(1 as never, 2)],
    [
      "tensor: values[0] must be a number, got [1,2]; give one flat list and its shape: tensor([1, 2, 3, 4], [2, 2])",
      TypeError,
      () =>
        engine.tensor([
          [1, 2],
          [3, 4],
        ] as never),
    ],
    ['parameter: values[1] must be a number, got "2"', TypeError, () => engine.parameter([1, "2"] as never)],
    ["tensor: values must be a list of numbers, got 5", TypeError, () => engine.tensor(5 as never)],
    [
      "parameter: values must be a list of numbers, got undefined",
      TypeError,
      () => engine.parameter(undefined as never),
    ],
    [
      "Engine: build must be kernels, got undefined; give (await loadKernels()).build",
      TypeError,
      () => new Engine(undefined as never),
    ],
    [
      "Engine: build must be kernels, got { build, notes }; give (await loadKernels()).build",
      TypeError,
      () => new Engine({ build: engine.build, notes: [] } as never),
    ],
    ["Engine: seed must be a whole number, got 1.5", TypeError, () => new Engine(engine.build, { seed: 1.5 })],
    [
      'Engine: no option "sead"; did you mean "seed"?',
      RangeError,
      () => new Engine(engine.build, { sead: 1 } as object),
    ],
    [
      "noGrad: needs an engine and a function, got a function; write noGrad(engine, () => ...)",
      TypeError,
      () => noGrad((() => 1) as never, undefined as never),
    ],
    [
      'gradientCheck: no option "steps"; did you mean "step"?',
      RangeError,
      () => gradientCheck(() => x, { x }, { steps: 1 } as object),
    ],
    ["layerNorm: gain and bias must be [3] for x [2 3], got [2] and [2]", RangeError, () => layerNorm(x, row, row)],
    ["dropout: rate must be from 0 up to but not including 1, got 1", RangeError, () => dropout(x, 1)],
    ["reshape: cannot read [2 3] as [4 -1]", RangeError, () => reshape(x, [4, -1])],
    ["transpose: axis must be from -2 to 1 for [2 3], got 2", RangeError, () => transpose(x, 0, 2)],
    ["sum: axis must be from -2 to 1 for [2 3], got 0.5", RangeError, () => sum(x, 0.5)],
    ["mean: needs at least one number, got [2 0]", RangeError, () => mean(empty)],
    ["max: axis 1 of [2 0] is empty", RangeError, () => max(empty)],
    ["argmax: axis 1 of [2 0] is empty", RangeError, () => argmax(empty)],
    ["broadcastTo: cannot repeat [2 3] into [3 3]", RangeError, () => broadcastTo(x, [3, 3])],
    ["broadcastTo: cannot repeat [2 3] into [3]", RangeError, () => broadcastTo(x, [3])],
    ["split: count must divide axis 1 of [2 3], got 0", RangeError, () => split(x, 0)],
    ["slice: needs 0 <= start <= end <= 3, got 2 to 4", RangeError, () => slice(x, 1, 2, 4)],
    ["split: count must divide axis 1 of [2 3], got 2", RangeError, () => split(x, 2)],
    ["concat: needs at least one tensor", RangeError, () => concat([])],
    ["concat: shapes must agree but for axis 1, got [2 3] and [2]", RangeError, () => concat([x, row])],
    ["stack: needs at least one tensor", RangeError, () => stack([])],
    ["stack: shapes must agree, got [2 3] and [2]", RangeError, () => stack([x, row])],
    ["item: needs a tensor of one number, got [2 3]", RangeError, () => x.item()],
    ["backward: needs a loss of one number, got [2]", RangeError, () => add(engine.parameter([1, 2]), 1).backward()],
    ["backward: the loss depends on no parameter, or was made under noGrad", RangeError, () => sum(x).backward()],
    ["backward: sum was already backpropagated; run the forward pass again", RangeError, used],
    [
      "record: needs at least one tensor",
      TypeError,
      () => record({ name: "record", inputs: [], shapes: [], forward() {}, backward() {} }),
    ],
    ["gradientCheck: needs at least one parameter", RangeError, () => gradientCheck(() => x, {})],
    [
      'gradientCheck: needs float64; load the kernels with { precision: "float64" }',
      RangeError,
      () => {
        const p = new Engine(referenceBuild("float32")).parameter([1]);
        return gradientCheck(() => sum(p), { p });
      },
    ],
  ];

  test.each(cases)("%s", (message, kind, f) => {
    let error: unknown;
    try {
      f();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toBe(message);
  });

  test("noGrad records again after an error", () => {
    expect(() =>
      noGrad(engine, () => {
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(engine.recording).toBe(true);
  });
});
