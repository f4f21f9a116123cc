/** Dropout of every kind: what is dropped together, gradients, seeds, and that evaluation sees nothing of it. */
import { describe, expect, test } from "vitest";
import { drawnGradientError } from "../../test/drawn-gradients.ts";
import { engines, exactEngine } from "../../test/engines.ts";
import { type Engine, mul, noGrad, sum, type Tensor, tanh } from "../tensor/index.ts";
import { Dropout, defineCell, Embedding, loadParameters, lockedDropout, parameters, Recurrent } from "./index.ts";

const normals = (engine: Engine, shape: readonly number[]) => {
  const size = shape.reduce((product, n) => product * n, 1);
  return engine.parameter(
    Float64Array.from({ length: size }, () => engine.random.normal()),
    shape,
  );
};
const weigh = (y: Tensor) =>
  sum(
    mul(
      y,
      y.engine.tensor(
        Float64Array.from({ length: y.size }, (_, i) => Math.sin(1 + i)),
        y.shape,
      ),
    ),
  );
const rowsOf = ({ data, shape }: Tensor) => {
  const C = shape.at(-1)!;
  return Array.from({ length: data.length / C }, (_, n) => [...data.subarray(n * C, (n + 1) * C)]);
};

describe("lockedDropout", () => {
  // The second shape is multiplied in several calls, the last of them shorter.
  test.each([
    [5, 3, 4],
    [4, 64, 100],
  ])("drops the same numbers at all steps of [%d %d %d], in every build", (T, B, H) => {
    const masks = engines.map(({ make }) => {
      const engine = make(1);
      const x = engine.parameter(new Float64Array(T * B * H).fill(1), [T, B, H]);
      const y = lockedDropout(x, 0.25);
      const [first, ...others] = Array.from({ length: T }, (_, t) => [...y.data.subarray(t * B * H, (t + 1) * B * H)]);
      for (const other of others) expect(other).toEqual(first);
      expect([...new Set(first!.map((value) => value.toFixed(6)))].sort()).toEqual(["0.000000", "1.333333"]);
      sum(y).backward();
      expect(x.grad).toEqual(y.data);
      expect(noGrad(engine, () => lockedDropout(x, 0.25))).toBe(x);
      expect(lockedDropout(x, 0)).toBe(x);
      return first!.map((value) => value !== 0);
    });
    for (const mask of masks) expect(mask).toEqual(masks[0]);
    const share = masks[0]!.filter((kept) => kept).length / masks[0]!.length;
    if (B * H > 1000) expect(Math.abs(share - 0.75)).toBeLessThan(0.02);
  });

  test("has the gradient of central differences", () => {
    const engine = exactEngine();
    const x = normals(engine, [4, 2, 3]);
    expect(drawnGradientError(() => weigh(lockedDropout(tanh(x), 0.4)), { x })).toBeLessThan(1e-7);
  });

  test("is what Dropout does with locked", () => {
    const engine = exactEngine();
    const x = normals(engine, [4, 2, 3]);
    const { state } = engine.random;
    const y = [...lockedDropout(x, 0.5).data];
    engine.random.state = state;
    expect([...new Dropout(engine, { rate: 0.5, locked: true }).forward(x).data]).toEqual(y);
  });

  test("is told what cannot be", () => {
    const engine = exactEngine();
    expect(() => lockedDropout(engine.zeros([2, 2]), 1)).toThrow(
      new RangeError("lockedDropout: rate must be from 0 up to but not including 1, got 1"),
    );
    expect(() => lockedDropout(engine.zeros([]), 0.5)).toThrow(
      new RangeError("lockedDropout: x must be [T ...], got []"),
    );
  });
});

describe("dropout of words", () => {
  const ids = Int32Array.of(0, 1, 2, 2, 1, 0, 4, 4, 2);
  const tokens = { ids, shape: [3, 3] };

  test.each(engines)("a dropped word is 0 wherever it stands, by either way: $title", ({ make }) => {
    for (const V of [5, 20, 5000]) {
      const engine = make(6);
      const embedding = new Embedding(engine, { vocabularySize: V, embeddingSize: 4, dropout: 0.5 });
      const { state } = engine.random;
      const rows = rowsOf(embedding.forward(tokens));
      const kept = ids.map((id, n) => {
        const row = [...embedding.weight.data.subarray(4 * id, 4 * id + 4)];
        const isKept = rows[n]!.some((value) => value !== 0);
        for (const [e, value] of rows[n]!.entries()) expect(value).toBeCloseTo(isKept ? 2 * row[e]! : 0, 6);
        return Number(isKept);
      });
      for (const [n, id] of ids.entries()) expect(kept[n]).toBe(kept[ids.indexOf(id)]);
      expect(new Set(kept)).toEqual(new Set([0, 1]));
      engine.random.state = state;
      const source = embedding.lookup(tokens);
      const looked =
        "tokens" in source
          ? [...ids].map((id) => [...source.weight.data.subarray(4 * id, 4 * id + 4)])
          : rowsOf(source);
      expect("tokens" in source).toBe(V < ids.length);
      expect(looked).toEqual(rows);
      expect(noGrad(engine, () => embedding.lookup(tokens))).toEqual({ weight: embedding.weight, tokens });
    }
  });

  test.each([5, 20])("has the gradient of central differences, V %d", (vocabularySize) => {
    const engine = exactEngine(2);
    const embedding = new Embedding(engine, { vocabularySize, embeddingSize: 4, dropout: 0.4 });
    const recurrent = new Recurrent(engine, { cell: "gru", inputSize: 4, hiddenSize: 3 });
    const f = () => weigh(recurrent.forward(embedding.lookup(tokens)).y);
    expect(drawnGradientError(f, parameters({ embedding, recurrent }))).toBeLessThan(1e-7);
    expect(drawnGradientError(() => weigh(tanh(embedding.forward(tokens))), { w: embedding.weight })).toBeLessThan(
      1e-7,
    );
  });

  test("drops in several calls what is many rows", () => {
    const engine = exactEngine(4);
    const embedding = new Embedding(engine, { vocabularySize: 3000, embeddingSize: 10, dropout: 0.3 });
    const all = { ids: Int32Array.from({ length: 3000 }, (_, i) => i), shape: [3000] };
    const rows = rowsOf(embedding.forward(all));
    const dropped = rows.filter((row) => row.every((value) => value === 0)).length;
    expect(Math.abs(dropped / 3000 - 0.3)).toBeLessThan(0.03);
    const { data } = embedding.weight;
    for (const [n, row] of rows.entries())
      if (row[0] !== 0) expect(row).toEqual(row.map((_, e) => data[10 * n + e]! * (1 / 0.7)));
  });
});

describe("dropped recurrent weights", () => {
  const sizes = { inputSize: 3, hiddenSize: 4 };

  test.each(["rnn", "gru", "lstm"] as const)("are those of a model without them, step after step: %s", (cell) => {
    const engine = exactEngine(5);
    const model = new Recurrent(engine, { cell, ...sizes, layers: 2, bidirectional: true, weightDrop: 0.5 });
    const plain = new Recurrent(engine, { cell, ...sizes, layers: 2, bidirectional: true });
    const x = normals(engine, [6, 2, 3]);
    const kept = Object.entries(parameters(model)).map(([name, { shape, data }]) => [name, { shape, data }] as const);
    const { state } = engine.random;
    const y = [...model.forward(x).y.data];
    engine.random.state = state;
    // The masks come in the order of the layers and directions, as ordinary dropout would draw them.
    const masked = kept.map(([name, { shape, data }]) => {
      if (!name.endsWith("wHh")) return [name, { shape, data }] as const;
      const ones = engine.parameter(new Float64Array(data.length).fill(1), shape);
      const mask = new Dropout(engine, { rate: 0.5 }).forward(ones).data.slice();
      expect(new Set(mask)).toEqual(new Set([0, 2]));
      return [name, { shape, data: data.map((w, i) => w * mask[i]!) }] as const;
    });
    loadParameters(plain, Object.fromEntries(masked));
    expect([...plain.forward(x).y.data]).toEqual(y);
    loadParameters(plain, Object.fromEntries(kept));
    const quietly = (one: Recurrent<typeof cell>) => noGrad(engine, () => [...one.forward(x).y.data]);
    expect(quietly(model)).toEqual(quietly(plain));
  });

  test("have the gradients of central differences, with locked dropout between layers", () => {
    const engine = exactEngine(8);
    const x = normals(engine, [5, 2, 3]);
    for (const cell of ["lstm", "gruSimplified"] as const) {
      const model = new Recurrent(engine, {
        cell,
        ...sizes,
        ...{ layers: 2, dropout: 0.4, lockedDropout: true, weightDrop: 0.3 },
      });
      const f = () => weigh(model.forward(x, { lengths: Int32Array.of(5, 3) }).y);
      expect(drawnGradientError(f, { x, ...parameters(model) })).toBeLessThan(1e-7);
    }
  });

  test("a cell without recurrent weights is refused", () => {
    const memoryless = defineCell({
      name: "memoryless",
      state: ["h"],
      parameters: ({ inputSize: I, hiddenSize: H }) => ({ wIh: { shape: [H, I] } }),
      step: (x) => ({ h: tanh(x) }),
    });
    expect(() => new Recurrent(exactEngine(), { cell: memoryless, ...sizes, weightDrop: 0.5 })).toThrow(
      new RangeError("Recurrent: weightDrop drops wHh, but memoryless has none; set weightDrop 0"),
    );
  });
});
