/**
 * The training loop: for each batch the loss, its gradients, clipping and an update; between updates logging,
 * evaluating, sampling and saving.
 */
import { z } from "zod";
import { readOptions, ValueError } from "../base/index.ts";
import type { Engine, Tensor } from "../tensor/index.ts";
import { breathe } from "./breathe.ts";
import {
  restoreModel,
  restoreOptimizer,
  type StoredTensors,
  type TrainingState,
  writeCheckpoint,
} from "./checkpoint.ts";
import { clipByGlobalNorm, clipByValue, gradientNorm } from "./clipping.ts";
import { Divergence } from "./divergence.ts";
import type { EarlyStopping } from "./early-stopping.ts";
import { improves, modeOption } from "./improvement.ts";
import type { Optimizer } from "./optimizers/index.ts";
import { Pace } from "./pace.ts";
import type { RunFolder } from "./run-folder.ts";
import { constant, type Plateau, type Schedule } from "./schedules.ts";

/** Batches without end, one pass over the data after another, from a place that can be saved. */
export interface BatchSource<Batch> {
  readonly batchesPerEpoch: number;
  next(): Batch;
  /** The place reached, random state included, as plain JSON: the pass, and how many of its batches are taken. */
  readonly position: { readonly epoch: number; readonly index: number };
  /** Goes to a place saved before; throws FormatError, beginning with `where`, when it is none. */
  restore(position: unknown, where: string): void;
}

/** What the loss keeps from one batch to the next, such as the state of a network that reads running text. */
export interface Carried {
  /** The tensors kept, to be saved. */
  state(): StoredTensors;
  restore(state: StoredTensors): void;
}

/** What is trained, on what, and how to judge it. */
export interface Training<Batch> {
  /** Any object that holds the layers. */
  readonly model: object;
  readonly optimizer: Optimizer;
  readonly batches: BatchSource<Batch>;
  /** The loss of a batch: one number, made by recorded operations. */
  loss(batch: Batch): Tensor;
  /** Needed to resume to the bit where the loss of a batch depends on those before by more than the weights. */
  readonly carried?: Carried;
  /** Real tokens in a batch, for the speed and the log. */
  tokens?(batch: Batch): number;
  /** Judges the model: numbers by name, among them the option `metric`. Nothing is recorded meanwhile. */
  evaluate?(): Evaluation | Promise<Evaluation>;
  /** Shows what the model makes. Nothing is recorded meanwhile. */
  sample?(): readonly string[] | Promise<readonly string[]>;
  readonly schedule?: Schedule;
  readonly plateau?: Plateau | null;
  readonly earlyStopping?: EarlyStopping | null;
  /** Where to log and save. A run that has a checkpoint goes on from it. */
  readonly run?: RunFolder;
  /** Stops the training after the current step. */
  readonly signal?: AbortSignal;
  readonly on?: Listeners;
}

/** What an evaluation found, by name; the loss in nats per token, an accuracy from 0 to 1. */
export type Evaluation = Readonly<Record<string, number>>;

/** Functions to call while training; the loop waits for those that return a promise. */
export interface Listeners {
  /** After every update. */
  step?(progress: Progress): void;
  evaluate?(found: { readonly step: number; readonly evaluation: Evaluation; readonly isBest: boolean }): unknown;
  sample?(made: { readonly step: number; readonly samples: readonly string[] }): unknown;
  checkpoint?(saved: { readonly step: number }): unknown;
  stop?(outcome: Outcome): unknown;
}

/** Where a training is. */
export interface Progress {
  /** Updates made. */
  readonly step: number;
  /** Updates to make. */
  readonly steps: number;
  readonly epoch: number;
  readonly loss: number;
  /** The length of the gradient before clipping. */
  readonly norm: number;
  readonly rate: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** Seconds left. */
  readonly eta: number;
}

/** How a training ended. */
export interface Outcome {
  readonly reason: "finished" | "aborted" | "early";
  readonly step: number;
  readonly epoch: number;
  readonly best: { readonly step: number; readonly value: number } | null;
}

/** Options of `fit`. A period of 0 means never. */
export const fitOptions = z.strictObject({
  steps: z.int().min(0).nullable().default(null).describe("updates to make"),
  epochs: z.int().min(0).nullable().default(null).describe("passes over the data to make"),
  clipNorm: z.number().min(0).default(0).describe("greatest length of the gradient (0: any)"),
  clipValue: z.number().min(0).default(0).describe("greatest number in the gradient (0: any)"),
  logEvery: z.int().min(0).default(10).describe("steps between two lines in the log"),
  evaluateEvery: z.int().min(0).default(0).describe("steps between two evaluations"),
  sampleEvery: z.int().min(0).default(0).describe("steps between two sets of samples"),
  checkpointEvery: z.int().min(0).default(500).describe("steps between two checkpoints"),
  metric: z.string().default("loss").describe("the evaluation that decides which checkpoint is best"),
  mode: modeOption,
});

/**
 * Trains until the steps or epochs are done, early stopping says so, or the signal aborts.
 *
 * With a run it goes on from the run's last checkpoint to the bit, as though it had never stopped: the same build of the
 * kernels, data and options given. It lets the event loop run every 50 milliseconds.
 *
 * @throws StopError when the loss or the gradient is no finite number; what was saved before stays
 */
export async function fit<Batch>(
  training: Training<Batch>,
  options: z.input<typeof fitOptions> = {},
): Promise<Outcome> {
  const { optimizer, batches, schedule = constant(), plateau, earlyStopping, run, signal, on = {} } = training;
  const settings = readOptions("train", fitOptions, options);
  check(training, settings);
  const { clipNorm, clipValue, metric, mode } = settings;
  const { engine } = optimizer.parameters;
  const state = await begin(training);
  const divergence = new Divergence(clipNorm, run ? state.step : null);
  const pace = new Pace(performance.now());
  const ends = [settings.steps, settings.epochs === null ? null : settings.epochs * batches.batchesPerEpoch];
  const steps = Math.min(...ends.map((end) => end ?? Number.POSITIVE_INFINITY));
  const isDue = (every: number) => every > 0 && state.step % every === 0;
  let savedAt = state.step;
  let breathedAt = performance.now();

  async function evaluate(): Promise<void> {
    const evaluation = await quietly(engine, () => training.evaluate!());
    const value = evaluation[metric];
    if (value === undefined) throw noMetric(metric, evaluation);
    divergence.check(`the evaluation's ${metric}`, value, state.step, "after");
    const isBest = improves(value, state.best?.value ?? null, mode);
    if (isBest) state.best = { step: state.step, value };
    await run?.log({ kind: "evaluation", step: state.step, values: evaluation });
    if (isDue(settings.evaluateEvery)) {
      plateau?.observe(value);
      earlyStopping?.observe(value);
    }
    if (isBest && run) await run.save("best", checkpoint());
    await on.evaluate?.({ step: state.step, evaluation, isBest });
  }

  async function sample(): Promise<void> {
    const samples = await quietly(engine, () => training.sample!());
    await run?.log({ kind: "samples", step: state.step, samples: [...samples] });
    await on.sample?.({ step: state.step, samples });
  }

  async function save(): Promise<void> {
    if (!run || savedAt === state.step) return;
    await run.save("last", checkpoint());
    savedAt = state.step;
    divergence.savedAt = state.step;
    await on.checkpoint?.({ step: state.step });
  }

  function checkpoint() {
    divergence.checkWeights(optimizer, state.step);
    return writeCheckpoint(
      training.model,
      optimizer,
      {
        ...state,
        epoch: passes(batches),
        position: batches.position,
        random: engine.random.state,
        plateau: plateau?.state ?? null,
        earlyStopping: earlyStopping?.state ?? null,
      },
      training.carried?.state(),
    );
  }

  function whyStop(): Outcome["reason"] | undefined {
    if (state.step >= steps) return "finished";
    if (earlyStopping?.isOver) return "early";
    return signal?.aborted ? "aborted" : undefined;
  }

  let reason = whyStop();
  while (!reason) {
    const batch = batches.next();
    const rate = optimizer.rate * schedule(state.step) * (plateau?.factor ?? 1);
    divergence.rate = rate;

    const lossTensor = training.loss(batch);
    const loss = lossTensor.item();
    divergence.check("the loss", loss, state.step + 1);
    lossTensor.backward();
    if (clipValue > 0) clipByValue(optimizer, clipValue);
    const norm = clipNorm > 0 ? clipByGlobalNorm(optimizer, clipNorm) : gradientNorm(optimizer);
    divergence.check("the gradient norm", norm, state.step + 1);
    optimizer.step({ rate });
    optimizer.zeroGrad();

    state.step++;
    const tokens = training.tokens?.(batch) ?? 0;
    state.tokens += tokens;
    state.unlogged.steps++;
    state.unlogged.loss += loss;
    divergence.norm = { value: norm, step: state.step };
    const now = performance.now();
    pace.count(tokens, now);
    on.step?.({
      step: state.step,
      steps,
      epoch: passes(batches),
      loss,
      norm,
      rate,
      tokens: state.tokens,
      tokensPerSecond: pace.tokensPerSecond,
      eta: pace.secondsFor(steps - state.step),
    });

    if (isDue(settings.logEvery)) {
      const mean = state.unlogged.loss / state.unlogged.steps;
      state.unlogged = { steps: 0, loss: 0 };
      await run?.log({
        kind: "progress",
        step: state.step,
        epoch: passes(batches),
        tokens: state.tokens,
        loss: mean,
        norm,
        rate,
      });
    }
    if (training.evaluate && isDue(settings.evaluateEvery)) await evaluate();
    if (training.sample && isDue(settings.sampleEvery)) await sample();
    if (isDue(settings.checkpointEvery)) await save();
    if (now - breathedAt > 40) {
      await breathe();
      breathedAt = performance.now();
    }
    // Time spent beside the steps does not count.
    pace.pause(performance.now() - now);
    reason = whyStop();
  }

  // The end is judged too, unless it was just now or somebody waits to get out.
  const isNew = savedAt !== state.step || !run;
  if (training.evaluate && reason === "finished" && state.step > 0 && isNew && !isDue(settings.evaluateEvery))
    await evaluate();
  await save();
  const outcome: Outcome = { reason, step: state.step, epoch: passes(batches), best: state.best };
  await on.stop?.(outcome);
  return outcome;
}

/** The state that the loop changes as it goes; the rest is read from its owners when it is saved. */
type LoopState = { -readonly [K in "step" | "tokens" | "best" | "unlogged"]: TrainingState[K] };

/** A fresh state, or that of the run's last checkpoint, with everything set to go on from it. */
async function begin<Batch>(training: Training<Batch>): Promise<LoopState> {
  const { optimizer, batches, plateau, earlyStopping, run } = training;
  const checkpoint = await run?.checkpoint("last");
  await run?.cutMetrics(checkpoint?.state.step ?? 0);
  if (!checkpoint) return { step: 0, tokens: 0, best: null, unlogged: { steps: 0, loss: 0 } };
  const { state } = checkpoint;
  restoreModel(checkpoint, training.model);
  restoreOptimizer(checkpoint, optimizer);
  batches.restore(state.position, `${checkpoint.where}/state.json`);
  training.carried?.restore(checkpoint.carried);
  optimizer.parameters.engine.random.state = state.random;
  if (plateau && state.plateau) plateau.state = state.plateau;
  if (earlyStopping && state.earlyStopping) earlyStopping.state = state.earlyStopping;
  const { step, tokens, best, unlogged } = state;
  return { step, tokens, best, unlogged: { ...unlogged } };
}

/** How many passes over the data are complete. */
function passes({ position, batchesPerEpoch }: BatchSource<unknown>): number {
  return position.epoch + (position.index === batchesPerEpoch ? 1 : 0);
}

/** Runs what is no part of the training: recording nothing, and drawing random numbers that the training does not miss. */
async function quietly<R>(engine: Engine, body: () => R | Promise<R>): Promise<R> {
  const { recording } = engine;
  const { state } = engine.random;
  engine.recording = false;
  try {
    return await body();
  } finally {
    engine.recording = recording;
    engine.random.state = state;
  }
}

function check<Batch>(training: Training<Batch>, settings: z.output<typeof fitOptions>): void {
  const { steps, epochs, evaluateEvery } = settings;
  if (steps === null && epochs === null)
    throw new ValueError("train: needs steps or epochs, or it would never end; give for example steps 1000");
  const judge = training.plateau ? "plateau" : training.earlyStopping ? "earlyStopping" : undefined;
  if (judge && !(training.evaluate && evaluateEvery > 0))
    throw new ValueError(`train: ${judge} needs evaluations; give evaluate and evaluateEvery`);
}

function noMetric(metric: string, evaluation: Evaluation): ValueError {
  return new ValueError(
    `train: metric must be one of ${Object.keys(evaluation).join(", ")}, as evaluate returned them, got "${metric}"`,
  );
}
