import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reference } from "./index.ts";

interface Golden {
  readonly origin: { readonly tool: string; readonly version: string };
  readonly cases: readonly {
    readonly optimizer: "sgd" | "adagrad" | "rmsprop" | "adam" | "adamw";
    readonly options: {
      readonly lr: number;
      readonly momentum?: number;
      readonly nesterov?: boolean;
      readonly weight_decay?: number;
      readonly alpha?: number;
      readonly eps?: number;
      readonly betas?: readonly [number, number];
    };
    readonly first: readonly number[];
    readonly gradients: readonly (readonly number[])[];
    readonly after: readonly (readonly number[])[];
    readonly state: Readonly<Record<string, readonly number[]>>;
  }[];
}

const path = new URL("../../../test/golden/optimizers.json", import.meta.url);
const golden: Golden = JSON.parse(readFileSync(path, "utf8"));

const expectClose = (got: Float64Array, wanted: readonly number[], what: string) => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, n) => {
    expect(Math.abs(got[n]! - value), `${what}, element ${n}`).toBeLessThanOrEqual(1e-14);
  });
};

describe(`five steps as ${golden.origin.tool} ${golden.origin.version} makes them`, () => {
  test.each(golden.cases.map((one) => ({ ...one, title: `${one.optimizer} ${JSON.stringify(one.options)}` })))(
    "$title",
    ({ optimizer, options, first, gradients, after, state }) => {
      const N = first.length;
      const w = Float64Array.from(first);
      const [one, two] = [new Float64Array(N), new Float64Array(N)];
      const rate = options.lr;
      const { momentum = 0, nesterov = false, weight_decay: weightDecay = 0, alpha = 0, eps: epsilon = 0 } = options;
      const [beta1, beta2] = options.betas ?? [0, 0];
      gradients.forEach((gradient, step) => {
        const common = { N, rate, weightDecay, g: Float64Array.from(gradient), w };
        switch (optimizer) {
          case "sgd":
            reference.sgdUpdate({ ...common, momentum, nesterov, velocity: momentum > 0 ? one : null });
            break;
          case "adagrad":
            reference.adagradUpdate({ ...common, epsilon, squares: one });
            break;
          case "rmsprop":
            reference.rmspropUpdate({
              ...common,
              decay: alpha,
              momentum,
              epsilon,
              squares: one,
              velocity: momentum > 0 ? two : null,
            });
            break;
          default: {
            const [correction1, correction2] = [1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)];
            const decoupled = optimizer === "adamw";
            const rest = { beta1, beta2, epsilon, decoupled, correction1, correction2, m: one, v: two };
            reference.adamUpdate({ ...common, ...rest });
          }
        }
        expectClose(w, after[step]!, `weights after step ${step + 1}`);
      });
      Object.values(state).forEach((wanted, n) => {
        expectClose(n === 0 ? one : two, wanted, Object.keys(state)[n]!);
      });
    },
  );
});

test("a velocity with momentum 0 changes nothing", () => {
  const [N, rate, weightDecay] = [2, 0.5, 0.1];
  const g = Float64Array.of(1, -2);
  const [plain, moving, scaled, unscaled] = [0, 1, 2, 3].map(() => Float64Array.of(3, 4)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const momentum = 0;
  reference.sgdUpdate({ N, rate, momentum, nesterov: false, weightDecay, g, w: plain, velocity: null });
  reference.sgdUpdate({
    N,
    rate,
    momentum,
    nesterov: true,
    weightDecay,
    g,
    w: moving,
    velocity: Float64Array.of(9, 9),
  });
  expect([...plain]).toEqual([3 - 0.5 * 1.3, 4 - 0.5 * -1.6]);
  expect(moving).toEqual(plain);
  const rms = { N, rate, decay: 0.75, momentum, epsilon: 1, weightDecay: 0, g };
  reference.rmspropUpdate({ ...rms, w: scaled, squares: Float64Array.of(0, 0), velocity: null });
  reference.rmspropUpdate({ ...rms, w: unscaled, squares: Float64Array.of(0, 0), velocity: Float64Array.of(9, 9) });
  expect([...scaled]).toEqual([3 - 0.5 / 1.5, 4 + 1 / 2]);
  expect(unscaled).toEqual(scaled);
});
