/** minGRU and minLSTM: the paper's listings in PyTorch, gates that are shut, and sequences long enough to be cut in blocks. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { engines } from "../../test/engines.ts";
import { add, concat, mul, slice, sum } from "../tensor/index.ts";
import { loadParameters, parameters, Recurrent } from "./index.ts";

interface GoldenArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface GoldenCase {
  readonly cell: "minGru" | "minLstm";
  readonly reverse: boolean;
  readonly lengths: readonly number[];
  readonly I: number;
  readonly H: number;
  readonly given: Readonly<Record<"x" | "h0" | "wIh" | "bias", GoldenArray>>;
  readonly results: Readonly<Record<"y" | "hT", GoldenArray>>;
  readonly dResults: Readonly<Record<"y" | "hT", GoldenArray>>;
  readonly gradients: Readonly<Record<"x" | "h0" | "wIh" | "bias", GoldenArray>>;
}

const golden: {
  readonly origin: { readonly tool: string; readonly version: string };
  readonly cases: readonly GoldenCase[];
} = JSON.parse(readFileSync(new URL("../../test/golden/minimal.json", import.meta.url), "utf8"));

describe.each(engines)("$title", ({ make, build }) => {
  const eps = build.precision === "float64" ? 1e-12 : 16 * 2 ** -23;
  const expectClose = (got: ArrayLike<number>, wanted: ArrayLike<number>, what: string, tolerance = eps) => {
    expect(got.length, what).toBe(wanted.length);
    for (let i = 0; i < wanted.length; i++)
      expect(Math.abs(got[i]! - wanted[i]!) / Math.max(1, Math.abs(wanted[i]!)), `${what}[${i}]`).toBeLessThan(
        tolerance,
      );
  };

  test.each(
    golden.cases.map((one) => ({ ...one, title: `${one.cell}, lengths ${one.lengths}, reverse ${one.reverse}` })),
  )(`${golden.origin.tool} ${golden.origin.version}: $title`, ({ cell, reverse, I, H, ...one }) => {
    const engine = make();
    const { given, results, dResults, gradients } = one;
    const model = new Recurrent(engine, { cell, inputSize: I, hiddenSize: H, bidirectional: reverse });
    const direction = reverse ? "backward" : "forward";
    const own = Object.fromEntries(
      Object.entries(parameters(model)).map(([name, { shape, data }]) => [name, { shape, data }]),
    );
    loadParameters(model, {
      ...own,
      [`layers.0.${direction}.wIh`]: given.wIh,
      [`layers.0.${direction}.bias`]: given.bias,
    });
    const x = engine.parameter(given.x.data, given.x.shape);
    const h0 = engine.parameter(given.h0.data, given.h0.shape);
    const state = reverse ? [{ h: engine.zeros(h0.shape) }, { h: h0 }] : [{ h: h0 }];
    const run = model.forward(x, { lengths: Int32Array.from(one.lengths), state });
    const y = reverse ? slice(run.y, 2, H, 2 * H) : run.y;
    const { h } = run.state.at(-1)!;
    expectClose(y.data, results.y.data, "y");
    expectClose(h.data, results.hT.data, "hT");
    const weighted = (part: typeof y, d: GoldenArray) => sum(mul(part, engine.tensor(d.data, d.shape)));
    add(weighted(y, dResults.y), weighted(h, dResults.hT)).backward();
    expectClose(x.grad!, gradients.x.data, "gradient of x");
    expectClose(h0.grad!, gradients.h0.data, "gradient of h0");
    const found = parameters(model);
    for (const name of ["wIh", "bias"] as const)
      expectClose(found[`layers.0.${direction}.${name}`]!.grad!, gradients[name].data, `gradient of ${name}`);
  });

  test("gates that are shut, both, share alike; gates that are open let all through", () => {
    const engine = make();
    const model = new Recurrent(engine, { cell: "minLstm", inputSize: 1, hiddenSize: 4 });
    loadParameters(model, {
      "layers.0.forward.wIh": { shape: [12, 1], data: new Array(12).fill(0) },
      "layers.0.forward.bias": { shape: [12], data: [-200, -200, 200, 200, -200, 200, -200, 200, 1, 1, 1, 1] },
    });
    const x = engine.parameter([0], [1, 1, 1]);
    const { y } = model.forward(x, { state: [{ h: engine.tensor([3, 3, 3, 3], [1, 4]) }] });
    expectClose(y.data, [2.25, 1.5, 3, 2.25], "y");
    sum(y).backward();
    for (const { grad } of Object.values(parameters(model))) expect(grad!.every(Number.isFinite)).toBe(true);
  });

  test.each(["minGru", "minLstm"] as const)("%s: a long sequence of few units is what its pieces are", (cell) => {
    // Longer than two blocks of time, in which the native kernels scan it.
    const [T, B, I, H] = [700, 2, 2, 3];
    const inputs = Float64Array.from({ length: T * B * I }, (_, i) => Math.sin(i * i));
    const weigh = Float64Array.from({ length: T * B * H }, (_, i) => Math.cos(i));
    const gradientsOf = (pieces: readonly number[]) => {
      const engine = make();
      const model = new Recurrent(engine, { cell, inputSize: I, hiddenSize: H, forgetBias: 3 });
      const x = engine.parameter(inputs, [T, B, I]);
      let state: ReturnType<typeof model.forward>["state"] | undefined;
      let from = 0;
      const ys = pieces.map((length) => {
        const run = model.forward(slice(x, 0, from, from + length), { state });
        from += length;
        state = run.state;
        return run.y;
      });
      const y = ys.length === 1 ? ys[0]! : concat(ys, 0);
      const values = y.data.slice();
      sum(mul(y, engine.tensor(weigh, [T, B, H]))).backward();
      return {
        y: values,
        x: x.grad!,
        ...Object.fromEntries(Object.entries(parameters(model)).map(([n, p]) => [n, p.grad!])),
      };
    };
    const whole = gradientsOf([700]);
    const pieces = gradientsOf([200, 200, 200, 100]);
    const tolerance = build.precision === "float64" ? 1e-10 : 1e-4;
    for (const [name, values] of Object.entries(whole))
      expectClose(pieces[name as "y"], values, name, name === "y" ? eps : tolerance);
  });
});
