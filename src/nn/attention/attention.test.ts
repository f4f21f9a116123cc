/** Additive and multiplicative attention as layers. */
import { describe, expect, test } from "vitest";
import { exactEngine } from "../../../test/engines.ts";
import { KindError, ValueError } from "../../base/index.ts";
import { type Engine, gradientCheck, mul, sum } from "../../tensor/index.ts";
import { parameters } from "../parameters.ts";
import { AdditiveAttention } from "./additive.ts";
import type { Attention } from "./attention.ts";
import { DotAttention } from "./dot.ts";

const [T, B, S, M, Q, D] = [2, 3, 4, 2, 3, 5];
const lengths = Int32Array.of(4, 2);
const sources = Int32Array.of(1, 0, 1);

const kinds: readonly (readonly [string, (engine: Engine) => Attention, readonly string[]])[] = [
  [
    "additive",
    (engine) => new AdditiveAttention(engine, { querySize: Q, memorySize: D, attentionSize: 2 }),
    ["query.weight", "key.weight", "key.bias", "v"],
  ],
  [
    "general",
    (engine) => new DotAttention(engine, { querySize: Q, memorySize: D, general: true, scale: 0.7 }),
    ["key.weight"],
  ],
  ["dot", (engine) => new DotAttention(engine, { querySize: D, memorySize: D }), []],
];

/** The energy of a query and a step of the memory, written out after the papers. */
function energy(attention: Attention, query: ArrayLike<number>, value: ArrayLike<number>): number {
  const times = (
    { data, shape }: { readonly data: ArrayLike<number>; readonly shape: readonly number[] },
    x: ArrayLike<number>,
  ) =>
    Array.from({ length: shape[0]! }, (_, o) =>
      Array.from({ length: shape[1]! }, (_, i) => data[o * shape[1]! + i]! * x[i]!).reduce((a, b) => a + b),
    );
  if (attention instanceof AdditiveAttention) {
    const [q, k] = [times(attention.query.weight, query), times(attention.key.weight, value)];
    return q.reduce(
      (total, q, a) => total + attention.v.data[a]! * Math.tanh(q + k[a]! + attention.key.bias!.data[a]!),
      0,
    );
  }
  const { key, scale } = attention as DotAttention;
  const k = key ? times(key.weight, value) : value;
  return scale * Array.from(query, (q, i) => q * k[i]!).reduce((a, b) => a + b);
}

describe.each(kinds)("%s attention", (_, make, names) => {
  const engine = exactEngine();
  const attention = make(engine);
  const normal = (shape: readonly number[]) =>
    engine.parameter(
      Array.from({ length: shape.reduce((a, b) => a * b) }, () => engine.random.normal()),
      shape,
    );
  const query = normal([T, B, attention.querySize]);
  const values = normal([S, M, D]);
  const row = (
    { data }: { readonly data: ArrayLike<number> & { slice(from: number, to: number): ArrayLike<number> } },
    at: number,
    width: number,
  ) => data.slice(at * width, (at + 1) * width);

  test("is what the papers have", () => {
    const { context, weights } = attention.forward(query, attention.prepare(values, lengths), sources);
    expect([context.shape, weights.shape]).toEqual([
      [T, B, D],
      [T, B, S],
    ]);
    for (let at = 0; at < T * B; at++) {
      const m = sources[at % B]!;
      const energies = Array.from({ length: lengths[m]! }, (_, s) =>
        energy(attention, row(query, at, attention.querySize), row(values, s * M + m, D)),
      );
      const total = energies.reduce((sum, e) => sum + Math.exp(e), 0);
      for (let s = 0; s < S; s++)
        expect(weights.data[at * S + s]).toBeCloseTo(s < energies.length ? Math.exp(energies[s]!) / total : 0, 13);
      for (let d = 0; d < D; d++) {
        const mean = energies.reduce((sum, e, s) => sum + (Math.exp(e) / total) * values.data[(s * M + m) * D + d]!, 0);
        expect(context.data[at * D + d]).toBeCloseTo(mean, 13);
      }
    }
  });

  test("has the gradient that differences have, of its queries, its memory and its weights", () => {
    expect(Object.keys(parameters(attention))).toEqual(names);
    const weight = engine.tensor(
      Array.from({ length: T * B * D }, (_, i) => Math.cos(i)),
      [T, B, D],
    );
    const loss = () => sum(mul(attention.forward(query, attention.prepare(values, lengths), sources).context, weight));
    for (const { name, error } of gradientCheck(loss, { ...parameters(attention), query, values }))
      expect(error, name).toBeLessThan(1e-7);
  });

  test("projects the keys of a memory once", () => {
    const memory = attention.prepare(values, lengths);
    const before = memory.keys.data.slice();
    const first = attention.forward(query, memory, sources).context.data.slice();
    for (const [name, { data }] of Object.entries(parameters(attention))) if (name.startsWith("key")) data.fill(9);
    expect(attention.forward(query, memory, sources).context.data).toEqual(first);
    expect(memory.keys.data).toEqual(before);
    expect(memory.values).toBe(values);
    expect(memory.keys === values).toBe(names.length === 0);
  });
});

test("what cannot be is refused", () => {
  const engine = exactEngine();
  expect(() => new DotAttention(engine, { querySize: 3, memorySize: 4 })).toThrow(
    new ValueError("DotAttention: querySize must be memorySize = 4, got 3; set general, or make them equal"),
  );
  expect(() => new DotAttention(engine, { querySize: 3, memorySize: 3, scale: 0 })).toThrow(
    new ValueError("DotAttention: scale must be more than 0, got 0"),
  );
  expect(() => new AdditiveAttention(engine, { querySize: 3, memorySize: 4 } as never)).toThrow(
    new KindError("AdditiveAttention: attentionSize must be a number, got undefined"),
  );
});
