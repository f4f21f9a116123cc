/** What `train --help` tells: of a task or a recipe its own options, and otherwise where those are told. */
import { expect, test } from "vitest";
import { told } from "./in-process.ts";

/** The flags that help tells of, in its order. */
async function flagsOf(...what: string[]): Promise<string[]> {
  const { out } = await told("train", ...what, "--help");
  return [...out.matchAll(/^ {2}(?:-h, )?--([a-z-]+)/gm)].map((match) => match[1]!);
}

const common = ["data", "run", "resume", "json", "quiet", "help"];

test("without a task it tells of none's options, and where they are", async () => {
  expect(await flagsOf()).toEqual(common);
  const { out } = await told("train", "--help");
  expect(out).toContain("The options of a task:\n  backstitch train language-model --help\n");
});

test.each([
  ["language-model", "names", ["adaptive-softmax", "chunk"], ["beam-size", "remedies"]],
  ["translate", "dates", ["columns", "beam-size", "metric"], ["chunk", "remedies"]],
  ["memory", "memory", ["remedies", "judge-on"], ["beam-size", "epochs"]],
] as const)("of %s it tells of the options that it has, and no other", async (task, recipe, own, others) => {
  const flags = await flagsOf(task);
  expect(flags.slice(0, common.length)).toEqual(common);
  expect(flags).toEqual(expect.arrayContaining([...own]));
  for (const other of others) expect(flags).not.toContain(other);
  expect(new Set(flags).size).toBe(flags.length);
  expect(await flagsOf(recipe)).toEqual(flags);
});

test("tells of no options of what is no task", async () => {
  for (const what of ["constructor", "toString", "nothing", "config.yaml", "runs/lines", "pairs.tsv"])
    expect(await flagsOf(what)).toEqual(common);
});

test("says what was probably meant", async () => {
  const { error } = await told("train", "nmaes", "--help");
  expect(error).toBe('train: no recipe or task "nmaes"; did you mean "names"?');
});

test("after options it is that of no task", async () => {
  expect(await flagsOf("--data", "lines.txt")).toEqual(common);
  expect(await flagsOf("runs/lines", "--resume")).toEqual(common);
});

test("tells the default of the task, where tasks differ", async () => {
  const { out } = await told("train", "translate", "--help");
  expect(out).toMatch(/--batch-size <n> +pairs side by side \[default: 64\]/);
  expect((await told("train", "language-model", "--help")).out).toMatch(/--batch-size [^[]+\[default: 32\]/);
});
