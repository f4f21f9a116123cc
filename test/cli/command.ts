/** The command line as a user starts it: the compiled program, in a process of its own. */
import { type ChildProcessWithoutNullStreams, execFile, type SpawnOptions, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Random } from "../../src/base/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** The compiled program. */
export const main = join(root, "dist/cli/main.js");
const lock = join(root, "build/dist-lock");

/** Compiles src/ where dist/ is older, so that no test is fooled by an old build. For `beforeAll`. */
export async function build(): Promise<void> {
  await mkdir(join(root, "build"), { recursive: true });
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch {
      // Another test file builds; a lock left by a killed one is broken.
      const since = await stat(lock).then(({ mtimeMs }) => mtimeMs, Date.now);
      if (Date.now() - since > 60_000) await rmdir(lock).catch(() => {});
      await wait(100);
    }
  }
  try {
    if (!(await isStale())) return;
    const run = promisify(execFile);
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    // Types are checked elsewhere.
    await run(process.execPath, [compiler, "-p", "tsconfig.build.json", "--noCheck"], { cwd: root });
    await run(process.execPath, ["scripts/copy-wasm.mjs"], { cwd: root });
  } finally {
    await rmdir(lock);
  }
}

async function isStale(): Promise<boolean> {
  const time = (path: string) =>
    stat(join(root, path)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  const sources = (await readdir(join(root, "src"), { recursive: true })).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  const pairs = sources.map((file) => [`src/${file}`, `dist/${file.replace(/ts$/, "js")}`] as const);
  const ages = [...pairs, ["native/kernels.wasm", "dist/kernels/kernels.wasm"] as const].map(
    async ([source, made]) => (await time(source)) > (await time(made)),
  );
  return (await Promise.all(ages)).includes(true);
}

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
