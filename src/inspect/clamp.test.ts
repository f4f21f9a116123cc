import { describe, expect, test } from "vitest";
import { engines, exactEngine } from "../../test/engines.ts";
import { freshModel } from "../../test/inspected-model.ts";
import { KindError, ValueError } from "../base/index.ts";
import { type CellName, defineCell, type Linear, parameters, Recurrent } from "../nn/index.ts";
import { LanguageModel } from "../tasks/index.ts";
import { type Engine, split, tanh } from "../tensor/index.ts";
import { activations, clampEffect, held, natsAlong, readAlong, unitAlong } from "./index.ts";

const text = 'ab "ca" b\nabc "b" ccab';
/** Every weight of a model. */
const weightsOf = ({ network }: ReturnType<typeof freshModel>) =>
  Object.values(parameters(network)).map(({ data }) => [...data]);

function model(engine: Engine, cell: CellName = "lstm", unit: "lines" | "text" = "text") {
  return freshModel(engine, { cell, unit, layers: 2, hiddenSize: 4 });
}

/** What a model does along the text while parts are held. */
const seen = (of: ReturnType<typeof freshModel>, clamps: string[]) => held(of, clamps, () => activations(of, text));

describe.each<[CellName, string[]]>([
  ["rnn", ["h"]],
  ["rnnRelu", ["h"]],
  ["gru", ["h", "r", "z", "n"]],
  ["gruSimplified", ["h", "z", "n"]],
  ["minGru", ["h", "z", "n"]],
  ["minLstm", ["h", "f", "i", "n"]],
  ["lstm", ["h", "c", "i", "f", "g", "o"]],
  ["lstmPeephole", ["h", "c", "i", "f", "g", "o"]],
])("a unit of %s", (cell, parts) => {
  const valuesOf = (part: string) => {
    if (part === "c") return [0, -3.5];
    if (cell.startsWith("min") && part === "n") return [0, 0.25, 2];
    return ["h", "g", "n"].includes(part) ? [0, -0.5, 1] : [0, 0.25, 1];
  };
  for (const part of parts)
    for (const value of valuesOf(part))
      test(`stays at ${part} = ${value} at every step, on every build`, () => {
        for (const { make, build } of engines) {
          const of = model(make(), cell);
          const along = unitAlong(seen(of, [`layer1.${part}[2]=${value}`]), `layer1.${part}[2]`);
          const most = build.precision === "float64" ? 1e-12 : 1e-6;
          for (const held of along) expect(Math.abs(held - value)).toBeLessThanOrEqual(most);
        }
      });
});

describe("what is held", () => {
  test("h is what the layer, the one above and the output read", () => {
    const of = model(exactEngine(2), "gru");
    const { recurrent } = of.network;
    // The same by other means: nothing reads unit 1 of the lower layer, and what it would add is in the biases.
    const [below, above] = recurrent.layers.map(
      ({ forward }) => forward as never as Record<string, { data: Float64Array }>,
    );
    const value = 0.7;
    const clamped = seen(of, [`layer0.h[1]=${value}`]);
    const loss = held(of, [`layer0.h[1]=${value}`], () => natsAlong(of, readAlong("", of, text)).loss);
    for (let row = 0; row < 12; row++) {
      const bias = row < 8 ? below!.bias!.data : below!.biasHn!.data;
      bias[row < 8 ? row : row - 8]! += value * below!.wHh!.data[row * 4 + 1]!;
      below!.wHh!.data[row * 4 + 1] = 0;
      above!.bias!.data[row]! += value * above!.wIh!.data[row * 4 + 1]!;
      above!.wIh!.data[row * 4 + 1] = 0;
    }
    const other = activations(of, text);
    for (const name of ["layer0.h[0]", "layer0.h[3]", "layer1.h[1]"]) {
      const along = unitAlong(other, name);
      unitAlong(clamped, name).forEach((value, k) => {
        expect(value).toBeCloseTo(along[k]!, 12);
      });
    }
    expect(natsAlong(of, readAlong("", of, text)).loss).toBeCloseTo(loss, 12);
  });

  test("at the value that it has anyway, nothing changes", () => {
    // Dead units of a ReLU are at 0.
    const of = model(exactEngine(3), "rnnRelu");
    for (const { forward } of of.network.recurrent.layers)
      (forward as { bias: { data: Float64Array } }).bias.data[2] = -9;
    const before = activations(of, text);
    expect(Math.max(...unitAlong(before, "layer0.h[2]"))).toBe(0);
    const after = seen(of, ["layer0.h[2]=0", "layer1.h[2]=0"]);
    for (const [i, { values }] of before.series.entries())
      after.series[i]!.values.forEach((value, k) => {
        expect(value).toBeCloseTo(values[k]!, 12);
      });
  });

  test("a weight is at its value or its share, and back after", () => {
    const of = model(exactEngine(4));
    const before = weightsOf(of);
    const { embedding, recurrent } = of.network;
    const output = of.network.output as Linear;
    const bias = output.bias!.data[5]!;
    const wHh = recurrent.layers[1]!.forward as unknown as { wHh: { data: Float64Array } };
    held(of, ["output.bias[5]*=0.5", "layer1.wHh[3,2]=-2", "embedding.weight[6,1] = 1e-3"], () => {
      expect(output.bias!.data[5]).toBe(bias * 0.5);
      expect(wHh.wHh.data[3 * 4 + 2]).toBe(-2);
      expect(embedding.weight.data[6 * 2 + 1]).toBe(1e-3);
    });
    expect(weightsOf(of)).toEqual(before);
  });

  test("is let go of whatever happens", () => {
    const of = model(exactEngine(5), "lstmPeephole");
    const before = weightsOf(of);
    const { cell } = of.network.recurrent;
    const all = ["layer0.c[1]=2", "layer0.c[1]=3", "layer1.h[0]=1", "layer0.o[1]=0.5", "output.bias[4]=0"];
    expect(() =>
      held(of, all, () => {
        expect(weightsOf(of)).not.toEqual(before);
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(weightsOf(of)).toEqual(before);
    expect(of.network.recurrent.cell).toBe(cell);
    expect(() => held(of, [...all, "layer9.h[0]=1"], () => 1)).toThrow("layer must be from 0 to 1");
    expect(weightsOf(of)).toEqual(before);
    expect(held(of, [], () => 7)).toBe(7);
  });

  test("sequences of different lengths, side by side, are each as alone", () => {
    const engine = exactEngine(6);
    const recurrent = new Recurrent(engine, { cell: "lstm", inputSize: 2, hiddenSize: 3 });
    const x = engine.tensor(
      Float64Array.from({ length: 20 }, () => engine.random.normal()),
      [5, 2, 2],
    );
    const clamps = ["layer0.c[1]=0.5", "layer0.h[2]=-1"];
    const own = { network: { recurrent } };
    const both = held(own, clamps, () => recurrent.forward(x, { lengths: Int32Array.of(3, 5) }));
    const [first] = split(x, 1);
    expect(first!.shape).toEqual([5, 2, 2]);
    for (const [b, T] of [
      [0, 3],
      [1, 5],
    ] as const) {
      const alone = Float64Array.from({ length: T * 2 }, (_, i) => x.data[(Math.floor(i / 2) * 2 + b) * 2 + (i % 2)]!);
      const { y, state } = held(own, clamps, () => recurrent.forward(engine.tensor(alone, [T, 1, 2])));
      for (let t = 0; t < 5; t++)
        for (let j = 0; j < 3; j++) expect(both.y.data[(t * 2 + b) * 3 + j]).toBe(t < T ? y.data[t * 3 + j] : 0);
      expect([...both.state[0]!.c.data.subarray(b * 3, b * 3 + 3)]).toEqual([...state[0]!.c.data]);
    }
  });

  test("a part of the state of a cell of one's own is written over after every step", () => {
    const engine = exactEngine(1);
    const sums = defineCell({
      name: "sums",
      state: ["h", "total"],
      parameters: () => ({}),
      step: (x, { total }) => {
        const now = engine.tensor(
          x.data.map((value, i) => value + total.data[i]!),
          x.shape,
        );
        return { h: tanh(now), total: now };
      },
    });
    const recurrent = new Recurrent(engine, { cell: sums, inputSize: 2, hiddenSize: 2 });
    const x = engine.tensor([1, 1, 2, 2, 3, 3], [3, 1, 2]);
    const { y } = held({ network: { recurrent } }, ["layer0.total[1]=5"], () => recurrent.forward(x));
    expect([...y.data]).toEqual([1, 6, 3, 7, 6, 8].map(Math.tanh));
  });

  test("must be there", () => {
    const of = model(exactEngine(1), "gru");
    const refusal = (clamp: string) => () => held(of, [clamp], () => 1);
    const form = "clamp: must be as in layer0.c[12]=0, layer0.wHh[3,5]=0 or output.bias[7]*=0.5, got ";
    for (const clamp of ["", "layer0.h=1", "layer0.h[1]", "layer0.h[1]=x", "layer0.h[1]=Infinity", "layer0.h[-1]=0"])
      expect(refusal(clamp)).toThrow(new ValueError(form + JSON.stringify(clamp)));
    expect(refusal("layer2.h[1]=0")).toThrow(
      new ValueError('clamp: layer must be from 0 to 1, got 2 in "layer2.h[1]=0"'),
    );
    expect(refusal("layer0.c[1]=0")).toThrow(
      new ValueError('clamp: gru has no "c"; it has h, r, z, n, wIh, wHh, bias, biasHn'),
    );
    expect(refusal("layer0.h[4]=0")).toThrow(new ValueError("clamp: layer0.h must have one unit from 0 to 3, got [4]"));
    expect(refusal("layer0.h[1,2]=0")).toThrow(
      new ValueError("clamp: layer0.h must have one unit from 0 to 3, got [1,2]"),
    );
    expect(refusal("layer0.h[1]*=0")).toThrow(
      new ValueError('clamp: a unit is held at a value, not scaled; write layer0.h[1]=0, got "layer0.h[1]*=0"'),
    );
    expect(refusal("layer0.z[1]=1.5")).toThrow(new ValueError("clamp: layer0.z[1] must be held from 0 to 1, got 1.5"));
    expect(refusal("layer0.n[1]=-2")).toThrow(new ValueError("clamp: layer0.n[1] must be held from -1 to 1, got -2"));
    expect(() => held(model(exactEngine(1), "minGru"), ["layer0.n[1]=-2"], () => 1)).toThrow(
      new ValueError("clamp: layer0.n[1] must be held at 0 or more, got -2"),
    );
    expect(refusal("layer0.wHh[12,0]=0")).toThrow(new ValueError("clamp: layer0.wHh is [12 4], which has no [12,0]"));
    expect(refusal("layer0.bias[0,0]=0")).toThrow(new ValueError("clamp: layer0.bias is [12], which has no [0,0]"));
    expect(refusal("output.biass[0]=0")).toThrow(
      new ValueError('clamp: the model has no parameter "output.biass"; did you mean "output.bias"?'),
    );
    expect(() => held(of, "layer0.h[1]=0" as never, () => 1)).toThrow(
      new KindError('held: needs a list of clamps and a function, got "layer0.h[1]=0" and a function'),
    );
    expect(() => held(of, [], async () => 1)).toThrow(
      new KindError("held: body must be done when it returns, got a promise; await inside is too late"),
    );
    const recurrent = new Recurrent(exactEngine(1), { cell: "gru", inputSize: 1, hiddenSize: 1, bidirectional: true });
    expect(() => held({ network: { recurrent } }, ["layer0.h[0]=0"], () => 1)).toThrow(
      new ValueError("clamp: units of a network that reads in both directions cannot be held"),
    );
  });
});

describe("nats along a text", () => {
  test.each(["lines", "text"] as const)("are those that the model scores, with unit %s", (unit) => {
    const { network, codec, settings } = model(exactEngine(7), "lstm", unit);
    const of = new LanguageModel(network, codec, settings);
    const reading = readAlong("", of, text);
    const { loss, predicted, nats } = natsAlong(of, reading);
    const { tokens, loss: wanted } = of.evaluate(text);
    expect(predicted).toBe(tokens);
    expect(loss).toBeCloseTo(wanted, 12);
    if (unit === "text") {
      expect(nats[0]).toBe(0);
      expect(nats.reduce((sum, cost) => sum + cost)).toBeCloseTo(wanted * tokens, 10);
    } else {
      const scores = text.split("\n").flatMap((line) => of.score(line).tokens.slice(0, -1));
      scores.forEach((score, k) => {
        expect(nats[k]).toBeCloseTo(score.nats, 12);
      });
    }
  });
});

test("the effect of holding is told before and after, on one seed", () => {
  const { network, codec, settings } = model(exactEngine(8), "lstm");
  const of = new LanguageModel(network, codec, settings);
  const letter = codec.vocabulary.id("c");
  const clamps = [`output.bias[${letter}]=30`];
  const { loss, predicted, next, samples, nats, tokens } = clampEffect(of, text, clamps, { maxLength: 20, top: 3 });
  expect(predicted).toBe(text.length - 1);
  expect(tokens.join("")).toBe(text);
  expect(loss.after).toBeGreaterThan(loss.before);
  expect(nats.before).toHaveLength(text.length);
  expect(next.before).toEqual(of.next(text, { top: 3 }));
  expect(next.after[0]).toMatchObject({ text: "c", id: letter });
  expect(samples.before).toEqual(of.generate({ prompt: text, seed: 1, samples: 1, maxLength: 20 }));
  expect(samples.after).toEqual([text + "c".repeat(20)]);
  const lines = new LanguageModel(network, codec, { ...settings, unit: "lines" });
  expect(clampEffect(lines, "ab\n", clamps).prompt).toBe("ab");
  expect(clampEffect(lines, text, clamps).prompt).toBe("");
  expect(clampEffect(of, text, clamps, { prompt: "b" }).prompt).toBe("b");
  expect(() => clampEffect(of, "", clamps)).toThrow(new ValueError('clamp: text must hold at least one token, got ""'));
});
