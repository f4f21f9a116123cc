/** Learning the memory tasks: who can and who cannot, at which distance. */
import { Random, readOptions } from "../../base/index.ts";
import { type KernelBuild, type LoadOptions, loadKernels } from "../../kernels/index.ts";
import { parameters } from "../../nn/index.ts";
import { Engine } from "../../tensor/index.ts";
import { adam, type BatchSource, DivergenceError, fit, type Progress } from "../../train/index.ts";
import { adding } from "./adding.ts";
import { agreement } from "./agreement.ts";
import { copy } from "./copy.ts";
import { fitEchoState } from "./echo-state.ts";
import { MemoryNetwork } from "./network.ts";
import {
  type MemoryOptions,
  type MemorySettings,
  type MemoryTrainingSettings,
  memoryOptions,
  memoryTrainingOptions,
  type ProblemName,
} from "./options.ts";
import type { Drawn, Judgement, Problem } from "./problem.ts";
import { remedies } from "./remedies.ts";
import { isSame, type MemoryResult, type MemoryTrial } from "./trial.ts";

/** What learning the memory tasks may be given besides its options. */
export interface MemoryHooks {
  /** Results known already: those trainings are not made again. */
  readonly known?: readonly MemoryResult[];
  /** Before a training; `number` counts from 1. */
  readonly onTrial?: (trial: MemoryTrial, number: number, count: number) => void;
  /** After every update. */
  readonly onStep?: (progress: Progress) => void;
  /** After a training; the next waits for it. */
  readonly onResult?: (result: MemoryResult) => unknown;
  /** Stops after the current update. */
  readonly signal?: AbortSignal;
  /** Which kernels to use; by default the fastest here. */
  readonly kernels?: LoadOptions;
}

/** The task of that name. */
export function problemOf(name: ProblemName, { symbols }: Pick<MemoryTrainingSettings, "symbols">): Problem {
  return { copy: () => copy(symbols), adding: () => adding, agreement: () => agreement }[name]();
}

/** The trainings that the options ask for: task by task, and distance by distance each cell; or those of the remedies. */
export function trialsOf({ tasks, distances, cells, remedies: only }: MemorySettings): MemoryTrial[] {
  if (only)
    return remedies
      .flatMap(({ trials }) => trials)
      .filter((trial, i, all) => i === all.findIndex((other) => isSame(other, trial)));
  return tasks.flatMap((task) => distances.flatMap((distance) => cells.map((cell) => ({ task, cell, distance }))));
}

/**
 * Trains every cell on every task at every distance, or with and without each remedy.
 *
 * The data are drawn anew for each update, the same for all cells, and judged on sequences of their own.
 *
 * @returns the results, in the order of `trialsOf`; where a signal stopped it those that are complete
 * @throws RangeError or TypeError for an option that cannot be
 */
export async function memoryTasks(options: MemoryOptions & MemoryHooks = {}): Promise<MemoryResult[]> {
  const { known = [], onTrial, onStep, onResult, signal, kernels, ...rest } = options;
  const settings = readOptions("memoryTasks", memoryOptions, rest);
  const { build } = await loadKernels(kernels);
  const trials = trialsOf(settings);
  const results: MemoryResult[] = [];
  for (const [i, trial] of trials.entries()) {
    const before = known.find((result) => isSame(result, trial));
    if (before) {
      results.push(before);
      continue;
    }
    if (signal?.aborted) break;
    onTrial?.(trial, i + 1, trials.length);
    const result = await learn(build, trial, settings, { ...(onStep && { onStep }), ...(signal && { signal }) });
    if (result === null) break;
    results.push(result);
    await onResult?.(result);
  }
  return results;
}

/** One training. @returns null where the signal stopped it */
async function learn(
  build: KernelBuild,
  trial: MemoryTrial,
  table: MemorySettings,
  { onStep, signal }: Pick<MemoryHooks, "onStep" | "signal">,
): Promise<MemoryResult | null> {
  const settings = { ...memoryTrainingOptions.strip().parse(table), ...trial.options };
  const { distance } = trial;
  const problem = problemOf(trial.task, settings);
  const { baseline } = problem;
  const judgedOn = problem.draw(new Random(settings.seed + 1_000_003), distance, settings.judgeOn);
  if (trial.cell === "echoState") {
    const found = fitEchoState(problem, distance, settings, judgedOn);
    return { ...trial, ...found, baseline, isLearned: problem.isLearned(found), updates: 0, diverged: false };
  }
  const engine = new Engine(build, { seed: settings.seed });
  const network = new MemoryNetwork(engine, problem, trial.cell, settings);
  const learned = new AbortController();
  let made = 0;
  let found: Judgement = { loss: null, accuracy: null };
  const tell = (updates: number, diverged: boolean): MemoryResult => ({
    ...trial,
    ...found,
    baseline,
    isLearned: !diverged && problem.isLearned(found),
    updates,
    diverged,
  });
  try {
    await fit(
      {
        model: network,
        optimizer: adam(parameters(network), { rate: settings.rate }),
        batches: new Draws(problem, distance, settings),
        loss: (drawn) => network.loss(drawn),
        tokens: ({ answers }) => (problem.steps(distance) * answers.length) / problem.answers,
        evaluate: () => {
          found = network.judge(judgedOn);
          if (problem.isLearned(found)) learned.abort();
          return { loss: found.loss ?? Number.NaN, accuracy: found.accuracy ?? 0 };
        },
        signal: signal ? AbortSignal.any([signal, learned.signal]) : learned.signal,
        on: {
          step: (progress) => {
            made = progress.step;
            onStep?.(progress);
          },
        },
      },
      { steps: settings.updates, clipNorm: settings.clipNorm, evaluateEvery: settings.judgeEvery },
    );
    return signal?.aborted && !learned.signal.aborted ? null : tell(made, false);
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    return tell(made, true);
  }
}

/** Sequences drawn anew for each update. */
class Draws implements BatchSource<Drawn> {
  readonly batchesPerEpoch: number;
  readonly #random: Random;
  readonly #draw: () => Drawn;
  #index = 0;

  constructor(problem: Problem, distance: number, { seed, updates, batchSize }: MemoryTrainingSettings) {
    this.batchesPerEpoch = updates;
    this.#random = new Random(seed);
    this.#draw = () => problem.draw(this.#random, distance, batchSize);
  }

  get position() {
    return { epoch: 0, index: this.#index };
  }

  restore(): void {
    throw new Error("memory tasks begin anew");
  }

  next(): Drawn {
    this.#index++;
    return this.#draw();
  }
}
