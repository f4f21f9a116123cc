/** What the trainings of all models have in common: what they may be given, and what their options decide of them. */
import { type LoadOptions, loadKernels } from "../kernels/index.ts";
import { Engine } from "../tensor/index.ts";
import {
  EarlyStopping,
  fit,
  type Listeners,
  type Mode,
  type Outcome,
  type RunFolder,
  type Training,
} from "../train/index.ts";
import { BestWeights } from "./best-weights.ts";
import { makeOptimizer, makeSchedule, type ScheduleOptions, type UpdateOptions } from "./update-rule.ts";

/** What a training may be given besides its options. */
export interface TrainHooks {
  /** Functions to call while training. */
  readonly on?: Listeners | undefined;
  /** Stops the training after the current step. */
  readonly signal?: AbortSignal | undefined;
  /** Which kernels to use; by default the fastest here. */
  readonly kernels?: LoadOptions | undefined;
  /** Told, in a line each, why faster kernels than those in use cannot be used. */
  readonly note?: ((line: string) => void) | undefined;
}

/** A training in a run, or without one in memory. */
export type RunHooks = TrainHooks & { readonly run?: RunFolder };

/** The options that decide the course of a training. */
export interface CourseOptions extends UpdateOptions, ScheduleOptions {
  readonly epochs: number;
  /** Batches to an update. */
  readonly accumulate: number;
  readonly averaging: number;
  readonly clipNorm: number;
  readonly clipValue: number;
  readonly patience: number;
  readonly logEvery: number;
  readonly evaluateEvery?: number | undefined;
  readonly sampleEvery?: number | undefined;
  readonly checkpointEvery: number;
}

/** How many updates a training takes. */
export function stepsOf({ epochs, accumulate }: CourseOptions, batchesPerEpoch: number): number {
  return Math.max(1, Math.round((epochs * batchesPerEpoch) / accumulate));
}

/** What is trained, without what the options decide and without what it was given. */
export type Course<Batch> = Omit<
  Training<Batch>,
  "optimizer" | "schedule" | "plateau" | "earlyStopping" | "run" | "signal" | "on"
> & {
  readonly batches: { readonly batchesPerEpoch: number };
  /** By which of its evaluations a model is the best, and whether small or great ones are good; by default the loss. */
  readonly judging?: { readonly metric: string; readonly mode: Mode };
};

/** Trains as the options say; with a run, goes on from its last checkpoint and saves there. */
export function fitByOptions<Batch>(
  { judging = { metric: "loss", mode: "min" }, ...course }: Course<Batch>,
  options: CourseOptions,
  { on, signal, run }: RunHooks,
): Promise<Outcome> {
  const steps = stepsOf(options, course.batches.batchesPerEpoch);
  const updatesPerEpoch = Math.ceil(course.batches.batchesPerEpoch / options.accumulate);
  const { schedule, plateau } = makeSchedule(options, steps, updatesPerEpoch, judging.mode);
  const evaluateEvery = course.evaluate ? (options.evaluateEvery ?? updatesPerEpoch) : 0;
  const { patience, clipNorm, clipValue, accumulate, averaging, logEvery, checkpointEvery } = options;
  return fit(
    {
      ...course,
      optimizer: makeOptimizer(course.model, options),
      schedule,
      plateau,
      earlyStopping: patience > 0 && evaluateEvery > 0 ? new EarlyStopping({ patience, mode: judging.mode }) : null,
      ...(run && { run }),
      ...(signal && { signal }),
      ...(on && { on }),
    },
    {
      ...judging,
      ...{ steps, clipNorm, clipValue, accumulate, averaging, logEvery, evaluateEvery, checkpointEvery },
      sampleEvery: options.sampleEvery ?? Math.ceil(steps / 5),
    },
  );
}

/**
 * Trains without a run.
 *
 * @param prepare makes the training, on an engine with the kernels that were asked for
 * @returns the model with its best weights by the validation data, or its last ones without any
 */
export async function trainInMemory<M extends { readonly network: object }>(
  { seed }: { readonly seed: number },
  { on = {}, signal, kernels, note }: TrainHooks,
  prepare: (engine: Engine) => { readonly model: M; run(hooks: TrainHooks): Promise<Outcome> },
): Promise<M> {
  const { build, notes } = await loadKernels(kernels);
  for (const line of notes) note?.(line);
  const { model, run } = prepare(new Engine(build, { seed }));
  const best = new BestWeights(model.network);
  const evaluate: Listeners["evaluate"] = (found) => {
    if (found.isBest) best.keep();
    return on.evaluate?.(found);
  };
  await run({ on: { ...on, evaluate }, signal });
  best.restore();
  return model;
}
