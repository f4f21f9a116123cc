import { describe, expect, test } from "vitest";
import { config, failureOf, make, type Setup } from "../../test/sine-training.ts";
import { memoryFolder } from "../files/index.ts";
import { mul } from "../tensor/index.ts";
import { type Listeners, RunFolder, fit as train } from "./index.ts";

describe("a training that diverges", () => {
  /** A loss that is no number from a given step on. */
  const failing = (at: number, value: number, setup: Setup = {}) => {
    const made = make({ optimizer: "sgd", rate: 0.01, drop: 0, ...setup });
    let step = 0;
    const loss = (batch: Float64Array) =>
      mul(made.training.loss(batch), made.engine.tensor([++step === at ? value : 1], []));
    return { ...made, training: { ...made.training, loss } };
  };
  const round = (x: number) => Number(x.toPrecision(3));

  test("stops with the step, the last gradient norm and advice, and overwrites nothing", async () => {
    const { training } = failing(17, Number.NaN);
    const run = await RunFolder.create(memoryFolder(), config);
    let norm = 0;
    const on: Listeners = {
      step: (progress) => {
        norm = progress.norm;
      },
    };
    const failure = await failureOf(train({ ...training, run, on }, { steps: 100, clipNorm: 5, checkpointEvery: 5 }));
    expect(failure).toBe(
      `StopError: train: the loss is NaN at step 17 (gradient norm ${round(norm)} at step 16); ` +
        "try a lower rate (now 0.01) or a smaller clipNorm (now 5); the last good checkpoint is step 15",
    );
    expect((await run.checkpoint("last"))!.state.step).toBe(15);
  });

  test("by an infinite loss, before anything was saved", async () => {
    const { training } = failing(2, Number.POSITIVE_INFINITY);
    const run = await RunFolder.create(memoryFolder(), config);
    let norm = 0;
    const on: Listeners = {
      step: (progress) => {
        norm = progress.norm;
      },
    };
    const failure = await failureOf(train({ ...training, run, on }, { steps: 100 }));
    expect(failure).toBe(
      `StopError: train: the loss is Infinity at step 2 (gradient norm ${round(norm)} at step 1); ` +
        "try a lower rate (now 0.01) or clipping (clipNorm 1); nothing was saved yet",
    );
    expect(await run.checkpoint("last")).toBeUndefined();
  });

  test("at the first step, where the rate is not to blame", async () => {
    const { training } = failing(1, Number.NaN);
    expect(await failureOf(train(training, { steps: 100 }))).toBe(
      "StopError: train: the loss is NaN at step 1, before any update; look at the data and the initial weights",
    );
  });

  test("by a gradient that is no number under a loss that is one: the weights stay", async () => {
    const { training, model, weights } = make({ drop: 0 });
    const loss = (batch: Float64Array) => {
      const loss = training.loss(batch);
      const backward = loss.backward.bind(loss);
      loss.backward = () => {
        backward();
        model.out.w.grad![0] = Number.NaN;
      };
      return loss;
    };
    const before = weights();
    expect(await failureOf(train({ ...training, loss }, { steps: 100 }))).toBe(
      "StopError: train: the gradient norm is NaN at step 1, before any update; look at the data and the initial weights",
    );
    expect(weights()).toEqual(before);
  });

  test("by an evaluation", async () => {
    const { training } = make();
    let norm = 0;
    const on: Listeners = {
      step: (progress) => {
        norm = progress.norm;
      },
    };
    const evaluate = () => ({ loss: Number.NaN });
    const failure = await failureOf(train({ ...training, evaluate, on }, { steps: 100, evaluateEvery: 3 }));
    expect(failure).toBe(
      `StopError: train: the evaluation's loss is NaN after step 3 (gradient norm ${round(norm)} at step 3); try a lower rate (now 0.01) or clipping (clipNorm 1)`,
    );
  });

  test("by weights that have overflowed when they are to be saved", async () => {
    const { training: whole, model } = make({ drop: 0 });
    const { evaluate: _, ...training } = whole;
    const run = await RunFolder.create(memoryFolder(), config);
    await train({ ...training, run }, { steps: 2 });
    const on: Listeners = {
      step: ({ step }) => {
        if (step === 4) model.out.w.data[0] = Number.POSITIVE_INFINITY;
      },
    };
    expect(await failureOf(train({ ...training, run, on }, { steps: 4, clipNorm: 1 }))).toMatch(
      /^StopError: train: a weight is no finite number any more after step 4 \(gradient norm [\d.]+ at step 4\); try a lower rate \(now 0.01\) or a smaller clipNorm \(now 1\); the last good checkpoint is step 2$/,
    );
    expect((await run.checkpoint("last"))!.state.step).toBe(2);
  });
});
