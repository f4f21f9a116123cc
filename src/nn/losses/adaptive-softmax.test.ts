import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { engines, exactEngine } from "../../../test/engines.ts";
import { type Engine, gradientCheck, noGrad, tanh } from "../../tensor/index.ts";
import { AdaptiveSoftmax, defaultCutoffs, linearCrossEntropy, loadParameters, parameters } from "../index.ts";

interface GoldenArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Golden {
  readonly origin: { readonly tool: string; readonly version: string };
  readonly adaptive: readonly {
    readonly I: number;
    readonly V: number;
    readonly cutoffs: number[];
    readonly division: number;
    readonly headBias: boolean;
    readonly targets: readonly number[];
    readonly x: GoldenArray;
    readonly weights: Readonly<Record<string, GoldenArray>>;
    readonly loss: number;
    readonly nats: GoldenArray;
    readonly logProbs: GoldenArray;
    readonly dx: GoldenArray;
    readonly gradients: Readonly<Record<string, GoldenArray>>;
  }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL("../../../test/golden/language.json", import.meta.url), "utf8"));

/** PyTorch's name for one of our weights. */
const theirs = (name: string) =>
  name.replace(/^tails\.(\d+)\.(down|up)/, (_, k, part) => `tail.${k}.${part === "down" ? 0 : 1}`);

describe.each(engines)(`${golden.origin.tool} ${golden.origin.version} and $title`, ({ make, build }) => {
  const tolerance = build.precision === "float64" ? 1e-12 : 32 * 2 ** -23;
  const expectClose = (got: ArrayLike<number>, wanted: ArrayLike<number>, what: string) => {
    expect(got.length, what).toBe(wanted.length);
    for (let i = 0; i < wanted.length; i++)
      expect(Math.abs(got[i]! - wanted[i]!) / Math.max(1, Math.abs(wanted[i]!)), `${what}[${i}]`).toBeLessThan(
        tolerance,
      );
  };

  test.each(golden.adaptive)("cutoffs $cutoffs, head bias $headBias", (one) => {
    const engine = make();
    const { I, V: classes, cutoffs, division, headBias } = one;
    const model = new AdaptiveSoftmax(engine, { inputSize: I, classes, cutoffs, division, headBias });
    const names = Object.keys(parameters(model));
    loadParameters(model, Object.fromEntries(names.map((name) => [name, one.weights[theirs(name)]!])));
    expect(names.map(theirs).sort()).toEqual(Object.keys(one.weights).sort());
    const x = engine.parameter(one.x.data, one.x.shape);
    const targets = { ids: Int32Array.from(one.targets), shape: [one.targets.length] };

    const loss = model.forward(x, targets);
    expectClose([loss.item()], [one.loss], "loss");
    loss.backward();
    expectClose(x.grad!, one.dx.data, "gradient of x");
    for (const [name, { grad }] of Object.entries(parameters(model))) {
      // A tail without a target of its own is not touched, neither here nor there.
      if (one.gradients[theirs(name)]) expectClose(grad!, one.gradients[theirs(name)]!.data, `gradient of ${name}`);
      else expect(grad).toBeNull();
    }
    expectClose(model.tokenNats(x, targets), one.nats.data, "nats");
    const logProbs = model.logProbs(x);
    expect(logProbs.shape).toEqual(one.logProbs.shape);
    expectClose(logProbs.data, one.logProbs.data, "logProbs");
    expectClose([noGrad(engine, () => model.forward(x, targets)).item()], [one.loss], "loss without recording");
  });
});

const [T, B, I, V] = [3, 2, 6, 11];
const some = (engine: Engine) => ({
  model: new AdaptiveSoftmax(engine, {
    ...{ inputSize: I, classes: V, cutoffs: [3, 7], division: 2, headBias: true },
  }),
  x: engine.parameter(
    Float64Array.from({ length: T * B * I }, () => engine.random.normal()),
    [T, B, I],
  ),
});
const targets = { ids: Int32Array.of(1, 10, -1, 4, 4, 2), shape: [T, B] };

describe("AdaptiveSoftmax", () => {
  test.each([0, 0.2])("has the gradients of central differences, smoothing %d", (smoothing) => {
    const { model, x } = some(exactEngine());
    const f = () => model.forward(tanh(x), targets, { smoothing });
    for (const { name, error, analytic } of gradientCheck(f, { x, ...parameters(model) })) {
      expect(Math.abs(analytic), name).toBeGreaterThan(1e-4);
      expect(error, name).toBeLessThan(1e-7);
    }
  });

  test.each(engines)("its probabilities sum to 1, and its loss is that of its probabilities: $title", ({ make }) => {
    const { model, x } = some(make());
    const logProbs = model.logProbs(x).data;
    const nats = model.tokenNats(x, targets);
    for (const [n, target] of targets.ids.entries()) {
      const row = logProbs.subarray(n * V, (n + 1) * V);
      expect([...row].reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 5);
      expect(nats[n]).toBeCloseTo(target < 0 ? 0 : -row[target]!, 5);
    }
    const mean = [...nats].reduce((sum, value) => sum + value) / 5;
    expect(model.forward(x, targets).item()).toBeCloseTo(mean, 5);
  });

  test("each softmax that a target goes through is smoothed by itself", () => {
    const engine = exactEngine();
    const { model, x } = some(engine);
    const smoothing = 0.3;
    const only = (row: number, id: number) => ({
      ids: targets.ids.map((_, n) => (n === row ? id : -1)),
      shape: [T, B],
    });
    // Row 1 has target 10: the second tail's entry of the head, and the third class of that tail.
    const { down, up } = model.tails[1]!;
    const head = linearCrossEntropy(x, model.head.weight, model.head.bias, only(1, 4), { smoothing });
    const tail = linearCrossEntropy(down.forward(x), up.weight, null, only(1, 3), { smoothing });
    expect(model.forward(x, only(1, 10), { smoothing }).item()).toBeCloseTo(head.item() + tail.item(), 12);
  });

  test.each(engines)("what has no probability left costs much, yet a number: $title", ({ make }) => {
    const engine = make();
    const model = new AdaptiveSoftmax(engine, { inputSize: 1, classes: 4, cutoffs: [2], division: 2 });
    loadParameters(model, {
      "head.weight": { shape: [3, 1], data: [1e4, -1e4, 0] },
      "tails.0.down.weight": { shape: [1, 1], data: [1] },
      "tails.0.up.weight": { shape: [2, 1], data: [1e4, -1e4] },
    });
    const x = engine.tensor([1, 1, 1, 1], [4, 1]);
    const nats = model.tokenNats(x, { ids: Int32Array.of(0, 1, 2, 3), shape: [4] });
    expect([...nats]).toEqual([0, 2e4, 1e4, 3e4]);
    expect([...model.logProbs(x).data.subarray(0, 4)]).toEqual([0, -2e4, -1e4, -3e4]);
  });

  test("cuts at a sixteenth and at a quarter by itself", () => {
    expect(defaultCutoffs(100_000)).toEqual([6250, 25_000]);
    expect(defaultCutoffs(1600)).toEqual([100, 400]);
    expect(defaultCutoffs(5)).toEqual([1]);
  });

  test("is told what cannot be", () => {
    const engine = exactEngine();
    const { model, x } = some(engine);
    const make = (cutoffs: number[]) => () => new AdaptiveSoftmax(engine, { inputSize: 4, classes: 10, cutoffs });
    const ids = (...list: number[]) => ({ ids: Int32Array.from(list), shape: [list.length] });
    for (const [message, f] of [
      ["AdaptiveSoftmax: cutoffs must rise and be less than classes = 10, got 4, 4", make([4, 4])],
      ["AdaptiveSoftmax: cutoffs must rise and be less than classes = 10, got 4, 10", make([4, 10])],
      ["AdaptiveSoftmax: targets[0] must be from -1 to 10, got 11", () => model.forward(x, ids(11, 0, 0, 0, 0, 0))],
      ["AdaptiveSoftmax: needs x [... 6] and targets [...], got [3 2 6] and [2]", () => model.tokenNats(x, ids(1, 2))],
      [
        "linearCrossEntropy: needs at least one target that is not -1, got 6 of -1",
        () => model.forward(x, { ids: new Int32Array(6).fill(-1), shape: [T, B] }),
      ],
    ] as const)
      expect(f).toThrow(new RangeError(message));
  });
});
