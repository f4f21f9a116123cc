/** What a person sees while the memory tasks are learned: a bar that moves, and a line for each training that is over. */
import { SingleBar } from "cli-progress";
import { type MemoryResult, type MemorySettings, type MemoryTrial, problemOf, said, trialsOf } from "../tasks/index.ts";
import type { Progress } from "../train/index.ts";
import { fitted } from "./progress.ts";
import { clock, type Screen } from "./screen.ts";

/** Shows the progress of many trainings on a screen. */
export class MemoryProgress {
  readonly #screen: Screen;
  readonly #settings: MemorySettings;
  readonly #trials: readonly MemoryTrial[];
  #number = 0;
  #bar: SingleBar | null = null;
  /** Seconds that one step of one sequence takes, by the last training that could tell. */
  #pace = Number.NaN;

  constructor(screen: Screen, settings: MemorySettings) {
    this.#screen = screen;
    this.#settings = settings;
    this.#trials = trialsOf(settings);
  }

  begin(trial: MemoryTrial, number: number): void {
    this.#number = number;
    this.#screen.emit({ event: "trial", ...trial, number, count: this.#trials.length });
    this.#show(trial, null);
  }

  step(progress: Progress): void {
    const trial = this.#trials[this.#number - 1]!;
    if (Number.isFinite(progress.eta) && progress.step < progress.steps)
      this.#pace = progress.eta / ((progress.steps - progress.step) * this.#stepsOf(trial));
    this.#show(trial, progress);
  }

  end(result: MemoryResult): void {
    const { green, red, dim } = this.#screen.color;
    this.#screen.emit({ event: "result", ...result });
    this.#clear();
    const eta = this.#eta(null);
    const left = Number.isFinite(eta) && eta > 0 && !this.#screen.isLive ? [`at most ${clock(eta)} left`] : [];
    const own = Object.entries(result.options ?? {}).map(([name, value]) => `${name} ${String(value)}`);
    const paint = result.isLearned ? green : red;
    const where = `${this.#number}/${this.#trials.length}`.padStart(5);
    const what = `${result.task} ${result.distance}`.padEnd(14);
    const how = result.updates > 0 ? `after ${result.updates} updates` : "in one solve";
    this.#screen.say(
      `${dim(where)}  ${what}  ${result.cell.padEnd(10)}  ${paint(said(result).padEnd(12))}  ${dim([how, ...own, ...left].join(", "))}`,
    );
  }

  /** Leaves the terminal as it was, whatever happened. */
  close(): void {
    this.#clear();
  }

  #clear(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  #show({ task, distance, cell }: MemoryTrial, progress: Progress | null): void {
    if (!this.#screen.isLive) return;
    if (!this.#bar) {
      this.#bar = new SingleBar({
        format: (_, { progress: share }, { parts }: { parts: readonly string[] }) =>
          fitted(share, parts, (process.stdout.columns ?? 80) - 1),
        stream: process.stdout,
        hideCursor: true,
        fps: 10,
        gracefulExit: false,
        clearOnComplete: true,
      });
      this.#bar.start(this.#trials.length, this.#number - 1, { parts: [] });
    }
    const part = progress ? progress.step / progress.steps : 0;
    const eta = this.#eta(progress);
    this.#bar.update(this.#number - 1 + part, {
      parts: [
        `${this.#number}/${this.#trials.length} ${task} ${distance} ${cell}`,
        ...(progress ? [`loss ${progress.loss.toFixed(3)}`] : []),
        ...(Number.isFinite(eta) ? [`ETA at most ${clock(eta)}`] : []),
      ],
    });
  }

  /** Seconds until all is done, if nothing is learned before its last update. */
  #eta(progress: Progress | null): number {
    const later = this.#trials
      .slice(this.#number)
      .reduce((sum, trial) => sum + this.#updatesOf(trial) * this.#stepsOf(trial), 0);
    return (progress?.eta ?? 0) + later * this.#pace;
  }

  #updatesOf({ cell, options }: MemoryTrial): number {
    return cell === "echoState" ? 0 : ((options?.updates as number | undefined) ?? this.#settings.updates);
  }

  #stepsOf({ task, distance }: MemoryTrial): number {
    return problemOf(task, this.#settings).steps(distance);
  }
}
