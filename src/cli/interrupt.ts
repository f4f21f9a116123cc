/** The end of a command from outside: signals, and a reader of its output that is gone. */
import { writeSync } from "node:fs";
import { diskError } from "../files/index.ts";

/**
 * Lets a training end in its own time: a signal, or a broken pipe, asks it to stop and save; a second signal ends the
 * process at once.
 */
export class Interrupt {
  readonly #stopper = new AbortController();
  readonly #listeners: readonly (readonly [NodeJS.Signals, () => void])[];
  #exitCode = 0;

  constructor() {
    this.#listeners = Object.entries(exitCodes).map(([name, code]) => {
      const listener = () => {
        if (this.signal.aborted) process.exit(code);
        this.#stop(code);
      };
      return [name as NodeJS.Signals, listener] as const;
    });
    for (const [name, listener] of this.#listeners) process.on(name, listener);
    process.stdout.on("error", this.#isGone);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#stopper.signal;
  }

  /** What the process exits with after the signal: 128 and its number. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** From here on signals mean what they always do. */
  close(): void {
    for (const [name, listener] of this.#listeners) process.off(name, listener);
    process.stdout.off("error", this.#isGone);
  }

  /** Each write to a broken pipe tells of it again. */
  readonly #isGone = () => this.#stop(141);

  #stop(exitCode: number): void {
    this.#exitCode ||= exitCode;
    this.#stopper.abort();
  }
}

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Ends the process quietly when nobody reads its output any more (head), or in one line when it cannot be written. */
export function watchOutput(): void {
  for (const [stream, name] of [
    [process.stdout, "standard output"],
    [process.stderr, "standard error"],
  ] as const)
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // A training that goes on saves first.
      if (stream.listenerCount("error") > 1) return;
      if (["EPIPE", "EIO", "ERR_STREAM_DESTROYED"].includes(error.code ?? "")) process.exit();
      const told = diskError(name, "write", error);
      if (stream === process.stdout) writeSync(2, `${told instanceof Error ? told.message : String(told)}\n`);
      process.exit(2);
    });
}
