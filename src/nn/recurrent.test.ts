/** Recurrent layers: what must hold for every cell, and a cell written by a user. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { engines, exactEngine } from "../../test/engines.ts";
import {
  add,
  concat,
  type Engine,
  gradientCheck,
  linear,
  mul,
  noGrad,
  reshape,
  sigmoid,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  tanh,
} from "../tensor/index.ts";
import { scan } from "./cells/scan.ts";
import {
  type CellName,
  cells,
  defineCell,
  detachState,
  Embedding,
  identity,
  linearCrossEntropy,
  loadParameters,
  orthogonal,
  parameters,
  Recurrent,
  type StateOf,
} from "./index.ts";

/** The LSTM as a user would write it: one step of tensor operations. */
const ownLstm = defineCell({
  name: "ownLstm",
  state: ["h", "c"],
  parameters: ({ inputSize: I, hiddenSize: H }) => ({
    wIh: { shape: [4 * H, I], gates: 4 },
    wHh: { shape: [4 * H, H], gates: 4 },
    bias: { shape: [4 * H] },
  }),
  step(x, { h, c }, { wIh, wHh, bias }) {
    const [i, f, g, o] = split(add(linear(x, wIh, bias), linear(h, wHh)), 4) as [Tensor, Tensor, Tensor, Tensor];
    const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    return { h: mul(sigmoid(o), tanh(next)), c: next };
  },
});

/** The GRU alike, to show that a state of one part works too. */
const ownGru = defineCell({
  name: "ownGru",
  state: ["h"],
  parameters: ({ inputSize: I, hiddenSize: H }) => ({
    wIh: { shape: [3 * H, I], gates: 3 },
    wHh: { shape: [3 * H, H], gates: 3 },
    bias: { shape: [3 * H] },
    biasHn: { shape: [H] },
  }),
  step(x, { h }, { wIh, wHh, bias, biasHn }) {
    const [ri, zi, ni] = split(linear(x, wIh, bias), 3) as [Tensor, Tensor, Tensor];
    const [rh, zh, nh] = split(linear(h, wHh), 3) as [Tensor, Tensor, Tensor];
    const [r, z] = [sigmoid(add(ri, rh)), sigmoid(add(zi, zh))];
    const n = tanh(add(ni, mul(r, add(nh, biasHn))));
    return { h: add(n, mul(z, sub(h, n))) };
  },
});

const kinds = [...(Object.keys(cells) as CellName[]), ownLstm, ownGru] as const;
const named = kinds.map((cell) => ({ cell, title: typeof cell === "string" ? cell : cell.name }));

const [T, B, I, H] = [5, 3, 2, 4];
const lengths = Int32Array.of(3, 5, 1);
const values = (engine: Engine, size: number) => Float64Array.from({ length: size }, () => engine.random.normal());
const input = (engine: Engine) => engine.tensor(values(engine, T * B * I), [T, B, I]);

function expectSame(got: Tensor, wanted: Tensor, tolerance: number) {
  expect(got.shape).toEqual(wanted.shape);
  got.data.forEach((value, i) => {
    expect(Math.abs(value - wanted.data[i]!), `element ${i}: ${value} and ${wanted.data[i]}`).toBeLessThanOrEqual(
      tolerance,
    );
  });
}

/** A loss in which every number of y and of the state counts differently. */
function weigh({ y, state }: { y: Tensor; state: readonly object[] }): Tensor {
  const all = [y, ...state.flatMap((entry) => Object.values(entry) as Tensor[])];
  return all
    .map((x, k) => {
      const weights = Float64Array.from({ length: x.size }, (_, i) => Math.sin(1 + i + k));
      return sum(mul(x, x.engine.tensor(weights, x.shape)));
    })
    .reduce((total, part) => add(total, part));
}

describe.each(named)("$title", ({ cell }) => {
  const make = (engine: Engine, options: object = {}) =>
    new Recurrent(engine, { cell, inputSize: I, hiddenSize: H, ...options });

  test("gradients are those of central differences: two layers, both directions, residual, lengths, a state", () => {
    const engine = exactEngine(5);
    const model = make(engine, { layers: 2, bidirectional: true, residual: true });
    const x = engine.parameter(values(engine, T * B * I), [T, B, I]);
    const state = Array.from({ length: 4 }, () =>
      Object.fromEntries(model.cell.state.map((part) => [part, engine.parameter(values(engine, B * H), [B, H])])),
    );
    const tensors = { x, ...parameters({ model, state }) };
    const reports = gradientCheck(() => weigh(model.forward(x, { lengths, state: state as never })), tensors);
    expect(reports.length).toBe(Object.keys(tensors).length);
    for (const { name, error, analytic } of reports) {
      expect(Math.abs(analytic), `${name} matters`).toBeGreaterThan(1e-4);
      expect(error, name).toBeLessThan(1e-7);
    }
  });

  test("a loss of y alone or of the state alone has its gradients", () => {
    const engine = exactEngine();
    const model = make(engine);
    const x = engine.parameter(values(engine, T * B * I), [T, B, I]);
    for (const loss of [
      () => weigh({ y: model.forward(x, { lengths }).y, state: [] }),
      () => weigh({ y: model.forward(x, { lengths }).state[0]!.h, state: [] }),
    ])
      for (const { name, error } of gradientCheck(loss, { x, ...parameters(model) })) {
        expect(error, name).toBeLessThan(1e-7);
      }
  });

  test("weights that are constants take no part in backward and change nothing for the others", () => {
    const engine = exactEngine();
    const model = make(engine);
    const x = input(engine);
    const trained = parameters(model.layers[0]!.forward);
    const gradients = (frozen: string | null) => {
      for (const tensor of Object.values(trained)) tensor.zeroGrad();
      const given = Object.fromEntries(
        Object.entries(trained).map(([name, tensor]) => [name, name === frozen ? tensor.detach() : tensor]),
      );
      const order = { lengths, reverse: false };
      const start = Object.fromEntries(model.cell.state.map((part) => [part, engine.zeros([B, H])])) as never;
      const { y, state } = model.cell.run
        ? model.cell.run(x, start, given, order)
        : scan(model.cell, x, start, given, order);
      weigh({ y, state: [state] }).backward();
      return Object.fromEntries(Object.entries(trained).map(([name, tensor]) => [name, tensor.grad?.slice() ?? null]));
    };
    const all = gradients(null);
    for (const frozen of Object.keys(trained)) expect(gradients(frozen)).toEqual({ ...all, [frozen]: null });
  });

  test.each(engines)("padding never changes a result, nor what it holds: $title", ({ make: makeEngine }) => {
    const engine = makeEngine();
    const model = make(engine, { layers: 2, bidirectional: true });
    const x = input(engine);
    const padded = engine.tensor(x.data, x.shape);
    for (let b = 0; b < B; b++)
      for (let t = lengths[b]!; t < T; t++) padded.data.fill(1000, (t * B + b) * I, (t * B + b + 1) * I);
    const gradients = (inputs: Tensor) => {
      const result = model.forward(inputs, { lengths });
      const y = result.y.detach();
      const state = detachState(result.state);
      const found = parameters(model);
      for (const tensor of Object.values(found)) tensor.zeroGrad();
      weigh(result).backward();
      return { y, state, gradients: Object.values(found).map((tensor) => [...tensor.grad!]) };
    };
    const [one, two] = [gradients(x), gradients(padded)];
    expectSame(two.y, one.y, 0);
    expect(two.state.map((entry) => entry.h.data)).toEqual(one.state.map((entry) => entry.h.data));
    expect(two.gradients).toEqual(one.gradients);
    for (let b = 0; b < B; b++)
      for (let t = lengths[b]!; t < T; t++) {
        const row = one.y.data.subarray((t * B + b) * 2 * H, (t * B + b + 1) * 2 * H);
        expect(row.every((value) => value === 0)).toBe(true);
      }
  });

  test.each(engines)("a batch is each sequence alone: $title", ({ make: makeEngine, build }) => {
    const tolerance = build.precision === "float64" ? 1e-14 : 1e-6;
    const engine = makeEngine();
    const model = make(engine, { layers: 2, bidirectional: true });
    const x = input(engine);
    const { y, state } = noGrad(engine, () => model.forward(x, { lengths }));
    for (let b = 0; b < B; b++) {
      const length = lengths[b]!;
      const own = slice(slice(x, 1, b, b + 1), 0, 0, length);
      const alone = noGrad(engine, () => model.forward(own));
      expectSame(alone.y, slice(slice(y, 1, b, b + 1), 0, 0, length), tolerance);
      alone.state.forEach((entry, run) => {
        expectSame(entry.h, slice(state[run]!.h, 0, b, b + 1), tolerance);
      });
    }
  });

  test("both directions are two runs by hand", () => {
    const engine = exactEngine();
    const model = make(engine, { bidirectional: true });
    const x = input(engine);
    const { y } = model.forward(x);
    const alone = (direction: "forward" | "backward", inputs: Tensor) => {
      const single = make(engine);
      loadParameters(single, parameters({ layers: [{ forward: model.layers[0]![direction] }] }));
      return single.forward(inputs).y;
    };
    const reversed = (run: Tensor) =>
      concat(
        Array.from({ length: T }, (_, t) => slice(run, 0, T - 1 - t, T - t)),
        0,
      );
    expectSame(y, concat([alone("forward", x), reversed(alone("backward", reversed(x)))]), 1e-14);
  });

  test("streaming in pieces is the whole", () => {
    const engine = exactEngine();
    const model = make(engine, { layers: 2 });
    const x = input(engine);
    const whole = model.forward(x);
    const first = model.forward(slice(x, 0, 0, 2));
    const second = model.forward(slice(x, 0, 2, T), { state: first.state });
    expectSame(concat([first.y, second.y], 0), whole.y, 1e-15);
    whole.state.forEach((entry, run) => {
      expectSame(second.state[run]!.h, entry.h, 1e-15);
    });
    expect(detachState(second.state)[0]!.h.requiresGrad).toBe(false);
  });

  test.each(engines)("tokens with their table give what gathered rows give: $title", ({ make: makeEngine, build }) => {
    const tolerance = build.precision === "float64" ? 1e-13 : 2e-5;
    for (const V of [4, 100]) {
      const engine = makeEngine();
      const embedding = new Embedding(engine, { vocabularySize: V, embeddingSize: I });
      const model = make(engine, { bidirectional: true });
      const ids = Int32Array.from({ length: T * B }, () => engine.random.integer(V));
      const tokens = { ids, shape: [T, B] };
      const run = (source: Parameters<typeof model.forward>[0]) => {
        const found = parameters({ embedding, model });
        for (const tensor of Object.values(found)) tensor.zeroGrad();
        const result = model.forward(source, { lengths });
        const y = result.y.detach();
        weigh(result).backward();
        return [y, ...Object.values(found).map((tensor) => engine.tensor(tensor.grad!))];
      };
      const [lazy, gathered] = [run(embedding.lookup(tokens)), run(embedding.forward(tokens))];
      lazy.forEach((tensor, i) => {
        expectSame(tensor, gathered[i]!, tolerance);
      });
    }
  });
});

describe("a cell written by a user is the kernel's", () => {
  test.each([
    [ownLstm, "lstm"],
    [ownGru, "gru"],
  ] as const)("%o and %s: values and gradients", (own, name) => {
    const engine = exactEngine();
    const options = { inputSize: I, hiddenSize: H, layers: 2, bidirectional: true };
    const models = [
      new Recurrent(engine, { cell: name, ...options }),
      new Recurrent(engine, { cell: own, ...options }),
    ];
    loadParameters(models[1]!, parameters(models[0]!));
    const x = input(engine);
    const runs = models.map((model) => {
      const result = model.forward(x, { lengths });
      const y = result.y.detach();
      weigh(result).backward();
      return [y, ...Object.values(parameters(model)).map((tensor) => engine.tensor(tensor.grad!))];
    });
    expect(runs[0]!.length).toBe(1 + Object.keys(parameters(models[0]!)).length);
    runs[0]!.forEach((tensor, i) => {
      expectSame(runs[1]![i]!, tensor, 1e-12);
    });
  });

  test("is told what step must return", () => {
    const engine = exactEngine();
    const wrong = (step: () => object) =>
      defineCell({ name: "wrong", state: ["h", "c"], parameters: () => ({}), step: step as never });
    const run = (step: () => object) => () =>
      new Recurrent(engine, { cell: wrong(step), inputSize: I, hiddenSize: H }).forward(input(engine));
    expect(run(() => ({ h: engine.zeros([B, H]) }))).toThrow("wrong: step must return { h, c }, got no c");
    expect(run(() => ({ h: engine.zeros([B, H]), c: engine.zeros([B, 1]) }))).toThrow(
      "wrong: step must return c [B H] = [3 4], got [3 1]",
    );
  });
});

test.each([3, 40])("a table of %d rows that is the output weight too gets both gradients", (V) => {
  const engine = exactEngine();
  const embedding = new Embedding(engine, { vocabularySize: V, embeddingSize: H });
  const recurrent = new Recurrent(engine, { cell: "gru", inputSize: H, hiddenSize: H });
  const draw = () => ({ ids: Int32Array.from({ length: T * B }, () => engine.random.integer(V)), shape: [T, B] });
  const [tokens, targets] = [draw(), draw()];
  const loss = () => {
    const { y } = recurrent.forward(embedding.lookup(tokens), { lengths });
    return linearCrossEntropy(y, embedding.weight, null, targets);
  };
  for (const { name, error } of gradientCheck(loss, parameters({ embedding, recurrent })))
    expect(error, name).toBeLessThan(1e-7);
});

describe("options of Recurrent", () => {
  const engine = exactEngine();
  const sizes = { inputSize: I, hiddenSize: H };

  test("start weights as PyTorch does, and the forget gate at 1", () => {
    const model = new Recurrent(engine, { cell: "lstm", ...sizes, hiddenSize: 100 });
    const { wIh, wHh, bias } = model.layers[0]!.forward;
    for (const weight of [wIh, wHh]) {
      const most = Math.max(...weight.data.map(Math.abs));
      expect(most).toBeLessThanOrEqual(0.1);
      expect(most).toBeGreaterThan(0.09);
    }
    expect([...bias.data.subarray(100, 200)]).toEqual(new Array(100).fill(1));
    expect(Math.max(...bias.data.subarray(0, 100))).toBeLessThanOrEqual(0.1);
    const own = new Recurrent(engine, { cell: "lstm", ...sizes, forgetBias: -2 });
    expect([...own.layers[0]!.forward.bias.data.subarray(H, 2 * H)]).toEqual(new Array(H).fill(-2));
  });

  test("fill each gate on its own", () => {
    const init = { wHh: orthogonal, wIh: identity };
    const { wHh, wIh } = new Recurrent(engine, { cell: "gru", ...sizes, init }).layers[0]!.forward;
    for (let gate = 0; gate < 3; gate++) {
      const rows = wHh.data.subarray(gate * H * H, (gate + 1) * H * H);
      expect([...rows.subarray(0, H)].reduce((s, v) => s + v * v, 0)).toBeCloseTo(1, 12);
      expect([...wIh.data.subarray(gate * H * I, gate * H * I + 4)]).toEqual([1, 0, 0, 1]);
    }
  });

  test("residual adds the input of each layer but the first", () => {
    const model = new Recurrent(engine, { cell: "gru", ...sizes, layers: 2, residual: true });
    const x = input(engine);
    const [first, second] = model.layers.map(({ forward }, i) => {
      const one = new Recurrent(engine, { cell: "gru", inputSize: i === 0 ? I : H, hiddenSize: H });
      loadParameters(one, parameters({ layers: [{ forward }] }));
      return one;
    });
    const y1 = first!.forward(x).y;
    expectSame(model.forward(x).y, add(y1, second!.forward(y1).y), 1e-15);
  });

  test("dropout works between layers, from the engine's seed, and only while recording", () => {
    const run = (seed: number, layers: number, recording = true) => {
      const engine = exactEngine(seed);
      const model = new Recurrent(engine, { cell: "gru", ...sizes, layers, dropout: 0.5 });
      const plain = new Recurrent(engine, { cell: "gru", ...sizes, layers });
      loadParameters(plain, parameters(model));
      const x = input(engine);
      const f = () => [[...model.forward(x).y.data], [...plain.forward(x).y.data]];
      return recording ? f() : noGrad(engine, f);
    };
    const [dropped, plain] = run(1, 2);
    expect(dropped).not.toEqual(plain);
    expect(run(1, 2)[0]).toEqual(dropped);
    expect(run(1, 1)[0]).toEqual(run(1, 1)[1]);
    expect(run(1, 2, false)[0]).toEqual(run(1, 2, false)[1]);
  });

  test("are checked, as are the inputs", () => {
    const model = new Recurrent(engine, { cell: "lstm", ...sizes, layers: 2 });
    const x = input(engine);
    const h = engine.zeros([B, H]);
    const cases: readonly [string, () => unknown][] = [
      [
        'Recurrent: no option "hidenSize"; did you mean "hiddenSize"?',
        () => new Recurrent(engine, { cell: "lstm", inputSize: 1, hidenSize: 2 } as never),
      ],
      [
        "Recurrent: hiddenSize must be at least 1, got 0",
        () => new Recurrent(engine, { cell: "lstm", inputSize: 1, hiddenSize: 0 }),
      ],
      [
        'Recurrent: cell must be one of rnn, rnnRelu, gru, gruSimplified, lstm, lstmPeephole, minGru, minLstm, got "lstn"; did you mean "lstm"?',
        () => new Recurrent(engine, { cell: "lstn" as "lstm", ...sizes }),
      ],
      [
        'Recurrent: init has no parameter "wHH"; the cell has wIh, wHh, bias',
        // @ts-expect-error the type checker knows their names
        () => new Recurrent(engine, { cell: "lstm", ...sizes, init: { wHH: orthogonal } }),
      ],
      [
        'Recurrent: cell "empty" must have step or run, got neither',
        () => new Recurrent(engine, { cell: { name: "empty", state: ["h"], parameters: () => ({}) }, ...sizes }),
      ],
      [
        'Recurrent: the state of cell "headless" must have h, got c',
        () =>
          new Recurrent(engine, {
            cell: { name: "headless", state: ["c"], parameters: () => ({}), step: (_x, state) => state },
            ...sizes,
          }),
      ],
      ["Recurrent: x must be [T B 2], got [5 6]", () => model.forward(reshape(x, [5, 6]))],
      ["Recurrent: lengths must be [B] = [3], got [2]", () => model.forward(x, { lengths: Int32Array.of(1, 1) })],
      [
        "Recurrent: lengths must be an Int32Array, got [5,5,1]",
        () => model.forward(x, { lengths: [5, 5, 1] as never }),
      ],
      [
        'Recurrent: no option "length"; did you mean "lengths"?',
        () => model.forward(x, { length: Int32Array.of(5, 5, 1) } as object),
      ],
      ["Recurrent: x must have at least one step, got [0 3 2]", () => model.forward(engine.zeros([0, 3, 2]))],
      [
        "Recurrent: ids[1] must be from 0 to 6, got 7",
        () => model.forward({ weight: engine.zeros([7, 2]), tokens: { ids: Int32Array.of(0, 7), shape: [2, 1] } }),
      ],
      ["Recurrent: lengths[1] must be from 1 to 5, got 6", () => model.forward(x, { lengths: Int32Array.of(5, 6, 1) })],
      [
        "Recurrent: state needs 2 entries, one for each layer and direction, got 1",
        () => model.forward(x, { state: [{ h, c: h }] }),
      ],
      [
        "Recurrent: state[1] of lstm must be { h, c }, got { h }",
        () => model.forward(x, { state: [{ h, c: h }, { h } as never] }),
      ],
      [
        "Recurrent: state[0].c must be [B H] = [3 4], got [3 2]",
        () =>
          model.forward(x, {
            state: [
              { h, c: engine.zeros([3, 2]) },
              { h, c: h },
            ],
          }),
      ],
      [
        "Recurrent: the table must be [V 2], got [7 3]",
        () => model.forward({ weight: engine.zeros([7, 3]), tokens: { ids: new Int32Array(4), shape: [2, 2] } }),
      ],
      [
        "Recurrent: tokens must be [T B], got [4]",
        () => model.forward({ weight: engine.zeros([7, 2]), tokens: { ids: new Int32Array(4), shape: [4] } }),
      ],
    ];
    for (const [message, f] of cases) expect(f).toThrow(new RegExp(`^${message.replace(/[[\]{}?.()]/g, "\\$&")}$`));
  });

  test("the type checker knows the state of one cell from that of another", () => {
    const [lstm, gru, rnn] = [
      new Recurrent(engine, { cell: "lstm", ...sizes }),
      new Recurrent(engine, { cell: "gru", ...sizes }),
      new Recurrent(engine, { cell: "rnn", ...sizes }),
    ];
    const x = input(engine);
    const { state } = lstm.forward(x);
    expectTypeOf(state[0]!.c).toEqualTypeOf<Tensor>();
    expectTypeOf<StateOf<"gru">>().not.toHaveProperty("c");
    // @ts-expect-error the state of an LSTM is not that of a GRU
    expect(() => gru.forward(x, { state })).toThrow("state[0] of gru must be { h }, got { h, c }");
    // @ts-expect-error nor is that of an RNN, though it has the same parts
    gru.forward(x, { state: rnn.forward(x).state });
    // @ts-expect-error token ids are not numbers of a sequence
    expect(() => lstm.forward({ ids: new Int32Array(4), shape: [2, 2] })).toThrow(
      "Recurrent: x must be a tensor [T B I] or tokens with their table; use embedding.lookup(tokens)",
    );
    lstm.forward(x, { state: [{ h: engine.zeros([B, H]), c: engine.zeros([B, H]) }] });
  });
});
