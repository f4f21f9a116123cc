import { appendFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random, StopError } from "../base/index.ts";
import { nodeFolder } from "../files/node.ts";
import { type EncodedCorpus, type LanguageModelOptions, languageModel } from "../tasks/index.ts";
import { prepare } from "../tasks/language-model/data.ts";
import { newRunPath } from "./runs.ts";
import { readTrainingData } from "./training-data.ts";

const home = process.cwd();
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "backstitch-data-"));
  process.chdir(cwd);
  await mkdir("many");
  await writeFile("text.txt", text(900));
  for (const name of ["a.txt", "b.txt", "c.TXT", "notes.md"]) await writeFile(join("many", name), text(200));
  await writeFile(
    "many.jsonl",
    Array.from({ length: 30 }, (_, i) => `${JSON.stringify({ text: text(i + 2), id: i })}\n`).join(""),
  );
});
afterAll(async () => {
  process.chdir(home);
  await rm(cwd, { recursive: true });
});

const random = new Random(2);
/** Lines of made-up words, some of them alike, with letters of all widths and an empty one now and then. */
function text(lines: number): string {
  const word = () => ["Tea", "for", "tea", "née", "ka", "lo", "👩‍👩‍👧", "e\u0301t", "漢字"][random.integer(9)];
  const line = () => Array.from({ length: random.integer(8) }, word).join(" ");
  return `${Array.from({ length: lines }, line).join("\r\n")}\n`;
}

const settings = (options: LanguageModelOptions) => languageModel.options.parse(options);

/** All that a training makes of its data, but for the order of the lines. */
function contentOf({ fingerprint, codec, training, validation, random }: EncodedCorpus): string {
  const parts = [training, validation].map((part) => [
    part?.characters,
    String(part?.tokens.read(0, part.tokens.length)),
    String(part?.lines?.lengths.read(0, part.lines.length)),
  ]);
  return JSON.stringify({ fingerprint, codec, random, parts });
}

const kinds: readonly LanguageModelOptions[] = [
  { unit: "text" },
  { unit: "text", tokenizer: "graphemes", lowercase: true },
  { unit: "lines" },
  { unit: "lines", tokenizer: "words", minCount: 2 },
  { unit: "documents" },
  { unit: "documents", tokenizer: "bpe", vocabularySize: 280 },
  { unit: "lines", tokenizer: "bpe", vocabularySize: 270, lowercase: true },
];

describe.each(["text.txt", "many", "many.jsonl"])("%s through files", (file) => {
  test.each(kinds)("is to the bit what it is in memory: %j", async (options) => {
    const given = settings(options);
    const inMemory = await readTrainingData({ file }, given, { path: "runs/memory", isNew: true });
    const onDisk = await readTrainingData({ file }, given, { path: "runs/disk", isNew: true, inMemory: 0 });
    expect(contentOf(onDisk.encoded)).toBe(contentOf(inMemory.encoded));
    const parts =
      options.unit === "lines"
        ? ["training", "training-lines", "validation", "validation-lines"]
        : ["training", "validation"];
    expect((await readdir("runs/disk/data")).sort()).toEqual(["index.json", ...parts]);
    onDisk.close();

    // Gone on with: the files are read again, and the text is only compared.
    const codec = inMemory.encoded.codec;
    const again = await readTrainingData({ file }, given, { path: "runs/disk", codec, inMemory: 0 });
    expect(contentOf(again.encoded)).toBe(contentOf(inMemory.encoded));
    expect([inMemory.encoded.holds, again.encoded.holds].map((holds) => typeof holds)).toEqual(["function", "object"]);
    const { batches } = prepare("test", again.encoded, given);
    const others = prepare("test", inMemory.encoded, given).batches;
    for (let i = 0; i < others.batchesPerEpoch + 2; i++) expect(batches.next()).toEqual(others.next());
    again.close();
    await onDisk.discard();
    expect(await readdir(".")).not.toContain("runs");
  });
});

describe("files of the data", () => {
  const given = settings({ unit: "text" });
  const read = (path: string, options: Partial<Parameters<typeof readTrainingData>[2]> = {}) =>
    readTrainingData({ file: "changing.txt" }, given, { path, inMemory: 0, ...options });

  test("are made anew when the text is another, or they are damaged", async () => {
    await writeFile("changing.txt", text(300));
    const first = await read("runs/a", { isNew: true });
    const { codec } = first.encoded;
    const before = contentOf(first.encoded);
    first.close();
    // Of the same length, so that the bytes decide.
    await writeFile("changing.txt", text(300).replaceAll("ka", "lo"));
    const changed = await read("runs/a", { codec });
    expect(changed.encoded.fingerprint).not.toBe(first.encoded.fingerprint);
    const whole = contentOf(changed.encoded);
    changed.close();
    await rm("runs/a/data/index.json");
    const mended = await read("runs/a", { codec });
    expect(contentOf(mended.encoded)).toBe(whole);
    expect(contentOf(mended.encoded)).not.toBe(before);
    await appendFile("runs/a/data/training", "x");
    mended.close();
    const again = await read("runs/a", { codec });
    expect(contentOf(again.encoded)).toBe(whole);
    again.close();
    await rm("runs", { recursive: true });
  });

  test("of a text that changes while it is read are not kept", async () => {
    await writeFile("changing.txt", text(300));
    const changing = read("runs/b", { isNew: true, progress: () => void appendFile("changing.txt", "more\n") });
    await expect(changing).rejects.toThrow(new StopError("changing.txt: was changed while it was read; try again"));
    await expect(stat("runs/b")).rejects.toThrow("ENOENT");
  });

  test("are gone when the reading is stopped, and its folder is free", async () => {
    const stopper = new AbortController();
    const stopped = read("runs/c", { isNew: true, signal: stopper.signal, progress: () => stopper.abort() });
    const reason = await stopped.catch((error: unknown) => error);
    expect(reason).toBe(stopper.signal.reason);
    await expect(stat("runs")).rejects.toThrow("ENOENT");
  });

  test("that a killed process has left are no run, and are replaced", async () => {
    await mkdir("runs/names/data", { recursive: true });
    await writeFile("runs/names/data/units", "half of it");
    expect(await newRunPath("names")).toBe("runs/names");
    const data = await read("runs/names", { isNew: true });
    expect(await readdir("runs/names/data")).toEqual(["index.json", "training", "validation"]);
    await data.remove();
    await nodeFolder("runs/names").write("config.json", "{}");
    expect(await newRunPath("names")).toBe("runs/names-2");
    await expect(read("runs/names", { isNew: true })).rejects.toThrow(
      new StopError("runs/names: holds a run already; resume it or choose another folder"),
    );
  });
});
