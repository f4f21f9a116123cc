/** The values of operations, in every build. */
import { describe, expect, test } from "vitest";
import { engines } from "../../test/engines.ts";
import {
  add,
  argmax,
  broadcastTo,
  concat,
  div,
  dropout,
  embedding,
  exp,
  layerNorm,
  linear,
  log,
  matmul,
  max,
  mean,
  mul,
  noGrad,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  split,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  unstack,
} from "./index.ts";

describe.each(engines)("operations on $title", ({ make }) => {
  const engine = make();
  const x = engine.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
  const expectValues = (y: Tensor, shape: number[], values: number[]) => {
    expect(y.shape).toEqual(shape);
    expect(y.data.length).toBe(values.length);
    values.forEach((value, i) => {
      expect(y.data[i]!).toBeCloseTo(value, 5);
    });
  };

  test("arithmetic broadcasts as NumPy does", () => {
    expectValues(add(x, engine.tensor([10, 20, 30])), [2, 3], [11, 22, 33, 14, 25, 36]);
    expectValues(sub(x, engine.tensor([1, 2], [2, 1])), [2, 3], [0, 1, 2, 2, 3, 4]);
    expectValues(mul(engine.tensor([1, 2], [2, 1, 1]), x), [2, 2, 3], [1, 2, 3, 4, 5, 6, 2, 4, 6, 8, 10, 12]);
    expectValues(mul(engine.tensor([1, 2], [2, 1]), engine.tensor([3, 4, 5])), [2, 3], [3, 4, 5, 6, 8, 10]);
    expectValues(div(x, engine.tensor([2], [])), [2, 3], [0.5, 1, 1.5, 2, 2.5, 3]);
    expectValues(sub(10, mul(2, add(1, div(x, 2)))), [2, 3], [7, 6, 5, 4, 3, 2]);
  });

  test("functions of one number", () => {
    expectValues(tanh(x), [2, 3], [...x.data].map(Math.tanh));
    expectValues(
      sigmoid(x),
      [2, 3],
      [...x.data].map((v) => 1 / (1 + Math.exp(-v))),
    );
    expectValues(relu(sub(x, 3)), [2, 3], [0, 0, 0, 1, 2, 3]);
    expectValues(log(exp(x)), [2, 3], [...x.data]);
    expectValues(sqrt(square(x)), [2, 3], [...x.data]);
  });

  test("reductions", () => {
    expectValues(sum(x), [], [21]);
    expectValues(sum(x, 0), [3], [5, 7, 9]);
    expectValues(mean(x, -1), [2], [2, 5]);
    expectValues(mean(x), [], [3.5]);
    expectValues(max(transpose(x), 0), [2], [3, 6]);
    expect([...argmax(engine.tensor([1, 5, 5, 7, 2, 7], [2, 3]))]).toEqual([1, 0]);
    expect([...argmax(engine.tensor([1, 5, 5, 7, 2, 7], [2, 3]), 0)]).toEqual([1, 0, 1]);
  });

  test("layout", () => {
    expectValues(transpose(x), [3, 2], [1, 4, 2, 5, 3, 6]);
    expectValues(transpose(reshape(x, [1, 2, 3]), 0, 2), [3, 2, 1], [1, 4, 2, 5, 3, 6]);
    expect(transpose(x, 1, -1)).toBe(x);
    expectValues(reshape(x, [-1]), [6], [1, 2, 3, 4, 5, 6]);
    expectValues(broadcastTo(engine.tensor([1, 2], [2, 1]), [2, 2, 2]), [2, 2, 2], [1, 1, 2, 2, 1, 1, 2, 2]);
    expectValues(slice(x, 1, 1, 3), [2, 2], [2, 3, 5, 6]);
    expectValues(slice(x, 0, 1, 1), [0, 3], []);
    expectValues(concat([x, engine.tensor([7, 8], [2, 1])]), [2, 4], [1, 2, 3, 7, 4, 5, 6, 8]);
    expectValues(concat([x, x], 0), [4, 3], [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
    expectValues(stack([x, mul(x, 2)]), [2, 2, 3], [1, 2, 3, 4, 5, 6, 2, 4, 6, 8, 10, 12]);
    expectValues(unstack(x)[1]!, [3], [4, 5, 6]);
    expectValues(split(x, 3)[1]!, [2, 1], [2, 5]);
    expectValues(split(x, 2, 0)[1]!, [1, 3], [4, 5, 6]);
  });

  test("products, lookups and normalisation", () => {
    const w = engine.tensor([1, 0, 1, 0, 1, 1], [2, 3]);
    expectValues(matmul(x, transpose(w)), [2, 2], [4, 5, 10, 11]);
    expectValues(linear(x, w, engine.tensor([1, -1])), [2, 2], [5, 4, 11, 10]);
    expectValues(embedding(x, { ids: Int32Array.of(1, 0, 1), shape: [3] }), [3, 3], [4, 5, 6, 1, 2, 3, 4, 5, 6]);
    const [p, q, r] = [1, 2, 3].map((v) => Math.exp(v) / (Math.exp(1) + Math.exp(2) + Math.exp(3)));
    expectValues(softmax(x), [2, 3], [p!, q!, r!, p!, q!, r!]);
    const s = Math.sqrt(1.5);
    const normal = layerNorm(x, engine.tensor([1, 1, 2]), engine.tensor([0, 0, 1]), 1e-12);
    expectValues(normal, [2, 3], [-s, 0, 2 * s + 1, -s, 0, 2 * s + 1]);
  });

  test("dropout draws from the engine's generator alone", () => {
    const draw = (seed: number) => {
      const engine = make(seed);
      return [...dropout(engine.tensor(new Float32Array(100).fill(1)), 0.5).data];
    };
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  test("recording or not, and with or without gradients, the numbers are the same", () => {
    const engine = make();
    const a = engine.parameter([0.1, -0.2, 0.3, 0.4], [2, 2]);
    const f = () => softmax(tanh(matmul(a, add(a, engine.tensor([1, 2])))));
    const recorded = [...f().data];
    expect([...noGrad(engine, f).data]).toEqual(recorded);
    expect(noGrad(engine, f).requiresGrad).toBe(false);
    expect(engine.recording).toBe(true);
  });
});
