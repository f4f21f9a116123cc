/** Runs and model files that are damaged, edited, moved, of another version, or not yet trained. */
import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { count } from "../../src/cli/screen.ts";
import { scratch, tiny, words } from "./command.ts";
import { told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
const home = process.cwd();
beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  await writeFile("lines.txt", words(100));
  await writeFile("fewer.txt", words(20));
  await told("train", "language-model", "--data", "lines.txt", "--run", "runs/good", ...tiny);
  await told("export", "runs/good", "good.safetensors");
});
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

type Json = Record<string, unknown>;

async function editJson(path: string, edit: (json: Json) => Json): Promise<void> {
  await writeFile(path, JSON.stringify(edit(JSON.parse(await readFile(path, "utf8")))));
}

async function editBytes(path: string, edit: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(path);
  edit(bytes);
  await writeFile(path, bytes);
}

const options = (changed: Json) => (config: Json) => ({
  ...config,
  options: { ...(config.options as Json), ...changed },
});
const best = "checkpoints/best";
const last = "checkpoints/last";

describe("a run is refused in one line when", () => {
  test.each<
    [what: string, damage: (run: string) => Promise<unknown>, args: (run: string) => string[], message: string]
  >([
    [
      "its config is of a newer format",
      (run) => editJson(`${run}/config.json`, (config) => ({ ...config, format: 2, backstitch: "9.1.0" })),
      (run) => ["generate", run],
      "RUN/config.json: was written by backstitch 9.1.0 in format 2, but this is 0.1.0 and reads format 1; use that version",
    ],
    [
      "its checkpoint is of a newer format",
      (run) => editJson(`${run}/${best}/state.json`, (state) => ({ ...state, format: 2, backstitch: "9.1.0" })),
      (run) => ["show", run],
      "RUN/checkpoints/best/state.json: was written by backstitch 9.1.0 in format 2, but this is 0.1.0 and reads format 1; use that version",
    ],
    [
      "its config is no JSON",
      (run) => truncate(`${run}/config.json`, 30),
      (run) => ["generate", run],
      "RUN/config.json: line 3, column 14: must hold JSON, ends in the middle; was it cut off while it was written?",
    ],
    [
      "its config has an option that there is not",
      (run) => editJson(`${run}/config.json`, options({ hidenSize: 8 })),
      (run) => ["generate", run],
      'RUN/config.json: options: no option "hidenSize"; did you mean "hiddenSize"?',
    ],
    [
      "its config has an option out of range",
      (run) => editJson(`${run}/config.json`, options({ dropout: 2 })),
      (run) => ["train", "--resume", run],
      "RUN/config.json: options: dropout must be less than 1, got 2",
    ],
    [
      "its config asks for another shape",
      (run) => editJson(`${run}/config.json`, options({ hiddenSize: 9 })),
      (run) => ["generate", run],
      "RUN/checkpoints/best/model.safetensors: recurrent.layers.0.forward.wIh has shape [32 4], but the config needs [36 4]; was the config or the checkpoint changed? Put back the one that belongs to the other",
    ],
    [
      "its config asks for another cell",
      (run) => editJson(`${run}/config.json`, options({ cell: "gru" })),
      (run) => ["evaluate", run, "--data", "lines.txt"],
      "RUN/checkpoints/best/model.safetensors: recurrent.layers.0.forward.wIh has shape [32 4], but the config needs [24 4]; was the config or the checkpoint changed? Put back the one that belongs to the other",
    ],
    [
      "its config asks for more layers",
      (run) => editJson(`${run}/config.json`, options({ layers: 2, epochs: 2 })),
      (run) => ["train", "--resume", run],
      "RUN/checkpoints/last/model.safetensors: has no recurrent.layers.1.forward.wIh, but the config needs it; was the config or the checkpoint changed? Put back the one that belongs to the other",
    ],
    [
      "its config asks for another optimizer",
      (run) => editJson(`${run}/config.json`, options({ optimizer: "sgd", epochs: 2 })),
      (run) => ["train", "--resume", run],
      "RUN/checkpoints/last/optimizer.safetensors: is of adam, but the config needs sgd; resume with adam",
    ],
    [
      "its task is not known",
      (run) => editJson(`${run}/config.json`, (config) => ({ ...config, task: "tagging" })),
      (run) => ["generate", run],
      'RUN/config.json: task must be one of language-model, translate, got "tagging"',
    ],
    [
      "its recipe is not known",
      (run) => editJson(`${run}/config.json`, (config) => ({ ...config, recipe: "poems", data: null })),
      (run) => ["train", "--resume", run],
      'RUN/config.json: recipe must be one of names, first-names, moby-dick, moby-dick-words, speeches, got "poems"',
    ],
    [
      "its weights are cut off",
      (run) => truncate(`${run}/${best}/model.safetensors`, 700),
      (run) => ["generate", run],
      'RUN/checkpoints/best/model.safetensors: array "embedding.weight": ends at byte 776 but the file ends after 700; the file is damaged, get or write it again',
    ],
    [
      "its weights are empty",
      (run) => truncate(`${run}/${best}/model.safetensors`, 0),
      (run) => ["generate", run],
      "RUN/checkpoints/best/model.safetensors: must begin with the 8 bytes of its header's length but the file ends after 0",
    ],
    [
      "its weights are edited",
      (run) => editBytes(`${run}/${best}/model.safetensors`, (bytes) => bytes.fill(1, bytes.length - 1)),
      (run) => ["export", run, "edited.safetensors"],
      "RUN/checkpoints/best/model.safetensors: is not as it was saved with state.json, it was changed or replaced; put the old file back or take another checkpoint",
    ],
    [
      "its weights claim a header of 16 exabytes",
      (run) => editBytes(`${run}/${best}/model.safetensors`, (bytes) => bytes.fill(255, 0, 8)),
      (run) => ["generate", run],
      "RUN/checkpoints/best/model.safetensors: byte 0: header must be at most 100000000 bytes, says 18446744073709551615; is it a safetensors file?",
    ],
    [
      "its moments are missing",
      (run) => rm(`${run}/${last}/optimizer.safetensors`),
      (run) => ["train", "--resume", run],
      "RUN/checkpoints/last/optimizer.safetensors: is missing; the checkpoint is of use only whole, take another one",
    ],
    [
      "its vocabulary is missing",
      (run) => rm(`${run}/vocabulary.json`),
      (run) => ["generate", run],
      "RUN/vocabulary.json: there is no such file or folder; check the path",
    ],
    [
      "its vocabulary is another",
      (run) => writeFile(`${run}/vocabulary.json`, '{"version":1,"tokens":["a","b"],"counts":[2,1],"unknownCount":0}'),
      (run) => ["generate", run],
      "RUN/checkpoints/best/model.safetensors: embedding.weight has shape [14 4], but the config needs [6 4]; was the config or the checkpoint changed? Put back the one that belongs to the other",
    ],
    [
      "its log has a line of something else",
      async (run) =>
        writeFile(`${run}/metrics.jsonl`, `${await readFile(`${run}/metrics.jsonl`, "utf8")}{"kind":"joke"}\n`),
      (run) => ["show", run],
      'RUN/metrics.jsonl: line 5: kind must be one of progress, evaluation, samples, got "joke"',
    ],
    [
      "its data are gone",
      (run) => editJson(`${run}/config.json`, (config) => ({ ...config, data: "gone/away.txt" })),
      (run) => ["train", "--resume", run],
      "gone/away.txt: there is no such file or folder; check the path",
    ],
    [
      "its data are others",
      async () => {},
      (run) => ["train", "--resume", run, "--data", "fewer.txt", "--epochs", "2"],
      "fewer.txt: is not the text that RUN was begun with; give that one with --data, or train anew without --resume",
    ],
    [
      "it is to become another model",
      async () => {},
      (run) => ["train", "--resume", run, "--cell", "gru"],
      "train: --resume cannot change cell, which is lstm in this run; leave --cell out, or train anew without --resume",
    ],
    [
      "it has no checkpoint",
      (run) => rm(`${run}/checkpoints`, { recursive: true }),
      (run) => ["generate", run],
      "RUN: has no checkpoint yet; go on with: backstitch train --resume RUN",
    ],
    [
      "its name is misspelt",
      async () => {},
      (run) => ["generate", `${run}n`],
      'RUNn: there is no such run; did you mean "its-name-is-misspelt"?',
    ],
  ])("%s", async (what, damage, args, message) => {
    const run = `runs/${what.replaceAll(" ", "-")}`;
    await cp("runs/good", run, { recursive: true });
    await damage(run);
    const { out, error } = await told(...args(run));
    expect(out).toBe("");
    expect(error?.replaceAll(run, "RUN")).toBe(message);
  });
});

test("a refused training leaves the run's config as it was", async () => {
  await cp("runs/good", "runs/kept", { recursive: true });
  const before = await readFile("runs/kept/config.json", "utf8");
  for (const flags of [
    ["--data", "fewer.txt", "--epochs", "2"],
    ["--epochs", "0"],
    ["--epochs", "1"],
  ])
    await told("train", "--resume", "runs/kept", ...flags);
  expect(await readFile("runs/kept/config.json", "utf8")).toBe(before);
});

test("a run without a checkpoint is shown, and trained from its beginning", async () => {
  await cp("runs/good", "runs/begun", { recursive: true });
  await rm("runs/begun/checkpoints", { recursive: true });
  await rm("runs/begun/metrics.jsonl");
  const shown = await told("show", "runs/begun");
  expect(shown.error).toBe(null);
  expect(shown.out.split("\n").slice(-3)).toEqual([
    "nothing was logged yet",
    "no checkpoint yet; go on with: backstitch train --resume runs/begun",
    "",
  ]);
  expect((await told("train", "--resume", "runs/begun", "--quiet")).error).toBe(null);
  for (const file of ["checkpoints/last/model.safetensors", "checkpoints/best/model.safetensors", "metrics.jsonl"])
    expect(await readFile(`runs/begun/${file}`)).toEqual(await readFile(`runs/good/${file}`));
});

describe("a model file", () => {
  test("stands for its run in generate, evaluate and show", async () => {
    for (const args of [
      ["generate", "--samples", "5", "--seed", "2"],
      ["evaluate", "--data", "fewer.txt"],
    ]) {
      const [command, ...rest] = args as [string, ...string[]];
      const [run, file] = [await told(command, "runs/good", ...rest), await told(command, "good.safetensors", ...rest)];
      expect(file.error).toBe(null);
      expect(file.out).toBe(run.out.replace("|step:3", ""));
    }
    const { out } = await told("show", "good.safetensors", "--json");
    expect(JSON.parse(out)).toMatchObject({
      file: "good.safetensors",
      options: { hiddenSize: 8, embeddingSize: 4 },
      parameters: { "embedding.weight": [14, 4], "recurrent.layers.0.forward.wHh": [32, 8] },
    });
    expect((await told("show", "good.safetensors")).out).toContain("recurrent.layers.0.forward.wIh   [32 4]");
  });

  test("is not replaced unasked", async () => {
    const message = "good.safetensors: must be a free name, is in use; choose another one, or replace it with --force";
    expect((await told("export", "runs/good", "good.safetensors")).error).toBe(message);
    const forced = await told("export", "runs/good", "good.safetensors", "--force");
    expect(forced).toEqual({
      out: `runs/good -> good.safetensors: ${count((await readFile("good.safetensors")).length)} bytes, 598 parameters; try it: backstitch generate good.safetensors\n`,
      err: "",
      error: null,
    });
  });

  const cases: readonly [what: string, damage: (bytes: Buffer) => Buffer, message: string][] = [
    [
      "is cut off",
      (bytes) => bytes.subarray(0, -1),
      'FILE: array "output.bias": ends at byte WHOLE but the file ends after CUT; the file is damaged, get or write it again',
    ],
    [
      "is empty",
      () => Buffer.alloc(0),
      "FILE: must begin with the 8 bytes of its header's length but the file ends after 0",
    ],
    [
      "is a text",
      () => Buffer.from("once upon a time, a long long time ago"),
      "FILE: byte 0: header must be at most 100000000 bytes, says 8030046917602012783; is it a safetensors file?",
    ],
    [
      "holds another task",
      (bytes) => Buffer.from(bytes.toString("latin1").replace("language-model", "classify-model"), "latin1"),
      "FILE: must hold a language-model, holds classify-model",
    ],
    [
      "holds weights of something else",
      (bytes) => Buffer.from(bytes.toString("latin1").replace('"task"', '"tusk"'), "latin1"),
      "FILE: must hold a language-model, holds weights of something else",
    ],
    [
      "holds an option out of range",
      (bytes) => Buffer.from(bytes.toString("latin1").replace('"hiddenSize\\":8', '"hiddenSize\\":0'), "latin1"),
      "FILE: options: hiddenSize must be at least 1, got 0",
    ],
    [
      "holds weights of another shape",
      (bytes) => Buffer.from(bytes.toString("latin1").replace('"hiddenSize\\":8', '"hiddenSize\\":9'), "latin1"),
      'FILE: "recurrent.layers.0.forward.wIh" must be [36 4], got [32 4]',
    ],
  ];
  test.each(cases)("that %s is refused in one line", async (what, damage, message) => {
    const bytes = await readFile("good.safetensors");
    const damaged = damage(bytes);
    expect(damaged.equals(bytes)).toBe(false);
    const file = `${what.replaceAll(" ", "-")}.safetensors`;
    await writeFile(file, damaged);
    const { out, error } = await told("generate", file);
    expect(out).toBe("");
    const sizes = { WHOLE: String(bytes.length), CUT: String(damaged.length) };
    expect(error?.replaceAll(file, "FILE")).toBe(message.replace(/WHOLE|CUT/g, (name) => sizes[name as "CUT"]));
  });
});
