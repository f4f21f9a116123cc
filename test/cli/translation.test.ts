/** Trainings on pairs as users start them, from files of all kinds to a model in use. */
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scratch } from "./command.ts";
import { told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
const home = process.cwd();
const digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const pairs = Array.from({ length: 120 }, (_, i) => [[...String(i)].map((d) => digits[Number(d)]).join(" "), `${i}`]);
const lines = (rows: readonly (readonly (string | undefined)[])[]) => rows.map((row) => `${row.join("\t")}\n`).join("");

const small = ["--hidden-size", "12", "--embedding-size", "8", "--batch-size", "8", "--beam-size", "2"];
const train = (...options: string[]) => told("train", "translate", ...small, ...options);

beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  const files: Readonly<Record<string, string>> = {
    "pairs.tsv": `${lines(pairs)}\tno source\n`,
    "tagged.tsv": lines(
      pairs.slice(0, 20).flatMap(([a, b]) => [
        [a, b, "digits"],
        [a, a?.toUpperCase(), "capitals"],
      ]),
    ),
    "sources.txt": lines(pairs.map(([a]) => [a])),
    "targets.txt": lines(pairs.map(([, b]) => [b])),
    "dev.tsv": lines(pairs.slice(0, 5)),
    "fewer.txt": "1\n",
    "lines.txt": "one line\n",
    "pairs.yaml": "task: translate\ndata: sources.txt\ntargetData: targets.txt\nepochs: 1\nhiddenSize: 8\n",
    "wrong.yaml": "task: translate\ndata: pairs.tsv\ncolumms: 1,2\n",
  };
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(cwd, name), content)));
});
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

describe("a training on pairs", () => {
  test("judged by exact matches is told by them", async () => {
    const flags = ["--data", "pairs.tsv", "--epochs", "1", "--metric", "exactMatch", "--run", "exact"];
    const { out, error } = await train(...flags);
    expect(error).toBe(null);
    const best = /\ntrained in [\d:]+, (best validation exact match \d+\.\d% at step 14)\n/.exec(out)?.[1];
    expect((await told("show", "exact")).out).toContain(`saved at step 14, ${best}\n`);
    await rm("exact", { recursive: true });
  });

  test("says what it reads, shows what comes of it, and is shown, exported and gone on with", async () => {
    const { out, err, error } = await train("--data", "pairs.tsv", "--epochs", "2", "--sample-every", "20");
    expect(error).toBe(null);
    expect(err).toBe("note: 1 pair with an empty side is left out, at line 121\n");
    const said = out.split("\n");
    expect(said[0]).toMatch(
      /^runs\/translate {2}gnmt: lstm H 12, additive attention, [\d,]+ parameters {2}wasm kernels/,
    );
    expect(said[1]).toBe("108 pairs (332 tokens), vocabularies 20 and 14, 12 kept aside for validation");
    expect(out).toMatch(/step 20 {2}\w[\w ]* -> \d*( \(\d+\))?/);
    expect(out).toMatch(/trained in [\d:]+, best validation loss \d\.\d+ at step 28\n/);
    expect(out).toMatch(/\n\d+ of 10 that were kept aside are right:\n( {2}[\w ]+ -> \d*( \(\d+\))?\n){10}/);
    expect(out).toMatch(
      /\nMore: {2}backstitch translate runs\/translate {4}Look: {2}backstitch show runs\/translate\n$/,
    );

    const shown = await told("show");
    expect(shown.error).toBe(null);
    expect(shown.out).toContain("decoder.attention.v");
    expect(shown.out).toContain("loss by step: training and validation");
    expect(shown.out).toMatch(/\nsamples at step 20:\n( {2}[\w ]+ -> \d*( \(\d+\))?\n){5}/);

    const exported = await told("export", "numbers.safetensors");
    expect(exported.out).toMatch(
      /^runs\/translate -> numbers\.safetensors: [\d,]+ bytes, [\d,]+ parameters; try it: backstitch translate numbers\.safetensors\n$/,
    );
    expect((await told("show", "numbers.safetensors")).out).toMatch(/^numbers.safetensors {2}translate\n/);

    expect((await told("translate", "one two")).err).toMatch(
      /^note: translated by runs\/translate, the run last trained\n/,
    );
    expect((await told("translate", "tranlate", "one")).err).toContain(
      'note: translated by runs/translate, the run last trained; "tranlate" is read as a text, did you mean the run "translate"?\n',
    );

    const resumed = await told("train", "--resume", "--epochs", "3");
    expect(resumed.error).toBe(null);
    expect(resumed.out).toMatch(/best validation loss \d\.\d+ at step \d+\n/);
    expect((await told("train", "--resume", "--reverse")).error).toBe(
      "train: --resume cannot change reverse, which is false in this run; leave --reverse out, or train anew without --resume",
    );
    expect((await told("train", "--resume", "--data", "dev.tsv", "--epochs", "4")).error).toBe(
      "dev.tsv: are not the pairs that runs/translate was begun with; give those with --data, or train anew without --resume",
    );
    await cp("pairs.tsv", "moved.tsv");
    expect((await told("train", "--resume", "--data", "moved.tsv", "--epochs", "3")).out).toBe(
      "runs/translate: is trained to its end, step 42; to train longer: backstitch train --resume runs/translate --epochs 6\n",
    );

    for (const model of ["runs/translate", "numbers.safetensors"])
      expect((await told("generate", model)).error).toBe(
        `${model}: must be a language model, translates; use: backstitch translate ${model}`,
      );
    expect((await told("score", "abc")).error).toBe(
      "runs: holds no run of a language model yet; train one with: backstitch train names",
    );
  });

  test("of two files that a config names, judged by pairs that are given", async () => {
    const { out, error } = await told("train", "pairs.yaml", "--run", "two", "--validation-data", "dev.tsv");
    expect(error).toBe(null);
    expect(out).toContain("\n120 pairs (370 tokens), vocabularies 20 and 14, 5 kept aside for validation\n");
    expect(JSON.parse(await readFile("two/config.json", "utf8"))).toMatchObject({
      data: resolve("sources.txt"),
      reading: { targetData: resolve("targets.txt"), validationData: resolve("dev.tsv") },
      options: { epochs: 1, hiddenSize: 8 },
    });
  });

  test("with tags knows which it was trained with, in JSON", async () => {
    const { out, error } = await train(
      "--data",
      "tagged.tsv",
      "--tag-column",
      "3",
      "--epochs",
      "1",
      "--run",
      "t",
      "--json",
    );
    expect(error).toBe(null);
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({ event: "start", run: "t" });
    const evaluation = events.find(({ event }) => event === "evaluation");
    expect(Object.keys(evaluation!)).toEqual([
      ...["event", "step", "loss", "perplexity", "exactMatch", "errorRate", "isBest"],
    ]);
    expect(events.findLast(({ event }) => event === "translated")).toMatchObject({ tag: expect.any(String) });
    expect(JSON.parse(await readFile("t/facts.json", "utf8"))).toMatchObject({ tags: ["digits", "capitals"] });
  });

  test.each<[args: string[], message: string]>([
    [["train", "translate"], "train: translate needs data; give --data <path>, such as pairs.tsv"],
    [
      ["train", "pairs.tsv"],
      "train: needs a recipe, a task or a config file, got the pairs pairs.tsv; to train on them: backstitch train translate --data pairs.tsv",
    ],
    [
      ["train", "translate", "--data", "sources.txt", "--target-data", "fewer.txt"],
      "fewer.txt: must have as many lines as sources.txt, which has 120, has 1; line by line they belong together",
    ],
    [
      ["train", "translate", "--data", "lines.txt"],
      'lines.txt: line 1: must hold a source and a target with a tab between, got "one line"; where the targets are another file, give it with --target-data',
    ],
    [
      ["train", "translate", "--data", "pairs.tsv", "--strict"],
      "pairs.tsv: line 121: source must hold text, is empty; fill it in, or leave such pairs out without strict",
    ],
    [
      ["train", "translate", "--data", "pairs.tsv", "--max-source-length", "1"],
      "pairs.tsv: needs at least one pair of texts, got only 1 with an empty side and 120 longer than maxSourceLength = 1 or maxTargetLength = 200",
    ],
    [["train", "translate", "--data", "nowhere.tsv"], "nowhere.tsv: there is no such file or folder; check the path"],
    [["train", "translate", "--data", "pairs.tsv", "--beam-size", "0"], "train: --beam-size must be at least 1, got 0"],
    [["train", "translate", "--data", "pairs.tsv", "--alpha", "-1"], "train: --alpha must be at least 0, got -1"],
    [
      ["train", "translate", "--data", "pairs.tsv", "--unit", "lines"],
      "train: translate has no option --unit; leave it out",
    ],
    [
      ["train", "language-model", "--data", "lines.txt", "--target-data", "targets.txt"],
      "train: language-model has no option --target-data; leave it out",
    ],
    [["train", "wrong.yaml"], 'wrong.yaml: line 3: no option "columms"; did you mean "columns"?'],
    [["train", "dates", "--reverse"], "train: dates has its own data; leave reverse out, or give data"],
  ])("is refused in one line: %s", async (args, message) => {
    expect((await told(...args)).error).toBe(message);
  });
});
