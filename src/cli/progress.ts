/** What a person sees of a training: a bar that moves, or where nobody watches a line now and then. */
import { MultiBar, type SingleBar } from "cli-progress";
import type { Listeners, Outcome, Progress } from "../train/index.ts";
import { clock, type Screen, short } from "./screen.ts";

/** Shows the progress of a training on a screen. */
export class TrainingProgress {
  readonly #screen: Screen;
  readonly #bars: MultiBar | null;
  #bar: SingleBar | null = null;
  #shownAt = performance.now();
  #loss: number | null = null;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#bars = screen.isLive
      ? new MultiBar({
          format: `{bar} {percentage}%  step {value}/{total}  loss {loss}  {rate} tokens/s  ETA {left}`,
          barCompleteChar: "━",
          barIncompleteChar: " ",
          barsize: 24,
          hideCursor: true,
          fps: 10,
          gracefulExit: false,
          clearOnComplete: true,
        })
      : null;
  }

  /** The functions for `fit` to call. */
  get listeners(): Listeners {
    return {
      step: (progress) => this.#step(progress),
      evaluate: ({ step, evaluation, isBest }) => {
        this.#screen.emit({ event: "evaluation", step, ...evaluation, isBest });
        const { dim } = this.#screen.color;
        this.#say(`step ${step}  validation loss ${evaluation.loss!.toFixed(3)}${isBest ? "" : dim("  (not better)")}`);
      },
      sample: ({ step, samples }) => {
        this.#screen.emit({ event: "samples", step, samples });
        const { cyan } = this.#screen.color;
        this.#say(`step ${step}  ${samples.map((text) => cyan(oneLine(text))).join("  ")}`);
      },
      checkpoint: ({ step }) => this.#screen.emit({ event: "checkpoint", step }),
      stop: (outcome) => this.#stop(outcome),
    };
  }

  /** Leaves the terminal as it was, whatever happened. */
  close(): void {
    this.#bars?.stop();
  }

  #step(progress: Progress): void {
    const { step, steps, loss, norm, rate, tokensPerSecond, eta } = progress;
    // A moving mean: single batches jump.
    this.#loss = this.#loss === null ? loss : 0.95 * this.#loss + 0.05 * loss;
    this.#screen.emit({ event: "step", ...progress });
    const shown = { loss: this.#loss.toFixed(3), rate: short(tokensPerSecond), left: clock(eta) };
    if (this.#bars) {
      this.#bar ??= this.#bars.create(steps, 0, shown);
      this.#bar.update(step, shown);
      return;
    }
    const now = performance.now();
    if (now - this.#shownAt < 2000) return;
    this.#shownAt = now;
    this.#screen.say(
      `step ${step}/${steps}  loss ${shown.loss}  norm ${norm.toFixed(2)}  rate ${rate.toPrecision(3)}  ${shown.rate} tokens/s  ETA ${shown.left}`,
    );
  }

  #say(text: string): void {
    if (this.#bars && this.#bar) this.#bars.log(`${text}\n`);
    else this.#screen.say(text);
  }

  #stop({ reason, step, epoch, best }: Outcome): void {
    this.close();
    this.#screen.emit({ event: "stop", reason, step, epoch, best });
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
