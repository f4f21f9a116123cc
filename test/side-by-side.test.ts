/** docs/side-by-side.md: the programs are those of the files, run, learn, and take no more lines than PyTorch's. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const run = promisify(execFile);
const page = readFileSync("docs/side-by-side.md", "utf8");
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map((match) => match[1]!);

/** Lines that are neither blank nor comment. */
function linesOfCode(text: string): number {
  const lines = text.replace(/^(\/\*\*[\s\S]*?\*\/|"""[\s\S]*?""")/, "").split("\n");
  return lines.filter((line) => line.trim() !== "" && !/^\s*(\/\/|#)/.test(line)).length;
}

interface Pair {
  readonly name: string;
  readonly title: string;
  /** The greatest loss printed last. */
  readonly loss: number;
  /** What is printed after the training. */
  readonly answer: readonly string[];
}

const words = "ahab boat captain crew deck harpoon ishmael mast ocean oil pequod queequeg sail ship starbuck whale";
const pairs: readonly Pair[] = [
  {
    name: "character-model",
    title: "A character language model",
    loss: 0.1,
    answer: ["peter piper picked a peck of pickled peppers p"],
  },
  {
    name: "tagger",
    title: "A tagger with two heads",
    loss: 0.02,
    answer: ["may noun name", "may aux ", "hunt verb ", "the article ", "captain noun "],
  },
  {
    name: "autoencoder",
    title: "A sequence autoencoder",
    loss: 0.1,
    answer: words.split(" ").map((word) => `${word} ${word}`),
  },
];

describe.each(pairs.map((pair, i) => [pair.name, pair, i] as const))("%s", (name, { title, loss, answer }, i) => {
  const typescript = readFileSync(`examples/side-by-side/${name}.ts`, "utf8");
  const python = readFileSync(`bench/peers/side_by_side/${name.replaceAll("-", "_")}.py`, "utf8");

  test("is on the page as it is in the files", () => {
    expect(blocks("ts")[i]).toBe(typescript);
    expect(blocks("python")[i]).toBe(python);
  });

  test("takes no more lines than in PyTorch, and the page tells how many", () => {
    const [ours, theirs] = [linesOfCode(typescript), linesOfCode(python)];
    expect(ours).toBeGreaterThan(25);
    expect(ours).toBeLessThanOrEqual(theirs);
    expect(page).toContain(`| [${title}](#${title.toLowerCase().replaceAll(" ", "-")}) | ${ours} | ${theirs} |`);
  });

  test("learns", { timeout: 60_000 }, async () => {
    const args = ["--import", "tsx", `examples/side-by-side/${name}.ts`];
    const lines = (await run(process.execPath, args)).stdout.trimEnd().split("\n");
    const steps = lines.filter((line) => /^(step|epoch) \d+ /.test(line));
    const losses = steps.map((line) => Math.max(...[...line.matchAll(/\d\.\d{3}/g)].map(Number)));
    expect(losses.length).toBeGreaterThanOrEqual(5);
    expect(losses.at(-1)).toBeLessThan(loss);
    expect(losses[0]).toBeGreaterThan(5 * losses.at(-1)!);
    expect(lines.slice(steps.length).map((line) => line.trimEnd())).toEqual(answer.map((line) => line.trimEnd()));
  });
});

test("lines of code are neither blank nor comments", () => {
  expect(linesOfCode("/** A page\n * of words. */\nconst a = 1;\n\n// why\n}\n")).toBe(2);
  expect(linesOfCode('"""A page."""\n\nimport torch\n# why\n')).toBe(1);
});
