/** docs/json.md names every field that the commands write with --json. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { translationModel } from "../../src/tasks/index.ts";
import { scratch, tiny, words } from "./command.ts";
import { told } from "./in-process.ts";

const page = readFileSync("docs/json.md", "utf8");
const { path: cwd, remove } = await scratch();
const home = process.cwd();
beforeAll(async () => {
  process.chdir(cwd);
  process.env.BACKSTITCH_KERNELS = "wasm";
  await writeFile("lines.txt", words(100));
  await told("train", "language-model", "--data", "lines.txt", "--run", "runs/lines", ...tiny);
  await told("export", "runs/lines", "lines.safetensors");
  const pairs = ["ka", "ko", "mi"].map((source) => ({ source, target: source.toUpperCase() }));
  await writeFile("pairs.tsv", pairs.map(({ source, target }) => `${source}\t${target}\n`).join(""));
  const few = { epochs: 1, hiddenSize: 4, embeddingSize: 4, validation: 0 };
  await writeFile("pairs.safetensors", (await translationModel.train(pairs, few)).toBytes());
}, 60_000);
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  await remove();
});

/** The rows of the table of a command: what the object is, and its fields. */
function rowsOf(command: string): { readonly name: string; readonly fields: string }[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${command}\n`)) ?? "";
  const rows = section.matchAll(/^\| (.+?) \| (.+) \|$/gm);
  return Array.from(rows, ([, name, fields]) => ({ name: name!, fields: inOrder(fields!.split(", ")) })).slice(1);
}

const inOrder = (fields: readonly string[]) => fields.toSorted().join(", ");

/** What a command writes, each object as the row it should be: its event, if any, and its fields. */
async function written(...args: string[]): Promise<{ readonly event: string | null; readonly fields: string }[]> {
  const { out, error } = await told(...args, "--json");
  expect(error).toBe(null);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event !== "note")
    .map((object) => ({ event: object.event ?? null, fields: inOrder(Object.keys(object)) }));
}

test.each<[command: string, ...runs: string[][]]>([
  ["recipes", ["recipes"]],
  ["train", ["train", "language-model", "--data", "lines.txt", "--run", "runs/more", ...tiny, "--sample-every", "2"]],
  ["generate", ["generate", "runs/lines"], ["generate", "runs/lines", "--save-state", "s.safetensors"]],
  ["score", ["score", "runs/lines", "ka", "ko", "--output", "p.html"], ["score", "runs/lines", "--data", "lines.txt"]],
  [
    "translate",
    ["translate", "pairs.safetensors", "ka"],
    ["translate", "pairs.safetensors", "ka", "--show", "attention", "--output", "seen.svg"],
    ["translate", "pairs.safetensors", "ka", "--show", "beam"],
  ],
  ["next", ["next", "runs/lines"]],
  [
    "evaluate",
    ["evaluate", "runs/lines", "--data", "lines.txt"],
    ["evaluate", "pairs.safetensors", "--data", "pairs.tsv", "--samples", "5", "--output", "out.txt"],
    ["evaluate", "--hypotheses", "lines.txt", "--references", "lines.txt", "--metrics", "exact", "--samples", "5"],
  ],
  ["blame", ["blame", "pairs.safetensors", "--data", "pairs.tsv", "--beam-sizes", "2", "--output", "blame.html"]],
  ["runs", ["runs"]],
  ["show", ["show", "runs/lines"], ["show", "lines.safetensors"]],
  ["export", ["export", "runs/lines", "again.safetensors"]],
  ["gradients", ["gradients", "runs/lines", "--data", "lines.txt", "--distance", "3", "--output", "g.html"]],
  [
    "activations",
    ["activations", "runs/lines", "--data", "lines.txt", "--find", "after:a", "--probe", "--output", "a.html"],
    ["activations", "runs/lines", "--text", "kata", "--unit", "layer0.h[1]"],
    ["activations", "runs/lines", "--text", "kata", "--clamp", "layer0.h[1]=0"],
  ],
  ["doctor", ["doctor"]],
])("%s", { timeout: 60_000 }, async (command, ...runs) => {
  const rows = rowsOf(command);
  expect(rows.length).toBeGreaterThan(0);
  const seen = new Set<string>();
  for (const args of runs)
    for (const { event, fields } of await written(...args)) {
      const row = rows.find(({ name, fields: told }) => (event ? name === `\`${event}\`` : told === fields));
      expect(row?.fields, `${event ?? "an object"} with ${fields}`).toBe(fields);
      seen.add(row!.name);
    }
  // Nothing is told that does not come.
  expect([...seen].sort()).toEqual(rows.map(({ name }) => name).sort());
});
