/** What the commands write when all is well. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { recipes } from "../../src/tasks/index.ts";
import { main, scratch, tiny, words } from "./command.ts";
import { told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
const home = process.cwd();
beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  await writeFile("lines.txt", words(100));
  await writeFile("config.yaml", "task: language-model\ndata: lines.txt\nrun: runs/lines\nhiddenSize: 8\nepochs: 20\n");
  await told(
    "train",
    "config.yaml",
    "--epochs",
    "4",
    "--embedding-size",
    "4",
    "--sample-every",
    "5",
    "--max-length",
    "9",
  );
  const text = words(60).replaceAll("\n", " ").replaceAll("a ", "a\n");
  await writeFile("text.txt", text);
  await told("train", "language-model", "--data", "text.txt", "--unit", "text", "--run", "runs/text", ...tiny);
}, 120_000);
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

const commands =
  "recipes train generate translate score next runs show evaluate blame gradients activations export doctor".split(" ");

describe("help", () => {
  test("names every command, and where to begin", async () => {
    const { out } = await told();
    for (const name of commands) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(out).toContain("\nFirst:  backstitch train names    then:  backstitch generate\n");
  });

  test.each(commands.filter((name) => name !== "recipes"))(
    "of %s gives examples, and explains every flag",
    async (name) => {
      const { out } = await told("help", name);
      expect(out).toMatch(new RegExp(`\\nExamples:\\n( {2}.*backstitch ${name}.*\\n)+`));
      expect(out).not.toMatch(/^ {2}--\S+( <\S+>)?\s*$(?!\n {10})/m);
      expect((await told(name, "--help")).out).toBe(out);
    },
  );
});

test("the version is told", async () => {
  const { version } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  expect((await told("--version")).out).toBe(`${version}\n`);
});

test("recipes are listed", async () => {
  const { out } = await told("recipes");
  const rows = out.split("\n\n")[0]!.split("\n");
  expect(rows.flatMap((row) => /^\S+/.exec(row) ?? [])).toEqual(Object.keys(recipes));
  expect(rows[0]).toMatch(/^names {2,}1,325 names {2,}\d+ seconds {2,}1\.\d\d nats a letter$/);
  expect(rows[1]).toMatch(/^ +dinosaur names, letter by letter; writes new ones$/);
  for (const row of rows) expect(row.length).toBeLessThanOrEqual(100);
});

test("a recipe shows its options as flags", async () => {
  const { out } = await told("recipes", "names");
  expect(out).toMatch(
    /^names {2}dinosaur names, letter by letter; writes new ones\n1,325 names, \d+ seconds on one core, /,
  );
  expect(out).toMatch(/^ {2}--hidden-size 256 {2,}units per layer, H \[default: 128\]$/m);
  const shown = JSON.parse((await told("recipes", "names", "--json")).out);
  expect(shown).toMatchObject({ name: "names", dataset: "dinosaurs", options: recipes.names.options });
});

test("flags go before the config file", async () => {
  const { options, data } = JSON.parse(await readFile("runs/lines/config.json", "utf8"));
  expect(options).toMatchObject({ hiddenSize: 8, embeddingSize: 4, epochs: 4 });
  expect(data).toBe(join(cwd, "lines.txt"));
});

describe("show", () => {
  test("tells a run's options, parameters, curve, best evaluation and last samples", async () => {
    const { out } = await told("show", "runs/lines");
    expect(out).toMatch(/^runs\/lines {2}language-model {2}\S+lines\.txt {2}wasm kernels \(simd128\)\n/);
    expect(out).toMatch(/^recurrent\.layers\.0\.forward\.wHh +\[32 8\] +256 *$/m);
    expect(out).toMatch(/^all +598 *$/m);
    expect(out).toMatch(/^loss by step: training and validation\n\d\.\d{3} ┤/m);
    expect(out).toMatch(
      /^saved at step 12, best validation loss \d\.\d{4} at step \d+\n\nsamples at step 10:\n( {2}\S.*\n){5}$/m,
    );
    expect(out.includes("\x1b")).toBe(false);
  });

  test("says the same to machines", async () => {
    const shown = JSON.parse((await told("show", "runs/lines", "--json")).out);
    expect(shown).toMatchObject({
      run: "runs/lines",
      config: { task: "language-model", recipe: null },
      parameters: { "output.weight": [14, 8] },
      step: 12,
      best: { step: expect.any(Number), value: expect.any(Number) },
    });
    expect(shown.metrics.map(({ kind }: { kind: string }) => kind)).toContain("evaluation");
  });
});

describe.each([40, 50, 59])("in a terminal of %d columns", (columns) => {
  test.each([
    ["show", "runs/lines"],
    ...(columns === 40 ? [["doctor"]] : []),
    ["score", "runs/lines", "kata", "zola"],
    ["score", "runs/lines", "--data", "short.txt"],
    ["runs"],
    ["recipes"],
    ["gradients", "runs/lines", "--data", "lines.txt", "--distance", "3"],
  ])("%s %s fits", async (...args) => {
    await writeFile("short.txt", "ka\nzo\n");
    const { columns: before } = process.stdout;
    process.stdout.columns = columns;
    const { out } = await told(...args).finally(() => {
      process.stdout.columns = before;
    });
    // Curves have no fewer columns than 20, and their numbers.
    for (const line of out.split("\n")) expect(line.trimEnd().length, line).toBeLessThanOrEqual(columns);
  });
});

describe("runs", () => {
  test("are listed, the last trained first", async () => {
    const { out } = await told("runs");
    const [head, ...rows] = out.trimEnd().split("\n");
    expect(head).toMatch(/^run +what +step +loss +trained$/);
    const when = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d`;
    expect(rows.find((row) => row.startsWith("runs/lines "))).toMatch(
      new RegExp(String.raw`^runs/lines {2,}language-model {2,}12 {2}\d\.\d{4} +${when}$`),
    );
    const objects = (await told("runs", "--json")).out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(objects.map(({ run }) => run)).toEqual(rows.map((row) => row.split(" ")[0]));
    const times = objects.map(({ trained }) => Date.parse(trained));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const last = JSON.parse((await told("evaluate", "--data", "lines.txt", "--json")).out);
    expect(last.run).toBe(objects[0].run);
  });

  test("that cannot be read are noted, and listed all the same; where there is none that is said", async () => {
    await mkdir("odd/runs/broken", { recursive: true });
    await writeFile("odd/runs/broken/config.json", "{}");
    process.chdir("odd");
    const { out, err } = await told("runs").finally(() => process.chdir(cwd));
    expect(err).toMatch(/^note: runs\/broken\/config\.json: .+\n$/);
    expect(out).toMatch(/^run .*\nruns\/broken +\d{4}-/);
    await mkdir("odd/empty");
    process.chdir("odd/empty");
    const none = await told("runs").finally(() => process.chdir(cwd));
    expect(none.out).toBe("no run yet; train one with: backstitch train names\n");
  });
});

describe("the run that was taken", () => {
  test.each([
    ["generate", "--samples", "1"],
    ["next", "--prompt", "ka"],
    ["evaluate", "--data", "lines.txt"],
    ["activations", "--clamp", "layer0.h[1]=0", "--text", "kata"],
  ])("is told in a terminal where none was named: %s %s %s", async (...args) => {
    const [command, ...rest] = args;
    const { run } = JSON.parse((await told("runs", "--json")).out.split("\n")[0]!);
    vi.stubEnv("TERM", "xterm");
    process.stdout.isTTY = true;
    const telling = async (...args: string[]) => stripVTControlCharacters((await told(...args)).out);
    try {
      expect(await telling(...args)).toMatch(new RegExp(`^by ${run}\n\n`));
      expect(await telling(command!, run, ...rest)).not.toMatch(/^by /);
    } finally {
      process.stdout.isTTY = false;
      vi.unstubAllEnvs();
    }
    expect((await told(command!, ...rest)).out).not.toMatch(/^by /);
  });
});

describe("generate", () => {
  const generate = async (...args: string[]) => (await told("generate", ...args)).out;

  test("draws others each time, and the same for the same seed", async () => {
    expect(await generate("runs/lines")).not.toBe(await generate("runs/lines"));
    expect(await generate("runs/lines", "--seed", "5")).toBe(await generate("runs/lines", "--seed", "5"));
    expect(await generate("runs/lines", "--seed", "5")).not.toBe(await generate("runs/lines", "--seed", "6"));
    const { text, seed } = JSON.parse(await generate("runs/lines", "--samples", "1", "--json"));
    expect(await generate("runs/lines", "--samples", "1", "--seed", String(seed))).toBe(`${text}\n`);
  });

  test("draws 10 lines or one text, unless it is told otherwise", async () => {
    expect((await generate("runs/lines")).split("\n").length).toBe(11);
    expect((await generate("runs/lines", "--samples", "3")).split("\n").length).toBe(4);
    expect((await generate("runs/text", "--json")).split("\n").length).toBe(2);
  });

  test("begins with the prompt, and notes what of it the model has never seen", async () => {
    const known = await told("generate", "runs/lines", "--prompt", "ka", "--samples", "2");
    expect(known.out).toMatch(/^(ka.*\n){2}$/);
    expect(known.err).toBe("");
    const upper = await told("generate", "runs/lines", "--prompt", "KA");
    expect(upper.err).toBe('note: the model has never seen "K", "A" of the prompt; try --prompt "ka"\n');
    const odd = await told("generate", "runs/lines", "--prompt", "k7", "--json");
    expect(JSON.parse(odd.out.split("\n")[0]!)).toEqual({
      event: "note",
      text: 'the model has never seen "7" of the prompt',
    });
  });
});

test("evaluate tells loss, perplexity and bits with a signature", async () => {
  await writeFile("new.txt", "kata\nzola\n");
  const { out } = await told("evaluate", "runs/lines", "--data", "new.txt");
  expect(out).toMatch(
    /^loss {11}\d\.\d{4} nats per token\nperplexity {5}[\d.]+\nper character {2}\d\.\d{4} bits\ntokens {9}10, 1 of them unknown to the model\nsignature {6}(.*)\n$/,
  );
  const found = JSON.parse((await told("evaluate", "runs/lines", "--data", "new.txt", "--json")).out);
  expect(found.signature).toMatch(
    /^task:language-model\|unit:lines\|tokenizer:characters\|case:kept\|vocabulary:14\|eos:counted\|context:line\|unknown:10\.00%\|version:[\d.]+\|step:\d+$/,
  );
  expect(out.trim().endsWith(found.signature)).toBe(true);
  expect(found.perplexity).toBeCloseTo(Math.exp(found.loss), 9);
  expect(found.bitsPerCharacter).toBeCloseTo(found.loss / Math.LN2, 9);
});

test("the doctor finds the kernels of this machine right", async () => {
  const { out, error } = await told("doctor", "--json");
  expect(error).toBe(null);
  const facts = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(facts.map(({ build }) => build).slice(0, 3)).toEqual(["native", "wasm", "reference"]);
  expect(out).toContain('"failures":[]');
}, 60_000);

describe.skipIf(process.platform !== "linux" || !existsSync("/usr/bin/script"))("in a terminal", () => {
  /** Runs a command with a terminal of 60 columns, through script of util-linux, which records all that is written to it. */
  async function inTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const command = `stty cols 60; "${process.execPath}" "${main}" ${args.join(" ")}`;
    const { NO_COLOR, FORCE_COLOR, ...inherited } = process.env;
    const child = spawn("script", ["-qefc", command, "/dev/null"], {
      cwd,
      env: { ...inherited, TERM: "xterm-256color", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      out += text;
    });
    await new Promise((resolve) => child.once("close", resolve));
    return out;
  }

  const train = (path: string) => [
    "train",
    "language-model",
    "--data",
    "lines.txt",
    "--run",
    path,
    ...tiny,
    "--epochs",
    "20",
  ];

  test("a training shows a bar that fits, and colours, and leaves the cursor visible", async () => {
    const out = await inTerminal(train("runs/bar"));
    expect(out).toMatch(/━+╌* {2}.?\d\d% {2}step \d+\/60/);
    expect(out).toContain("\x1b[36m");
    expect(out.lastIndexOf("\x1b[?25h")).toBeGreaterThan(out.lastIndexOf("\x1b[?25l"));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the bar is redrawn between such sequences
    const bars = out.split(/\r|\n|\u001b\[\d*[A-Z]/).filter((line) => /^[━╌]/.test(line));
    expect(bars.length).toBeGreaterThan(0);
    for (const bar of bars) expect(bar.length).toBeLessThan(60);
  });

  test("NO_COLOR is respected", async () => {
    const out = await inTerminal(train("runs/plain"), { NO_COLOR: "1" });
    expect(out).toContain("runs/plain");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what it looks for
    expect(out).not.toMatch(/\x1b\[\d+m/);
  });

  test("a text is written as it is drawn", async () => {
    const args = ["generate", "runs/text", "--seed", "3"];
    expect((await inTerminal(args)).replaceAll("\r\n", "\n")).toBe((await told(...args)).out);
  });
});
