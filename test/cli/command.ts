/** The command line as a user starts it: the compiled program, in a process of its own. */
import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Random } from "../../src/base/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** The compiled program. */
export const main = join(root, "dist/cli/main.js");

/** How a command is started. */
export interface Surroundings {
  /** The folder it is given in. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags for Node itself. */
  readonly node?: readonly string[];
  /** The user to run as, where this process may choose. */
  readonly uid?: number;
}

/** What a command that has ended left behind. */
export interface Ended {
  /** Its exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Waits until its standard output holds the text. */
  says(text: string): Promise<void>;
}

/** Starts a command. */
export function start(args: readonly string[], { cwd, env = {}, node = [], uid }: Surroundings): Running {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(BACKSTITCH_|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|VITEST)/.test(name),
  );
  const options: SpawnOptions = {
    cwd,
    env: { ...Object.fromEntries(inherited), BACKSTITCH_KERNELS: "wasm", ...env },
    ...(uid !== undefined && { uid, gid: uid }),
  };
  const child = spawn(process.execPath, [...node, main, ...args], options) as ChildProcessWithoutNullStreams;
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, out, err }));
  });
  return {
    child,
    ended,
    async says(text) {
      const isOver = ended.then(() => true);
      while (!out.includes(text))
        if (await Promise.race([isOver, wait(5, false)]))
          if (!out.includes(text)) throw new Error(`ended without saying ${JSON.stringify(text)}: ${out}${err}`);
    },
  };
}

/** Runs a command to its end. */
export function backstitch(args: readonly string[], surroundings: Surroundings): Promise<Ended> {
  return start(args, surroundings).ended;
}

/** A folder for a test file. Remove it after. */
export async function scratch(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "backstitch-cli-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Made-up words, one a line. */
export function words(count: number, seed = 1): string {
  const random = new Random(seed);
  const letter = () => "aeioknstlm"[random.integer(10)];
  return `${Array.from({ length: count }, () => Array.from({ length: 3 + random.integer(6) }, letter).join("")).join("\n")}\n`;
}

/** Flags that make a training small. */
export const tiny = ["--hidden-size", "8", "--embedding-size", "4", "--epochs", "1", "--max-length", "12"];
