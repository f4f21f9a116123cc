/**
 * A peer: another library, in a process of its own, that times the same work when asked.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A Python program from bench/peers/ that answers each line of JSON with a line of JSON. */
export class Peer {
  /** What it calls itself, with its version. */
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(name: string, child: ChildProcess, lines: AsyncIterator<string>) {
    this.name = name;
    this.#child = child;
    this.#lines = lines;
  }

  /**
   * Starts a peer at its strongest: told its threads in every way that it listens to.
   *
   * @returns undefined, after a line that says so, when it is not installed here
   */
  static async start(program: string, threads: number, environment: NodeJS.ProcessEnv = {}): Promise<Peer | undefined> {
    const count = String(threads);
    const child = spawn("python3", [fileURLToPath(new URL(`../peers/${program}`, import.meta.url))], {
      stdio: ["pipe", "pipe", "inherit"],
      env: {
        ...process.env,
        ...{ OMP_NUM_THREADS: count, MKL_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count },
        ...environment,
      },
    });
    const failed = new Promise<never>((_, reject) => child.once("error", reject));
    const lines = (createInterface({ input: child.stdout! }) as Interface)[Symbol.asyncIterator]();
    try {
      const first = await Promise.race([lines.next(), failed]);
      if (first.done) throw new Error("it ended without a word");
      const { name, absent } = JSON.parse(first.value) as { name: string; absent?: string };
      if (absent !== undefined) throw new Error(absent);
      return new Peer(name, child, lines);
    } catch (error) {
      console.log(`peer ${program}: cannot run here (${error instanceof Error ? error.message : error}); no ratio`);
      child.kill();
      return undefined;
    }
  }

  /** Asks for one measurement. */
  async ask<Reply = { seconds: number }>(request: object): Promise<Reply> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error(`peer ${this.name}: ended before its answer to ${JSON.stringify(request)}`);
    return JSON.parse(line.value) as Reply;
  }

  stop(): void {
    this.#child.stdin!.end();
  }
}
