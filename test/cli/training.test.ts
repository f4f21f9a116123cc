/**
 * Trainings as users start, stop, kill and resume them. What is disturbed runs in a process of its own; what looks at it
 * after, or goes on to the end, is run here.
 */
import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backstitch, type Ended, main, type Running, scratch, start, tiny, words } from "./command.ts";
import { told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
const home = process.cwd();
beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  await writeFile(join(cwd, "lines.txt"), words(200));
});
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

const train = (...options: string[]) => ["train", "language-model", "--data", "lines.txt", ...tiny, ...options];
/** Runs a command in this process, and tells how one of its own would have ended. */
async function run(args: readonly string[]): Promise<Ended> {
  const { out, err, error } = await told(...args);
  return { code: error === null ? 0 : 2, signal: null, out, err: error === null ? err : `${err}${error}\n` };
}

/** Every file of a run but the lock, by its path, and the config, which holds no result. */
async function filesOf(path: string): Promise<Record<string, string>> {
  const entries = await readdir(join(cwd, path), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files
    .sort()
    .map(async (file) => [file.slice(join(cwd, path).length + 1), await readFile(file, "base64")]);
  return Object.fromEntries(await Promise.all(contents));
}

const events = (out: string): Record<string, unknown>[] =>
  out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("a training into a pipe", () => {
  let ended: Ended;
  beforeAll(async () => {
    ended = await backstitch(train("--run", "runs/plain", "--samples", "3"), { cwd, env: { FORCE_COLOR: "1" } });
  });

  test("ends well, in plain lines", () => {
    expect(ended).toMatchObject({ code: 0, err: "" });
    const lines = ended.out.split("\n");
    expect(lines[0]).toMatch(/^runs\/plain {2}lstm H 8, 598 parameters {2}wasm kernels, simd128, 1 thread$/);
    expect(lines[1]).toMatch(/^180 lines \(\d,\d\d\d tokens\), vocabulary 14, 20 lines kept aside for validation$/);
    const samples = lines.filter((line) => /^step \d {2}\S/.test(line));
    expect(samples.length).toBe(3);
    expect(lines).toContainEqual(
      expect.stringMatching(/^step 6\/6 {2}loss \d\.\d{3} {2}validation \d\.\d{3} {2}[\d,k]+ tokens\/s$/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^trained in 0:\d\d, best validation loss \d\.\d{3} at step 6$/),
    );
    expect(lines).toContain("3 new ones, none of them in the data:");
    expect(lines.at(-2)).toBe("More:  backstitch generate runs/plain    Look:  backstitch show runs/plain");
  });

  test("writes no escape sequences", () => {
    expect(ended.out.includes("\x1b")).toBe(false);
  });

  test("leaves a run that is the default of every command", async () => {
    const generated = await run(["generate", "--samples", "2", "--seed", "3"]);
    expect(generated).toMatchObject({ code: 0, err: "" });
    expect(generated.out).toBe((await run(["generate", "plain", "--samples", "2", "--seed", "3"])).out);
    const evaluated = await run(["evaluate", "--data", "lines.txt", "--json"]);
    expect(JSON.parse(evaluated.out)).toMatchObject({ run: "runs/plain", data: "lines.txt", unknown: 0 });
    expect((await run(["show"])).out.split("\n")[0]).toBe(
      `runs/plain  language-model  ${join(cwd, "lines.txt")}  wasm kernels (simd128)`,
    );
  });

  test("is ended by --resume without a change, and goes on for more epochs", async () => {
    expect(await run(["train", "--resume"])).toEqual({
      code: 0,
      signal: null,
      out: "runs/plain: is trained to its end, step 6; to train longer: backstitch train --resume runs/plain --epochs 2\n",
      err: "",
    });
    const longer = await run(["train", "--resume", "runs/plain", "--epochs", "2", "--rate", "0.001", "--json"]);
    expect(longer).toMatchObject({ code: 0, err: "" });
    const steps = events(longer.out).filter(({ event }) => event === "step");
    expect(steps.map(({ step }) => step)).toEqual([7, 8, 9, 10, 11, 12]);
    const { options } = JSON.parse(await readFile(join(cwd, "runs/plain/config.json"), "utf8"));
    expect(options).toMatchObject({ epochs: 2, rate: 0.001, hiddenSize: 8 });
    const fewer = await run(["train", "--resume", "runs/plain", "--epochs", "1"]);
    expect(fewer.out).toBe("runs/plain: is at step 12 already, and was asked to end at 6; ask for more epochs\n");
  });
});

test("with --json every line is an object", async () => {
  const { code, out, err } = await run(train("--run", "runs/json", "--json", "--sample-every", "3", "--samples", "2"));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const all = events(out);
  expect(all.map(({ event }) => event)).toEqual([
    "start",
    ...["step", "step", "step", "samples"],
    ...["step", "step", "step", "evaluation", "samples", "checkpoint", "stop"],
    ...["generated", "generated"],
  ]);
  expect(all[0]).toMatchObject({ run: "runs/json", steps: 6 });
  expect(all[1]).toMatchObject({ step: 1, steps: 6, epoch: 0 });
  expect(all.find(({ event }) => event === "stop")).toMatchObject({ reason: "finished", step: 6 });
  const generated = await run(["generate", "runs/json", "--samples", "2", "--json"]);
  expect(events(generated.out)).toEqual([
    { text: expect.any(String), seed: expect.any(Number) },
    { text: expect.any(String), seed: expect.any(Number) },
  ]);
});

test("with --quiet only the new texts are written", async () => {
  const { code, out, err } = await run(train("--run", "runs/quiet", "--quiet", "--samples", "2"));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^ {2}\S+\n {2}\S+\n$/);
});

test("a name for a run is taken once; runs of one name are numbered", async () => {
  const { path, remove } = await scratch();
  await writeFile(join(path, "lines.txt"), words(50));
  process.chdir(path);
  await run(train("--quiet"));
  await run(train("--quiet"));
  expect((await readdir("runs")).sort()).toEqual(["language-model", "language-model-2"]);
  expect(await run(train("--run", "runs/language-model"))).toMatchObject({
    code: 2,
    out: "",
    err: "runs/language-model: holds a run already; resume it or choose another folder\n",
  });
  process.chdir(cwd);
  await remove();
});

describe("a training that is stopped", () => {
  const long = (path: string, ...options: string[]) =>
    train(...["--run", path, "--epochs", "60", "--checkpoint-every", "10", "--dropout", "0.2", "--json"], ...options);
  const isSaved = '"event":"checkpoint"';
  let whole: Record<string, string>;
  beforeAll(async () => {
    await run(long("runs/whole"));
    whole = await filesOf("runs/whole");
  });

  /** Goes on to the end, and compares every weight, moment, state and line of the log with the undisturbed run's. */
  async function expectSameAsWhole(path: string): Promise<void> {
    expect(await run(["train", "--resume", path, "--quiet"])).toMatchObject({ code: 0, err: "" });
    expect(await filesOf(path)).toEqual(whole);
  }

  // Windows has no signals: a process is ended there and then.
  const withSignals = test.skipIf(process.platform === "win32");

  withSignals.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s saves, says how to resume, and resumes to the bit", async (signal, code) => {
    const path = `runs/${signal}`;
    const running = start(
      long(path).filter((arg) => arg !== "--json"),
      { cwd },
    );
    await running.says("step 72 ");
    running.child.kill(signal);
    const ended = await running.ended;
    expect(ended).toMatchObject({ code, err: "" });
    expect(ended.out).toMatch(
      new RegExp(`\\nstopped at step \\d+ of 360, saved; to go on: backstitch train --resume ${path}\\n$`),
    );
    await expectSameAsWhole(path);
  });

  withSignals("by a second Ctrl-C ends at once, and resumes to the bit", async () => {
    const running = start(long("runs/twice"), { cwd });
    await running.says(isSaved);
    running.child.kill("SIGINT");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    await expectSameAsWhole("runs/twice");
  });

  withSignals("by a closed pipe saves, and resumes to the bit", async () => {
    const running = start(long("runs/pipe"), { cwd });
    await running.says(isSaved);
    running.child.stdout.destroy();
    expect(await running.ended).toMatchObject({ code: 141, err: "" });
    await expectSameAsWhole("runs/pipe");
  });

  test("by SIGKILL, again and again, resumes to the bit", async () => {
    const kill = async (running: Running) => {
      await running.says(isSaved);
      running.child.kill("SIGKILL");
      expect((await running.ended).signal).toBe("SIGKILL");
    };
    await kill(start(long("runs/killed"), { cwd }));
    await kill(start(["train", "--resume", "runs/killed", "--json"], { cwd }));
    await expectSameAsWhole("runs/killed");
  });

  test("of running text by SIGKILL resumes to the bit", async () => {
    const options = ["--unit", "text", "--batch-size", "4", "--chunk", "7", "--epochs", "8", "--cell", "gru"];
    await run(long("runs/text-whole", ...options));
    const running = start(long("runs/text", ...options), { cwd });
    await running.says(isSaved);
    running.child.kill("SIGKILL");
    await running.ended;
    expect(await run(["train", "--resume", "runs/text"])).toMatchObject({ code: 0, err: "" });
    expect(await filesOf("runs/text")).toEqual(await filesOf("runs/text-whole"));
  });

  test("is not disturbed by a second training in its folder, nor by readers", async () => {
    const running = start(long("runs/shared"), { cwd });
    await running.says(isSaved);
    expect((await run(["train", "--resume", "runs/shared"])).err).toMatch(
      /^runs\/shared: another training is writing here \(process \d+, since [\d-]+ [\d:]+ UTC\); wait for it or choose another folder\n$/,
    );
    expect(await run(["generate", "runs/shared", "--samples", "1"])).toMatchObject({ code: 0, err: "" });
    running.child.kill("SIGKILL");
    await running.ended;
    await expectSameAsWhole("runs/shared");
  });
});

test("a loss that is no number stops with advice, and what was saved stays", async () => {
  const where = "runs/diverged";
  await run(train("--run", where, "--cell", "rnnRelu", "--optimizer", "sgd", "--quiet"));
  const before = await filesOf(where);
  const wild = ["--rate", "100", "--clip-norm", "0", "--epochs", "90"];
  const ended = await run(["train", "--resume", where, ...wild, "--quiet"]);
  expect(ended.code).toBe(2);
  expect(ended.err).toMatch(
    /^train: the (loss|gradient norm) is (NaN|Infinity|-Infinity) at step \d+ \(gradient norm \S+ at step \d+\); try a lower rate \(now \S+\) or clipping \(clipNorm 1\); the last good checkpoint is step 6; to go on from step 6: backstitch train --resume runs\/diverged --rate \S+\n$/,
  );
  const after = await filesOf(where);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  const last = (files: Record<string, string>) => Object.entries(files).filter(([name]) => name.includes("/last/"));
  expect(last(after)).toEqual(last(before));
  const again = /--rate \S+/.exec(ended.err)![0].split(" ");
  expect(await run(["train", "--resume", where, ...again, "--clip-norm", "1", "--quiet"])).toMatchObject({ err: "" });
});

test("a full disk is told in one line, with the way on, and nothing saved is lost", async () => {
  const options = train("--run", "runs/full", "--checkpoint-every", "2", "--epochs", "4");
  const preload = new URL("./full-disk.mjs", import.meta.url).href;
  const ended = await backstitch([...options, "--quiet"], {
    cwd,
    env: { DISK_BYTES: "70000" },
    node: ["--import", preload],
  });
  expect(ended).toMatchObject({ code: 2, out: "" });
  expect(ended.err).toMatch(
    /^runs\/full\/\S+: no space left on the disk; free some and go on, what was saved before is whole; to go on from step \d+: backstitch train --resume runs\/full\n$/,
  );
  expect(await run(["train", "--resume", "runs/full", "--quiet"])).toMatchObject({ code: 0, err: "" });
  await run([...options.map((arg) => (arg === "runs/full" ? "runs/roomy" : arg)), "--quiet"]);
  expect(await filesOf("runs/full")).toEqual(await filesOf("runs/roomy"));
});

// Root may write anywhere, so the program is run as nobody, where nobody can read it.
const mortal = process.getuid?.() === 0 ? 65534 : undefined;

test.skipIf(process.platform === "win32")("a read-only folder is told in one line", async ({ skip }) => {
  const asNobody = { uid: mortal, gid: mortal };
  const isReadable = mortal === undefined || spawnSync(process.execPath, [main, "--version"], asNobody).status === 0;
  skip(!isReadable, "nobody may not read this folder");
  const locked = join(cwd, "locked");
  await mkdir(locked);
  await chmod(cwd, 0o755);
  await chmod(locked, 0o555);
  const ended = await backstitch(train("--run", "locked/run"), { cwd, ...(mortal !== undefined && { uid: mortal }) });
  expect(ended).toMatchObject({ code: 2, out: "" });
  expect(ended.err).toBe(
    "locked/run: may not be written by this user; change its permissions or choose another folder\n",
  );
  expect((await stat(locked)).isDirectory()).toBe(true);
});

test("what nobody reads ends quietly", async () => {
  const running = start(["generate", "runs/whole", "--samples", "20000"], { cwd });
  running.child.stdout.destroy();
  expect(await running.ended).toMatchObject({ code: 0, err: "" });
});
