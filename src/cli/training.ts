/** A training as the command line runs it: shown while it goes, saved when it is interrupted, with samples at the end. */

import { StopError } from "../base/index.ts";
import { LanguageModel, type LanguageTraining, samplesOf } from "../tasks/index.ts";
import type { Engine } from "../tensor/index.ts";
import { DivergenceError, type Listeners, type Outcome, type RunConfig, RunFolder } from "../train/index.ts";
import { bestText } from "./best.ts";
import { Interrupt } from "./interrupt.ts";
import { loadModel } from "./models.ts";
import { TrainingProgress } from "./progress.ts";
import { clock, count, counted, type Screen } from "./screen.ts";

/** A training that is ready. */
export interface Work {
  readonly run: RunFolder;
  readonly training: Trainable;
  /** What is said of it. */
  readonly talk: TrainingTalk;
  readonly engine: Engine;
  readonly notes: readonly string[];
  readonly screen: Screen;
  /** What the run's config is to hold from now on, once it is sure that the training can go on. */
  readonly change?: Partial<Pick<RunConfig, "data" | "options" | "reading">>;
}

/** A training of any task. */
export interface Trainable {
  readonly model: { readonly parameterCount: number };
  readonly steps: number;
  run(hooks: { on: Listeners; signal: AbortSignal; run: RunFolder }): Promise<Outcome>;
}

/** What is said of a training. */
export interface TrainingTalk {
  /** The network, such as "lstm H 128". */
  readonly network: string;
  /** The data, such as "100 lines, 10 kept aside for validation". */
  readonly data: string;
  /** Tokens to predict in an epoch. */
  readonly tokens: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** The command that uses the model. */
  readonly use: "generate" | "translate";
  /** Shows what the trained model makes. */
  showResults(): Promise<void>;
}

/** Trains, and ends the run's right to write. @returns how it ended */
export async function runTraining(work: Work): Promise<Outcome> {
  const { run, training, talk, notes, screen, change } = work;
  const { path } = run.folder;
  let isComplete = false;
  const start = async (from: { readonly step: number; readonly steps: number }) => {
    isComplete = from.step >= from.steps;
    if (isComplete) return;
    if (change) await run.change(change);
    for (const note of notes) screen.note(note);
    announce(work);
  };
  const interrupt = new Interrupt();
  const progress = new TrainingProgress(screen);
  const began = performance.now();
  let outcome: Outcome;
  try {
    outcome = await training.run({ run, on: { ...progress.listeners, start }, signal: interrupt.signal });
    if (outcome.reason === "aborted") process.exitCode = interrupt.exitCode;
  } catch (error) {
    throw await withWayOn(error, run);
  } finally {
    progress.close();
    interrupt.close();
    await run.close();
  }
  if (isComplete) {
    const { step } = outcome;
    screen.emit({ event: "complete", run: path, step });
    screen.result(
      step > training.steps
        ? `${path}: is at step ${step} already, and was asked to end at ${training.steps}; ask for more epochs`
        : `${path}: is trained to its end, step ${step}; to train longer: backstitch train --resume ${path} --epochs ${2 * trained(run)}`,
    );
    return outcome;
  }
  if (outcome.reason === "aborted") {
    const saved = await savedStep(run);
    const way = saved === null ? "before any update" : `saved; to go on: backstitch train --resume ${path}`;
    screen.result(`stopped at step ${outcome.step} of ${training.steps}, ${way}`);
    return outcome;
  }
  const best = outcome.best ? `, ${bestText(run.config.options, outcome.best, 3)}` : "";
  const early = outcome.reason === "early" ? " (early: no more improvement)" : "";
  screen.say(`trained in ${clock((performance.now() - began) / 1000)}${early}${best}`);
  await talk.showResults();
  screen.say(`\nMore:  backstitch ${talk.use} ${path}    Look:  backstitch show ${path}`);
  return outcome;
}

/** The epochs that a finished run was trained for. */
function trained({ config }: RunFolder): number {
  const { epochs } = config.options;
  return typeof epochs === "number" ? epochs : 1;
}

function announce({ run, training: { model, steps }, talk, engine, screen }: Work): void {
  const { path } = run.folder;
  const { bold, dim } = screen.color;
  const { name, isa, threads } = engine.build;
  const { network, data, tokens, epochs, batchSize } = talk;
  screen.emit({ event: "start", run: path, parameters: model.parameterCount, tokens, steps });
  screen.say(
    `${bold(path)}  ${network}, ${counted(model.parameterCount, "parameter")}  ` +
      dim(`${name} kernels, ${isa}, ${counted(threads, "thread")}`),
  );
  screen.say(data);
  if (steps < fewSteps)
    screen.say(
      dim(
        `only ${counted(steps, "update")}, which may be too few to learn much; try --epochs ${Math.ceil((epochs * fewSteps) / steps)}${batchSize > 8 ? " or --batch-size 8" : ""}`,
      ),
    );
}

/** What is said of the training of a language model. */
export function languageTalk(run: RunFolder, training: LanguageTraining, screen: Screen): TrainingTalk {
  const { model, data } = training;
  const { cell, layers, hiddenSize, unit, epochs, batchSize } = model.settings;
  const amount =
    unit === "lines"
      ? `${counted(data.trainingLines, "line")} (${counted(data.trainingTokens, "token")})`
      : counted(data.trainingTokens, "token");
  const kept = data.validation;
  const aside =
    kept === null
      ? "nothing kept aside for validation"
      : `${kept.lines ? counted(kept.lines.length, "line") : counted(kept.tokens.length, "token")} kept aside for validation`;
  return {
    network: `${layers > 1 ? `${layers} layers of ` : ""}${cell} H ${hiddenSize}`,
    data: `${amount}, vocabulary ${model.vocabulary.size}, ${aside}`,
    tokens: data.trainingTokens,
    epochs,
    batchSize,
    use: "generate",
    showResults: () => showSamples(run, training, screen),
  };
}

/** Trainings of fewer updates seldom come far. */
const fewSteps = 300;

/** The step of a run's last checkpoint, or null where nothing was saved yet. */
async function savedStep({ folder }: RunFolder): Promise<number | null> {
  const run = await RunFolder.open(folder);
  const saved = await run.checkpoint("last").catch(() => undefined);
  return saved?.state.step ?? null;
}

/** An error that stopped a training, with the command that goes on from what was saved. */
async function withWayOn(error: unknown, run: RunFolder): Promise<unknown> {
  if (!(error instanceof StopError)) return error;
  const step = await savedStep(run).catch(() => null);
  if (step === null) return error;
  // The same rate would lead to the same end.
  const rate = error instanceof DivergenceError ? ` --rate ${Number((error.rate / 10).toPrecision(1))}` : "";
  const way = `to go on from step ${step}: backstitch train --resume ${run.folder.path}${rate}`;
  return new StopError(`${error.message}; ${way}`, { cause: error });
}

/** Samples of the trained model, of lines only those that are not in the data. */
async function showSamples(run: RunFolder, { data }: LanguageTraining, screen: Screen): Promise<void> {
  const { cyan } = screen.color;
  const show = (sample: string, indent: string) => {
    screen.emit({ event: "generated", text: sample });
    screen.result(`${indent}${cyan(sample)}`);
  };
  const { model } = await loadModel(await RunFolder.open(run.folder));
  if (!(model instanceof LanguageModel)) return;
  const wanted = samplesOf(model.settings);
  screen.say("");
  const { holds } = data;
  if (model.settings.unit !== "lines" || !holds) {
    for (const sample of model.generate()) show(sample, "");
    return;
  }
  const drawn = [...new Set(model.generate({ samples: Math.min(4 * wanted, 1000) }))];
  const fresh = drawn.filter((sample) => sample !== "" && !holds(sample)).slice(0, wanted);
  screen.say(
    fresh.length > 0
      ? `${count(fresh.length)} new ${fresh.length === 1 ? "one, not" : "ones, none of them"} in the data:`
      : "nothing new: all samples are in the data",
  );
  for (const sample of fresh) show(sample, "  ");
}
