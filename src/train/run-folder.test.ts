import { beforeEach, describe, expect, test } from "vitest";
import { config, failureOf, make, type Setup } from "../../test/sine-training.ts";
import { FormatError, StopError } from "../base/index.ts";
import { memoryFolder } from "../files/index.ts";
import { type MetricLine, RunFolder, fit as train } from "./index.ts";

describe("a run folder", () => {
  let folder: ReturnType<typeof memoryFolder>;
  beforeEach(async () => {
    folder = memoryFolder("runs/sine");
    const run = await RunFolder.create(folder, config, { "vocabulary.json": "[]" });
    await train({ ...make().training, run }, { steps: 4, logEvery: 2 });
    await run.close();
  });
  const resume = async (setup: Setup = {}) => {
    const run = await RunFolder.resume(folder);
    await train({ ...make(setup).training, run }, { steps: 8 });
  };
  const last = () => folder.folder("checkpoints").folder("last");
  const edit = async (name: string, from: string, to: string) => {
    const text = await last().readText(name);
    expect(text).toContain(from);
    await last().write(name, text.replace(from, to));
  };

  test("holds what it was made from", async () => {
    const run = await RunFolder.open(folder);
    expect(run.config).toEqual(config);
    expect(await folder.list()).toEqual(["checkpoints", "config.json", "metrics.jsonl", "vocabulary.json"]);
    expect(await last().list()).toEqual(["model.safetensors", "optimizer.safetensors", "state.json"]);
    expect((await run.metrics()).map((line) => line.step)).toEqual([2, 4, 4]);
  });

  test("opened for reading is not written", async () => {
    const run = await RunFolder.open(folder);
    const line = { kind: "samples", step: 1, samples: [] } satisfies MetricLine;
    await expect(run.log(line)).rejects.toThrow(
      "runs/sine: is open for reading; open it with RunFolder.resume to write",
    );
  });

  test("is not begun twice", async () => {
    await expect(RunFolder.create(folder, config)).rejects.toThrow(
      new StopError("runs/sine: holds a run already; resume it or choose another folder"),
    );
    // And the lock is free again.
    await (await RunFolder.resume(folder)).close();
  });

  test("has one training at a time", async () => {
    const run = await RunFolder.resume(folder);
    await expect(RunFolder.resume(folder)).rejects.toThrow(
      new StopError("runs/sine: another training is writing here; wait for it or choose another folder"),
    );
    await run.close();
    await (await RunFolder.resume(folder)).close();
  });

  test.each([
    ["no run", () => folder.remove("config.json"), "runs/sine: must be a run, but has no config.json; check the path"],
    [
      "a newer version's run",
      () => folder.write("config.json", '{"format":2,"backstitch":"0.9.0","tasks":[]}'),
      "runs/sine/config.json: was written by backstitch 0.9.0 in format 2, but this is 0.1.0 and reads format 1; use that version",
    ],
    [
      "a config without task",
      async () => folder.write("config.json", (await folder.readText("config.json")).replace('"task"', '"tusk"')),
      'runs/sine/config.json: task must be text, is missing; is it "tusk"?',
    ],
    [
      "a config cut in the middle",
      async () => folder.write("config.json", (await folder.readText("config.json")).slice(0, 40)),
      "runs/sine/config.json: line 3, column 24: must hold JSON, ends in the middle; was it cut off while it was written?",
    ],
    [
      "an empty state",
      () => last().write("state.json", ""),
      "runs/sine/checkpoints/last/state.json: must hold JSON, is empty; write it again or remove it",
    ],
    [
      "a newer version's checkpoint",
      () => edit("state.json", '"format": 1', '"format": 3'),
      "runs/sine/checkpoints/last/state.json: was written by backstitch 0.1.0 in format 3, but this is 0.1.0 and reads format 1; use that version",
    ],
    [
      "an edited state",
      () => edit("state.json", '"step": 4', '"step": -4'),
      "runs/sine/checkpoints/last/state.json: step must be at least 0, got -4",
    ],
    [
      "a missing file",
      () => last().remove("optimizer.safetensors"),
      "runs/sine/checkpoints/last/optimizer.safetensors: is missing; the checkpoint is of use only whole, take another one",
    ],
    [
      "an edited line of the log",
      () => folder.write("metrics.jsonl", '{"kind":"samples","step":1,"samples":[]}\n{"kind":"sample","step":2}\n'),
      'runs/sine/metrics.jsonl: line 2: kind must be one of progress, evaluation, samples, got "sample"',
    ],
  ])("that holds %s is refused", async (_what, damage, message) => {
    await damage();
    expect(await failureOf(resume())).toBe(`FormatError: ${message}`);
  });

  test("with a truncated tensor file is refused", async () => {
    const bytes = await last().read("model.safetensors");
    await last().write("model.safetensors", bytes.slice(0, -10));
    await expect(resume()).rejects.toThrow(
      /^runs\/sine\/checkpoints\/last\/model\.safetensors: array "[\w.]+": ends at byte \d+ but the file ends after \d+; the file is damaged, get or write it again$/,
    );
  });

  test("with an edited tensor is refused", async () => {
    const bytes = await last().read("optimizer.safetensors");
    bytes[bytes.length - 1]! ^= 1;
    await last().write("optimizer.safetensors", bytes);
    await expect(resume()).rejects.toThrow(
      new FormatError(
        "runs/sine/checkpoints/last/optimizer.safetensors: is not as it was saved with state.json, it was changed or replaced; put the old file back or take another checkpoint",
      ),
    );
  });

  test("whose checkpoint does not fit the config is refused, and the model stays as it was", async () => {
    const run = await RunFolder.resume(folder);
    const { training, weights } = make({ hidden: 8 });
    const before = weights();
    await expect(train({ ...training, run }, { steps: 8 })).rejects.toThrow(
      new FormatError(
        "runs/sine/checkpoints/last/model.safetensors: hidden.w has shape [16 1], but the config needs [8 1]; was the config or the checkpoint changed? Put back the one that belongs to the other",
      ),
    );
    expect(weights()).toEqual(before);
  });

  test("of another optimizer is refused", async () => {
    await expect(resume({ optimizer: "sgd" })).rejects.toThrow(
      new FormatError(
        "runs/sine/checkpoints/last/optimizer.safetensors: is of adam, but the config needs sgd; resume with adam",
      ),
    );
  });
});
