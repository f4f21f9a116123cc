import { describe, expect, test } from "vitest";
import { engines, exactEngine } from "../../../test/engines.ts";
import { type Engine, gradientCheck, linear, mul, noGrad, reshape, tanh } from "../../tensor/index.ts";
import { crossEntropy, linearCrossEntropy, linearTokenNats, sigmoidCrossEntropy } from "../index.ts";

const [T, B, I, V] = [3, 2, 4, 5];
const targets = { ids: Int32Array.of(1, -1, 4, 0, -1, 2), shape: [T, B] };
const normals = (engine: Engine, size: number) => Float64Array.from({ length: size }, () => engine.random.normal());
const some = (engine: Engine) => ({
  x: engine.parameter(normals(engine, T * B * I), [T, B, I]),
  w: engine.parameter(normals(engine, V * I), [V, I]),
  bias: engine.parameter(normals(engine, V)),
});

describe("crossEntropy", () => {
  test("is the mean of -log softmax over real tokens", () => {
    const engine = exactEngine();
    const logits = engine.tensor([1, 2, 3, 0, 0, 0, 7, 7, 7], [3, 3]);
    const z = Math.exp(1) + Math.exp(2) + Math.exp(3);
    const loss = crossEntropy(logits, { ids: Int32Array.of(2, 0, -1), shape: [3] });
    expect(loss.shape).toEqual([]);
    expect(loss.item()).toBeCloseTo((Math.log(z) - 3 + Math.log(3)) / 2, 14);
    const smooth = crossEntropy(logits, { ids: Int32Array.of(2, -1, -1), shape: [3] }, { smoothing: 0.3 });
    expect(smooth.item()).toBeCloseTo(0.7 * (Math.log(z) - 3) + 0.3 * (Math.log(z) - 2), 14);
  });

  test.each([0, 0.1, 1])("has the gradient of central differences, smoothing %d", (smoothing) => {
    const { x } = some(exactEngine());
    const f = () => mul(crossEntropy(x, { ids: Int32Array.of(1, -1, 3, 0, -1, 2), shape: [T, B] }, { smoothing }), 3);
    expect(gradientCheck(f, { x })[0]!.error).toBeLessThan(1e-7);
  });
});

describe("linearCrossEntropy", () => {
  test("divides by what it is told, for a loss in parts", () => {
    const { x, w, bias } = some(exactEngine());
    const parts = [
      [1, -1, 4, -1, -1, -1],
      [-1, -1, -1, 0, -1, 2],
    ].map((ids) => {
      const own = { ids: Int32Array.from(ids), shape: [T, B] };
      return [
        linearCrossEntropy(x, w, bias, own, { divisor: 4 }).item(),
        crossEntropy(linear(x, w, bias), own, { divisor: 4 }).item(),
      ] as const;
    });
    const whole = linearCrossEntropy(x, w, bias, targets).item();
    for (const k of [0, 1] as const) expect(parts[0]![k] + parts[1]![k]).toBeCloseTo(whole, 14);
  });

  test.each([0, 0.1])("has the gradients of central differences, smoothing %d", (smoothing) => {
    const engine = exactEngine();
    const { x, w, bias } = some(engine);
    const fixed = engine.tensor(x.data, x.shape);
    const losses = [
      () => linearCrossEntropy(x, w, bias, targets, { smoothing }),
      () => linearCrossEntropy(x, w, null, targets, { smoothing }),
      () => mul(linearCrossEntropy(tanh(x), w, bias, targets, { smoothing }), 0.25),
      () => mul(linearCrossEntropy(x, w, bias, targets, { smoothing, divisor: 7 }), 3),
      () => linearCrossEntropy(fixed, w, bias, targets, { smoothing }),
    ];
    for (const f of losses)
      for (const { name, error } of gradientCheck(f, { x, w, bias })) expect(error, name).toBeLessThan(1e-7);
  });

  test.each(engines)("is crossEntropy of linear: $title", ({ make, build }) => {
    const tolerance = build.precision === "float64" ? 1e-14 : 2e-6;
    const engine = make();
    const { x, w, bias } = some(engine);
    const run = (f: () => ReturnType<typeof crossEntropy>) => {
      for (const p of [x, w, bias]) p.zeroGrad();
      const loss = f();
      loss.backward();
      return [loss.item(), ...[x, w, bias].flatMap((p) => [...p.grad!])];
    };
    const fused = run(() => linearCrossEntropy(x, w, bias, targets, { smoothing: 0.1 }));
    const plain = run(() => crossEntropy(linear(x, w, bias), targets, { smoothing: 0.1 }));
    fused.forEach((value, i) => {
      expect(Math.abs(value - plain[i]!), `number ${i}`).toBeLessThan(tolerance);
    });
    const quiet = noGrad(engine, () => linearCrossEntropy(x, w, bias, targets, { smoothing: 0.1 }));
    expect(Math.abs(quiet.item() - fused[0]!)).toBeLessThan(tolerance);
  });

  test("adds to gradients that exist, and its memory is given back", () => {
    const engine = exactEngine();
    const { x, w, bias } = some(engine);
    const f = () => linearCrossEntropy(tanh(x), w, bias, targets).backward();
    f();
    const once = [...w.grad!];
    f();
    expect(Math.max(...w.grad!.map((value, i) => Math.abs(value - 2 * once[i]!)))).toBeLessThan(1e-15);
    const { held } = engine.pool;
    for (let n = 0; n < 10; n++) f();
    expect(engine.pool.held).toBe(held);
  });
});

describe("linearTokenNats", () => {
  test.each(engines)("each target's share of linearCrossEntropy, 0 where there is none: $title", ({ make, build }) => {
    const tolerance = build.precision === "float64" ? 1e-14 : 2e-6;
    const engine = make();
    const { x, w, bias } = some(engine);
    const nats = linearTokenNats(x, w, bias, targets);
    expect(nats).toHaveLength(T * B);
    for (const [n, target] of targets.ids.entries()) {
      const only = { ids: targets.ids.map((id, m) => (m === n ? id : -1)), shape: [T, B] };
      const alone = target === -1 ? 0 : linearCrossEntropy(x, w, bias, only).item();
      expect(Math.abs(nats[n]! - alone)).toBeLessThan(tolerance);
    }
    expect([...linearTokenNats(x, w, bias, { ids: new Int32Array(6).fill(-1), shape: [T, B] })]).toEqual(
      new Array(6).fill(0),
    );
  });

  test.each(engines)("what has no probability left costs much, yet a number: $title", ({ make }) => {
    const engine = make();
    const x = engine.tensor([1, 1, 1], [3, 1]);
    const w = engine.tensor([1e4, -1e4, 0], [3, 1]);
    const nats = linearTokenNats(x, w, null, { ids: Int32Array.of(0, 1, 2), shape: [3] });
    expect([...nats]).toEqual([0, 2e4, 1e4]);
  });
});

describe("sigmoidCrossEntropy", () => {
  test("is the mean of the two logarithms, safe for large logits", () => {
    const engine = exactEngine();
    const p = 1 / (1 + Math.exp(-0.5));
    const loss = sigmoidCrossEntropy(engine.tensor([0.5, -2000, 2000]), engine.tensor([0.25, 0, 1]));
    expect(loss.item()).toBeCloseTo(-(0.25 * Math.log(p) + 0.75 * Math.log(1 - p)) / 3, 14);
    const { x } = some(engine);
    const wanted = engine.tensor(
      Float64Array.from({ length: x.size }, () => engine.random.uniform()),
      x.shape,
    );
    expect(gradientCheck(() => mul(sigmoidCrossEntropy(x, wanted), 2), { x })[0]!.error).toBeLessThan(1e-7);
  });
});

describe("messages of losses", () => {
  const engine = exactEngine();
  const { x, w, bias } = some(engine);
  const ids = (count: number, shape = [count]) => ({ ids: new Int32Array(count), shape });
  test.each([
    [
      "crossEntropy: targets must have the shape of logits [... V] without its last axis, got [3] for [3 2 4]",
      () => crossEntropy(x, ids(3)),
    ],
    ["crossEntropy: targets [3 2] need 6 ids, got 5", () => crossEntropy(x, ids(5, [3, 2]))],
    ["crossEntropy: divisor must be more than 0, got 0", () => crossEntropy(x, targets, { divisor: 0 })],
    ["crossEntropy: smoothing must be from 0 to 1, got 1.5", () => crossEntropy(x, targets, { smoothing: 1.5 })],
    [
      "crossEntropy: needs at least one target that is not -1, got 6 of -1",
      () => crossEntropy(x, { ids: new Int32Array(6).fill(-1), shape: [3, 2] }),
    ],
    ["crossEntropy: targets[2] must be from -1 to 3, got 4", () => crossEntropy(x, targets)],
    [
      "linearCrossEntropy: targets[2] must be from -1 to 3, got 4",
      () => linearCrossEntropy(x, engine.zeros([4, I]), null, targets),
    ],
    [
      'crossEntropy: no option "smooting"; did you mean "smoothing"?',
      () => crossEntropy(x, targets, { smooting: 0.1 } as object),
    ],
    [
      'linearCrossEntropy: no option "label_smoothing"; did you mean "smoothing"?',
      () => linearCrossEntropy(x, w, bias, targets, { label_smoothing: 0.1 } as object),
    ],
    [
      "linearCrossEntropy: needs x [... I] and weight [V I], got [6 4] and [5]",
      () => linearCrossEntropy(reshape(x, [6, 4]), bias, null, ids(6)),
    ],
    [
      "linearTokenNats: needs x [... I] and weight [V I], got [3 2 4] and [5]",
      () => linearTokenNats(x, bias, null, targets),
    ],
    ["linearTokenNats: bias must be [5] for weight [5 4], got [5 4]", () => linearTokenNats(x, w, w, targets)],
    [
      "linearTokenNats: targets must have the shape of x [... I] without its last axis, got [6] for [3 2 4]",
      () => linearTokenNats(x, w, bias, ids(6)),
    ],
    ["linearCrossEntropy: bias must be [5] for weight [5 4], got [5 4]", () => linearCrossEntropy(x, w, w, targets)],
    [
      "linearCrossEntropy: targets must have the shape of x [... I] without its last axis, got [6] for [3 2 4]",
      () => linearCrossEntropy(x, w, bias, ids(6)),
    ],
    ["sigmoidCrossEntropy: targets must have the shape of logits [3 2 4], got [5]", () => sigmoidCrossEntropy(x, bias)],
    [
      "sigmoidCrossEntropy: needs at least one number, got [0]",
      () => sigmoidCrossEntropy(engine.zeros([0]), engine.zeros([0])),
    ],
  ])("%s", (message, f) => {
    let error: unknown;
    try {
      f();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toBe(message);
  });

  test("targets that are none", () => {
    expect(() => crossEntropy(x, targets.ids as never)).toThrow(
      new TypeError(
        "crossEntropy: targets must be { ids, shape } with ids an Int32Array, got Int32Array of 6; write { ids: Int32Array.of(3, 1), shape: [2] }",
      ),
    );
  });
});
