/** Models that translate, and outputs in files, judged on the command line: evaluate and blame. */
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { translationModel } from "../../src/tasks/index.ts";
import { scratch } from "./command.ts";
import { told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
const home = process.cwd();

/** Words of two letters become capitals; half of them are learnt from. */
const letters = "abcdefgh";
const words = [...letters].flatMap((one) => [...letters].map((other) => one + other));
const pairs = words.map((source) => ({ source, target: source.toUpperCase() }));
const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join("");

beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  const options = {
    embeddingSize: 8,
    hiddenSize: 12,
    dropout: 0,
    smoothing: 0,
    rate: 0.02,
    validation: 0,
    batchSize: 8,
  };
  const training = pairs.filter((_, i) => i % 2 === 0);
  for (const [name, epochs] of [
    ["good", 48],
    ["bad", 12],
  ] as const) {
    const model = await translationModel.train(training, { ...options, epochs });
    await writeFile(`${name}.safetensors`, model.toBytes());
  }
  const tagged = training.map((pair, i) => ({ ...pair, tag: i % 2 === 0 ? "de" : "fr" }));
  await writeFile("tags.safetensors", (await translationModel.train(tagged, { ...options, epochs: 1 })).toBytes());
  // The last two sources have a further reference each.
  const more = [...pairs, { source: "hg", target: "hg" }, { source: "hh", target: "hh" }];
  await writeFile("test.tsv", lines(more.map(({ source, target }) => `${source}\t${target}`)));
  await writeFile("odd.tsv", "ab\tAB\n\tX\nab\tab!\nzz\tÄÖ\n");
  await writeFile("out.txt", "the cat sat\na dog\n\n");
  await writeFile("ref.txt", "the cat sat\nthe dog\nno\n");
  await writeFile("ref2.txt", "a cat sat\na dog\nnot\n");
  await writeFile("other.txt", "the\na cow\nno\n");
}, 60_000);
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

const objects = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("evaluate of outputs in files", () => {
  test("scores them with every metric, its interval and its signature", async () => {
    const { out, err, error } = await told(
      ...["evaluate", "--hypotheses", "out.txt", "--references", "ref.txt", "--signatures"],
    );
    expect([err, error]).toEqual([
      "note: no reference has 4 words, and BLEU compares words four in a row: it has no score here\n",
      null,
    ]);
    expect(out.split("\n").slice(0, 8)).toEqual([
      "         score      ±",
      "exact    33.33  50.00",
      "CER      25.00  50.00",
      "WER      33.33  50.00",
      "BLEU         -",
      "chrF2    75.52  50.00",
      "chrF2++  73.66  50.00",
      "TER      33.33  50.00",
    ]);
    expect(out).toContain("characters wrong: 1 replaced   4 left out   0 put in   of 20");
    expect(out).toContain("words wrong: 1 replaced   1 left out   0 put in   of 6");
    expect(out).toContain("3 sources\n");
    expect(out).toContain("BLEU  nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0\n");
  });

  test("takes several references, and tells the score by the first alone", async () => {
    const args = ["--references", "ref.txt", "ref2.txt", "--metrics", "exact,wer", "--samples", "0"];
    expect((await told("evaluate", "--hypotheses", "out.txt", ...args)).out).toBe(
      `       score  1 ref.
exact  66.67   33.33
WER    16.67   33.33

words wrong: 0 replaced   1 left out   0 put in   of 6
3 sources   3 with more than one reference
`,
    );
  });

  test("compares two systems", async () => {
    const args = ["--references", "ref.txt", "--paired-with", "other.txt", "--metrics", "wer,exact", "--samples", "50"];
    const { out, err } = await told("evaluate", "--hypotheses", "out.txt", ...args);
    expect(out).toMatch(
      /^ +score +± +other +p\nWER +33\.33 +\d+\.\d\d +66\.67 +0\.\d{3}\nexact +33\.33 +\d+\.\d\d +33\.33 +0\.\d{3}\n/,
    );
    expect(out).toContain("cannot be told apart: ");
    expect(err).toBe("note: so few sources hardly tell systems apart, whatever p says; compare by 100 or more\n");
    const [found] = objects((await told("evaluate", "--hypotheses", "out.txt", ...args, "--json")).out);
    expect(found.comparisons[1]).toMatchObject({
      metric: "exact",
      score: 100 / 3,
      other: 100 / 3,
      difference: 0,
      better: null,
    });
    const short = await told("evaluate", "--hypotheses", "out.txt", ...args, "--metrics", "bleu,exact");
    expect(short.out).toMatch(/\nBLEU +- +-\nexact /);
    expect(short.out).toContain("\ncannot be told apart: exact\n");
    const [none] = objects(
      (await told("evaluate", "--hypotheses", "out.txt", ...args, "--metrics", "bleu", "--json")).out,
    );
    expect([none.metrics[0].score, none.comparisons]).toEqual([null, []]);
    const random = await told(
      "evaluate",
      "--hypotheses",
      "out.txt",
      ...args,
      "--comparison",
      "randomization",
      "--signatures",
    );
    expect(random.out).toContain("WER  nrefs:1|ar:50|seed:12345|unit:words|case:mixed|best:fewest edits\n");
  });

  test.each([
    [
      ["--hypotheses", "out.txt"],
      "evaluate: --hypotheses needs references to score against; give --references <files...>",
    ],
    [["--references", "ref.txt"], "evaluate: --references is for outputs in files; give --hypotheses <file> too"],
    [
      ["--hypotheses", "out.txt", "--references", "ref.txt", "odd.tsv"],
      "odd.tsv: must have as many lines as out.txt, 3, has 4 lines; line n belongs to line n",
    ],
    [
      ["good.safetensors", "--hypotheses", "out.txt", "--references", "ref.txt"],
      "evaluate: needs a run or --hypotheses, got both; leave one of them out",
    ],
    [
      ["--hypotheses", "out.txt", "--references", "ref.txt", "--beam-size", "3"],
      "evaluate: --beam-size is for models; leave it out with --hypotheses",
    ],
    [
      ["--hypotheses", "out.txt", "--references", "ref.txt", "--metrics", "blue"],
      'evaluate: --metrics must be one of exact, cer, wer, per, bleu, chrf, chrf++, ter, got "blue"; did you mean "bleu"?',
    ],
    [
      ["--hypotheses", "out.txt", "--references", "ref.txt", "--paired-with", "ref.txt", "--samples", "0"],
      "evaluate: --samples must be at least 1 to compare, got 0",
    ],
  ])("%j is refused", async (args, message) => {
    expect((await told("evaluate", ...args)).error).toBe(message);
  });
});

describe("evaluate of a model", () => {
  test("translates each source once, and writes what it made", async () => {
    const args = ["good.safetensors", "--data", "test.tsv", "--metrics", "exact,cer", "--samples", "20"];
    const { out, error } = await told("evaluate", ...args, "--output", "made.txt");
    expect(error).toBe(null);
    const made = (await readFile("made.txt", "utf8")).trimEnd().split("\n");
    expect(made).toHaveLength(64);
    const right = made.filter((text, i) => text === words[i]!.toUpperCase()).length;
    expect(right).toBeGreaterThan(32);
    expect(out).toContain(`exact  ${((100 * right) / 64).toFixed(2)}`);
    expect(out).toContain("64 sources   2 with more than one reference\n");
    const wrong = words.flatMap((word, i) => (made[i] === word.toUpperCase() ? [] : [[word, made[i]!] as const]));
    const shown = wrong
      .slice(0, 3)
      .map(([word, output]) => `${word}\n  output     ${output}\n  reference  ${word.toUpperCase()}\n`);
    expect(wrong.length).toBeGreaterThan(3);
    expect(out.slice(out.indexOf("search  "))).toBe(
      `search  beamSize:5|alpha:0.7|normalisation:length|coverage:0|noRepeat:0\n\nwrong\n${shown.join("")}and ${wrong.length - 3} more: backstitch blame good.safetensors --data test.tsv\n\nwritten to made.txt\n`,
    );
    expect(out).not.toContain("case:mixed");
    const [found] = objects((await told("evaluate", ...args, "--beam-size", "1", "--limit", "8", "--json")).out);
    expect(found).toMatchObject({ run: "good.safetensors", data: "test.tsv", against: null, sentences: 8, step: null });
    expect(found.search.beamSize).toBe(1);
  });

  test("compares with another, and several are an ensemble", async () => {
    const args = ["--data", "test.tsv", "--metrics", "exact", "--samples", "50", "--json"];
    const [found] = objects((await told("evaluate", "good.safetensors", "--against", "bad.safetensors", ...args)).out);
    expect(found.against).toBe("bad.safetensors");
    expect(found.comparisons[0]).toMatchObject({ metric: "exact", better: "this" });
    const [both] = objects((await told("evaluate", "good.safetensors", "bad.safetensors", ...args)).out);
    expect(both.run).toBe("good.safetensors bad.safetensors");
  });

  test.each([
    [
      ["good.safetensors", "tags.safetensors"],
      "several runs are one ensemble: all must know the same tags, but good.safetensors knows none and tags.safetensors de, fr; give those trained on the same pairs with the same options, or ask each by itself",
    ],
    [
      ["good.safetensors", "--against", "tags.safetensors"],
      "evaluate: tags.safetensors: needs a tag that says what to make of a source; it knows one of de, fr; give pairs with tags, see --tag-column",
    ],
  ])("%j are refused by the names of the runs", async (runs, message) => {
    expect((await told("evaluate", ...runs, "--data", "test.tsv", "--limit", "2")).error).toBe(message);
  });

  test("needs data where there is no recipe", async () => {
    expect((await told("evaluate", "good.safetensors")).error).toBe(
      "evaluate: needs pairs to judge by; give --data <file>",
    );
  });
});

describe("blame", () => {
  const args = ["bad.safetensors", "--data", "test.tsv", "--beam-sizes", "1,4"];

  test("tells who is to blame at each width, where, and what to do", async () => {
    const { out, err, error } = await told("blame", ...args, "--examples", "1");
    expect([err, error]).toEqual(["", null]);
    const report = objects((await told("blame", ...args, "--json")).out).at(-1);
    const { beams, bestBeam } = report;
    for (const { right, wrong, model, search, unreachable, undecided } of beams) {
      expect(right + wrong).toBe(64);
      expect(model + search + unreachable + undecided).toBe(wrong);
      expect(wrong).toBeGreaterThan(20);
    }
    expect(out).toMatch(/^beam +right +wrong +model fault +search fault +neither\n1 +\d+\.\d % /);
    expect(out).toContain(`\nby what is wrong at beam ${bestBeam}\n`);
    expect(out).toMatch(/\nexamples\n\w\w {2}(search|model) fault, /);
    expect(out).toContain("\nadvice\n- ");
    expect(out).toMatch(/64 sources, 2 with more than one reference; scored by log P by length, alpha 0\.7\n$/);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test.each(["blame", "score"])("%s writes no page under a name that is none's", async (command) => {
    expect((await told(command, "good.safetensors", "--data", "test.tsv", "--output", "page.txt")).error).toBe(
      `${command}: --output must end in .html, got "page.txt"`,
    );
  });

  test("names the run that needs tags which the pairs lack", async () => {
    expect((await told("blame", "tags.safetensors", "--data", "test.tsv", "--limit", "2")).error).toBe(
      "blame: tags.safetensors: needs a tag that says what to make of a source; it knows one of de, fr; give pairs with tags, see --tag-column",
    );
  });

  test("writes a page, and cases from which it goes on", async () => {
    const first = await told(
      "blame",
      ...args,
      "--limit",
      "20",
      "--cases",
      "cases.jsonl",
      "--output",
      "blame.html",
      "--json",
    );
    expect(first.error).toBe(null);
    const events = objects(first.out);
    expect(events.map(({ event }) => event)).toEqual([...Array(20).fill("case"), "report", "written"]);
    const html = await readFile("blame.html", "utf8");
    expect(html).toContain("<title>bad.safetensors: who is to blame</title>");
    const written = await readFile("cases.jsonl", "utf8");
    expect(written.split("\n")).toHaveLength(22);
    // Died in the middle of a line.
    await writeFile("cases.jsonl", written.slice(0, written.split("\n").slice(0, 9).join("\n").length + 30));
    const again = await told(
      "blame",
      ...args,
      "--limit",
      "20",
      "--cases",
      "cases.jsonl",
      "--output",
      "blame.html",
      "--json",
    );
    expect(again).toEqual(first);
    expect(await readFile("cases.jsonl", "utf8")).toBe(written);
    expect((await told("blame", ...args, "--limit", "20", "--cases", "cases.jsonl")).out).toContain(
      "goes on after 20 sources in cases.jsonl\n",
    );
  });

  test("stopped by a signal tells what it has, and goes on", async () => {
    const given = [...args, "--beam-sizes", "1,256", "--examples", "0"];
    const before = process.listenerCount("SIGINT");
    let isSent = false;
    const listening = setInterval(() => {
      // Once the command listens: otherwise the signal would end the tests.
      if (isSent || process.listenerCount("SIGINT") === before) return;
      isSent = true;
      process.emit("SIGINT");
    }, 1);
    try {
      const { out, err, error } = await told("blame", ...given, "--cases", "stopped.jsonl");
      expect(error).toBe(null);
      const [, count] = /^note: stopped after (\d+) of 64 sources; the same command goes on\n$/.exec(err)!;
      expect(Number(count)).toBeLessThan(64);
      if (Number(count) > 0) expect(out).toContain(`\n${count} ${count === "1" ? "source" : "sources"}`);
      expect(process.exitCode).toBe(130);
    } finally {
      clearInterval(listening);
      process.exitCode = 0;
    }
    const whole = await told("blame", ...given);
    const rest = await told("blame", ...given, "--cases", "stopped.jsonl");
    expect(rest.out.replace(/^goes on .*\n/, "")).toBe(whole.out);
  });

  test("does not go on with cases of anything else", async () => {
    const of = async (...changed: string[]) =>
      (await told("blame", ...args, "--limit", "3", "--cases", "mine.jsonl", ...changed)).error;
    expect(await of()).toBe(null);
    expect(await of("--alpha", "1")).toBe(
      "mine.jsonl: holds cases of an analysis with other options; give another name, or remove it",
    );
    expect(await of("--limit", "4")).toBe(
      "mine.jsonl: holds cases of an analysis with other pairs; give another name, or remove it",
    );
    expect(
      (await told("blame", "good.safetensors", ...args.slice(1), "--limit", "3", "--cases", "mine.jsonl")).error,
    ).toBe("mine.jsonl: holds cases of an analysis with other run; give another name, or remove it");
    expect((await told("blame", ...args, "--cases", "out.txt")).error).toBe(
      "out.txt: line 1: must be of an error analysis, is of another file; give another name",
    );
    const written = await readFile("mine.jsonl", "utf8");
    await writeFile("mine.jsonl", written.replace('"index":1', '"index":7'));
    expect(await of()).toBe("mine.jsonl: line 3: must be the case of source 2, is not; remove the file");
  });

  test("leaves out pairs with an empty side; takes what it does not know as it is", async () => {
    const { out, err } = await told("blame", "good.safetensors", "--data", "odd.tsv", "--beam-sizes", "2", "--json");
    expect(err).toBe("");
    const [note, one, other] = objects(out);
    expect(note).toEqual({ event: "note", text: "odd.tsv: 1 pair with an empty side left out" });
    expect(one.references.map(({ text, barrier }: { text: string; barrier: string }) => [text, barrier])).toEqual([
      ["AB", null],
      ["ab!", "unknown"],
    ]);
    expect(other).toMatchObject({
      source: "zz",
      unknown: ["z"],
      outputs: [{ verdict: "unreachable", kind: "unknown-source" }],
    });
  });

  test.each([
    [["bad.safetensors"], "blame: needs pairs to judge by; give --data <file>"],
    [["bad.safetensors", "--data", "none.tsv"], "none.tsv: there is no such file or folder; check the path"],
    [[...args, "--beam-sizes", "0"], "blame: --beam-sizes must be at least 1, got 0"],
    [[...args, "--alpha", "-1"], "blame: --alpha must be at least 0, got -1"],
    [[...args, "--limit", "0"], "blame: --limit must be at least 1, got 0"],
  ])("%j is refused", async (given, message) => {
    expect((await told("blame", ...given)).error).toBe(message);
  });
});
