/** Data of every kind, from the file to a model that is resumed, exported, loaded, generated from and judged. */
import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { languageModel } from "../../src/tasks/index.ts";
import { scratch, words } from "./command.ts";
import { told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
const home = process.cwd();
const sentences = words(300)
  .split("\n")
  .map((word, i) => (i % 9 === 0 ? `The ${word}.` : `a ${word}`));
beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  await writeFile("lines.txt", `${sentences.join("\n")}\n`);
  await writeFile(
    "stories.txt",
    "once upon a time\nthere was a fox\n\nonce a crow sat\n\n\n  \nonce more\n".repeat(12),
  );
  await mkdir("stories");
  for (let i = 0; i < 12; i++)
    await writeFile(`stories/${100 + i}.txt`, `once there was a ${"fox".repeat(i)}\nand a crow\n`);
  const records = Array.from({ length: 12 }, (_, i) => ({ text: `once there was a ${"fox".repeat(i)}\nand a crow\n` }));
  await writeFile("stories.jsonl", records.map((record) => `${JSON.stringify(record)}\n`).join(""));
});
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

const tiny = ["--hidden-size", "8", "--embedding-size", "4", "--max-length", "8", "--batch-size", "4", "--quiet"];
const train = (data: string, run: string, ...options: string[]) =>
  told("train", "language-model", "--data", data, "--run", run, "--epochs", "1", ...tiny, ...options);
const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe.each([
  ["words", ["--tokenizer", "words", "--lowercase", "--min-count", "2"]],
  ["whitespace", ["--tokenizer", "whitespace", "--unit", "text", "--vocabulary-size", "40"]],
  ["graphemes", ["--tokenizer", "graphemes"]],
  ["bpe", ["--tokenizer", "bpe", "--vocabulary-size", "300", "--unit", "text"]],
  ["bpe-lines", ["--tokenizer", "bpe", "--vocabulary-size", "280", "--lowercase"]],
  ["documents", ["--unit", "documents"]],
])("a model of %s", (name, options) => {
  const run = `runs/${name}`;
  const isTrained = name.startsWith("bpe");

  test("is trained, saved with its codec, and judged by what was kept aside", async () => {
    expect((await train("lines.txt", run, ...options)).error).toBe(null);
    const files = await readdir(run);
    expect(files.sort()).toEqual(
      [
        "checkpoints",
        "config.json",
        "metrics.jsonl",
        "vocabulary.json",
        ...(isTrained ? ["tokenizer.json"] : []),
      ].sort(),
    );
    const judged = json((await told("evaluate", run, "--json")).out);
    const logged = (await readFile(`${run}/metrics.jsonl`, "utf8"))
      .split("\n")
      .filter((line) => line.includes("evaluation"));
    expect(judged).toMatchObject({ run, data: `validation of ${cwd}/lines.txt` });
    expect(judged.loss).toBe((json(logged.at(-1)!).values as Record<string, number>).loss);
  });

  test("goes on as though it had never stopped", async () => {
    await train("lines.txt", `${run}-whole`, ...options, "--epochs", "2", "--schedule", "constant");
    await train("lines.txt", `${run}-parts`, ...options, "--schedule", "constant", "--evaluate-every", "0");
    expect((await told("train", "--resume", `${run}-parts`, "--epochs", "2", "--quiet")).error).toBe(null);
    const model = "checkpoints/last/model.safetensors";
    expect(await readFile(`${run}-parts/${model}`)).toEqual(await readFile(`${run}-whole/${model}`));
  });

  test("is one file, which writes and judges as its run does", async () => {
    const file = `${name}.safetensors`;
    expect((await told("export", run, file)).error).toBe(null);
    for (const args of [
      ["generate", "--samples", "3", "--seed", "5"],
      ["generate", "--samples", "2", "--seed", "5", "--prompt", "a"],
    ]) {
      const [command, ...rest] = args as [string, ...string[]];
      expect((await told(command, file, ...rest)).out).toBe((await told(command, run, ...rest)).out);
    }
    const fromRun = await told("evaluate", run, "--data", "stories.txt", "--json");
    const fromFile = await told("evaluate", file, "--data", "stories.txt", "--json");
    expect(json(fromFile.out).loss).toBe(json(fromRun.out).loss);
    const loaded = await languageModel.load(await readFile(file), { build: "wasm" });
    expect(loaded.codec.decode(loaded.codec.encode("a kaka"))).toBe(
      loaded.settings.tokenizer === "words" || loaded.settings.tokenizer === "whitespace" ? "a <unk>" : "a kaka",
    );
  });
});

describe("a trained tokenizer", () => {
  test("that is missing, or of another run, is told in one line", async () => {
    await train("lines.txt", "runs/first", "--tokenizer", "bpe", "--vocabulary-size", "290");
    await writeFile("runs/first/tokenizer.json", await readFile("runs/bpe/tokenizer.json"));
    expect((await told("generate", "runs/first")).error).toBe(
      "runs/first/tokenizer.json: must hold the tokens of the vocabulary, holds others; put back the file that belongs to it",
    );
    await writeFile("runs/first/tokenizer.json", "{}");
    expect((await told("generate", "runs/first")).error).toMatch(/^runs\/first\/tokenizer\.json: /);
  });
});

describe("documents", () => {
  const tokensOf = async (run: string) => {
    const { config } = json((await told("show", run, "--json")).out) as { config: { fingerprint: string } };
    return config.fingerprint;
  };

  test("of a folder are those of a .jsonl file, each with an end", async () => {
    await train("stories", "runs/folder", "--unit", "documents");
    await train("stories.jsonl", "runs/records", "--unit", "documents");
    expect(await tokensOf("runs/folder")).toBe(await tokensOf("runs/records"));
    const vocabulary = json(await readFile("runs/folder/vocabulary.json", "utf8"));
    expect(vocabulary.tokens).not.toContain("<eos>");
    await train("stories", "runs/joined", "--unit", "text");
    expect(await tokensOf("runs/joined")).not.toBe(await tokensOf("runs/folder"));
  });

  test("end: a model learns where, and begins each text as they do", async () => {
    const options = [
      "--unit",
      "documents",
      "--epochs",
      "150",
      "--rate",
      "0.02",
      "--hidden-size",
      "24",
      "--max-length",
      "60",
    ];
    await train("stories.txt", "runs/stories", ...options);
    const { out } = await told(
      "generate",
      "runs/stories",
      "--samples",
      "20",
      "--temperature",
      "0.3",
      "--seed",
      "1",
      "--json",
    );
    const texts = out
      .trim()
      .split("\n")
      .map((line) => json(line).text as string);
    expect(texts.filter((text) => text.startsWith("once")).length).toBeGreaterThan(10);
    expect(texts.filter((text) => text.length < 60).length).toBeGreaterThan(15);
    for (const text of texts) expect(text).not.toContain("\n\n");
  });
});

describe("odd data", () => {
  test("of one token, of fewer tokens than a chunk, and without room for validation are trained on", async () => {
    await writeFile("same.txt", "aaaaaaaa\naaaa\n".repeat(9));
    await writeFile("few.txt", "abcdefgh");
    for (const [file, ...options] of [
      ["same.txt"],
      ["same.txt", "--unit", "text"],
      ["same.txt", "--tokenizer", "bpe", "--vocabulary-size", "260"],
      ["few.txt", "--unit", "text"],
      ["few.txt"],
    ] as const) {
      const run = `runs/odd-${file}-${options.join("")}`;
      expect((await train(file, run, ...options)).error).toBe(null);
      const judged = await told("evaluate", run);
      if (file === "few.txt") {
        expect(judged.error).toBe(`${run}: kept nothing aside for validation; give the text to judge by with --data`);
      } else expect(judged.error).toBe(null);
    }
  });

  test("that changed since are told when the run is judged by them", async () => {
    await writeFile("moving.txt", words(50));
    await train("moving.txt", "runs/moving");
    await appendFile("moving.txt", "more\n");
    expect((await told("evaluate", "runs/moving")).error).toBe(
      `${cwd}/moving.txt: is not the text that runs/moving was trained on; give the text to judge by with --data`,
    );
  });

  test("a model file has none", async () => {
    expect((await told("evaluate", "words.safetensors")).error).toBe(
      "evaluate: needs a text to judge a model file by; give --data <path>",
    );
  });
});

test("data of a config file are where the file is", async () => {
  await mkdir("elsewhere/texts", { recursive: true });
  await writeFile("elsewhere/texts/own.txt", words(40));
  await writeFile("elsewhere/own.yaml", "task: language-model\ndata: texts/own.txt\nepochs: 1\nhiddenSize: 8\n");
  expect((await told("train", "elsewhere/own.yaml", "--run", "runs/own", "--quiet")).error).toBe(null);
  const { data } = json(await readFile("runs/own/config.json", "utf8"));
  expect(data).toBe(`${cwd}/elsewhere/texts/own.txt`);
});
