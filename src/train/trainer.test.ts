import { beforeEach, describe, expect, test } from "vitest";
import { FormatError, Random, StopError } from "../base/index.ts";
import { memoryFolder } from "../files/index.ts";
import { referenceBuild } from "../kernels/index.ts";
import { dropout, Engine, linear, mean, mul, scale, square, sub, type Tensor, tanh } from "../tensor/index.ts";
import {
  type BatchSource,
  EarlyStopping,
  type Listeners,
  type MetricLine,
  type Optimizer,
  optimizers,
  Plateau,
  RunFolder,
  type StoredTensors,
  schedules,
  type Training,
  fit as train,
  warmup,
} from "./index.ts";

/** Points of a sine, eight to a batch, in a new random order every pass. */
class Points implements BatchSource<Float64Array> {
  readonly batchesPerEpoch = 6;
  readonly #random = new Random(5);
  #before = this.#random.state;
  #order = this.#shuffle();
  #epoch = 0;
  #index = 0;

  get position() {
    return { epoch: this.#epoch, index: this.#index, random: this.#before };
  }

  next(): Float64Array {
    if (this.#index === this.batchesPerEpoch) {
      this.#epoch++;
      this.#index = 0;
      this.#order = this.#shuffle();
    }
    const from = 8 * this.#index++;
    return this.#order.slice(from, from + 8);
  }

  restore(position: unknown): void {
    const { epoch, index, random } = position as Points["position"];
    this.#random.state = random;
    this.#order = this.#shuffle();
    this.#epoch = epoch;
    this.#index = index;
  }

  #shuffle(): Float64Array {
    this.#before = this.#random.state;
    return this.#random.shuffle(Float64Array.from({ length: 48 }, (_, i) => i / 8 - 3));
  }
}

interface Setup {
  readonly optimizer?: keyof typeof optimizers;
  readonly rate?: number;
  readonly hidden?: number;
  readonly drop?: number;
}

/** A network of one hidden layer that learns the sine. */
function make({ optimizer = "adam", rate = 0.01, hidden = 16, drop = 0.1 }: Setup = {}) {
  const engine = new Engine(referenceBuild(), { seed: 3 });
  const random = new Random(1);
  const values = (length: number) => Float64Array.from({ length }, () => random.normal() / 2);
  const model = {
    hidden: { w: engine.parameter(values(hidden), [hidden, 1]), bias: engine.parameter(values(hidden)) },
    out: { w: engine.parameter(values(hidden), [1, hidden]) },
  };
  const lossOf = (points: Float64Array): Tensor => {
    const x = engine.tensor(points, [points.length, 1]);
    const h = dropout(tanh(linear(x, model.hidden.w, model.hidden.bias)), drop);
    return mean(square(sub(linear(h, model.out.w), engine.tensor(points.map(Math.sin), [points.length, 1]))));
  };
  const parameters = { "hidden.w": model.hidden.w, "hidden.bias": model.hidden.bias, "out.w": model.out.w };
  const all = Float64Array.from({ length: 31 }, (_, i) => i / 5 - 3);
  const training = {
    model,
    optimizer: optimizers[optimizer].make(parameters, { rate }) as Optimizer,
    batches: new Points(),
    loss: lossOf,
    tokens: (batch: Float64Array) => batch.length,
    evaluate: () => ({ loss: lossOf(all).item() }),
    sample: () => [String(engine.random.bits())],
  } satisfies Training<Float64Array>;
  const weights = () => [...model.hidden.w.data, ...model.hidden.bias.data, ...model.out.w.data];
  return { engine, model, training, weights };
}

/** What a promise is rejected with, as "Name: message". */
async function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "nothing", String);
}

const config = {
  task: "sine",
  recipe: null,
  data: null,
  options: {},
  kernels: { name: "reference", isa: "typescript", precision: "float32" as const },
};

const settings = { clipNorm: 1, logEvery: 3, evaluateEvery: 10, sampleEvery: 20, checkpointEvery: 7 };

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

describe("a resumed run goes on to the bit", () => {
  /** Trains in one folder, beginning anew with fresh objects at each of these ends. */
  async function trainInParts(
    setup: Setup,
    ends: readonly number[],
    extra: () => Partial<Training<Float64Array>> = () => ({}),
  ) {
    const folder = memoryFolder("runs/sine");
    let made = make(setup);
    for (const [i, steps] of ends.entries()) {
      made = make(setup);
      const run = i === 0 ? await RunFolder.create(folder, config) : await RunFolder.resume(folder);
      await train({ ...made.training, run, ...extra() }, { steps, ...settings });
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

describe("a run folder", () => {
  let folder: ReturnType<typeof memoryFolder>;
  beforeEach(async () => {
    folder = memoryFolder("runs/sine");
    const run = await RunFolder.create(folder, config, { "vocabulary.json": "[]" });
    await train({ ...make().training, run }, { steps: 4, logEvery: 2 });
    await run.close();
  });
  const resume = async (setup: Setup = {}) => {
    const run = await RunFolder.resume(folder);
    await train({ ...make(setup).training, run }, { steps: 8 });
  };
  const last = () => folder.folder("checkpoints").folder("last");
  const edit = async (name: string, from: string, to: string) => {
    const text = await last().readText(name);
    expect(text).toContain(from);
    await last().write(name, text.replace(from, to));
  };

  test("holds what it was made from", async () => {
    const run = await RunFolder.open(folder);
    expect(run.config).toEqual(config);
    expect(await folder.list()).toEqual(["checkpoints", "config.json", "metrics.jsonl", "vocabulary.json"]);
    expect(await last().list()).toEqual(["model.safetensors", "optimizer.safetensors", "state.json"]);
    expect((await run.metrics()).map((line) => line.step)).toEqual([2, 4, 4]);
  });

  test("opened for reading is not written", async () => {
    const run = await RunFolder.open(folder);
    const line = { kind: "samples", step: 1, samples: [] } satisfies MetricLine;
    await expect(run.log(line)).rejects.toThrow(
      "runs/sine: is open for reading; open it with RunFolder.resume to write",
    );
  });

  test("is not begun twice", async () => {
    await expect(RunFolder.create(folder, config)).rejects.toThrow(
      new StopError("runs/sine: holds a run already; resume it or choose another folder"),
    );
    // And the lock is free again.
    await (await RunFolder.resume(folder)).close();
  });

  test("has one training at a time", async () => {
    const run = await RunFolder.resume(folder);
    await expect(RunFolder.resume(folder)).rejects.toThrow(
      new StopError("runs/sine: another training is writing here; wait for it or choose another folder"),
    );
    await run.close();
    await (await RunFolder.resume(folder)).close();
  });

  test.each([
    ["no run", () => folder.remove("config.json"), "runs/sine: must be a run, but has no config.json; check the path"],
    [
      "a newer version's run",
      () => folder.write("config.json", '{"format":2,"backstitch":"0.9.0","tasks":[]}'),
      "runs/sine/config.json: was written by backstitch 0.9.0 in format 2, but this is 0.1.0 and reads format 1; use that version",
    ],
    [
      "a config without task",
      async () => folder.write("config.json", (await folder.readText("config.json")).replace('"task"', '"tusk"')),
      'runs/sine/config.json: task must be text, is missing; is it "tusk"?',
    ],
    [
      "a config cut in the middle",
      async () => folder.write("config.json", (await folder.readText("config.json")).slice(0, 40)),
      "runs/sine/config.json: line 3, column 24: must hold JSON, ends in the middle; was it cut off while it was written?",
    ],
    [
      "an empty state",
      () => last().write("state.json", ""),
      "runs/sine/checkpoints/last/state.json: must hold JSON, is empty; write it again or remove it",
    ],
    [
      "a newer version's checkpoint",
      () => edit("state.json", '"format": 1', '"format": 3'),
      "runs/sine/checkpoints/last/state.json: was written by backstitch 0.1.0 in format 3, but this is 0.1.0 and reads format 1; use that version",
    ],
    [
      "an edited state",
      () => edit("state.json", '"step": 4', '"step": -4'),
      "runs/sine/checkpoints/last/state.json: step must be at least 0, got -4",
    ],
    [
      "a missing file",
      () => last().remove("optimizer.safetensors"),
      "runs/sine/checkpoints/last/optimizer.safetensors: is missing; the checkpoint is of use only whole, take another one",
    ],
    [
      "an edited line of the log",
      () => folder.write("metrics.jsonl", '{"kind":"samples","step":1,"samples":[]}\n{"kind":"sample","step":2}\n'),
      'runs/sine/metrics.jsonl: line 2: kind must be one of progress, evaluation, samples, got "sample"',
    ],
  ])("that holds %s is refused", async (_what, damage, message) => {
    await damage();
    expect(await failureOf(resume())).toBe(`FormatError: ${message}`);
  });

  test("with a truncated tensor file is refused", async () => {
    const bytes = await last().read("model.safetensors");
    await last().write("model.safetensors", bytes.slice(0, -10));
    await expect(resume()).rejects.toThrow(
      /^runs\/sine\/checkpoints\/last\/model\.safetensors: array "[\w.]+": ends at byte \d+ but the file ends after \d+; the file is damaged, get or write it again$/,
    );
  });

  test("with an edited tensor is refused", async () => {
    const bytes = await last().read("optimizer.safetensors");
    bytes[bytes.length - 1]! ^= 1;
    await last().write("optimizer.safetensors", bytes);
    await expect(resume()).rejects.toThrow(
      new FormatError(
        "runs/sine/checkpoints/last/optimizer.safetensors: is not as it was saved with state.json, it was changed or replaced; put the old file back or take another checkpoint",
      ),
    );
  });

  test("whose checkpoint does not fit the config is refused, and the model stays as it was", async () => {
    const run = await RunFolder.resume(folder);
    const { training, weights } = make({ hidden: 8 });
    const before = weights();
    await expect(train({ ...training, run }, { steps: 8 })).rejects.toThrow(
      new FormatError(
        "runs/sine/checkpoints/last/model.safetensors: hidden.w has shape [16 1], but the config needs [8 1]; was the config or the checkpoint changed? Put back the one that belongs to the other",
      ),
    );
    expect(weights()).toEqual(before);
  });

  test("of another optimizer is refused", async () => {
    await expect(resume({ optimizer: "sgd" })).rejects.toThrow(
      new FormatError(
        "runs/sine/checkpoints/last/optimizer.safetensors: is of adam, but the config needs sgd; resume with adam",
      ),
    );
  });
});
