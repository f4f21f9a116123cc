import { describe, expect, test } from "vitest";
import { config, make, type Setup, settings } from "../../test/sine-training.ts";
import { memoryFolder } from "../files/index.ts";
import { scale } from "../tensor/index.ts";
import {
  EarlyStopping,
  type Listeners,
  optimizers,
  Plateau,
  RunFolder,
  type StoredTensors,
  schedules,
  type Training,
  fit as train,
  warmup,
} from "./index.ts";

describe("a resumed run goes on to the bit", () => {
  /** Trains in one folder, beginning anew with fresh objects at each of these ends. */
  async function trainInParts(
    setup: Setup,
    ends: readonly number[],
    extra: () => Partial<Training<Float64Array>> = () => ({}),
    options: Parameters<typeof train>[1] = {},
  ) {
    const folder = memoryFolder("runs/sine");
    let made = make(setup);
    for (const [i, steps] of ends.entries()) {
      made = make(setup);
      const run = i === 0 ? await RunFolder.create(folder, config) : await RunFolder.resume(folder);
      await train({ ...made.training, run, ...extra() }, { steps, ...settings, ...options });
      await run.close();
    }
    return {
      folder,
      weights: made.weights(),
      moments: made.training.optimizer.state(),
      random: made.engine.random.state,
    };
  }

  test.each(Object.keys(optimizers) as (keyof typeof optimizers)[])("with %s and dropout", async (optimizer) => {
    const whole = await trainInParts({ optimizer }, [46]);
    const inParts = await trainInParts({ optimizer }, [1, 20, 20, 33, 46]);
    expect(inParts.weights).toEqual(whole.weights);
    expect(inParts.moments).toEqual(whole.moments);
    expect(inParts.random).toEqual(whole.random);
    expect(whole.weights).not.toEqual((await trainInParts({ optimizer }, [45])).weights);
  });

  test("where it died after the best checkpoint and before another was saved", async () => {
    const whole = await trainInParts({}, [46]);
    const folder = memoryFolder("runs/sine");
    const dying = make({});
    let updates = 0;
    const loss = (batch: Float64Array) => {
      if (++updates > 30) throw new Error("the power went");
      return dying.training.loss(batch);
    };
    const first = await RunFolder.create(folder, config);
    const died = train({ ...dying.training, loss, run: first }, { ...settings, steps: 46, checkpointEvery: 0 });
    await expect(died).rejects.toThrow("the power went");
    await first.close();
    const run = await RunFolder.resume(folder);
    expect(await run.checkpoint("last")).toBeUndefined();
    const best = (await run.checkpoint("best"))!.state.step;
    const made = make({});
    const from: number[] = [];
    const on: Listeners = { start: ({ step }) => void from.push(step) };
    await train({ ...made.training, run, on }, { ...settings, steps: 46, checkpointEvery: 0 });
    expect(from).toEqual([best]);
    expect(best).toBeGreaterThan(0);
    expect(made.weights()).toEqual(whole.weights);
  });

  test("where an evaluation was broken off, again and again, and at the end", async () => {
    const trained = async (breaks: readonly number[]) => {
      const folder = memoryFolder("runs/sine");
      let [asked, parts] = [0, 0];
      for (;;) {
        const made = make({});
        const run = parts++ === 0 ? await RunFolder.create(folder, config) : await RunFolder.resume(folder);
        const controller = new AbortController();
        const evaluate = () => {
          if (breaks.includes(++asked)) controller.abort(new Error("enough"));
          controller.signal.throwIfAborted();
          return made.training.evaluate!();
        };
        const { reason } = await train(
          { ...made.training, run, evaluate, signal: controller.signal },
          { steps: 47, ...settings },
        );
        const { state, model } = (await run.checkpoint("last"))!;
        expect(state.unjudged).toBe(reason === "aborted");
        const metrics = await run.metrics();
        await run.close();
        if (reason !== "aborted") return { state, model, metrics, parts };
      }
    };
    const whole = await trained([]);
    const evaluations = whole.metrics.filter(({ kind }) => kind === "evaluation").length;
    expect(evaluations).toBeGreaterThan(3);
    expect(whole.parts).toBe(1);
    const broken = await trained([1, 2, 4, evaluations + 3]);
    expect(broken).toEqual({ ...whole, parts: 5 });
  });

  test("with a warm-up, a plateau and early stopping", async () => {
    const extra = () => ({
      schedule: warmup(15, schedules.cosine.make({ steps: 30 })),
      plateau: new Plateau({ patience: 1, minDelta: 0.1, factor: 0.5 }),
      earlyStopping: new EarlyStopping({ patience: 3, minDelta: 0.1 }),
    });
    const whole = await trainInParts({}, [80], extra);
    const inParts = await trainInParts({}, [30, 50, 80], extra);
    expect(inParts.weights).toEqual(whole.weights);
    const state = (await (await RunFolder.open(inParts.folder)).checkpoint("last"))!.state;
    expect(state).toEqual((await (await RunFolder.open(whole.folder)).checkpoint("last"))!.state);
    expect(state.plateau!.factor).toBeLessThan(1);
    expect(state.earlyStopping!.waited).toBeGreaterThan(0);
  });

  test("with averaged weights and several batches to an update", async () => {
    const options = { averaging: 0.9, accumulate: 4 };
    const whole = await trainInParts({}, [46], undefined, options);
    const inParts = await trainInParts({}, [1, 20, 33, 46], undefined, options);
    expect(inParts.weights).toEqual(whole.weights);
    expect(inParts.moments).toEqual(whole.moments);
    const last = async ({ folder }: typeof whole) => (await (await RunFolder.open(folder)).checkpoint("last"))!;
    const [one, other] = [await last(whole), await last(inParts)];
    expect(other.model).toEqual(one.model);
    expect(other.weights).toEqual(one.weights);
    expect(one.weights).not.toEqual(one.model);
    expect(other.state).toEqual(one.state);
    // Averaging may also begin or end on the way: it begins with the weights, and leaves those of the training behind.
    const run = await RunFolder.resume(inParts.folder);
    const made = make();
    await train({ ...made.training, run }, { ...settings, steps: 46, accumulate: 4 });
    expect(made.weights()).toEqual(Object.values(one.weights!).flatMap(({ data }) => [...data]));
  });

  test("with what the loss carries from batch to batch", async () => {
    const carrying = (made: ReturnType<typeof make>) => {
      let before = 1;
      return {
        ...made.training,
        loss: (batch: Float64Array) => {
          const loss = scale(made.training.loss(batch), before);
          before = Math.fround(1 + loss.item() / 2);
          return loss;
        },
        carried: {
          state: (): StoredTensors => ({ before: { shape: [], data: Float32Array.of(before) } }),
          restore: (state: StoredTensors) => {
            before = state.before!.data[0]!;
          },
        },
      };
    };
    const folder = memoryFolder();
    const first = await RunFolder.create(folder, config);
    await train({ ...carrying(make()), run: first }, { steps: 9 });
    const resumed = make();
    await train({ ...carrying(resumed), run: first }, { steps: 20 });
    const whole = make();
    await train(carrying(whole), { steps: 20 });
    expect(resumed.weights()).toEqual(whole.weights());
  });

  test("and writes the same log, whatever a crash had left there", async () => {
    const whole = await trainInParts({}, [40]);
    const folder = memoryFolder("runs/sine");
    const first = await RunFolder.create(folder, config);
    const controller = new AbortController();
    const on: Listeners = {
      step: ({ step }) => {
        if (step === 17) controller.abort();
      },
    };
    await train({ ...make().training, run: first, signal: controller.signal, on }, { steps: 40, ...settings });
    // Trained on after the checkpoint, then killed in the middle of a line.
    await first.log({ kind: "progress", step: 18, epoch: 2, tokens: 144, loss: 0.5, norm: 1, rate: 0.01 });
    await folder.write("metrics.jsonl", `${await folder.readText("metrics.jsonl")}{"step":21,"epo`);
    await first.close();
    const second = await RunFolder.resume(folder);
    await train({ ...make().training, run: second }, { steps: 40, ...settings });
    expect(await folder.readText("metrics.jsonl")).toBe(await whole.folder.readText("metrics.jsonl"));
    const lines = await second.metrics();
    expect(lines.filter((line) => line.kind === "progress").map((line) => line.step)).toEqual([
      3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39,
    ]);
    expect(lines.filter((line) => line.kind === "evaluation").map((line) => line.step)).toEqual([10, 20, 30, 40]);
    expect(lines.filter((line) => line.kind === "samples").map((line) => line.step)).toEqual([20, 40]);
  });

  test("and has nothing to do when it is finished", async () => {
    const folder = memoryFolder();
    const run = await RunFolder.create(folder, config);
    await train({ ...make().training, run }, { steps: 5 });
    const again = make();
    const outcome = await train({ ...again.training, run }, { steps: 5 });
    expect(outcome).toMatchObject({ reason: "finished", step: 5 });
  });
});
