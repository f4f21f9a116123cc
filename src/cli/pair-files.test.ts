import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FormatError, isUserError } from "../base/index.ts";
import type { Pair } from "../tasks/index.ts";
import { type PairFileOptions, pairsIn } from "./pair-files.ts";

const home = process.cwd();
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "backstitch-pairs-"));
  process.chdir(cwd);
});
afterAll(async () => {
  process.chdir(home);
  await rm(cwd, { recursive: true });
});

/** The pairs of a file, or the message of the error that ended the reading. */
async function read(
  file: string,
  content: string | Uint8Array,
  { targets, ...options }: PairFileOptions & { readonly targets?: string } = {},
): Promise<{ pairs: (Pair & { readonly number: number })[]; notes: string[]; error: string | null }> {
  await writeFile(file, content);
  if (targets !== undefined) await writeFile("targets.txt", targets);
  const pairs: (Pair & { readonly number: number })[] = [];
  const notes: string[] = [];
  const files = { file, ...(targets !== undefined && { targets: "targets.txt" }) };
  try {
    for await (const { pair, number } of pairsIn(files, options, { note: (line) => notes.push(line) }))
      pairs.push({ ...pair, number });
    return { pairs, notes, error: null };
  } catch (error) {
    if (!isUserError(error)) throw error;
    return { pairs, notes, error: error.message };
  }
}

describe("columns", () => {
  test("the first is the source, the second the target, the others are further references", async () => {
    expect((await read("p.tsv", "a b\tA\r\n\n c\tC\tCC\t\tCCC\n\tno source\nno target\t\n")).pairs).toEqual([
      { number: 1, source: "a b", target: "A" },
      { number: 3, source: " c", target: "C", references: ["CC", "CCC"] },
      { number: 4, source: "", target: "no source" },
      { number: 5, source: "no target", target: "" },
    ]);
  });

  test("are chosen by number or by name, with a tag among them, and turned round", async () => {
    const numbered = "A\tde\ta\nB\tfr\tb\n";
    expect((await read("p.tsv", numbered, { columns: "3,1", tagColumn: "2" })).pairs).toEqual([
      { number: 1, source: "a", target: "A", tag: "de" },
      { number: 2, source: "b", target: "B", tag: "fr" },
    ]);
    const named = "target\tlanguage\tsource\nA\tde\ta\n";
    expect((await read("p.tsv", named, { columns: "source, target", tagColumn: "language" })).pairs).toEqual([
      { number: 2, source: "a", target: "A", tag: "de" },
    ]);
    expect((await read("p.tsv", "source\ttarget\ttag\tmore\na\tA\tde\tAA\n")).pairs).toEqual([
      { number: 2, source: "a", target: "A", references: ["AA"], tag: "de" },
    ]);
    expect((await read("p.tsv", "a\tA\tAA\n", { reverse: true })).pairs).toEqual([
      { number: 1, source: "A", target: "a" },
      { number: 1, source: "AA", target: "a" },
    ]);
  });

  test.each<[content: string | Uint8Array, options: PairFileOptions, message: string]>([
    ["a\tb\nab\n", {}, 'p.tsv: line 2: must hold a source and a target with a tab between, got "ab"'],
    ["a\tb\n", { columns: "1,3" }, "p.tsv: line 1: must have 3 columns with tabs between, has 2"],
    ["a\tb\n", { columns: "0,1" }, "p.tsv: line 1: columns are counted from 1, got 0"],
    ["a\tb\n", { columns: "2" }, 'p.tsv: line 1: --columns must be a source and at least one target, as 1,2, got "2"'],
    ["german\tenglish\n", { columns: "german,englsh" }, 'p.tsv: line 1: no column "englsh"; did you mean "english"?'],
    ["german\tenglish\n", { columns: "german,latin" }, 'p.tsv: line 1: no column "latin"; it has german, english'],
    ["a\tb\n", { from: "en" }, "p.tsv: --from is for .tmx files; leave it out"],
    ["", {}, "p.tsv: must hold text, is empty; choose another file"],
    [
      Buffer.from("a\tb\ncaf\xe9\tx\n", "latin1"),
      {},
      "p.tsv: line 2: byte 7: must be UTF-8, got 0xe9; save the file again as UTF-8",
    ],
    [
      `a\t${"b".repeat(1 << 20)}\n`,
      {},
      "p.tsv: line 1: must be at most 1048576 bytes, is longer; break it into shorter texts",
    ],
  ])("are refused with the line: %#", async (content, options, message) => {
    expect((await read("p.tsv", content, options)).error).toBe(message);
  });

  test("are not read from a folder", async () => {
    await mkdir("folder");
    await expect(pairsIn({ file: "folder" }, {}).next()).rejects.toThrow(
      new FormatError("folder: must be a file of pairs, is a folder; name a file in it"),
    );
  });

  test("are not read from .csv", async () => {
    expect((await read("p.csv", "a,b\n")).error).toBe(
      "p.csv: must be .tsv, .txt, .jsonl or .tmx, is .csv; save it with tabs between the columns",
    );
  });
});

describe("objects", () => {
  test("have a source, a target or several, references and a tag", async () => {
    const content = [
      { source: "a", target: "A" },
      { source: "b", target: ["B", "BB"], tag: "de" },
      { source: "c", target: "C", references: ["CC"] },
    ];
    const lines = `${content.map((record) => JSON.stringify(record)).join("\n")}\n\n`;
    expect((await read("p.jsonl", lines)).pairs).toEqual([
      { number: 1, source: "a", target: "A" },
      { number: 2, source: "b", target: "B", references: ["BB"], tag: "de" },
      { number: 3, source: "c", target: "C", references: ["CC"] },
    ]);
  });

  test("have the keys that are named, within others too", async () => {
    const line = JSON.stringify({ translation: { en: "a", de: "A" }, to: "de" });
    const options = { columns: "translation.en,translation.de", tagColumn: "to" };
    expect((await read("p.jsonl", line, options)).pairs).toEqual([{ number: 1, source: "a", target: "A", tag: "de" }]);
  });

  test.each<[content: string, options: PairFileOptions, message: string]>([
    [
      '{"source": "a"\n',
      {},
      'p.jsonl: line 1: must be a JSON object such as {"source": "...", "target": "..."}, got "{\\"source\\": \\"a\\""',
    ],
    ['{"source": "a"}\n', {}, 'p.jsonl: line 1: must have a text "target", got {"source":"a"}'],
    ['{"source": "a", "target": 1}\n', {}, 'p.jsonl: line 1: must have a text "target", got {"source":"a","target":1}'],
    ['["a"]\n', {}, 'p.jsonl: line 1: must have a text "source", got ["a"]'],
    [
      '{"source": "a", "target": "A"}\n',
      { tagColumn: "to" },
      'p.jsonl: line 1: must have a text "to", got {"source":"a","target":"A"}',
    ],
    [
      '{"source": "a", "target": "A"}\n',
      { columns: "source" },
      'p.jsonl: --columns must be a source and at least one target, as 1,2, got "source"',
    ],
  ])("are refused with the line: %#", async (content, options, message) => {
    expect((await read("p.jsonl", content, options)).error).toBe(message);
  });
});

describe("two files", () => {
  test("belong together line by line", async () => {
    const { pairs } = await read("sources.txt", "a\tb\n\nc\n\n", { targets: "A\n\n\nD" });
    expect(pairs).toEqual([
      { number: 1, source: "a\tb", target: "A" },
      { number: 3, source: "c", target: "" },
      { number: 4, source: "", target: "D" },
    ]);
  });

  test.each([
    ["a\nb\nc\n", "A\n", "has 3, has 1"],
    ["a\n", "A\nB\nC", "has 1, has 3"],
  ])("must have as many lines", async (sources, targets, counts) => {
    expect((await read("sources.txt", sources, { targets })).error).toBe(
      `targets.txt: must have as many lines as sources.txt, which ${counts}; line by line they belong together`,
    );
  });

  test("have no columns", async () => {
    expect((await read("sources.txt", "a", { targets: "A", columns: "1,2" })).error).toBe(
      "sources.txt: --columns is not for two files line by line; leave it out",
    );
  });
});

describe("translation memories", () => {
  const unit = (texts: Readonly<Record<string, string>>) =>
    `<tu>${Object.entries(texts)
      .map(([language, text]) => `<tuv xml:lang="${language}"><seg>${text}</seg></tuv>`)
      .join("")}</tu>`;
  const tmx = (units: readonly Readonly<Record<string, string>>[], language = "en-US") =>
    `<tmx version="1.4"><header srclang="${language}"/><body>${units.map(unit).join("\n")}</body></tmx>`;

  test("of two languages know their direction", async () => {
    const content = tmx([{ "de-DE": "A", "en-US": "a" }, { "en-US": "b" }, { "en-US": "c", "de-DE": "C &amp; C" }]);
    expect(await read("m.tmx", content)).toEqual({
      error: null,
      notes: ["1 unit that is not in en-US and de-DE is left out"],
      pairs: [
        { number: 1, source: "a", target: "A" },
        { number: 3, source: "c", target: "C & C" },
      ],
    });
    expect((await read("m.tmx", content, { from: "de" })).pairs[0]).toEqual({ number: 1, source: "A", target: "a" });
    expect((await read("m.tmx", tmx([{ fr: "a", it: "A" }], "*all*"))).pairs).toEqual([
      { number: 1, source: "a", target: "A" },
    ]);
  });

  test("of several languages are asked for one, or for several, which become tags", async () => {
    const content = tmx(
      [
        { en: "a", de: "A", fr: "aa" },
        { en: "b", fr: "bb" },
      ],
      "en",
    );
    expect((await read("m.tmx", content)).error).toBe("m.tmx: has en, de, fr; say which with --from and --to");
    expect((await read("m.tmx", content, { to: "fr" })).pairs.map(({ target }) => target)).toEqual(["aa", "bb"]);
    expect((await read("m.tmx", content, { to: "de,fr" })).pairs).toEqual([
      { number: 1, source: "a", target: "A", tag: "de" },
      { number: 1, source: "a", target: "aa", tag: "fr" },
      { number: 2, source: "b", target: "bb", tag: "fr" },
    ]);
    expect((await read("m.tmx", content, { from: "en", to: "it" })).error).toBe(
      "m.tmx: must hold units in en and it, holds none; it has en, de, fr",
    );
  });

  test("are not turned round, and have no columns", async () => {
    const content = tmx([{ en: "a", de: "A" }]);
    expect((await read("m.tmx", content, { reverse: true })).error).toBe(
      "m.tmx: --reverse is not for a .tmx file; say the languages with --from and --to",
    );
    expect((await read("m.tmx", content, { tagColumn: "2" })).error).toBe(
      "m.tmx: --tag-column is not for a .tmx file; leave it out",
    );
  });
});
