/** The commands on the pages of docs/, in the README and in the help exist, with the flags they are given. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recipes, tasks } from "../../src/tasks/index.ts";
import { told } from "./in-process.ts";

const pages = ["README.md", ...readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? join("docs", name) : []))];

/** The arguments of each command in a text: in an indented or fenced block, or between backticks. */
function commandsIn(text: string): string[] {
  const fenced = [...text.matchAll(/```(?:sh|bash|console)?\n([\s\S]*?)```/g)].map((match) => match[1]!).join("\n");
  const lines = [...text.matchAll(/^ {2,}(?:npx )?backstitch +([a-z].*)$/gm)];
  const inFences = [...fenced.matchAll(/^(?:\$ )?(?:npx )?backstitch +([a-z].*)$/gm)];
  const quoted = [...text.matchAll(/`(?:npx )?backstitch ([a-z][^`]*)`/g)];
  return [...lines, ...inFences, ...quoted].map((match) =>
    match[1]!.replace(/\s+(#.*|then:.*)$/, "").replaceAll("\n", " "),
  );
}

/** Words as a shell has them, without its other arts. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare!);
}

const helpPages = new Map<string, string>();

/** What help says of a command, without its examples; of training, what it says of a task or of what is one's recipe. */
async function helpOf(...command: string[]): Promise<string> {
  const asked = command.length === 1 ? ["help", ...command] : [...command, "--help"];
  const known = helpPages.get(asked.join(" ")) ?? (await told(...asked)).out.split("\nExamples:")[0]!;
  helpPages.set(asked.join(" "), known);
  return known;
}

const isTrained = (what: string) => Object.hasOwn(recipes, what) || Object.hasOwn(tasks, what);

/** The flags that a command has; of a training of nobody knows what, those of all tasks. */
async function flagsOf(command: string, what = ""): Promise<Set<string>> {
  const whats = isTrained(what) ? [what] : Object.keys(tasks);
  const pages = command === "train" ? whats.map((one) => helpOf(command, one)) : [helpOf(command)];
  const help = (await Promise.all(pages)).join("\n");
  return new Set([...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1]!));
}

/** What is wrong with a command: that there is none, that it has no such flag, or nothing of that name to train. */
async function wrongWith(line: string): Promise<string | null> {
  const [command, ...rest] = wordsOf(line) as [string, ...string[]];
  if ((await helpOf(command)) === "") return `no command ${command}`;
  const flags = await flagsOf(command, rest[0]);
  for (const word of rest)
    if (/^--[a-z]/.test(word) && !flags.has(word) && !flags.has(word.replace(/^--no-/, "--"))) return `no flag ${word}`;
  const [what] = rest;
  if (what === undefined || /^(-|<)/.test(what)) return null;
  const isKnown = Object.hasOwn(recipes, what) || (command === "train" && isTrained(what));
  if (command === "recipes" && !isKnown) return `no recipe ${what}`;
  if (command === "train" && !isKnown && !/\.(ya?ml|json)$/.test(what)) return `nothing to train: ${what}`;
  return null;
}

test.each(pages)("the commands of %s", async (page) => {
  for (const line of commandsIn(readFileSync(page, "utf8")))
    expect(await wrongWith(line), `backstitch ${line}`).toBe(null);
});

test("the commands of the help", async () => {
  const names = [...(await told("--help")).out.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1]!);
  expect(names).toContain("train");
  const examples: string[] = [];
  for (const name of names) examples.push(...commandsIn((await told("help", name)).out));
  expect(examples.length).toBeGreaterThan(30);
  for (const line of examples) expect(await wrongWith(line), `backstitch ${line}`).toBe(null);
});

test("what there is not is found", async () => {
  expect(await wrongWith("trian names")).toBe("no command trian");
  expect(await wrongWith('train names --hiden-size 3 --cell "gru"')).toBe("no flag --hiden-size");
  expect(await wrongWith("train names --beam-size 3")).toBe("no flag --beam-size");
  expect(await wrongWith("train nams --epochs 3")).toBe("nothing to train: nams");
  expect(await wrongWith("recipes poems")).toBe("no recipe poems");
  expect(await wrongWith("train names --no-residual --data x")).toBe(null);
  const page = "    npx backstitch next --prompt 'a b'   # why\nsee `backstitch\nshow` and `backstitch show runs/x`";
  expect(commandsIn(page)).toEqual(["next --prompt 'a b'", "show runs/x"]);
  expect(wordsOf("next --prompt 'a b' x")).toEqual(["next", "--prompt", "a b", "x"]);
  expect(commandsIn(readFileSync("README.md", "utf8")).length).toBeGreaterThan(8);
});
