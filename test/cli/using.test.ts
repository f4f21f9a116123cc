/** What a trained model is used for on the command line: score, next and generate. */
import { readFile, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scratch, tiny, words } from "./command.ts";
import { told } from "./in-process.ts";

const { path: cwd, remove } = await scratch();
const home = process.cwd();
beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  await writeFile("lines.txt", words(100));
  await writeFile("text.txt", "the cat sat on the mat.\nthe dog sat on the log.\n".repeat(20));
  await told(
    "train",
    "language-model",
    "--data",
    "text.txt",
    "--unit",
    "text",
    "--run",
    "runs/text",
    ...tiny,
    ...learned,
  );
  await told("train", "language-model", "--data", "lines.txt", "--run", "runs/lines", ...tiny, ...learned);
}, 120_000);
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

/** Enough to know that lines are not empty. */
const learned = ["--epochs", "25", "--rate", "0.03", "--temperature", "1"];

const objects = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("score", () => {
  test("tells how likely texts are, marks what surprises, and says which is likelier", async () => {
    const { out, err, error } = await told("score", "runs/lines", "kata", "kkkk");
    expect([err, error]).toEqual(["", null]);
    const [first, second] = objects((await told("score", "runs/lines", "kata", "kkkk", "--json")).out);
    const marks = (score: typeof first) =>
      score.tokens.map(({ nats }: { nats: number }) => Math.min(9, Math.floor(nats))).join("");
    const facts = ({ logProb, loss, perplexity }: typeof first) =>
      `log p ${logProb.toFixed(2)}   ${loss.toFixed(3)} nats per token   perplexity ${Number(perplexity.toPrecision(3))}   5 tokens`;
    const times = String(Number(Math.exp(first.logProb - second.logProb).toPrecision(3)));
    expect(out).toBe(
      `kata⏎\n${marks(first)}\n${facts(first)}\n\nkkkk⏎\n${marks(second)}\n${facts(second)}\n\n"kata" is ${times} times likelier than "kkkk"\n`,
    );
  });

  test("says the same to machines, and how the texts compare", async () => {
    const [first, second, third, comparison] = objects(
      (await told("score", "runs/lines", "kkkk", "kata", "kkkk", "--json")).out,
    );
    expect(Object.keys(first)).toEqual([
      "text",
      "logProb",
      "loss",
      "perplexity",
      "bitsPerCharacter",
      "tokens",
      "unknown",
    ]);
    expect(second.tokens.map(({ text, kind }: { text: string; kind: string }) => [text, kind])).toEqual([
      ["k", "token"],
      ["a", "token"],
      ["t", "token"],
      ["a", "token"],
      ["", "end"],
    ]);
    expect(third).toEqual(first);
    expect(comparison).toEqual({
      event: "comparison",
      likeliest: 1,
      others: [
        { index: 0, logRatio: second.logProb - first.logProb },
        { index: 2, logRatio: second.logProb - third.logProb },
      ],
    });
  });

  test("says when texts are as likely as each other", async () => {
    const { out } = await told("score", "runs/lines", "kata", "kata");
    expect(out).toMatch(/\n\n"kata" is as likely as "kata"\n$/);
  });

  test("takes the last run where the first argument is none, and notes what is unknown", async () => {
    const { out, err } = await told("score", "kaXYta");
    expect(out).toMatch(/^kaXYta⏎\n\d{7}\nlog p /);
    expect(err).toBe('note: the model has never seen "X", "Y" of "kaXYta"\n');
  });

  test("of a running text has no end", async () => {
    expect((await told("score", "runs/text", "the cat")).out).toMatch(/^the cat\n\d{7}\n.* {2}7 tokens\n$/);
  });

  test("of a file has a line for each line, and tells of all", async () => {
    await writeFile("some.txt", "kata\n\nkat7\n");
    const { out, err } = await told("score", "runs/lines", "--data", "some.txt");
    expect(err).toBe("");
    expect(out).toMatch(
      /^ {5}log p {4}nats {2}perplexity {2}text\n +-\d+\.\d\d +\d\.\d{3} +[\d.]+ {2}kata\n +-\d+\.\d\d +\d\.\d{3} +[\d.]+ {2}kat7\n\n2 lines {3}10 tokens, 1 of them unknown {3}log p -\d+\.\d\d {3}\d\.\d{4} nats per token {3}perplexity [\d.]+\n$/,
    );
    const [kata, kat7, all] = objects((await told("score", "runs/lines", "--data", "some.txt", "--json")).out);
    expect(all).toEqual({
      event: "all",
      texts: 2,
      tokens: 10,
      unknown: 1,
      logProb: kata.logProb + kat7.logProb,
      loss: -(kata.logProb + kat7.logProb) / 10,
      perplexity: Math.exp(-(kata.logProb + kat7.logProb) / 10),
    });
    const { loss } = objects((await told("evaluate", "runs/lines", "--data", "some.txt", "--json")).out)[0];
    expect(all.loss).toBeCloseTo(loss, 5);
  });

  test("reads the standard input", async () => {
    const stdin = Object.getOwnPropertyDescriptor(process, "stdin")!;
    Object.defineProperty(process, "stdin", { value: Readable.from([Buffer.from("kata\nzo"), Buffer.from("la\n")]) });
    const { out } = await told("score", "runs/lines", "--json").finally(() => {
      Object.defineProperty(process, "stdin", stdin);
    });
    expect(objects(out).map(({ text, event }) => text ?? event)).toEqual(["kata", "zola", "all"]);
  });

  test("writes a page in which each token tells its surprise", async () => {
    const { out } = await told("score", "runs/lines", "kata", "k<a", "--output", "page.html");
    expect(out).toMatch(/\n\nwritten to page.html\n$/);
    const html = await readFile("page.html", "utf8");
    expect(html).toMatch(/<span class="s\d" title="\d+\.\d\d nats">k<\/span>/);
    expect(html).toMatch(/<span class="s\d unknown" title="\d+\.\d\d nats, unknown to the model">&lt;<\/span>/);
    expect(html).toMatch(/<p class="summary">log p -\d+\.\d\d {3}\d\.\d{3} nats per token/);
  });
});

describe("next", () => {
  test("ranks what may come, with bars", async () => {
    const { out } = await told("next", "runs/lines", "--prompt", "ka", "--top", "3");
    expect(out).toMatch(/^(("\w"|\(end\)) +\d\d?\.\d\d?% {2}█+[▏▎▍▌▋▊▉]?\n){3}$/);
    const ranked = objects((await told("next", "runs/lines", "--prompt", "ka", "--top", "3", "--json")).out);
    expect(Object.keys(ranked[0])).toEqual(["text", "kind", "id", "probability", "logProb"]);
    expect(out.split("\n").map((line) => /"(\w)"/.exec(line)?.[1] ?? "")).toEqual([
      ...ranked.map(({ text }) => text),
      "",
    ]);
  });

  test("without a prompt tells what a text begins with", async () => {
    const { out, err } = await told("next", "runs/lines");
    expect(out.split("\n").length).toBe(11);
    expect(err).toBe("");
  });

  test("shows blanks, and notes what is unknown", async () => {
    const { out, err } = await told("next", "runs/text", "--prompt", "THE cat", "--top", "30");
    expect(out).toContain('" "');
    expect(out).toContain('"⏎"');
    expect(err).toBe('note: the model has never seen "T", "H", "E" of the prompt; try --prompt "the cat"\n');
  });

  test("fits a small terminal", async () => {
    const { columns } = process.stdout;
    process.stdout.columns = 30;
    try {
      const { out } = await told("next", "runs/lines", "--prompt", "ka");
      for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(30);
    } finally {
      process.stdout.columns = columns;
    }
  });
});

describe("generate", () => {
  const generate = async (...args: string[]) => (await told("generate", ...args)).out;

  test("goes on from where a text was left, as though it had not been", async () => {
    const whole = await generate("runs/text", "--seed", "4", "--prompt", "the ", "--max-length", "40");
    const first = await generate(
      ...["runs/text", "--seed", "4", "--prompt", "the ", "--max-length", "15", "--save-state", "a.safetensors"],
    );
    const second = await generate(
      ...["runs/text", "--max-length", "10", "--state", "a.safetensors", "--save-state", "a.safetensors"],
    );
    const third = await generate("runs/text", "--max-length", "15", "--state", "a.safetensors");
    expect([first, second, third].map((text) => text.slice(0, -1)).join("")).toBe(whole.slice(0, -1));
    expect(await generate("runs/text", "--max-length", "15", "--state", "a.safetensors", "--json")).toBe(
      `${JSON.stringify({ text: third.slice(0, -1) })}\n`,
    );
  });

  test("with lines notes when the line has ended, which is told machines too", async () => {
    const { err } = await told("generate", "runs/lines", "--save-state", "b.safetensors", "--max-length", "200");
    expect(err).toBe("note: the model has ended the text: nothing can follow from b.safetensors\n");
    const { out } = await told(
      "generate",
      "runs/lines",
      "--save-state",
      "b.safetensors",
      "--max-length",
      "200",
      "--json",
    );
    expect(objects(out).slice(1)).toEqual([
      { event: "state", file: "b.safetensors", ended: true },
      { event: "note", text: "the model has ended the text: nothing can follow from b.safetensors" },
    ]);
    expect((await told("generate", "runs/lines", "--state", "b.safetensors")).error).toBe(
      "b.safetensors: the text must go on, but the model has ended it; begin a new one",
    );
  });

  test("stops before a text, which may be a line end", async () => {
    const stopped = await generate("runs/text", "--seed", "2", "--prompt", "the ", "--stop", "\\n", "--stop", "q");
    const whole = await generate("runs/text", "--seed", "2", "--prompt", "the ");
    expect(stopped).toBe(`${whole.split(/\n|q/)[0]}\n`);
  });

  test("parts several texts by lines that count them", async () => {
    const out = await generate("runs/text", "--seed", "2", "--samples", "2", "--max-length", "9", "--prompt", "the c");
    expect(out).toMatch(/^--- 1 of 2 ---\nthe c[\s\S]{9}\n\n--- 2 of 2 ---\nthe c[\s\S]{9}\n$/);
  });

  test("repeats nothing, and stops not before it may", async () => {
    const out = await generate(
      "runs/text",
      "--no-repeat",
      "3",
      "--min-length",
      "20",
      "--max-length",
      "20",
      "--seed",
      "3",
    );
    const text = out.replace(/\n$/, "");
    const grams = Array.from({ length: text.length - 2 }, (_, i) => text.slice(i, i + 3));
    expect([text.length, new Set(grams).size]).toEqual([20, 18]);
  });

  test("finds the likeliest texts", async () => {
    const out = await generate("runs/lines", "--beam-size", "20", "--samples", "3");
    expect(await generate("runs/lines", "--beam-size", "20", "--samples", "3")).toBe(out);
    const found = out.split("\n").slice(0, 3);
    const scores = objects((await told("score", "runs/lines", ...found, "--json")).out).slice(0, 3);
    expect(scores.map(({ logProb }) => logProb)).toEqual(
      scores.map(({ logProb }) => logProb).toSorted((a: number, b: number) => b - a),
    );
    expect(objects(await generate("runs/lines", "--beam-size", "20", "--json"))).toEqual([{ text: found[0] }]);
  });
});

describe("is refused in one line:", () => {
  test.each<[args: string[], message: string]>([
    [
      ["score", "runs/lines", "ka", "--data", "lines.txt"],
      "score: needs texts or --data, got both; leave one of them out",
    ],
    [["score", "runs/gone", "ka"], "runs/gone: there is no such run; there is lines, text in runs/"],
    [["score", "gone.safetensors", "ka"], "gone.safetensors: there is no such file or folder; check the path"],
    [
      ["score", "runs/lines", "--data", "nothing.like"],
      "nothing.like: there is no such file or folder; check the path",
    ],
    [["score", "runs/text", ""], 'score: text 1 must hold at least one token, got ""'],
    [["next", "runs/lines", "--top", "0"], "next: --top must be at least 1, got 0"],
    [
      ["next", "runs/lines", "--prompt", "XY"],
      'next: prompt must hold a token that the model knows, got "XY"; begin with other text',
    ],
    [
      ["generate", "runs/text", "--prompt", "THE"],
      'generate: prompt must hold a token that the model knows, got "THE"; did you mean "the"?',
    ],
    [["generate", "--stop", ""], 'generate: --stop must be text of at least 1 character, got ""'],
    [["generate", "--typical", "0"], "generate: --typical must be more than 0, got 0"],
    [["generate", "--repetition-penalty", "0.5"], "generate: --repetition-penalty must be at least 1, got 0.5"],
    [["generate", "--repetition-window", "2000"], "generate: --repetition-window must be at most 1024, got 2000"],
    [["generate", "--no-repeat", "-1"], "generate: --no-repeat must be at least 0, got -1"],
    [["generate", "--beam-size", "0"], "generate: --beam-size must be at least 1, got 0"],
    [["generate", "--beam-size", "10001"], "generate: --beam-size must be at most 10000, got 10001"],
    [
      ["generate", "runs/lines", "--beam-size", "3", "--top-k", "2"],
      "generate: beamSize takes the likeliest texts, which leaves nothing to topK; leave one of them out",
    ],
    [
      ["generate", "--save-state", "a.bin"],
      'generate: --save-state must be a file that ends in .safetensors, got "a.bin"',
    ],
    [
      ["generate", "--state", "a.safetensors", "--samples", "2"],
      "generate: --state goes with one text, got --samples 2; leave it out",
    ],
    [
      ["generate", "--save-state", "a.safetensors", "--beam-size", "2"],
      "generate: --save-state goes with drawing, got --beam-size 2; leave it out",
    ],
    [
      ["generate", "runs/lines", "--state", "gone.safetensors"],
      "gone.safetensors: there is no such file or folder; check the path",
    ],
  ])("%j", async (args, message) => {
    expect((await told(...args)).error).toBe(message);
  });

  test("the state of another model, or what is none", async () => {
    await told("generate", "runs/text", "--save-state", "c.safetensors");
    expect((await told("generate", "runs/lines", "--state", "c.safetensors")).error).toBe(
      "c.safetensors: must be a session of this model, is one of another; give the model it was saved with",
    );
    await told("export", "runs/text", "d.safetensors");
    expect((await told("generate", "runs/text", "--state", "d.safetensors")).error).toBe(
      "d.safetensors: must hold a session, holds something else; give a file that a session was saved to",
    );
  });

  test("a file of empty lines", async () => {
    await writeFile("blank.txt", "\n \n");
    expect((await told("score", "runs/lines", "--data", "blank.txt")).error).toBe(
      "blank.txt: needs at least one line that is not empty, got none",
    );
  });
});
