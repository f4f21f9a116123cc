import { describe, expect, test } from "vitest";
import { engines, exactEngine } from "../../../test/engines.ts";
import { type Engine, gradientCheck, mul, tanh } from "../../tensor/index.ts";
import { activationPenalty, parameters, Recurrent } from "../index.ts";

const [T, B, H] = [4, 3, 2];
const lengths = Int32Array.of(4, 1, 3);
/** Numbers at the real steps, 0 beyond. */
const some = (engine: Engine) =>
  engine.parameter(
    Float64Array.from({ length: T * B * H }, (_, i) =>
      Math.floor(i / (B * H)) < lengths[Math.floor(i / H) % B]! ? engine.random.normal() : 0,
    ),
    [T, B, H],
  );

describe("activationPenalty", () => {
  test.each(engines)("is the two means over real steps: $title", ({ make, build }) => {
    const y = some(make());
    const at = (t: number, b: number, h: number) => y.data[(t * B + b) * H + h]!;
    let [size, change, steps, pairs] = [0, 0, 0, 0];
    for (let b = 0; b < B; b++)
      for (let t = 0; t < lengths[b]!; t++)
        for (let h = 0; h < H; h++) {
          size += at(t, b, h) ** 2;
          steps++;
          if (t + 1 === lengths[b]) continue;
          change += (at(t + 1, b, h) - at(t, b, h)) ** 2;
          pairs++;
        }
    const digits = build.precision === "float64" ? 13 : 5;
    expect(activationPenalty(y, lengths, { size: 2 }).item()).toBeCloseTo((2 * size) / steps, digits);
    expect(activationPenalty(y, lengths, { change: 3 }).item()).toBeCloseTo((3 * change) / pairs, digits);
    const both = activationPenalty(y, lengths, { size: 2, change: 3 }).item();
    expect(both).toBeCloseTo((2 * size) / steps + (3 * change) / pairs, digits);
  });

  test.each([{ size: 2 }, { change: 1 }, { size: 0.5, change: 3 }])(
    "has the gradient of central differences: %o",
    (options) => {
      const engine = exactEngine();
      const model = new Recurrent(engine, { cell: "lstm", inputSize: H, hiddenSize: 3 });
      const x = some(engine);
      const f = () => mul(activationPenalty(model.forward(tanh(x), { lengths }).y, lengths, options), 5);
      for (const { error } of gradientCheck(f, parameters(model))) expect(error).toBeLessThan(1e-7);
    },
  );

  test("sequences of one step have no change", () => {
    const y = exactEngine().parameter([3, 4], [1, 2, 1]);
    const penalty = activationPenalty(y, Int32Array.of(1, 1), { size: 1, change: 1 });
    expect(penalty.item()).toBe(12.5);
    penalty.backward();
    expect([...y.grad!]).toEqual([3, 4]);
  });

  test("is told what cannot be", () => {
    const engine = exactEngine();
    for (const [message, f] of [
      [
        "activationPenalty: needs y [T B H] and lengths [B], got [4 3 2] and [2]",
        () => activationPenalty(some(engine), Int32Array.of(1, 1), {}),
      ],
      [
        "activationPenalty: size must be at least 0, got -1",
        () => activationPenalty(some(engine), lengths, { size: -1 }),
      ],
      [
        "activationPenalty: lengths[0] must be from 1 to 4, got 5",
        () => activationPenalty(some(engine), Int32Array.of(5, 1, 1), {}),
      ],
    ] as const)
      expect(f).toThrow(new RangeError(message));
  });
});
