import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { referenceBuild } from "../../kernels/index.ts";
import { add, Engine, mul, sum, type Tensor } from "../../tensor/index.ts";
import { adam, type Optimizer, optimizers, rmsprop, sgd } from "./index.ts";

// PyTorch 2.13.0, float64; made by bench/peers/make_golden_training.py.
const golden = JSON.parse(readFileSync("test/golden/training.json", "utf8"));

const engine = () => new Engine(referenceBuild("float64"));

/** Gives parameters the gradients of sum(w * gw) + sum(b * gb): these. */
function backward(engine: Engine, parts: readonly (readonly [Tensor, readonly number[]])[]): void {
  const products = parts.map(([parameter, gradient]) => sum(mul(parameter, engine.tensor(gradient, parameter.shape))));
  products.reduce((a, b) => add(a, b)).backward();
}

function close(got: ArrayLike<number>, wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs(got[i]! - value)).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
  });
}

describe("every optimizer agrees with PyTorch", () => {
  test.each(
    golden.optimizers as {
      name: keyof typeof optimizers;
      options: object;
      skip: number | null;
      w: number[];
      b: number[];
    }[],
  )("$name $options skipping $skip", ({ name, options, skip, w: wantedW, b: wantedB }) => {
    const e = engine();
    const w = e.parameter(golden.w0, [5, 3]);
    const b = e.parameter(golden.b0, [4]);
    const optimizer = optimizers[name].make({ w, b }, options);
    for (const [step, gradient] of golden.gradients.entries()) {
      backward(
        e,
        step === skip
          ? [[w, gradient.w]]
          : [
              [w, gradient.w],
              [b, gradient.b],
            ],
      );
      optimizer.step();
      optimizer.zeroGrad();
    }
    close(w.data, wantedW);
    close(b.data, wantedB);
  });
});

test("a step may be given another rate", () => {
  const e = engine();
  const w = e.parameter([1, 2]);
  const optimizer = sgd({ w }, { rate: 0.1 });
  backward(e, [[w, [1, 1]]]);
  optimizer.step({ rate: 0.5 });
  expect([...w.data]).toEqual([0.5, 1.5]);
});

test("a parameter between two others without gradient stays as it is", () => {
  const e = engine();
  const [a, b, c] = [e.parameter([1, 1]), e.parameter([2]), e.parameter([3, 3])];
  const optimizer = sgd({ a, b, c }, { rate: 0.5, momentum: 0.5, weightDecay: 0.5 });
  backward(e, [
    [a, [1, -1]],
    [c, [1, 2]],
  ]);
  optimizer.step();
  expect([...a.data, ...b.data, ...c.data]).toEqual([0.25, 1.25, 2, 1.75, 1.25]);
  expect([...optimizer.state().moments["b.velocity"]!.data]).toEqual([0]);
});

test("what every optimizer saves and loads decides its next steps to the bit", () => {
  for (const { make } of Object.values(optimizers)) {
    const run = (interrupted: boolean) => {
      const e = engine();
      const w = e.parameter(golden.w0, [5, 3]);
      let optimizer: Optimizer = make({ w }, {});
      for (const [step, gradient] of golden.gradients.entries()) {
        if (interrupted && step === 5) {
          const saved = optimizer.state();
          optimizer = make({ w }, {});
          optimizer.load(saved);
        }
        backward(e, [[w, gradient.w]]);
        optimizer.step();
        optimizer.zeroGrad();
      }
      return [...w.data];
    };
    expect(run(true)).toEqual(run(false));
  }
});

describe("two optimizers", () => {
  test("may share a parameter: the memory goes to whichever steps", () => {
    const e = engine();
    const w = e.parameter([1, 2, 3]);
    const [first, second] = [sgd({ w }, { rate: 1 }), sgd({ w }, { rate: 10 })];
    for (const optimizer of [first, second, first]) {
      backward(e, [[w, [1, 0, 0]]]);
      optimizer.step();
      optimizer.zeroGrad();
    }
    expect([...w.data]).toEqual([-11, 2, 3]);
  });

  test("may share an engine", () => {
    const e = engine();
    const [a, b] = [e.parameter([1]), e.parameter([1])];
    const [first] = [sgd({ a }, { rate: 1 }), sgd({ b }, { rate: 1 })];
    backward(e, [
      [a, [1]],
      [b, [1]],
    ]);
    first.step();
    expect([a.data[0], b.data[0]]).toEqual([0, 1]);
  });
});

test("a tensor under two names is updated once", () => {
  const e = engine();
  const w = e.parameter([1]);
  const optimizer = sgd({ input: w, output: w }, { rate: 1, momentum: 0.5 });
  backward(e, [[w, [0.25]]]);
  optimizer.step();
  expect(w.data[0]).toBe(0.75);
  expect(Object.keys(optimizer.state().moments)).toEqual(["input.velocity"]);
});

describe("what is refused", () => {
  const e = engine();
  const w = e.parameter([1, 2], [1, 2]);
  const message = (body: () => unknown) => {
    try {
      body();
    } catch (error) {
      return String(error);
    }
    return "nothing was thrown";
  };
  const saved = adam({ w }).state();

  test.each([
    [
      () => sgd({ w }, { nesterov: true }),
      "RangeError: sgd: nesterov needs momentum, got momentum 0; give for example momentum 0.9",
    ],
    [() => adam({ w }, { rate: -1 }), "RangeError: adam: rate must be more than 0, got -1"],
    [() => adam({ w }, { beta: 1 } as object), 'RangeError: adam: no option "beta"; did you mean "beta1"?'],
    [() => adam({ w }, { lr: 0.1 } as object), 'RangeError: adam: no option "lr"; did you mean "rate"?'],
    [
      () => adam({ w }, { betas: [0.9, 0.99] } as object),
      'RangeError: adam: no option "betas"; did you mean "beta1" and "beta2"?',
    ],
    [() => adam({ w }).step({ lr: 0.1 } as object), 'RangeError: adam: no option "lr"; did you mean "rate"?'],
    [() => adam({}), "RangeError: adam: needs at least one parameter; give those of the model"],
    [() => adam({ w: e.tensor([1]) }), "TypeError: adam: w must be a parameter; make it with engine.parameter()"],
    [
      () => adam({ w, v: engine().parameter([1]) }),
      "RangeError: adam: v must belong to the engine of w; make both with one",
    ],
    [
      () => rmsprop({ w }).load(saved),
      "FormatError: rmsprop: has no w.squares, but rmsprop needs it; was it saved with other options or for another model?",
    ],
    [
      () => sgd({ w }).load(saved),
      "FormatError: sgd: has w.m, but sgd does not need it; was it saved with other options or for another model?",
    ],
    [
      () => adam({ w: e.parameter([1, 2, 3]) }).load(saved),
      "FormatError: adam: w.m has shape [1 2], but adam needs [3]; was it saved with other options or for another model?",
    ],
    [
      () => adam({ w }).load({ ...saved, step: -1 }),
      "FormatError: adam: step must be a whole number, at least 0, got -1",
    ],
  ])("%#", (body, wanted) => expect(message(body)).toBe(wanted));
});
