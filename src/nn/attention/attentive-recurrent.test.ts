import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { referenceBuild } from "../../kernels/index.ts";
import {
  add,
  Engine,
  embedding,
  gradientCheck,
  linear,
  mul,
  sigmoid,
  split,
  sum,
  type Tensor,
  tanh,
} from "../../tensor/index.ts";
import { defineCell } from "../cells/cell.ts";
import { Embedding } from "../embedding.ts";
import { parameters } from "../parameters.ts";
import { AdditiveAttention } from "./additive.ts";
import { AttentiveRecurrent, type AttentiveRecurrentOptions } from "./attentive-recurrent.ts";
import { DotAttention } from "./dot.ts";

const ints = (...values: number[]) => Int32Array.from(values);
const [T, B, S, M, I, H, D] = [4, 3, 5, 2, 3, 4, 2];
const lengths = ints(4, 1, 3);
const sources = ints(1, 0, 1);
const memoryLengths = ints(5, 3);

/** The cells of the kernels, by operations; their weights for input and feed lie side by side. */
const byOperations = {
  lstm: defineCell({
    name: "slow lstm",
    state: ["h", "c"],
    parameters: ({ inputSize, hiddenSize }) => ({
      wIh: { shape: [4 * hiddenSize, inputSize] },
      wHh: { shape: [4 * hiddenSize, hiddenSize] },
      bias: { shape: [4 * hiddenSize] },
    }),
    step(x, { h, c }, { wIh, wHh, bias }) {
      const [i, f, g, o] = split(add(linear(x, wIh, bias), linear(h, wHh)), 4) as [Tensor, Tensor, Tensor, Tensor];
      const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
      return { h: mul(sigmoid(o), tanh(next)), c: next };
    },
  }),
  gru: defineCell({
    name: "slow gru",
    state: ["h"],
    parameters: ({ inputSize, hiddenSize }) => ({
      wIh: { shape: [3 * hiddenSize, inputSize] },
      wHh: { shape: [3 * hiddenSize, hiddenSize] },
      bias: { shape: [3 * hiddenSize] },
      biasHn: { shape: [hiddenSize] },
    }),
    step(x, { h }, { wIh, wHh, bias, biasHn }) {
      const [xr, xz, xn] = split(linear(x, wIh, bias), 3) as [Tensor, Tensor, Tensor];
      const [hr, hz, hn] = split(linear(h, wHh), 3) as [Tensor, Tensor, Tensor];
      const z = sigmoid(add(xz, hz));
      const n = tanh(add(xn, mul(sigmoid(add(xr, hr)), add(hn, biasHn))));
      return { h: add(n, mul(z, add(h, mul(n, x.engine.tensor([-1], [1]))))) };
    },
  }),
};

function setUp(options: AttentiveRecurrentOptions, attends: "additive" | "dot" | "general") {
  const engine = new Engine(referenceBuild("float64"), { seed: 1 });
  const attention =
    attends === "additive"
      ? new AdditiveAttention(engine, { querySize: H, memorySize: D, attentionSize: 3 })
      : new DotAttention(engine, {
          querySize: attends === "dot" ? D : H,
          memorySize: D,
          general: attends === "general",
          scale: 0.7,
        });
  const layer = new AttentiveRecurrent(engine, attention, options);
  const random = new Random(5);
  const numbers = (...shape: number[]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return engine.parameter(
      Float64Array.from({ length: size }, () => random.normal()),
      shape,
    );
  };
  return { engine, attention, layer, numbers };
}

/** A loss of all that a layer gives, and the numbers themselves. */
function run(
  layer: AttentiveRecurrent,
  x: Tensor | number,
  memory: Parameters<AttentiveRecurrent["forward"]>[1],
  state: Readonly<Record<string, Tensor>>,
) {
  const made = layer.forward(x, memory, { lengths, sources, state });
  const { y, context, weights, output } = made;
  const all = [y, context, weights, ...(output ? [output] : []), ...Object.values(made.state)];
  const loss = all.map((one) => sum(mul(one, one))).reduce((a, b) => add(mul(a, b), add(a, b)));
  return { loss, all: all.map(({ data }) => data.slice()) };
}

describe.each(
  (["lstm", "gru"] as const).flatMap((cell) =>
    (["context", "output"] as const).flatMap((feed) =>
      (["additive", "general", "dot"] as const).map((attends) => ({ cell, feed, attends })),
    ),
  ),
)("$cell, feed $feed, $attends attention", ({ cell, feed, attends }) => {
  // Dot attention compares the state with the memory itself.
  const hiddenSize = attends === "dot" ? D : H;
  const options = { inputSize: I, hiddenSize, feed, ...(feed === "output" && { outputSize: 3 }) };
  const { layer: fast, attention, numbers } = setUp({ ...options, cell }, attends);
  const x = numbers(T, B, I);
  const values = numbers(S, M, D);
  const state = Object.fromEntries(
    [
      ...fast.cell.state.map((part) => [part, hiddenSize] as const),
      ...(feed === "output" ? [["output", 3] as const] : []),
    ].map(([part, width]) => [part, numbers(B, width)]),
  );
  const memory = () => attention.prepare(values, memoryLengths);

  test("is what its steps by operations are, in numbers and gradients", () => {
    const slow = new AttentiveRecurrent(fast.engine, attention, { ...options, cell: byOperations[cell] });
    const { wIh, wFeed, ...rest } = fast.parameters;
    const wide = I + fast.feedSize;
    slow.parameters.wIh!.data.forEach((_, i, to) => {
      const [row, column] = [Math.floor(i / wide), i % wide];
      to[i] = column < I ? wIh!.data[row * I + column]! : wFeed!.data[row * fast.feedSize + column - I]!;
    });
    for (const [name, tensor] of Object.entries(rest)) slow.parameters[name]!.data.set(tensor.data);
    const gradients = (layer: AttentiveRecurrent) => {
      const found = parameters({ layer: layer.parameters, attention, x, values, state });
      for (const tensor of Object.values(found)) tensor.zeroGrad();
      const { loss, all } = run(layer, x, memory(), state);
      loss.backward();
      return { all, found: Object.fromEntries(Object.entries(found).map(([name, { grad }]) => [name, grad!.slice()])) };
    };
    const [one, two] = [gradients(fast), gradients(slow)];
    for (const [i, numbers] of one.all.entries()) near(numbers, two.all[i]!, `result ${i}`);
    const { "layer.wIh": ofX, "layer.wFeed": ofFeed, ...others } = one.found;
    for (const [name, numbers] of Object.entries(others)) near(numbers, two.found[name]!, name);
    two.found["layer.wIh"]!.forEach((is, i) => {
      const [row, column] = [Math.floor(i / wide), i % wide];
      const must = column < I ? ofX![row * I + column]! : ofFeed![row * fast.feedSize + column - I]!;
      expect(Math.abs(is - must)).toBeLessThan(1e-9 * Math.max(1, Math.abs(must)));
    });
  });

  test("step after step is the whole", () => {
    const made = fast.forward(x, memory(), { sources, state });
    let at: Readonly<Record<string, Tensor>> = state;
    for (let t = 0; t < T; t++) {
      const now = fast.engine.tensor(x.data.slice(t * B * I, (t + 1) * B * I), [1, B, I]);
      const step = fast.forward(now, memory(), { sources, state: at });
      for (const name of ["y", "context", "weights", "output"] as const) {
        const whole = made[name];
        if (whole) near(step[name]!.data, whole.data.slice((t * whole.size) / T, ((t + 1) * whole.size) / T), name);
      }
      at = step.state;
    }
    for (const [part, tensor] of Object.entries(made.state)) near(at[part]!.data, tensor.data, part);
  });
});

test("gradients, seeing nothing but what is fed, and from tokens with their table", () => {
  for (const cell of ["lstm", "gru", "rnn"] as const) {
    const { layer, attention, numbers } = setUp({ cell, inputSize: 0, hiddenSize: H }, "additive");
    const values = numbers(S, M, D);
    const loss = () => run(layer, T, attention.prepare(values, memoryLengths), {}).loss;
    expect(Object.keys(parameters(layer)).some((name) => name === "parameters.wIh")).toBe(cell === "rnn");
    for (const { name, error } of gradientCheck(loss, { ...parameters(layer), values }))
      expect(error, name).toBeLessThan(1e-6);
  }
  const { engine, layer, attention, numbers } = setUp({ cell: "gru", inputSize: I, hiddenSize: H }, "general");
  const memory = attention.prepare(numbers(S, M, D), memoryLengths);
  // A table that is projected first, and one of which rows are gathered first.
  for (const vocabularySize of [5, 50]) {
    const table = new Embedding(engine, { vocabularySize, embeddingSize: I });
    const tokens = { ids: ints(1, 4, 2, 0, 3, 3, 1, 2, 0, 1, 1, 2), shape: [T, B] };
    const { y } = layer.forward(table.lookup(tokens), memory, { sources });
    near(y.data, layer.forward(embedding(table.weight, tokens), memory, { sources }).y.data, "y");
  }
});

test("rows and memories are by themselves: padding, others and their order change nothing", () => {
  for (const feed of ["context", "output"] as const) {
    const { engine, layer, attention, numbers } = setUp(
      { cell: "lstm", inputSize: I, hiddenSize: H, feed },
      "additive",
    );
    const [x, values] = [numbers(T, B, I), numbers(S, M, D)];
    const made = layer.forward(x, attention.prepare(values, memoryLengths), { lengths, sources });
    for (let b = 0; b < B; b++) {
      const [length, m] = [lengths[b]!, sources[b]!];
      const steps = memoryLengths[m]!;
      const column = (from: Tensor, at: number, of: number, rows: number) => {
        const width = from.shape[2]!;
        return Array.from({ length: rows }, (_, t) => [
          ...from.data.slice((t * of + at) * width, (t * of + at + 1) * width),
        ]).flat();
      };
      const own = engine.tensor(column(values, m, M, steps), [steps, 1, D]);
      const alone = layer.forward(
        engine.tensor(column(x, b, B, length), [length, 1, I]),
        attention.prepare(own, ints(steps)),
      );
      for (const name of ["y", "context"] as const)
        near(alone[name].data, Float64Array.from(column(made[name], b, B, length)), name);
      const h = made.state.h.data;
      near(alone.state.h.data, h.slice(b * H, (b + 1) * H), "h");
      expect(
        column(made.y, b, B, T)
          .slice(length * H)
          .every((value) => value === 0),
      ).toBe(true);
    }
  }
});

test("what cannot be is refused", () => {
  const { engine, layer, attention, numbers } = setUp({ cell: "gru", inputSize: I, hiddenSize: H }, "additive");
  const [x, values] = [numbers(T, M, I), numbers(S, M, D)];
  const memory = attention.prepare(values, memoryLengths);
  const cases: [() => unknown, string][] = [
    [
      () => new AttentiveRecurrent(engine, attention, { cell: "gru", inputSize: I, hiddenSize: 7 }),
      "AttentiveRecurrent: the attention's querySize must be hiddenSize = 7, got 4",
    ],
    [
      () => new AttentiveRecurrent(engine, 3 as never, { cell: "gru", inputSize: I, hiddenSize: H }),
      "AttentiveRecurrent: attention must be a layer such as AdditiveAttention, got 3",
    ],
    [
      () => new AttentiveRecurrent(engine, attention, { cell: "gruu" as never, inputSize: I, hiddenSize: H }),
      'AttentiveRecurrent: cell must be one of rnn, rnnRelu, gru, gruSimplified, lstm, lstmPeephole, minGru, minLstm, got "gruu"; did you mean "gru"?',
    ],
    [
      () => new AttentiveRecurrent(engine, attention, { cell: "gru", inputSize: I, hiddenSize: H, outputSize: 3 }),
      "AttentiveRecurrent: outputSize is of feed output; leave it out with feed context",
    ],
    [
      () => new AttentiveRecurrent(engine, attention, { cell: "minGru", inputSize: I, hiddenSize: H, weightDrop: 0.1 }),
      "AttentiveRecurrent: weightDrop drops wHh, but minGru has none; set weightDrop 0",
    ],
    [() => layer.forward(values, memory), "AttentiveRecurrent: x must be [T B 3], got [5 2 2]"],
    [() => layer.forward(4, memory), "AttentiveRecurrent: x must be [T B 3] or tokens with their table, got 4"],
    [
      () => layer.forward({} as never, memory),
      "AttentiveRecurrent: x must be a tensor [T B I] or tokens with their table; use embedding.lookup(tokens)",
    ],
    [
      () => layer.forward(x, { ...memory, values: x }),
      "AttentiveRecurrent: memory must have keys [S M A] and values [S M 2], got [5 2 3] and [4 2 3]",
    ],
    [
      () => layer.forward(x, { ...memory, lengths: ints(5) }),
      "AttentiveRecurrent: memory.lengths must be [M] = [2], got [1]",
    ],
    [
      () => layer.forward(x, memory, { sources: ints(0, 2) }),
      "AttentiveRecurrent: sources[1] must be from 0 to 1, got 2",
    ],
    [() => layer.forward(x, memory, { lengths: ints(4) }), "AttentiveRecurrent: lengths must be [B] = [2], got [1]"],
    [
      () => layer.forward(x, memory, { state: { c: x } }),
      "AttentiveRecurrent: the state must have no part but h, got c",
    ],
    [() => layer.forward(x, memory, { state: { h: x } }), "AttentiveRecurrent: state.h must be [2 4], got [4 2 3]"],
  ];
  for (const [call, message] of cases) expect(messageOf(call)).toBe(message);
});

function messageOf(call: () => unknown): string {
  try {
    call();
    return "nothing was refused";
  } catch (error) {
    return (error as Error).message;
  }
}

function near(is: ArrayLike<number>, must: ArrayLike<number>, what: string): void {
  expect(is.length, what).toBe(must.length);
  for (let i = 0; i < must.length; i++)
    expect(Math.abs(is[i]! - must[i]!), `${what}[${i}]: ${is[i]} and ${must[i]}`).toBeLessThan(
      1e-9 * Math.max(1, Math.abs(must[i]!)),
    );
}
