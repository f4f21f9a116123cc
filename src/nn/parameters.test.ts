import { describe, expect, test } from "vitest";
import { exactEngine } from "../../test/engines.ts";
import { tanh } from "../tensor/index.ts";
import { countParameters, Embedding, Linear, loadParameters, parameters, Recurrent } from "./index.ts";

const engine = exactEngine();
const makeModel = () => ({
  engine,
  embedding: new Embedding(engine, { vocabularySize: 5, embeddingSize: 2 }),
  recurrent: new Recurrent(engine, { cell: "gru", inputSize: 2, hiddenSize: 3, layers: 2, bidirectional: true }),
  heads: [
    new Linear(engine, { inputSize: 6, outputSize: 5 }),
    new Linear(engine, { inputSize: 6, outputSize: 1, bias: false }),
  ],
  note: "a model",
  steps: null,
  constant: engine.tensor([1]),
  ids: new Int32Array(3),
});

describe("parameters", () => {
  test("are found by their path, in the order they were made", () => {
    const cell = (path: string) => ["wIh", "wHh", "bias", "biasHn"].map((name) => `recurrent.layers.${path}.${name}`);
    expect(Object.keys(parameters(makeModel()))).toEqual([
      "embedding.weight",
      ...["0.forward", "0.backward", "1.forward", "1.backward"].flatMap(cell),
      "heads.0.weight",
      "heads.0.bias",
      "heads.1.weight",
    ]);
  });

  test("count once when shared, under their first name", () => {
    const w = engine.parameter([1, 2, 3]);
    const model: Record<string, unknown> = { first: { w }, again: [w], result: tanh(w), b: engine.parameter([0]) };
    model.self = model;
    expect(Object.keys(parameters(model))).toEqual(["first.w", "b"]);
    expect(countParameters(model)).toBe(4);
  });

  test("number what the sizes say", () => {
    const gru = (I: number, H: number) => 3 * H * I + 3 * H * H + 3 * H + H;
    expect(countParameters(makeModel())).toBe(5 * 2 + 2 * gru(2, 3) + 2 * gru(6, 3) + 6 * 5 + 5 + 6);
  });

  test("are copied from one model into another", () => {
    const [from, to] = [makeModel(), makeModel()];
    loadParameters(to, parameters(from));
    for (const [name, tensor] of Object.entries(parameters(to))) {
      expect(tensor.data, name).toEqual(parameters(from)[name]!.data);
      expect(tensor, name).not.toBe(parameters(from)[name]);
    }
  });

  test("that do not fit are refused, and nothing is changed", () => {
    const model = { out: new Linear(engine, { inputSize: 2, outputSize: 3 }) };
    const before = [...model.out.bias!.data];
    const bias = { shape: [3], data: [1, 2, 3] };
    const weight = { shape: [3, 2], data: [1, 2, 3, 4, 5, 6] };
    const cases: readonly [string, Parameters<typeof loadParameters>[1]][] = [
      [
        'loadParameters: the model has no parameter "out.wieght"; did you mean "out.weight"?',
        { "out.bias": bias, "out.wieght": weight },
      ],
      [
        'loadParameters: the model has no parameter "decoder"; it has out.weight, out.bias',
        { "out.bias": bias, "out.weight": weight, decoder: bias },
      ],
      ['loadParameters: parameter "out.weight" [3 2] is missing in what was stored', { "out.bias": bias }],
      [
        'loadParameters: "out.weight" must be [3 2], got [2 3]',
        { "out.bias": bias, "out.weight": { ...weight, shape: [2, 3] } },
      ],
      [
        'loadParameters: "out.weight" [3 2] needs 6 numbers, got 3',
        { "out.bias": bias, "out.weight": { ...weight, data: [1, 2, 3] } },
      ],
    ];
    for (const [message, stored] of cases) {
      let error: unknown;
      try {
        loadParameters(model, stored);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toBe(message);
      expect([...model.out.bias!.data]).toEqual(before);
    }
    loadParameters(model, { "out.bias": bias, "out.weight": weight });
    expect([...model.out.bias!.data]).toEqual([1, 2, 3]);
  });

  test("need a model", () => {
    expect(() => parameters(engine.parameter([1]))).toThrow(
      "parameters: needs a model, an object that holds layers or tensors, got a tensor",
    );
    expect(() => parameters(null as never)).toThrow("an object that holds layers or tensors, got null");
  });
});
