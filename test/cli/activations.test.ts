/** `backstitch activations`: what it tells, writes and refuses. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scratch, tiny, words } from "./command.ts";
import { told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
const home = process.cwd();
beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  const text = words(80).replaceAll("\n", " ").replaceAll("a ", 'a\n"').replaceAll("e ", 'e" ');
  await writeFile("text.txt", text);
  await writeFile("lines.txt", words(60));
  await told("train", "language-model", "--data", "text.txt", "--unit", "text", "--run", "runs/text", ...tiny);
  await told("train", "language-model", "--data", "lines.txt", "--run", "runs/lines", "--cell", "gru", ...tiny);
  const labels = Array.from({ length: 40 }, (_, k) => Math.floor(k / 3) % 2);
  await writeFile("labels.txt", labels.join("\n"));
  await writeFile("words.txt", "1, 2, three");
  await writeFile("binary.txt", "a\u0000b");
  await mkdir("folder");
}, 120_000);
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

const look = (...args: string[]) => told("activations", ...args);
const facts = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("activations", () => {
  test("draws the unit that changes most, with bars where there is no colour", async () => {
    const { out, err, error } = await look("runs/text", "--text", "sea kite");
    expect(error).toBe(null);
    expect(err).toBe("");
    expect(out).not.toContain("\x1b");
    expect(out).toMatch(
      /^runs\/text: lstm, 1 layer of 8 units, 8 tokens\n\nlayer0\.c\[\d\] from -?[\d.e-]+ to -?[\d.e-]+\nsea kite\n[▁▂▃▄▅▆▇█]{8}\n$/,
    );
  });

  test("tells in JSON what it tells in words, one object a line", async () => {
    const { out } = await look(
      "runs/text",
      "--text",
      "sea",
      "--unit",
      "layer0.f[2]",
      "--unit",
      "layer0.h[0]",
      "--json",
    );
    const [read, gate, hidden, ...rest] = facts(out);
    expect(read).toEqual({
      event: "read",
      run: "runs/text",
      cell: "lstm",
      layers: 1,
      hiddenSize: 8,
      parts: ["h", "c", "i", "f", "g", "o"],
      tokens: 3,
    });
    expect(gate).toMatchObject({ event: "unit", unit: "layer0.f[2]", tokens: ["s", "e", "a"] });
    expect(gate.values).toHaveLength(3);
    for (const value of gate.values) expect(Math.abs(value - 0.5)).toBeLessThan(0.5);
    expect(hidden.unit).toBe("layer0.h[0]");
    expect(rest).toEqual([]);
  });

  test("finds units, by a tracker and by labels of one's own", async () => {
    const { out } = await look(
      "runs/text",
      "--data",
      "text.txt",
      "--find",
      "quotes",
      "--find",
      "line-position",
      "--top",
      "3",
    );
    expect(out).toMatch(
      /\nunits that track quotes, chosen by \d+ tokens, judged by the other \d+\nunit +correlation +auc +where chosen\n/,
    );
    expect(out).toMatch(/\nunits that track line-position, .*\nunit +correlation +where chosen\n/);
    expect(out.match(/^layer0\.\w\[\d\] +-?\d\.\d{3} /gm)).toHaveLength(6);
    expect(out.match(/by chance the best of 48 reaches a correlation of \d\.\d{3}/g)).toHaveLength(2);
    expect(out).not.toContain("together");
    const own = await look("runs/text", "--text", "it".repeat(20), "--labels", "labels.txt", "--json");
    expect(facts(own.out)[1]).toMatchObject({ event: "units", name: "labels.txt", asked: 48, tokens: [20, 20] });
    const all = await look("runs/text", "--data", "text.txt", "--find", "quotes", "--probe");
    expect(all.out).toMatch(/\nall units of layer0\.h together: correlation -?\d\.\d{3}, auc \d\.\d{3}\n/);
  });

  test("writes a page and JSON", async () => {
    const { out } = await look("runs/text", "--text", "</script>", "--find", "regex:[a-s]", "--output", "page.html");
    expect(out).toMatch(/\nwritten to page\.html\n$/);
    const page = await readFile("page.html", "utf8");
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    await look("runs/lines", "--text", "sea\nkite", "--parts", "h, z", "--output", "all.json");
    const all = JSON.parse(await readFile("all.json", "utf8"));
    expect(all).toMatchObject({ version: 1, cell: "gru", hiddenSize: 8, begins: [0, 3] });
    expect(all.series.map((one: { part: string }) => one.part)).toEqual(["h", "z"]);
    expect(all.series[1].values).toHaveLength(7);
  });

  test("tells what changes while something is held, and holds it for all that is asked", async () => {
    const args = ["runs/text", "--text", "sea kite", "--clamp", "layer0.c[3]=9", "--clamp", "output.bias[5]*=0"];
    const { out, error } = await look(...args, "--unit", "layer0.c[3]");
    expect(error).toBe(null);
    expect(out).toMatch(
      /^with layer0\.c\[3\]=9, output\.bias\[5\]\*=0\n\nloss +\d+\.\d{4} before, \d+\.\d{4} after {2}nats/,
    );
    expect(out).toMatch(/\nnext before +after\n/);
    expect(out).toMatch(/\nsample before\nsea kite.*\n[\s\S]*\nsample after\nsea kite/);
    expect(out).toMatch(/\nlayer0\.c\[3\] from 9 to 9\n/);
    const [effect, ...rest] = facts((await look(...args, "--prompt", "s", "--max-length", "5", "--json")).out);
    expect(rest).toEqual([]);
    expect(effect).toMatchObject({ event: "clamp", clamps: args.filter((arg) => arg.includes("]")), predicted: 7 });
    expect(effect.nats.before).toHaveLength(8);
    expect(effect.samples.before[0]).toHaveLength(6);
    expect(effect.prompt).toBe("s");
    const long = await look("runs/text", "--text", `it ${"sea ".repeat(100)}`, "--clamp", "layer0.h[0]=1");
    expect(long.out).toMatch(/\nsample before\n\.\.\.(sea ){25}/);
    expect(effect.next.before).toHaveLength(10);
  });

  test("says what it left out, and what the model does not know", async () => {
    const { out, err } = await look("runs/text", "--data", "text.txt", "--limit", "5");
    expect(out).toContain(" 5 tokens\n");
    expect(err).toBe("note: the first 5 tokens are read; --limit reads more\n");
    expect((await look("runs/text", "--text", "é!")).err).toBe('note: the model has never seen "é", "!" of the text\n');
  });

  test("lets no text take over the terminal", async () => {
    const { out } = await look("runs/text", "--text", "a\x1b[2J\u0000");
    expect(out).not.toContain("\x1b");
    expect(out).not.toContain("\u0000");
    expect(out).toContain("a␛[2J␀\n");
  });

  test.each<[args: string[], message: string]>([
    [[], "activations: needs a text to read; give --text <text> or --data <file>"],
    [["--text", "a", "--data", "b"], "activations: needs --text or --data, got both; leave one of them out"],
    [["--text", ""], 'activations: text must hold at least one token, got ""'],
    [
      ["--text", "a\ud83d"],
      "characters: text must be well-formed Unicode, got the lone surrogate \\ud83d at index 1; do not cut texts within a pair, or mend it with text.toWellFormed()",
    ],
    [["--data", "gone.txt"], "gone.txt: there is no such file or folder; check the path"],
    [["--data", "folder"], "folder: must be a file, is a folder; name a file in it"],
    [
      ["--data", "binary.txt"],
      "binary.txt: line 1: byte 1: must be text, is a zero byte as in a binary file; choose a text file",
    ],
    [["--text", "a", "--output", "a.txt"], 'activations: --output must end in .html or .json, got "a.txt"'],
    [["--text", "a", "--limit", "0"], "activations: --limit must be at least 1, got 0"],
    [["--text", "a", "--top", "x"], 'activations: --top must be a number, got "x"'],
    [["--text", "a", "--parts", "h,r"], 'activations: parts must be some of h, c, i, f, g, o for lstm, got "r"'],
    [
      ["--text", "a", "--find", "quote"],
      'find: must be one of quotes, brackets, line-position, word-position, uppercase, after:<text> or regex:<pattern>, got "quote"; did you mean "quotes"?',
    ],
    [
      ["--text", "abc", "--find", "quotes"],
      "find: quotes must change within the first half of the text, is 0 for all 2 tokens; give a longer text",
    ],
    [
      ["--text", "ab", "--find", "quotes"],
      "find: quotes must change within the first half of the text, is 0 for its only token; give a longer text",
    ],
    [
      ["--data", "text.txt", "--limit", "6", "--find", "quotes"],
      "find: quotes must change within the first half of the text, is 0 for all 3 tokens; read more of it with --limit",
    ],
    [
      ["--text", "abc", "--labels", "labels.txt"],
      "find: labels.txt must hold one number for each of the 3 tokens, got 40",
    ],
    [["--text", "abc", "--labels", "words.txt"], 'words.txt: must hold numbers, got "three" as number 3'],
    [
      ["--text", "a", "--unit", "c[3]"],
      'unit: must be as in layer0.h[0], with a layer from 0 to 0, one of h, c, i, f, g, o and a unit from 0 to 7, got "c[3]"',
    ],
    [["--text", "a", "--clamp", "layer1.h[3]=0"], 'clamp: layer must be from 0 to 0, got 1 in "layer1.h[3]=0"'],
    [
      ["--text", "a", "--probe"],
      "activations: --probe is for what is looked for with --find or --labels; give one of them",
    ],
    [
      ["--text", "a", "--prompt", "b"],
      "activations: --prompt is for what changes with --clamp; give both, or leave it out",
    ],
    [["--text", "a", "--units", "c[3]"], "activations: no option --units; did you mean --unit?"],
  ])("refuses %j", async (args, message) => {
    expect((await look("runs/text", ...args)).error).toBe(message);
  });

  test("refuses to write what is too much for a page", async () => {
    await writeFile("long.txt", "sea kite ".repeat(100_000));
    const { error } = await look("runs/text", "--data", "long.txt", "--limit", "900000", "--output", "a.html");
    expect(error).toBe(
      "activations: --output holds at most 40,000,000 numbers, got 43,200,000; lower --limit, or choose --parts",
    );
  });
});
