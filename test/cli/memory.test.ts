/** The memory tasks and the gradient flow, as commands. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scratch, words } from "./command.ts";
import { told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
afterAll(remove);

beforeAll(async () => {
  await writeFile(join(cwd, "words.txt"), words(300));
  await writeFile(
    join(cwd, "memory.yaml"),
    "recipe: memory\ntasks: [adding]\ncells: [rnn]\ndistances: [4]\nupdates: 10\n",
  );
  await writeFile(join(cwd, "wrong.yaml"), "task: memory\nepochs: 3\n");
  process.chdir(cwd);
});

const quick = ["--hidden-size", "8", "--updates", "30", "--judge-every", "10", "--judge-on", "50"];
const facts = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown> & { event?: string });

describe("backstitch train memory", () => {
  const two = ["train", "memory", "--tasks", "agreement", "--cells", "rnn,gru", "--distances", "2,3", ...quick];

  test("trains every cell at every distance and writes the table and a page", async () => {
    const { out, error } = await told(...two, "--run", "a");
    expect(error).toBeNull();
    expect(out).toContain("a  4 trainings");
    expect(out).toMatch(/^task +distance +who remembers nothing +rnn +gru$/m);
    expect(out).toMatch(/^agreement +2 +50\.0 % +(yes|no) [\d.]+ % +(yes|no) [\d.]+ %$/m);
    const results = JSON.parse(await readFile("a/results.json", "utf8")) as object[];
    expect(results).toHaveLength(4);
    expect(await readFile("a/memory.html", "utf8")).toContain("<svg");
    expect(await readFile("a/agreement.svg", "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  test("is gone on with where it was: what is over is not trained again", async () => {
    const before = await readFile("a/results.json", "utf8");
    const { out, error } = await told("train", "--resume", "a", "--distances", "2,3,4", "--json");
    expect(error).toBeNull();
    const events = facts(out);
    expect(events[0]).toEqual({ event: "start", run: "a", trainings: 6, known: 4 });
    expect(events.filter(({ event }) => event === "trial")).toHaveLength(2);
    const after = JSON.parse(await readFile("a/results.json", "utf8")) as object[];
    expect(after).toHaveLength(6);
    expect(after.slice(0, 4)).toEqual(JSON.parse(before));
    expect((events.at(-1)!.results as object[]).length).toBe(6);
  });

  test("stopped by a signal tells what it has and how to go on", async () => {
    const before = process.listenerCount("SIGINT");
    let isSent = false;
    const listening = setInterval(() => {
      // Once the command listens: otherwise the signal would end the tests.
      if (isSent || process.listenerCount("SIGINT") === before) return;
      isSent = true;
      process.emit("SIGINT");
    }, 20);
    try {
      const { out, error } = await told(...two, "--updates", "100000", "--distances", "300", "--run", "b");
      expect(error).toBeNull();
      expect(out).toContain("stopped after 0 of 2 trainings; to go on: backstitch train --resume b");
      expect(process.exitCode).toBe(130);
    } finally {
      clearInterval(listening);
      process.exitCode = 0;
    }
  });

  test("is what a config file asks for", async () => {
    const { out, error } = await told("train", "memory.yaml", "--run", "c", "--json");
    expect(error).toBeNull();
    expect(facts(out).at(-1)).toMatchObject({
      event: "results",
      results: [{ task: "adding", cell: "rnn", distance: 4 }],
    });
  });

  test("is shown", async () => {
    const { out } = await told("show", "a");
    expect(out).toMatch(/^agreement +4 +50\.0 %/m);
    expect(facts((await told("show", "a", "--json")).out)[0]).toMatchObject({ run: "a", config: { task: "memory" } });
  });

  test("is not taken for the last model, which it has none of", async () => {
    const lm = ["--hidden-size", "4", "--embedding-size", "4", "--epochs", "1"];
    expect((await told("train", "language-model", "--data", "words.txt", ...lm)).error).toBeNull();
    expect((await told("train", "memory.yaml", "--run", "runs/memory")).error).toBeNull();
    expect(await told("next", "--json")).toMatchObject({ error: null });
    expect((await told("next", "runs/memory")).error).toMatch(/^runs\/memory\/config\.json: /);
    expect((await told("show", "--json")).out).toContain('"run":"runs/memory"');
  });

  test.each([
    [["train", "memory", "--tokenizer", "words"], "train: memory has no option --tokenizer; leave it out"],
    [["train", "memory", "--cell", "lstm"], "train: memory has no option --cell; did you mean --cells?"],
    [["train", "names", "--distances", "3"], "train: language-model has no option --distances; leave it out"],
    [["train", "memory", "--data", "words.txt"], "train: memory draws its own data; leave --data out"],
    [["train", "memory", "--distances", "3,0"], "train: --distances must be at least 1, got 0"],
    [["train", "memory", "--distances", "3,far"], 'train: --distances must be a number, got "far"'],
    [
      ["train", "memory", "--tasks", "cpy"],
      'train: --tasks must be one of copy, adding, agreement, got "cpy"; did you mean "copy"?',
    ],
    [
      ["train", "--resume", "a", "--rate", "1"],
      "train: --resume cannot change rate, which is 0.01 in this run; leave --rate out, or train anew without --resume",
    ],
    [["train", "--resume", "a", "--epochs", "1"], "train: memory has no option --epochs; leave it out"],
    [["train", "wrong.yaml"], 'wrong.yaml: line 2: no option "epochs"; see backstitch train --help'],
    [["train", "memory", "--run", "a"], "a: holds a run already; resume it or choose another folder"],
  ])("refuses %j", async (args, message) => {
    expect((await told(...args)).error).toBe(message);
  });

  test("refuses results that are not as they were written", async () => {
    await writeFile("c/results.json", '[{"task": "copy"}]');
    expect((await told("train", "--resume", "c")).error).toMatch(/^c\/results\.json: /);
  });
});

describe("backstitch gradients", () => {
  const small = ["--hidden-size", "8", "--distance", "15", "--places", "2"];

  test("draws fresh cells side by side", async () => {
    const { out, error } = await told("gradients", ...small);
    expect(error).toBeNull();
    expect(out).toContain("the mean over 2 places: rnn, gru, lstm");
    expect(out).toMatch(/^lstm +\d+ +0\.\d+/m);
    expect(out).toMatch(/^gru +z +\d/m);
  });

  test("writes a picture or a page, after a training where that is asked for", async () => {
    const args = ["gradients", ...small, "--cells", "rnn", "--data", "words.txt", "--updates", "3"];
    expect((await told(...args, "--output", "flow.svg")).error).toBeNull();
    expect(await readFile("flow.svg", "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
    const { out } = await told(...args, "--output", "flow.html", "--json");
    expect(await readFile("flow.html", "utf8")).toMatch(/^<!doctype html>/);
    expect(facts(out).slice(-2)).toMatchObject([
      { distance: 15, places: 2, models: [{ name: "rnn", updates: 3 }] },
      { event: "written", file: "flow.html" },
    ]);
  });

  test("measures a run", async () => {
    const lm = ["--hidden-size", "8", "--embedding-size", "4", "--epochs", "1", "--unit", "text", "--chunk", "20"];
    expect(
      (await told("train", "language-model", "--data", "words.txt", ...lm, "--run", "lm", "--quiet")).error,
    ).toBeNull();
    const { out, error } = await told("gradients", "lm", "--data", "words.txt", "--distance", "30", "--json");
    expect(error).toBeNull();
    const [report] = facts(out) as unknown as [{ models: { updates: number; layers: { norms: number[] }[] }[] }];
    expect(report.models[0]!.updates).toBeGreaterThan(0);
    expect(report.models[0]!.layers[0]!.norms).toHaveLength(31);
  });

  test.each([
    [["gradients", "--output", "flow.png"], 'gradients: --output must end in .svg or .html, got "flow.png"'],
    [["gradients", "lm"], "gradients: needs a text to measure lm on; give --data <file>"],
    [
      ["gradients", "lm", "--data", "words.txt", "--hidden-size", "3"],
      "gradients: --hidden-size is for fresh cells, but lm is a model that has its own; leave it out",
    ],
    [["gradients", "--cells", "lstn"], cellsMessage()],
    [["gradients", "--places", "0"], "gradients: --places must be at least 1, got 0"],
    [
      ["gradients", "--data", "words.txt", "--distance", "5000"],
      expect.stringMatching(
        /^gradients: the text must have at least 5002 tokens for a distance of 5000, has \d+; give more text or a smaller distance$/,
      ),
    ],
    [
      ["gradients", "a", "--data", "words.txt"],
      'a/config.json: task must be one of language-model, translate, got "memory"; see its table with: backstitch show a',
    ],
  ])("refuses %j", async (args, message) => {
    expect((await told(...args)).error).toEqual(message);
  });
});

function cellsMessage(): string {
  const cells = "rnn, rnnRelu, gru, gruSimplified, lstm, lstmPeephole, minGru, minLstm";
  return `gradients: --cells must be one of ${cells}, got "lstn"; did you mean "lstm"?`;
}
