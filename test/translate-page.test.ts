/** The programs of docs/translate.md run and print what the page says, and its commands are commands. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { translationModel } from "../src/tasks/index.ts";
import { scratch } from "./cli/command.ts";
import { told } from "./cli/in-process.ts";
import { blocksOf, runCode } from "./page-code.ts";

const page = "docs/translate.md";
const text = readFileSync(page, "utf8");
const home = process.cwd();
const { path: cwd, remove } = await scratch();

beforeAll(async () => {
  process.env.BACKSTITCH_KERNELS = "wasm";
  const pairs = ["5 nov 2016", "saturday 5 november 2016"].map((source) => ({ source, target: "2016-11-05" }));
  const model = await translationModel.train(pairs, { hiddenSize: 8, embeddingSize: 8, epochs: 1, validation: 0 });
  await writeFile(join(cwd, "dates-english.safetensors"), model.toBytes());
  await writeFile(join(cwd, "test.txt"), "5 nov 2016\n\nnov 6\n");
}, 60_000);
afterAll(async () => {
  process.chdir(home);
  delete process.env.BACKSTITCH_KERNELS;
  rmSync("search.html", { force: true });
  await remove();
});

describe("docs/translate.md", () => {
  test("translates, certifies, streams and draws", { timeout: 60_000 }, async () => {
    const printed = (await runCode("translate-first", blocksOf(page)[0]!)).split("\n");
    const said = blocksOf(page, "text")[0]!.split("\n");
    expect(printed).toHaveLength(said.length);
    for (const lines of [printed, said]) {
      expect(lines[0]).toBe("four two");
      expect(lines[1]).toMatch(/^(1\.00|0\.[89]\d) four two$/);
      expect(lines[2]).toMatch(/^0\.[01]\d \S+/);
      expect(lines.slice(3, 8)).toEqual(["true", "07: zero seven", ": ", "31: three one", "      4     2     <eos>"]);
      for (const row of lines.slice(8, 11))
        expect(row).toMatch(/^( four| {2}two|<eos>)( (·|░{5}|▒{5}|▓{5}|█{5}) *){3}$/);
    }
  });

  test("writes a search", { timeout: 60_000 }, async () => {
    expect(await runCode("translate-search", blocksOf(page)[1]!)).toBe("");
    expect(readFileSync("search.html", "utf8")).toMatch(/^<!doctype html>[\s\S]*"facts":"a beam of 3: /);
  });

  const commands = Array.from(
    text.matchAll(/^ {4}(?:(?:cat|head) \S+ \| )?backstitch (translate dates-english .*?)(?: +#.*)?$/gm),
  );
  test("has commands to run", () => expect(commands.length).toBeGreaterThan(8));

  test.each(commands.map(([line, command]) => [line.trim(), command!]))("%s", async (line, command) => {
    process.chdir(cwd);
    const words = command.replace(/ > .*$/, "").match(/"[^"]*"|\S+/g)!;
    const args = words.map((word) =>
      /^dates-english(-2)?$/.test(word) ? "dates-english.safetensors" : word.replaceAll('"', ""),
    );
    const input = Readable.from([readFileSync("test.txt")]);
    const reading = vi.spyOn(process, "stdin", "get").mockReturnValue(input as unknown as typeof process.stdin);
    const { out, error } = await told(...args);
    reading.mockRestore();
    process.chdir(home);
    expect(error, line).toBe(null);
    expect(out).not.toBe("");
  });

  test("shows pictures that are there, and links to pages that are", () => {
    const pictures = Array.from(text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g), (match) => match[1]!);
    expect(pictures).toEqual(["attention.svg", "beam-tree.png"]);
    const pages = Array.from(text.matchAll(/\[[^\]]+\]\(([^)]+\.md)\)/g), (match) => match[1]!);
    for (const file of [...pictures, ...pages]) expect(existsSync(`docs/${file}`), file).toBe(true);
  });
});
