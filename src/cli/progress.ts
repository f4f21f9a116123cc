/** What a person sees of a training: a bar that moves, or where nobody watches a line now and then. */
import { MultiBar, SingleBar } from "cli-progress";
import type { Listeners, Progress } from "../train/index.ts";
import { clock, type Screen, short } from "./screen.ts";

/** Shows the progress of a training on a screen. */
export class TrainingProgress {
  readonly #screen: Screen;
  readonly #bars: MultiBar | null;
  #bar: SingleBar | null = null;
  readonly #began = performance.now();
  #shownAt = this.#began;
  #last: { readonly progress: Progress; readonly isShown: boolean } | null = null;
  /** A moving mean of the loss: single batches jump. */
  #loss = 0;
  #validation: { readonly loss: number; readonly best: number; readonly exact: number | undefined } | null = null;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#bars = screen.isLive
      ? new MultiBar({
          format: (_, { progress }, { parts }: { parts: readonly string[] }) =>
            fitted(progress, parts, (process.stdout.columns ?? 80) - 1),
          stream: process.stdout,
          hideCursor: true,
          fps: 10,
          gracefulExit: false,
          clearOnComplete: true,
          emptyOnZero: true,
        })
      : null;
  }

  /** The functions for `fit` to call. */
  get listeners(): Listeners {
    return {
      step: (progress) => this.#step(progress),
      evaluate: ({ step, evaluation, isBest }) => {
        this.#screen.emit({ event: "evaluation", step, ...evaluation, isBest });
        const loss = evaluation.loss!;
        const best = Math.min(loss, this.#validation?.best ?? loss);
        this.#validation = { loss, best, exact: evaluation.exactMatch };
      },
      sample: ({ step, samples }) => {
        this.#screen.emit({ event: "samples", step, samples });
        this.#say(this.#samples(step, samples));
      },
      checkpoint: ({ step }) => this.#screen.emit({ event: "checkpoint", step }),
      stop: ({ reason, step, epoch, best }) => {
        this.close();
        this.#screen.emit({ event: "stop", reason, step, epoch, best });
      },
    };
  }

  /** Leaves the terminal as it was, whatever happened. */
  close(): void {
    this.#bars?.stop();
    if (!this.#bars && this.#last && !this.#last.isShown) this.#tell(this.#last.progress);
    this.#last = null;
  }

  #step(progress: Progress): void {
    const { step, steps, loss } = progress;
    this.#loss = this.#last === null ? loss : 0.95 * this.#loss + 0.05 * loss;
    this.#screen.emit({ event: "step", ...progress });
    this.#last = { progress, isShown: false };
    if (this.#bars) {
      this.#bar ??= this.#bars.create(steps, 0, { parts: [] });
      this.#bar.update(step, { parts: this.#parts(progress) });
      return;
    }
    const now = performance.now();
    // A long training writes more seldom, so that its log can still be read.
    const pause = Math.min(60_000, Math.max(2000, (now - this.#began) / 15));
    if (now - this.#shownAt >= pause) this.#tell(progress);
  }

  #tell(progress: Progress): void {
    this.#shownAt = performance.now();
    this.#last = { progress, isShown: true };
    this.#screen.say(this.#parts(progress).join("  "));
  }

  /** Most important first. */
  #parts({ step, steps, tokensPerSecond, eta }: Progress): string[] {
    const parts = [`step ${step}/${steps}`, `loss ${this.#loss.toFixed(3)}`];
    if (this.#validation) {
      const { loss, best, exact } = this.#validation;
      parts.push(`validation ${loss.toFixed(3)}${best < loss ? ` (best ${best.toFixed(3)})` : ""}`);
      if (exact !== undefined) parts.push(`${(100 * exact).toFixed(1)}% right`);
    }
    if (step < steps) parts.push(`ETA ${clock(eta)}`);
    parts.push(`${short(tokensPerSecond)} tokens/s`);
    return parts;
  }

  #samples(step: number, samples: readonly string[]): string {
    const { cyan, dim } = this.#screen.color;
    const room = this.#bars ? (process.stdout.columns ?? 80) - 1 : 160;
    let left = room - `step ${step}`.length;
    const shown: string[] = [];
    for (const sample of samples) {
      const line = oneLine(sample, Math.min(60, left - 2));
      if (line === "" || (shown.length > 0 && line.endsWith("..."))) break;
      shown.push(cyan(line));
      left -= line.length + 2;
    }
    return `${dim(`step ${step}`)}  ${shown.join("  ")}`;
  }

  #say(text: string): void {
    if (this.#bars && this.#bar) this.#bars.log(`${text}\n`);
    else this.#screen.say(text);
  }
}

/** Shows how far a long text is read. */
export class ReadingProgress {
  readonly #screen: Screen;
  readonly #name: string;
  readonly #bytes: number;
  readonly #began = performance.now();
  #bar: SingleBar | null = null;

  constructor(screen: Screen, name: string, bytes: number) {
    this.#screen = screen;
    this.#name = name;
    this.#bytes = bytes;
  }

  /** @param bytes how many are read */
  show(bytes: number): void {
    // What takes no time needs no bar.
    if (!this.#screen.isLive || this.#bytes === 0 || performance.now() - this.#began < 500) return;
    if (!this.#bar) {
      this.#bar = new SingleBar({
        format: (_, { progress }) => fitted(progress, [`reading ${this.#name}`], (process.stdout.columns ?? 80) - 1),
        stream: process.stdout,
        hideCursor: true,
        fps: 10,
        gracefulExit: false,
        clearOnComplete: true,
      });
      this.#bar.start(this.#bytes, bytes);
    }
    this.#bar.update(bytes);
  }

  /** Leaves the terminal as it was, whatever happened. */
  close(): void {
    this.#bar?.stop();
  }
}

/**
 * A bar with what is said beside it, in so many columns: what does not fit is left out from the end.
 *
 * @param share how much is done, from 0 to 1
 */
export function fitted(share: number, parts: readonly string[], columns: number): string {
  const percentage = `${String(Math.floor(100 * Math.min(1, share))).padStart(3)}%`;
  const least = 8;
  let shown = [percentage, ...parts];
  while (shown.length > 1 && shown.join("  ").length + 1 + least > columns) shown = shown.slice(0, -1);
  const text = shown.join("  ");
  const width = Math.max(0, Math.min(30, columns - text.length - 1));
  const done = Math.round(width * Math.min(1, share));
  return `${"━".repeat(done)}${"╌".repeat(width - done)} ${text}`;
}

function oneLine(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, Math.max(0, length - 3))}...` : line;
}
