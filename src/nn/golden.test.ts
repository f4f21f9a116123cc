/** Whole recurrent networks against PyTorch, one to one: values and gradients, in every build. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { engines } from "../../test/engines.ts";
import { add, type Engine, mul, slice, sum, type Tensor } from "../tensor/index.ts";
import { type CellName, loadParameters, parameters, Recurrent } from "./index.ts";

interface GoldenArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type GoldenArrays = Readonly<Record<string, GoldenArray>>;

interface GoldenCase {
  readonly cell: "rnn tanh" | "rnn relu" | "gru" | "lstm";
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly I: number;
  readonly H: number;
  readonly lengths: readonly number[];
  readonly inputs: GoldenArrays;
  readonly weights: GoldenArrays;
  readonly results: GoldenArrays;
  readonly dResults: GoldenArrays;
  readonly gradients: GoldenArrays;
}

interface Golden {
  readonly origin: { readonly tool: string; readonly version: string };
  readonly recurrent: readonly GoldenCase[];
}

const golden: Golden = JSON.parse(readFileSync(new URL("../../test/golden/recurrent.json", import.meta.url), "utf8"));
const cellNames = { "rnn tanh": "rnn", "rnn relu": "rnnRelu", gru: "gru", lstm: "lstm" } as const;

/** PyTorch's arrays under our names: its two biases are one here, but for the one of the GRU that the reset gate reaches. */
function ourParameters({ cell, H, layers, bidirectional }: GoldenCase, theirs: GoldenArrays, areGradients: boolean) {
  const ours: Record<string, GoldenArray> = {};
  for (let layer = 0; layer < layers; layer++)
    for (const [direction, suffix] of [["forward", ""] as const, ["backward", "_reverse"] as const]) {
      if (direction === "backward" && !bidirectional) continue;
      const their = (name: string) => theirs[`${name}_l${layer}${suffix}`]!;
      const our = (name: string) => `layers.${layer}.${direction}.${name}`;
      const [ih, hh] = [their("bias_ih"), their("bias_hh").data];
      const shared = cell === "gru" ? 2 * H : hh.length;
      const both = (value: number, i: number) => (i < shared && !areGradients ? value + hh[i]! : value);
      ours[our("wIh")] = their("weight_ih");
      ours[our("wHh")] = their("weight_hh");
      ours[our("bias")] = { shape: ih.shape, data: ih.data.map(both) };
      if (cell === "gru") ours[our("biasHn")] = { shape: [H], data: hh.slice(2 * H) };
    }
  return ours;
}

/** Part `index` of a stored [n ...] array, as a trainable tensor. */
function part(engine: Engine, { shape, data }: GoldenArray, index: number): Tensor {
  const size = data.length / shape[0]!;
  return engine.parameter(data.slice(index * size, (index + 1) * size), shape.slice(1));
}

describe.each(engines)(`${golden.origin.tool} ${golden.origin.version} and $title`, ({ make, build }) => {
  // In single precision 16 eps, which is what each kernel is held to, although here several follow one another.
  const tolerance = build.precision === "float64" ? 1e-12 : 16 * 2 ** -23;
  const expectClose = (got: ArrayLike<number>, wanted: ArrayLike<number>, what: string) => {
    expect(got.length, what).toBe(wanted.length);
    for (let i = 0; i < wanted.length; i++)
      expect(Math.abs(got[i]! - wanted[i]!) / Math.max(1, Math.abs(wanted[i]!)), `${what}[${i}]`).toBeLessThan(
        tolerance,
      );
  };
  const titled = golden.recurrent.map((one) => ({
    ...one,
    title: `${one.cell}, ${one.layers} layers, ${one.bidirectional ? "both directions" : "one direction"}, lengths ${one.lengths}`,
  }));

  test.each(titled)("$title", (one) => {
    const engine = make();
    const cell: CellName = cellNames[one.cell];
    const { I: inputSize, H: hiddenSize, layers, bidirectional } = one;
    const model = new Recurrent(engine, { cell, inputSize, hiddenSize, layers, bidirectional });
    loadParameters(model, ourParameters(one, one.weights, false));
    const x = engine.parameter(one.inputs.x!.data, one.inputs.x!.shape);
    const runs = Array.from({ length: layers * (bidirectional ? 2 : 1) }, (_, run) => run);
    const parts = one.cell === "lstm" ? (["h", "c"] as const) : (["h"] as const);
    const state = runs.map((run) => Object.fromEntries(parts.map((p) => [p, part(engine, one.inputs[`${p}0`]!, run)])));
    const result = model.forward(x, { lengths: Int32Array.from(one.lengths), state: state as never });

    expectClose(result.y.data, one.results.y!.data, "y");
    const weighted = (y: Tensor, d: GoldenArray, run?: number) =>
      sum(mul(y, run === undefined ? engine.tensor(d.data, d.shape) : part(engine, d, run).detach()));
    let loss = weighted(result.y, one.dResults.y!);
    for (const run of runs)
      for (const p of parts) {
        const final = (result.state[run] as unknown as Record<string, Tensor>)[p]!;
        expectClose(final.data, part(engine, one.results[`${p}T`]!, run).data, `${p}T of run ${run}`);
        loss = add(loss, weighted(final, one.dResults[`${p}T`]!, run));
      }
    loss.backward();

    expectClose(x.grad!, one.gradients.x!.data, "gradient of x");
    for (const run of runs)
      for (const p of parts)
        expectClose(
          state[run]![p]!.grad!,
          part(engine, one.gradients[`${p}0`]!, run).data,
          `gradient of ${p}0 of run ${run}`,
        );
    const found = parameters(model);
    const wanted = ourParameters(one, one.gradients, true);
    expect(Object.keys(wanted).sort()).toEqual(Object.keys(found).sort());
    for (const [name, { data }] of Object.entries(wanted)) expectClose(found[name]!.grad!, data, `gradient of ${name}`);
  });

  test("a slice of the batch is what the golden values say of it", () => {
    const one = golden.recurrent.find(({ cell, lengths }) => cell === "lstm" && lengths[0] !== lengths[1])!;
    const engine = make();
    const model = new Recurrent(engine, { cell: "lstm", inputSize: one.I, hiddenSize: one.H, layers: one.layers });
    loadParameters(model, ourParameters(one, one.weights, false));
    const x = slice(engine.tensor(one.inputs.x!.data, one.inputs.x!.shape), 1, 1, 2);
    const state = ["h0", "c0"].map((name) => slice(part(engine, one.inputs[name]!, 0), 0, 1, 2));
    const { y } = model.forward(x, {
      lengths: Int32Array.of(one.lengths[1]!),
      state: [{ h: state[0]!, c: state[1]! }],
    });
    const golden1 = slice(engine.tensor(one.results.y!.data, one.results.y!.shape), 1, 1, 2);
    expectClose(y.data, golden1.data, "y");
  });
});
