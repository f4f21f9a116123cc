/**
 * Texts beyond what is read into memory: little memory, files that go when they should, and no run half made. How much
 * memory is taken is seen on a text beyond the limit, what is done when a training is stopped on a tenth of it.
 */
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { largestInMemory } from "../../src/cli/training-data.ts";
import { backstitch, scratch, start, words } from "./command.ts";

// A busy machine takes long over some megabytes.
vi.setConfig({ testTimeout: 200_000 });

const { path: cwd, remove } = await scratch();
afterAll(remove);

beforeAll(async () => {
  const block = words(4000).repeat(40);
  for (const [name, bytes] of [
    ["large.txt", largestInMemory + 1e6],
    ["tenth.txt", (largestInMemory + 1e6) / 10],
  ] as const) {
    const file = await open(join(cwd, name), "w");
    for (let written = 0; written < bytes; written += block.length) await file.write(block);
    await file.close();
  }
});

const report = ["--import", new URL("./report-memory.mjs", import.meta.url).href];
const littleMemory = ["--import", new URL("./little-memory.mjs", import.meta.url).href];

const small = ["--hidden-size", "8", "--embedding-size", "4", "--max-length", "12", "--validation", "0.0001"];
const train = (data: string, run: string, ...options: string[]) => [
  ...["train", "language-model", "--data", data, "--run", run, ...small, "--checkpoint-every", "8", ...options],
];
/** Some eighty updates, of which a kill leaves most undone. */
const few = { text: ["--unit", "text", "--epochs", "0.1"], lines: ["--unit", "lines", "--epochs", "0.01"] };
/** Enough to have read it all. */
const fewest = { text: ["--unit", "text", "--epochs", "0.005"], lines: ["--unit", "lines", "--epochs", "0.0005"] };
const withSignals = test.skipIf(process.platform === "win32");

describe.each(["text", "lines"] as const)("a large file with unit %s", (unit) => {
  test("is trained on with a small heap, and its files go with the end", async () => {
    const run = `runs/${unit}`;
    const ended = await backstitch(train("large.txt", run, ...fewest[unit], "--quiet"), {
      cwd,
      node: ["--max-old-space-size=64", ...report],
    });
    expect(ended).toMatchObject({ code: 0 });
    expect(Number(/memory: (\d+)/.exec(ended.err)?.[1])).toBeLessThan(260_000);
    expect((await readdir(join(cwd, run))).sort()).toEqual([
      "checkpoints",
      "config.json",
      "metrics.jsonl",
      "vocabulary.json",
    ]);
  });

  test("goes on to the bit after a kill, from the files of its data", async () => {
    const here = { cwd, node: littleMemory };
    const [whole, run] = [`runs/${unit}-whole`, `runs/${unit}-killed`];
    expect(await backstitch(train("tenth.txt", whole, ...few[unit], "--quiet"), here)).toMatchObject({ code: 0 });
    const running = start(train("tenth.txt", run, ...few[unit], "--json"), here);
    await running.says('"event":"checkpoint"');
    running.child.kill("SIGKILL");
    await running.ended;
    const { mtimeMs } = await stat(join(cwd, run, "data/training"));
    const resuming = start(["train", "--resume", run, "--json"], here);
    await resuming.says('"event":"step"');
    expect((await stat(join(cwd, run, "data/training"))).mtimeMs).toBe(mtimeMs);
    expect(await resuming.ended).toMatchObject({ code: 0, err: "" });
    const model = "checkpoints/last/model.safetensors";
    expect(await readFile(join(cwd, run, model))).toEqual(await readFile(join(cwd, whole, model)));
    expect(existsSync(join(cwd, run, "data"))).toBe(false);
  });
});

describe("reading that is stopped", () => {
  const reading = async (cwd: string, file: string) => {
    const given = ["train", "language-model", "--data", file, "--unit", "text", ...small];
    const running = start(given, { cwd, node: littleMemory });
    while (!existsSync(join(cwd, "runs/language-model/data/units"))) await wait(5);
    return running;
  };

  withSignals("by Ctrl-C leaves nothing", async () => {
    await mkdir(join(cwd, "stopped"));
    const running = await reading(join(cwd, "stopped"), "../tenth.txt");
    running.child.kill("SIGINT");
    expect(await running.ended).toEqual({
      code: 130,
      signal: null,
      out: "stopped while ../tenth.txt was read; nothing was saved\n",
      err: "",
    });
    expect(await readdir(join(cwd, "stopped"))).toEqual([]);
  });

  test("by a kill leaves no run, and what it leaves is used again", async () => {
    await mkdir(join(cwd, "killed"));
    const running = await reading(join(cwd, "killed"), "../tenth.txt");
    running.child.kill("SIGKILL");
    await running.ended;
    const here = { cwd: join(cwd, "killed"), node: littleMemory };
    expect((await backstitch(["show"], here)).err).toBe(
      "runs: holds no run yet; train one with: backstitch train names\n",
    );
    const again = ["train", "language-model", "--data", "../tenth.txt", ...small, ...few.text, "--quiet"];
    expect(await backstitch(again, here)).toMatchObject({ code: 0, err: "" });
    expect(await readdir(join(here.cwd, "runs"))).toEqual(["language-model"]);
  });
});

test("a large file can be judged by, in little memory", async () => {
  const ended = await backstitch(["evaluate", "runs/text", "--json"], {
    cwd,
    node: ["--max-old-space-size=64", ...report],
  });
  expect(ended.code).toBe(0);
  expect(JSON.parse(ended.out)).toMatchObject({ data: `validation of ${join(cwd, "large.txt")}` });
  expect(Number(/memory: (\d+)/.exec(ended.err)?.[1])).toBeLessThan(260_000);
});
