/**
 * The training loop: for each batch the loss, its gradients, clipping and an update; between updates logging,
 * evaluating, sampling and saving.
 */
import { z } from "zod";
import { readOptions, ValueError } from "../base/index.ts";
import { type Engine, scale } from "../tensor/index.ts";
import { WeightAverage } from "./averaging.ts";
import { breathe } from "./breathe.ts";
import {
  type Checkpoint,
  restoreModel,
  restoreOptimizer,
  restoreWeights,
  type TrainingState,
  writeCheckpoint,
} from "./checkpoint.ts";
import { clipByGlobalNorm, clipByValue, gradientNorm } from "./clipping.ts";
import { Divergence } from "./divergence.ts";
import { improves, modeOption } from "./improvement.ts";
import { Pace } from "./pace.ts";
import type { RunFolder } from "./run-folder.ts";
import type { BatchSource, Evaluation, Outcome, Training } from "./training.ts";

/** Options of `fit`. A period of 0 means never. */
export const fitOptions = z.strictObject({
  steps: z.int().min(0).nullable().default(null).describe("updates to make"),
  epochs: z.int().min(0).nullable().default(null).describe("passes over the data to make"),
  clipNorm: z.number().min(0).default(0).describe("greatest length of the gradient (0: any)"),
  clipValue: z.number().min(0).default(0).describe("greatest number in the gradient (0: any)"),
  accumulate: z.int().min(1).default(1).describe("batches of an update: the gradient is that of all their tokens"),
  averaging: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("judge and save a running mean of the weights, of which each update keeps this share (0: none)"),
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
 * With averaging, the model holds the averaged weights while it is evaluated, sampled and saved, and at the end.
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
  const settings = readOptions("train", fitOptions, options);
  check(training, settings);
  const { counts, average } = await begin(training, settings);
  const loop = new Loop(training, settings, counts, average);
  await loop.start();
  if (counts.unjudged) await loop.makeUp();
  let reason = loop.whyStop();
  while (!reason) {
    const batches = Array.from({ length: settings.accumulate }, () => training.batches.next());
    const update = loop.update(batches);
    loop.report(batches, update);
    if (loop.isDue(settings.logEvery)) await loop.aside(() => loop.log(update));
    if (loop.isDue(settings.evaluateEvery)) await loop.aside(() => loop.evaluate());
    if (loop.isDue(settings.sampleEvery) && !counts.unjudged) await loop.aside(() => loop.sample());
    if (loop.isDue(settings.checkpointEvery)) await loop.aside(() => loop.save());
    if (loop.isBreathless) await loop.aside(() => loop.breathe());
    reason = loop.whyStop();
  }
  return loop.end(reason);
}

type Settings = z.output<typeof fitOptions>;

/** What the loop itself counts; the rest of a checkpoint is read from its owners when it is saved. */
type Counts = { -readonly [K in "step" | "tokens" | "best" | "unlogged" | "unjudged"]: TrainingState[K] };

/** What an update was. */
interface Update {
  readonly loss: number;
  readonly norm: number;
  readonly rate: number;
}

/** What a training begins with. */
interface Beginning {
  readonly counts: Counts;
  readonly average: WeightAverage | null;
}

/** The checkpoint a run goes on from: the last one, or the best where that was saved later and the run then died. */
async function latest(run: RunFolder): Promise<Checkpoint | undefined> {
  const last = await run.checkpoint("last");
  // A best one that cannot be read keeps nobody from going on.
  const best = await run.checkpoint("best").catch((error: unknown) => {
    if (last) return undefined;
    throw error;
  });
  return best && best.state.step > (last?.state.step ?? 0) ? best : last;
}

/** The counts of a fresh training, or those of the run's last checkpoint, with everything set to go on from it. */
async function begin<Batch>(training: Training<Batch>, { averaging }: Settings): Promise<Beginning> {
  const { optimizer, batches, plateau, earlyStopping, run } = training;
  const checkpoint = run && (await latest(run));
  await run?.cutMetrics(checkpoint?.state.step ?? 0, { unjudged: checkpoint?.state.unjudged ?? false });
  const makeAverage = () => (averaging > 0 ? new WeightAverage(optimizer.parameters, averaging) : null);
  if (!checkpoint) {
    const counts = { step: 0, tokens: 0, best: null, unlogged: { steps: 0, loss: 0 }, unjudged: false };
    return { counts, average: makeAverage() };
  }
  const { state } = checkpoint;
  restoreModel(checkpoint, training.model);
  // The model now holds the average, where there was one.
  const average = makeAverage();
  restoreWeights(checkpoint, optimizer);
  restoreOptimizer(checkpoint, optimizer);
  batches.restore(state.position, `${checkpoint.where}/state.json`);
  training.carried?.restore(checkpoint.carried);
  optimizer.parameters.engine.random.state = state.random;
  if (plateau && state.plateau) plateau.state = state.plateau;
  if (earlyStopping && state.earlyStopping) earlyStopping.state = state.earlyStopping;
  const { step, tokens, best, unlogged, unjudged } = state;
  return { counts: { step, tokens, best, unlogged: { ...unlogged }, unjudged }, average };
}

/** The parts of a training that `fit` puts in order. */
class Loop<Batch> {
  readonly #training: Training<Batch>;
  readonly #settings: Settings;
  readonly #counts: Counts;
  readonly #average: WeightAverage | null;
  readonly #engine: Engine;
  /** Updates to make. */
  readonly #steps: number;
  readonly #divergence: Divergence;
  readonly #pace = new Pace(performance.now());
  #savedAt: number;
  #updatedAt = 0;
  #breathedAt = performance.now();

  constructor(training: Training<Batch>, settings: Settings, counts: Counts, average: WeightAverage | null) {
    this.#training = training;
    this.#settings = settings;
    this.#counts = counts;
    this.#average = average;
    this.#engine = training.optimizer.parameters.engine;
    const { steps, epochs, accumulate } = settings;
    const batches = (epochs ?? Number.POSITIVE_INFINITY) * training.batches.batchesPerEpoch;
    this.#steps = Math.min(steps ?? Number.POSITIVE_INFINITY, Math.ceil(batches / accumulate));
    this.#divergence = new Divergence(settings.clipNorm, training.run ? counts.step : null);
    this.#savedAt = counts.step;
  }

  async start(): Promise<void> {
    await this.#training.on?.start?.({ step: this.#counts.step, steps: this.#steps });
  }

  isDue(every: number): boolean {
    return every > 0 && this.#counts.step % every === 0;
  }

  whyStop(): Outcome["reason"] | undefined {
    if (this.#counts.step >= this.#steps) return "finished";
    if (this.#training.earlyStopping?.isOver) return "early";
    return this.#training.signal?.aborted ? "aborted" : undefined;
  }

  /** One step of training. Nothing is changed where a number is not finite. */
  update(batches: readonly Batch[]): Update {
    const { optimizer, schedule, plateau } = this.#training;
    const { clipNorm, clipValue } = this.#settings;
    const step = this.#counts.step + 1;
    const rate = optimizer.rate * (schedule?.(step - 1) ?? 1) * (plateau?.factor ?? 1);
    this.#divergence.rate = rate;

    const loss = this.#backward(batches, step);
    if (clipValue > 0) clipByValue(optimizer, clipValue);
    const norm = clipNorm > 0 ? clipByGlobalNorm(optimizer, clipNorm) : gradientNorm(optimizer);
    this.#divergence.check("the gradient norm", norm, step);
    optimizer.step({ rate });
    optimizer.zeroGrad();

    this.#average?.update(step);

    this.#counts.step = step;
    this.#counts.unlogged.steps++;
    this.#counts.unlogged.loss += loss;
    this.#divergence.norm = { value: norm, step };
    return { loss, norm, rate };
  }

  /** The gradient of the mean loss of all tokens of the batches, and that loss. */
  #backward(batches: readonly Batch[], step: number): number {
    const weights = batches.map((batch) => this.#training.tokens?.(batch) ?? 1);
    const total = weights.reduce((sum, weight) => sum + weight);
    let mean = 0;
    for (const [i, batch] of batches.entries()) {
      const loss = this.#training.loss(batch);
      const value = loss.item();
      this.#divergence.check("the loss", value, step);
      const share = batches.length === 1 ? 1 : weights[i]! / total;
      (share === 1 ? loss : scale(loss, share)).backward();
      mean += share * value;
    }
    return mean;
  }

  report(taken: readonly Batch[], update: Update): void {
    const { on, batches } = this.#training;
    const tokens = taken.reduce((sum, batch) => sum + (this.#training.tokens?.(batch) ?? 0), 0);
    this.#counts.tokens += tokens;
    this.#updatedAt = performance.now();
    this.#pace.count(tokens, this.#updatedAt);
    on?.step?.({
      loss: update.loss,
      norm: update.norm,
      rate: update.rate,
      step: this.#counts.step,
      steps: this.#steps,
      epoch: passes(batches),
      tokens: this.#counts.tokens,
      tokensPerSecond: this.#pace.tokensPerSecond,
      eta: this.#pace.secondsFor(this.#steps - this.#counts.step),
    });
  }

  async log({ norm, rate }: Update): Promise<void> {
    const { step, tokens, unlogged } = this.#counts;
    const loss = unlogged.loss / unlogged.steps;
    this.#counts.unlogged = { steps: 0, loss: 0 };
    const epoch = passes(this.#training.batches);
    await this.#training.run?.log({ kind: "progress", step, epoch, tokens, loss, norm, rate });
  }

  /** Judges the model. A signal that breaks it off leaves it for when the training goes on. */
  async evaluate(): Promise<void> {
    const { signal } = this.#training;
    try {
      await this.#averaged(() => this.#evaluate());
    } catch (error) {
      if (!signal?.aborted || error !== signal.reason) throw error;
      this.#counts.unjudged = true;
    }
  }

  /** Does what was broken off before the training was left, and saves that it is done. */
  async makeUp(): Promise<void> {
    this.#counts.unjudged = false;
    await this.aside(() => this.evaluate());
    if (this.#counts.unjudged) return;
    if (this.isDue(this.#settings.sampleEvery)) await this.aside(() => this.sample());
    this.#savedAt = -1;
    await this.aside(() => this.save());
  }

  async #evaluate(): Promise<void> {
    const { run, plateau, earlyStopping, on } = this.#training;
    const { metric, mode, evaluateEvery } = this.#settings;
    const { step, best } = this.#counts;
    if (!this.#training.evaluate) return;
    const evaluation = await quietly(this.#engine, () => this.#training.evaluate!());
    const value = evaluation[metric];
    if (value === undefined) throw noMetric(metric, evaluation);
    this.#divergence.check(`the evaluation's ${metric}`, value, step, "after");
    await run?.log({ kind: "evaluation", step, values: evaluation });
    if (this.isDue(evaluateEvery)) {
      plateau?.observe(value);
      earlyStopping?.observe(value);
    }
    // Of equals the later has learned for longer: it counts where few things are counted, such as exact matches.
    const isBest = value === best?.value || improves(value, best?.value ?? null, mode);
    if (isBest) {
      this.#counts.best = { step, value };
      await run?.save("best", await this.#checkpoint());
    }
    await on?.evaluate?.({ step, evaluation, isBest });
  }

  async sample(): Promise<void> {
    const { run, on } = this.#training;
    const { step } = this.#counts;
    if (!this.#training.sample) return;
    await this.#averaged(async () => {
      const samples = await quietly(this.#engine, () => this.#training.sample!());
      await run?.log({ kind: "samples", step, samples: [...samples] });
      await on?.sample?.({ step, samples });
    });
  }

  async save(): Promise<void> {
    const { run, on } = this.#training;
    const { step } = this.#counts;
    if (!run || this.#savedAt === step) return;
    await run.save("last", await this.#checkpoint());
    this.#savedAt = step;
    this.#divergence.savedAt = step;
    await on?.checkpoint?.({ step });
  }

  /** Whether the event loop has waited for long. */
  get isBreathless(): boolean {
    return this.#updatedAt - this.#breathedAt > 40;
  }

  /** Lets the event loop run. */
  async breathe(): Promise<void> {
    await breathe();
    this.#breathedAt = performance.now();
  }

  /** Does what is no step: its time does not count in the pace. */
  async aside(body: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await body();
    this.#pace.pause(performance.now() - start);
  }

  async end(why: Outcome["reason"]): Promise<Outcome> {
    const { run, batches, on } = this.#training;
    const { step } = this.#counts;
    // The end is judged too, unless that was done just now or before, or somebody waits to get out.
    const isJudged = this.isDue(this.#settings.evaluateEvery) || (run && this.#savedAt === step);
    if (why === "finished" && step > 0 && !isJudged) await this.evaluate();
    const reason = this.#counts.unjudged ? "aborted" : why;
    await this.save();
    this.#average?.show();
    const outcome: Outcome = { reason, step, epoch: passes(batches), best: this.#counts.best };
    await on?.stop?.(outcome);
    return outcome;
  }

  /** Runs `body` with the averaged weights in the model, if there are any. */
  async #averaged<R>(body: () => Promise<R>): Promise<R> {
    return this.#average ? this.#average.within(body) : body();
  }

  async #checkpoint() {
    const { model, optimizer, batches, plateau, earlyStopping, carried } = this.#training;
    this.#divergence.checkWeights(optimizer, this.#counts.step);
    const state: TrainingState = {
      ...this.#counts,
      epoch: passes(batches),
      position: batches.position,
      random: this.#engine.random.state,
      plateau: plateau?.state ?? null,
      earlyStopping: earlyStopping?.state ?? null,
    };
    return this.#averaged(async () =>
      writeCheckpoint(model, optimizer, state, {
        carried: carried?.state(),
        ...(this.#average && { weights: this.#average.weights }),
      }),
    );
  }
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
