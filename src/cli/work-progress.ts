/** Long work through a list, shown while it goes on: a bar that moves, or where nobody watches a line now and then. */
import { SingleBar } from "cli-progress";
import { fitted } from "./progress.ts";
import { clock, count, type Screen } from "./screen.ts";

/** Shows how far a list is worked through, and when it will be done. */
export class WorkProgress {
  readonly #screen: Screen;
  readonly #what: string;
  readonly #total: number;
  readonly #first: number;
  readonly #began = performance.now();
  #toldAt = this.#began;
  #bar: SingleBar | null = null;

  /**
   * @param what  what is worked through, such as "sources"
   * @param first how much of it was done before
   */
  constructor(screen: Screen, what: string, total: number, first = 0) {
    this.#screen = screen;
    this.#what = what;
    this.#total = total;
    this.#first = first;
  }

  /** @param done how many of the list are */
  show(done: number): void {
    const now = performance.now();
    const passed = now - this.#began;
    if (!this.#screen.isLive) {
      if (now - this.#toldAt < pause) return;
      this.#toldAt = now;
      this.#screen.meanwhile(`${count(done)} of ${count(this.#total)} ${this.#what}`);
      return;
    }
    // What takes no time needs no bar.
    if (passed < 500) return;
    const eta = done > this.#first ? ((passed / 1000) * (this.#total - done)) / (done - this.#first) : Number.NaN;
    const parts = [`${count(done)}/${count(this.#total)} ${this.#what}`, `ETA ${clock(eta)}`];
    if (!this.#bar) {
      this.#bar = new SingleBar({
        format: (_, { progress }, { parts }: { parts: readonly string[] }) =>
          fitted(progress, parts, (process.stdout.columns ?? 80) - 1),
        stream: process.stdout,
        hideCursor: true,
        fps: 10,
        gracefulExit: false,
        clearOnComplete: true,
      });
      this.#bar.start(this.#total, done, { parts });
    }
    this.#bar.update(done, { parts });
  }

  /** Leaves the terminal as it was, whatever happened. */
  close(): void {
    this.#bar?.stop();
  }
}

/** Between two lines, in milliseconds. */
const pause = 10_000;
