import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StopError, ValueError } from "../base/index.ts";
import { type EncodedPairs, type TranslationOptions, translationModel } from "../tasks/index.ts";
import { readTrainingPairs } from "./training-pairs.ts";

const home = process.cwd();
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "backstitch-pairs-"));
  process.chdir(cwd);
  const row = (i: number) => `source ${i % 70} née\ttarget ${i} 漢字\t${i % 3 === 0 ? "de" : "fr"}\n`;
  await writeFile("pairs.tsv", Array.from({ length: 300 }, (_, i) => row(i)).join(""));
  await writeFile("dev.tsv", "a\tb\tde\n");
  await writeFile("blank.tsv", "\t\t\n \t \tde\n".repeat(3));
});
afterAll(async () => {
  process.chdir(home);
  await rm(cwd, { recursive: true });
});

const source = { file: "pairs.tsv", options: { tagColumn: "3" } };
const settings = (options: TranslationOptions = {}) => translationModel.options.parse(options);
const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** All that a training makes of its pairs. */
function contentOf({ fingerprint, parts, training, validation, random, targetTokens }: EncodedPairs): string {
  const texts = [training, validation?.pairs].map((store) =>
    store?.windows.flatMap((count, index) => {
      const window = store.window(index);
      return Array.from({ length: count }, (_, i) => JSON.stringify(window.at(i)));
    }),
  );
  return JSON.stringify({ fingerprint, parts, texts, random, targetTokens, questions: validation?.questions });
}

describe("pairs through files", () => {
  test.each<[string, TranslationOptions]>([
    ["characters", {}],
    ["words, one vocabulary", { tokenizer: "words", sharedVocabulary: true, minCount: 2 }],
    ["bpe", { tokenizer: "bpe", vocabularySize: 280, targetTokenizer: "characters" }],
  ])("are those in memory: %s", async (_, options) => {
    const inMemory = await readTrainingPairs(source, settings(options), { path: "runs/none", isNew: true });
    expect(await isThere("runs")).toBe(false);
    const stored = await readTrainingPairs(source, settings(options), { path: "runs/a", isNew: true, inMemory: 0 });
    expect((await readdir("runs/a/data")).sort()).toEqual([
      ...["training", "training-lengths", "validation", "validation-lengths"],
    ]);
    expect(contentOf(stored.encoded)).toBe(contentOf(inMemory.encoded));
    // As a run that goes on reads them.
    const { parts } = stored.encoded;
    stored.close();
    const again = await readTrainingPairs(source, settings(options), { path: "runs/a", parts, inMemory: 0 });
    expect(contentOf(again.encoded)).toBe(contentOf(inMemory.encoded));
    await again.discard();
    expect(await readdir("runs")).toEqual(["a"]);
    await rm("runs", { recursive: true });
  });

  test("are judged by pairs that are given", async () => {
    const options = { tagColumn: "3", validationData: "dev.tsv" };
    const { encoded } = await readTrainingPairs({ file: "pairs.tsv", options }, settings(), {
      ...{ path: "runs/b", isNew: true, inMemory: 0 },
    });
    expect([encoded.training.length, encoded.validation?.pairs.length]).toEqual([300, 1]);
    expect(encoded.validation?.questions).toEqual([{ source: "a", references: ["b"], tag: "de" }]);
    await rm("runs", { recursive: true });
  });

  test("leave nothing where they cannot be read, nor take a run's place", async () => {
    const blank = { file: "blank.tsv", options: {} };
    await expect(readTrainingPairs(blank, settings(), { path: "runs/c", isNew: true, inMemory: 0 })).rejects.toThrow(
      new ValueError("blank.tsv: needs at least one pair of texts, got only 3 with an empty side"),
    );
    expect(await isThere("runs")).toBe(false);
    await mkdir("runs/d", { recursive: true });
    await writeFile("runs/d/config.json", "{}");
    await expect(readTrainingPairs(source, settings(), { path: "runs/d", isNew: true, inMemory: 0 })).rejects.toThrow(
      new StopError("runs/d: holds a run already; resume it or choose another folder"),
    );
    expect(await readdir("runs/d")).toEqual(["config.json"]);
  });
});
