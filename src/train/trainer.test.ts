import { describe, expect, test } from "vitest";
import { config, make, settings } from "../../test/sine-training.ts";
import { memoryFolder } from "../files/index.ts";
import {
  type BatchSource,
  EarlyStopping,
  type Listeners,
  Plateau,
  RunFolder,
  type StoredTensors,
  schedules,
  fit as train,
  warmup,
} from "./index.ts";

describe("fit", () => {
  test("learns", async () => {
    const { training } = make({ drop: 0 });
    const losses: number[] = [];
    const outcome = await train(
      { ...training, on: { step: ({ loss }) => losses.push(loss) } },
      { steps: 400, clipNorm: 1 },
    );
    expect(outcome).toEqual({
      reason: "finished",
      step: 400,
      epoch: 66,
      best: { step: 400, value: expect.any(Number) },
    });
    expect(outcome.best!.value).toBeLessThan(0.01);
    expect(losses[0]).toBeGreaterThan(0.1);
  });

  test("reports every step, with the rate that the schedule gives", async () => {
    const { training } = make({ rate: 0.5, optimizer: "sgd" });
    const rates: number[] = [];
    const seen: number[] = [];
    const step: Listeners["step"] = (progress) => {
      rates.push(progress.rate);
      seen.push(progress.step, progress.steps, progress.epoch, progress.tokens);
      expect(progress.norm).toBeGreaterThan(0);
      expect(progress.eta).toBeGreaterThanOrEqual(0);
      expect(progress.tokensPerSecond).toBeGreaterThanOrEqual(0);
    };
    await train(
      { ...training, schedule: warmup(1, schedules.step.make({ every: 2, factor: 0.5 })), on: { step } },
      { epochs: 1 },
    );
    expect(rates).toEqual([0.25, 0.5, 0.5, 0.25, 0.25, 0.125]);
    expect(seen).toEqual([1, 6, 0, 8, 2, 6, 0, 16, 3, 6, 0, 24, 4, 6, 0, 32, 5, 6, 0, 40, 6, 6, 1, 48]);
  });

  test("evaluating, sampling, logging and saving change nothing in the training", async () => {
    const plain = make();
    await train({ ...plain.training, evaluate: () => ({ loss: 1 }) }, { steps: 40, clipNorm: 1 });
    const watched = make();
    const run = await RunFolder.create(memoryFolder(), config);
    await train({ ...watched.training, run }, { steps: 40, ...settings });
    expect(watched.weights()).toEqual(plain.weights());
  });

  test("several batches to an update are one of all their tokens", async () => {
    const split = (parts: readonly number[]) => {
      const made = make({ drop: 0, optimizer: "sgd", rate: 0.1 });
      const taken: Float64Array[] = [];
      const whole = made.training.batches;
      const batches: BatchSource<Float64Array> = {
        batchesPerEpoch: parts.length * whole.batchesPerEpoch,
        position: { epoch: 0, index: 0 },
        restore: () => {},
        next: () => {
          if (taken.length === 0) {
            const points = whole.next();
            for (const [i, size] of parts.entries()) {
              const from = parts.slice(0, i).reduce((sum, before) => sum + before, 0);
              taken.push(points.slice(from, from + size));
            }
          }
          return taken.shift()!;
        },
      };
      return { ...made, training: { ...made.training, batches } };
    };
    const seen = async (parts: readonly number[]) => {
      const made = split(parts);
      const losses: number[] = [];
      const tokens: number[] = [];
      const on: Listeners = {
        step: (progress) => {
          losses.push(progress.loss, progress.norm);
          tokens.push(progress.tokens);
        },
      };
      await train({ ...made.training, on }, { steps: 12, clipNorm: 1, accumulate: parts.length });
      return { numbers: [...losses, ...made.weights()], tokens };
    };
    const whole = await seen([8]);
    for (const parts of [
      [4, 4],
      [1, 5, 2],
    ]) {
      const other = await seen(parts);
      expect(other.tokens).toEqual(whole.tokens);
      for (const [i, value] of whole.numbers.entries()) expect(Math.abs(other.numbers[i]! - value)).toBeLessThan(1e-5);
    }
  });

  test("several batches to an update make fewer updates of an epoch", async () => {
    const { training } = make();
    expect(await train(training, { epochs: 2, accumulate: 5 })).toMatchObject({ step: 3, epoch: 2 });
  });

  test("averaged weights are the running mean of the weights, seen by evaluations, samples, listeners and at the end", async () => {
    const plain = make({ drop: 0 });
    const path: number[][] = [plain.weights()];
    await train({ ...plain.training, on: { step: () => path.push(plain.weights()) } }, { steps: 20 });
    const averages = [path[0]!];
    for (let t = 1; t <= 20; t++) {
      const d = Math.min(0.8, (1 + t) / (10 + t));
      averages.push(averages[t - 1]!.map((a, i) => d * a + (1 - d) * path[t]![i]!));
    }
    const made = make({ drop: 0 });
    const seen: Record<string, [step: number, weights: number[]][]> = { step: [], evaluate: [], sample: [], told: [] };
    let step = 0;
    const on: Listeners = {
      step: (progress) => {
        step = progress.step;
        seen.step!.push([step, made.weights()]);
      },
      evaluate: () => seen.told!.push([step, made.weights()]),
      sample: () => seen.told!.push([step, made.weights()]),
    };
    const run = await RunFolder.create(memoryFolder(), config);
    await train(
      {
        ...made.training,
        ...{ run, on },
        evaluate: () => {
          seen.evaluate!.push([step, made.weights()]);
          return { loss: -step };
        },
        sample: () => {
          seen.sample!.push([step, made.weights()]);
          return [];
        },
      },
      { steps: 20, averaging: 0.8, evaluateEvery: 5, sampleEvery: 10, checkpointEvery: 10 },
    );
    expect(seen.step!.map(([, weights]) => weights)).toEqual(path.slice(1));
    const average = (weights: readonly number[], t: number) => {
      for (const [i, value] of weights.entries()) expect(Math.abs(value - averages[t]![i]!)).toBeLessThan(1e-5);
    };
    for (const name of ["evaluate", "sample", "told"]) {
      expect(seen[name]!.map(([t]) => t)).toEqual(
        { evaluate: [5, 10, 15, 20], sample: [10, 20] }[name] ?? [5, 10, 10, 15, 20, 20],
      );
      for (const [t, weights] of seen[name]!) average(weights, t);
    }
    average(made.weights(), 20);
    const numbers = (tensors: StoredTensors) => Object.values(tensors).flatMap(({ data }) => [...data]);
    for (const name of ["best", "last"] as const) {
      const { model, weights } = (await run.checkpoint(name))!;
      expect(numbers(model)).toEqual(made.weights());
      expect(numbers(weights!)).toEqual(path[20]);
    }
  });

  test("nothing is recorded while evaluating and sampling", async () => {
    const { training, engine } = make();
    const seen: boolean[] = [];
    const look = () => {
      seen.push(engine.recording);
      return [];
    };
    const evaluate = () => ({ loss: look().length });
    await train(
      { ...training, evaluate, sample: async () => look(), on: { step: () => void look() } },
      { steps: 1, evaluateEvery: 1, sampleEvery: 1 },
    );
    expect(seen).toEqual([true, false, false]);
  });

  test("a plateau lowers the rate", async () => {
    const { training } = make({ rate: 1, optimizer: "sgd" });
    const rates: number[] = [];
    const plateau = new Plateau({ patience: 1, factor: 0.5 });
    await train(
      { ...training, evaluate: () => ({ loss: 1 }), plateau, on: { step: ({ rate }) => rates.push(rate) } },
      { steps: 7, evaluateEvery: 2 },
    );
    expect(rates).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.25]);
  });

  test("early stopping ends it, and the best evaluation is kept", async () => {
    const { training } = make();
    const run = await RunFolder.create(memoryFolder(), config);
    const values = [3, 2, 1, 2, 2, 2];
    const outcome = await train(
      {
        ...training,
        run,
        evaluate: () => ({ accuracy: -values.shift()!, loss: 0 }),
        earlyStopping: new EarlyStopping({ patience: 2, mode: "max" }),
      },
      { steps: 100, evaluateEvery: 4, metric: "accuracy", mode: "max" },
    );
    expect(outcome).toEqual({ reason: "early", step: 20, epoch: 3, best: { step: 12, value: -1 } });
    expect((await run.checkpoint("best"))!.state.step).toBe(12);
    expect((await run.checkpoint("last"))!.state.step).toBe(20);
  });

  test("lets timers run, however short the steps", async () => {
    const { training } = make();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const start = performance.now();
    const outcome = await train({ ...training, signal: controller.signal }, { steps: 10_000_000 });
    expect(outcome.reason).toBe("aborted");
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test("an abort saves after the current step and tells", async () => {
    const { training } = make();
    const run = await RunFolder.create(memoryFolder(), config);
    const controller = new AbortController();
    const events: unknown[] = [];
    const on: Listeners = {
      step: ({ step }) => {
        if (step === 5) controller.abort();
      },
      checkpoint: ({ step }) => events.push(`saved ${step}`),
      stop: ({ reason }) => events.push(reason),
    };
    const outcome = await train({ ...training, run, signal: controller.signal, on }, { steps: 100 });
    expect(outcome).toMatchObject({ reason: "aborted", step: 5 });
    expect(events).toEqual(["saved 5", "aborted"]);
    expect((await run.checkpoint("last"))!.state.step).toBe(5);
  });

  test.each([
    [{}, {}, "train: needs steps or epochs, or it would never end; give for example steps 1000"],
    [{}, { steps: -1 }, "train: steps must be at least 0, got -1"],
    [{}, { step: 1 }, 'train: no option "step"; did you mean "steps"?'],
    [{ plateau: new Plateau() }, { steps: 1 }, "train: plateau needs evaluations; give evaluate and evaluateEvery"],
    [
      { earlyStopping: new EarlyStopping() },
      { steps: 1 },
      "train: earlyStopping needs evaluations; give evaluate and evaluateEvery",
    ],
    [{}, { steps: 1, metric: "bleu" }, 'train: metric must be one of loss, as evaluate returned them, got "bleu"'],
  ])("refuses %o %o", async (part, options: object, message) => {
    const { training } = make();
    await expect(train({ ...training, ...part }, options)).rejects.toThrow(new RangeError(message));
  });
});
