/** `backstitch translate`: texts, lines and what is typed; what is drawn, written and refused. */
import { readFile, writeFile } from "node:fs/promises";
import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openTranslator } from "../../src/cli/models.ts";
import { translatePrompt } from "../../src/cli/translate-prompt.ts";
import { languageModel, type Pair, translationModel } from "../../src/tasks/index.ts";
import { scratch } from "./command.ts";
import { type Told, told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
const home = process.cwd();

const digits = "zero one two three four five six seven eight nine".split(" ");
const numbers = Array.from({ length: 100 }, (_, i) => String((i * 37) % 100).padStart(2, "0"));
const spelled: Pair[] = numbers.map((source) => ({
  source,
  target: Array.from(source, (digit) => digits[Number(digit)]).join(" "),
}));
const small = { hiddenSize: 16, embeddingSize: 8, rate: 0.03, dropout: 0, smoothing: 0, batchSize: 20, validation: 0 };

beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  const model = await translationModel.train(spelled, { ...small, targetTokenizer: "words", epochs: 20 });
  await writeFile("digits.safetensors", model.toBytes());
  const few = { ...small, epochs: 1 };
  const tagged = spelled.flatMap((pair) => ["de", "fr"].map((tag) => ({ ...pair, tag })));
  await writeFile("tags.safetensors", (await translationModel.train(tagged, few)).toBytes());
  const blind = await translationModel.train(spelled, { ...few, model: "sutskever" });
  await writeFile("blind.safetensors", blind.toBytes());
  const writes = await languageModel.train(numbers, { epochs: 1, hiddenSize: 4, embeddingSize: 4 });
  await writeFile("writes.safetensors", writes.toBytes());
  await writeFile("lines.txt", "12\n\n \n07\n");
  await writeFile("latin1.txt", Buffer.from("12\ncaf\xe9\n", "latin1"));
  await writeFile("long.txt", `12\n${"1".repeat(120)}\n`);
  await writeFile("empty.txt", "");
}, 60_000);
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

const translate = (...args: string[]) => told("translate", "digits.safetensors", ...args);

/** Runs a command whose standard input holds something. */
async function fed(input: Iterable<string | Uint8Array>, ...args: string[]): Promise<Told> {
  const stream = Readable.from(Array.from(input, (chunk) => Buffer.from(chunk)));
  const reading = vi.spyOn(process, "stdin", "get").mockReturnValue(stream as unknown as typeof process.stdin);
  try {
    return await translate(...args);
  } finally {
    reading.mockRestore();
  }
}

describe("translate", () => {
  test("gives a line for each text, and the best of several with their scores", async () => {
    expect(await translate("12", "07")).toEqual({ out: "one two\nzero seven\n", err: "", error: null });
    const { out } = await translate("12", "--best", "2");
    expect(out).toMatch(
      /^ {2} score {2}log p\n {2}-0\.\d{3} {2}-0\.\d\d {2}one two\n {2}-\d\.\d{3} +-\d+\.\d\d {2}\S+( \S+)*\n$/,
    );
  });

  test("tells machines all of it, one object a line", async () => {
    const { out } = await translate("12", "--best", "2", "--beam-size", "3", "--json", "--show", "attention");
    const fact = JSON.parse(out);
    expect(Object.keys(fact)).toEqual(["source", "text", "hypotheses", "unknown", "cut", "attention"]);
    expect(fact).toMatchObject({ source: "12", text: "one two", unknown: [], cut: 0 });
    expect(fact.hypotheses).toHaveLength(2);
    expect(fact.hypotheses[0]).toMatchObject({ text: "one two", pieces: ["one", "two"], end: "eos" });
    expect(fact.attention.weights).toHaveLength(3);
    expect(JSON.parse((await translate("1", "--json", "--show", "beam")).out).beam[0]).toMatchObject({ parent: null });
  });

  test("draws what was looked at and searched", async () => {
    const { out } = await translate("12", "--show", "attention", "--show", "beam", "--beam-size", "2");
    expect((await translate("1x", "--show", "attention")).out.split("\n")[2]).toBe("    1 x ∎");
    const [text, , head, first, second, third, legend, , columns] = out.split("\n");
    expect(text).toBe("one two");
    expect(head).toBe("    1 2 ∎");
    for (const row of [first, second, third])
      expect(row).toMatch(/^(one|two| {2}∎) (· |░░|▒▒|▓▓|██){2}(·|░░|▒▒|▓▓|██)$/);
    expect(legend).toBe("share from 0 · 0.05 ░ 0.2 ▒ 0.4 ▓ 0.7 █   ∎ end");
    expect(columns).toBe("  log p  score");
    expect(out).toMatch(/\n {2}-0\.\d\d +-0\.\d\d ★ .*\(end\)\n★ best, read straight down {2}✓ finished {2}✗ pruned\n/);
  });

  test("writes pictures, and translations to a file", async () => {
    const told = await translate("12", "--show", "attention", "--output", "seen.svg");
    expect(told.out).toBe("one two\n\nwritten to seen.svg\n");
    expect(await readFile("seen.svg", "utf8")).toMatch(/^<svg [\s\S]*<title>one looks at 1: 0\.\d{3}<\/title>/);
    await translate("--file", "lines.txt", "--show", "attention", "--output", "seen.html");
    expect((await readFile("seen.html", "utf8")).match(/<section/g)).toHaveLength(2);
    await translate("12", "07", "--show", "beam", "--output", "search.html");
    expect(await readFile("search.html", "utf8")).toContain('<option value="1">07</option>');
    expect((await translate("--file", "lines.txt", "--output", "made/out.txt")).out).toBe(
      "\nwritten to made/out.txt\n",
    );
    expect(await readFile("made/out.txt", "utf8")).toBe("one two\n\n\nzero seven\n");
  });

  test("is a filter: line for line, in order, blank for blank", async () => {
    expect(await fed(["12\n\r\n  ", "\n0", "7"])).toEqual({ out: "one two\n\n\nzero seven\n", err: "", error: null });
    expect(await fed([])).toEqual({ out: "", err: "", error: null });
    // More than are worked on at once: their order is theirs.
    const many = Array.from({ length: 700 }, (_, i) => numbers[i % 100]!);
    const some = (await translate("--beam-size", "1", ...numbers)).out;
    const all = await fed([many.join("\n")], "--beam-size", "1");
    expect(all.out).toBe(some.repeat(7));
  });

  test("says what the model has never seen, and what is cut off", async () => {
    expect((await translate("1x", "y")).err).toBe('note: the model has never seen "x", "y" of 2 of 2 texts\n');
    expect((await fed(["1x\n12\n"])).err).toBe('note: the model has never seen "x" of 1 of 2 lines\n');
    expect((await translate("12", "--max-length", "1")).err).toBe(
      "note: the output is cut off at the greatest length; --max-length allows more\n",
    );
    expect((await translate("1".repeat(120), "--long-source", "cut", "--max-length", "2")).err).toContain(
      "note: the end of the text was too long for the model and is left out\n",
    );
  });

  test("draws and tells no more of what is cut off than was read", async () => {
    const cut = ["--long-source", "cut", "--max-length", "2", "--show", "attention"];
    const told = await translate("1".repeat(120), ...cut, "--json");
    const { attention } = JSON.parse(told.out.split("\n")[0]!);
    expect(attention.source).toHaveLength(101);
    expect(attention.weights.map((row: number[]) => row.length)).toEqual([101, 101, 101]);
    await translate("1".repeat(120), ...cut, "--output", "cut.svg");
    expect(await readFile("cut.svg", "utf8")).toContain(" looks at each of 101 source pieces</desc>");
  });

  test("averages the models that are given", async () => {
    const { out } = await told("translate", "digits.safetensors", "digits.safetensors", "12");
    expect(out).toBe("one two\n");
  });

  test.each<[what: string, args: string[], message: string]>([
    ["beam 0", ["12", "--beam-size", "0"], "translate: --beam-size must be at least 1, got 0"],
    [
      "beam 100000000",
      ["12", "--beam-size", "100000000"],
      "translate: --beam-size must be at most 10000, got 100000000",
    ],
    ["a negative alpha", ["12", "--alpha", "-1"], "translate: --alpha must be at least 0, got -1"],
    [
      "more outputs than are kept",
      ["12", "--best", "9"],
      "translate: --best must be at most --beam-size = 5, got 9; raise --beam-size, or ask for fewer",
    ],
    [
      "a search that is none",
      ["12", "--show", "beam", "--sample"],
      "translate: --show beam draws a search, and with --sample there is none; leave one of them out",
    ],
    [
      "what does nothing",
      ["12", "--temperature", "2"],
      "translate: --temperature is for drawing outputs; set sample too, or leave it out",
    ],
    ["another picture", ["12", "--show", "tree"], 'translate: --show must be attention or beam, got "tree"'],
    [
      "a picture by no name",
      ["12", "--show", "attention", "--output", "a.txt"],
      'translate: --output must end in .svg or .html with --show, got "a.txt"',
    ],
    [
      "a tree by no name",
      ["12", "--show", "beam", "--output", "a.txt"],
      'translate: --output must end in .html with --show beam, got "a.txt"',
    ],
    [
      "a picture of nothing",
      ["12", "--output", "a.html"],
      "translate: --output a.html is for a picture; say which with --show attention or --show beam",
    ],
    [
      "two pictures in a file",
      ["12", "--show", "beam", "--show", "attention", "--output", "a.html"],
      "translate: --output a.html holds one kind of picture, got --show attention and --show beam; give one",
    ],
    [
      "a tree as SVG",
      ["12", "--show", "beam", "--output", "a.svg"],
      'translate: --output must end in .html with --show beam, got "a.svg"',
    ],
    [
      "two texts in an SVG",
      ["12", "13", "--show", "attention", "--output", "a.svg"],
      "translate: --output a.svg holds the picture of one text, got 2; name a file that ends in .html",
    ],
    [
      "a picture of an empty text",
      [" ", "--show", "attention", "--output", "a.svg"],
      "translate: --output a.svg needs a text to draw, got an empty one",
    ],
    [
      "texts and a file",
      ["12", "--file", "lines.txt"],
      "translate: needs texts or --file, got both; leave one of them out",
    ],
    [
      "a tag where there is none",
      ["12", "--tag", "de"],
      'translate: --tag must be left out, since the model was trained without tags, got "de"',
    ],
    [
      "bytes that are no text",
      ["--file", "latin1.txt"],
      "latin1.txt: line 2: byte 6: must be UTF-8, got 0xe9; save the file again as UTF-8",
    ],
    [
      "a line that is far too long",
      ["--file", "long.txt"],
      "long.txt: line 2: must be at most 100 tokens, as the longest in training had 2, got 120; cut it with --long-source cut, or translate it in parts",
    ],
    ["an empty file", ["--file", "empty.txt"], "empty.txt: must hold text, is empty; choose another file"],
    [
      "an output that cannot be",
      ["12", "--output", "lines.txt/out.txt"],
      "lines.txt: must be a folder, is a file; move it away or choose another folder",
    ],
  ])("refuses %s", async (_, args, message) => {
    expect((await translate(...args)).error).toBe(message);
  });

  test("refuses models that cannot do it", async () => {
    const refused = async (...args: string[]) => (await told("translate", ...args)).error;
    expect(await refused("writes.safetensors", "12")).toBe(
      "writes.safetensors: must be a model that translates, writes; use: backstitch generate writes.safetensors",
    );
    expect(await refused("runs/none", "12")).toBe(
      "runs/none: there is no such run; train one with: backstitch train dates-english",
    );
    expect(await refused("blind.safetensors", "12", "--show", "attention")).toBe(
      "translate: --show attention needs a model with attention, blind.safetensors has none",
    );
    expect(await refused("tags.safetensors", "12", "--tag", "xx")).toBe(
      'translate: --tag must be one that the model was trained with, got "xx"; it knows one of de, fr',
    );
    expect(await refused("tags.safetensors", "12")).toBe(
      "translate: needs a tag that says what to make of a source; it knows one of de, fr",
    );
  });
});

describe("the prompt", () => {
  /** What the prompt says to lines that are typed. */
  async function typed(...lines: string[]): Promise<string> {
    const { where, model } = await openTranslator(["digits.safetensors"]);
    const [input, output] = [new PassThrough(), new PassThrough()];
    let said = "";
    output.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    const look = { columns: 80, hasColor: false, isSeen: true };
    const ended = translatePrompt({ model, where, settings: {}, look, input, output });
    input.end(lines.map((line) => `${line}\n`).join(""));
    await ended;
    return said.replace(/^.*\n/, "");
  }

  test("shows the output, the alternatives and the attention", async () => {
    const said = await typed("12", "   ", ":quit", "07");
    expect(said).toMatch(/^> one two\n {3}score {2}log p\n( {2}-\d\.\d{3} +-\d+\.\d\d {2}.+\n){3}\n {4}1 2 ∎\n/);
    expect(said).toMatch(/\nshare from 0 .*\n\n> > \n$/);
    expect(said).not.toContain("zero seven");
  });

  test("takes options, and draws and writes what is asked for", async () => {
    const said = await typed(
      ...[":attention off", ":beam 2", ":best 1", "12", ":tree", ":attention", ":options", ":best default"],
      ...[":tree typed.html", ":attention typed.svg", "::2"],
    );
    expect(said).toMatch(/^> > beamSize 2\n> best 1\n> one two\n> {3}log p {2}score\n/);
    expect(said).toContain("\n>     1 2 ∎\n");
    expect(said).toContain(
      "\n> :beam-size 2\n:alpha 0.7\n:normalisation length\n:coverage 0\n:no-repeat 0\n:best 1\n> best as the model has it\n> written to typed.html\n> written to typed.svg\n> ",
    );
    expect(said).toContain('the model has never seen ":"\n');
    expect(await readFile("typed.html", "utf8")).toContain("how digits.safetensors searched");
    expect(await readFile("typed.svg", "utf8")).toMatch(/^<svg /);
  });

  test("looks at no more of what is cut off than was read", async () => {
    const said = await typed(
      ...[":attention off", ":long-source cut", "1".repeat(120)],
      ...[":long-source default", ":attention typed-cut.svg"],
    );
    expect(said).toMatch(/written to typed-cut\.svg\n> \n$/);
    expect(await readFile("typed-cut.svg", "utf8")).toContain(" looks at each of 101 source pieces</desc>");
  });

  test("clears the line with Ctrl-C, brings back what was typed, and ends with Ctrl-D", async () => {
    const { where, model } = await openTranslator(["digits.safetensors"]);
    // A terminal, as far as lines are concerned.
    const [input, output] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: true, columns: 80 })];
    let said = "";
    const says = (text: string) =>
      vi.waitFor(() => {
        if (!said.includes(text)) throw new Error(`not said: ${text}`);
        said = said.slice(said.indexOf(text) + text.length);
      }, 20_000);
    output.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    const look = { columns: 80, hasColor: false, isSeen: true };
    const ended = translatePrompt({ model, where, settings: { best: 1 }, look, input, output });
    await says("> ");
    input.write("99\x03");
    await says("\x1b[0J> ");
    input.write("12\r");
    await says("one two\n");
    await says("> ");
    input.write("\x03");
    await says("Ctrl-D or :quit ends\n");
    await says("> ");
    input.write("\x1b[A");
    await says("12");
    input.write("\r");
    await says("one two\n");
    await says("> ");
    input.write("\x04");
    await ended;
    expect(said).not.toContain("nine");
  });

  test("answers in the names that are typed", async () => {
    expect(await typed(":best 9", "12")).toBe(
      "> best 9\n> :best must be at most :beam-size = 5, got 9; raise :beam-size, or ask for fewer\n> \n",
    );
  });

  test.each([
    [":beam 0", ":beam must be at least 1, got 0"],
    [":alpha -1", ":alpha must be at least 0, got -1"],
    [":beem 3", "no command :beem; did you mean :beam?"],
    [":somewhat", "no command :somewhat; see :help"],
    [":tree", "there is nothing to show yet; type a text first"],
    [":tree a.svg", ':tree takes a file that ends in .html, got "a.svg"'],
    [":attention a.txt", ':attention takes on, off, or a file that ends in .svg or .html, got "a.txt"'],
    [
      "1".repeat(120),
      "the text: must be at most 100 tokens, as the longest in training had 2, got 120; cut it with --long-source cut, or translate it in parts",
    ],
  ])("answers %s, and goes on", async (line, answer) => {
    expect(await typed(line)).toBe(`> ${answer}\n> \n`);
  });
});
