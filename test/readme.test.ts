/** The code in the README runs as printed. */
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const run = promisify(execFile);
const blocks = [...readFileSync("README.md", "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);

/** Runs a program within the package, so that it finds "backstitch" as a user's program does. */
async function runCode(name: string, code: string): Promise<string> {
  const file = `examples/.${name}.mjs`;
  writeFileSync(file, code);
  try {
    return (await run(process.execPath, [file])).stdout;
  } finally {
    rmSync(file);
  }
}

describe("README", () => {
  test("the ten lines are those of examples/names.ts, and write names", async () => {
    expect(blocks[0]).toBe(readFileSync("examples/names.ts", "utf8"));
    const [perplexity, ...names] = (await runCode("names", blocks[0]!)).trim().split("\n");
    expect(perplexity).toMatch(/^perplexity \d\.\d\d$/);
    expect(names).toHaveLength(5);
    for (const name of names) expect(name).toMatch(/^[a-z]{2,}$/);
  });

  test("the model of one's own learns", async () => {
    const lines = (await runCode("model", blocks[1]!)).trim().split("\n");
    expect(lines).toHaveLength(5);
    expect(Number(lines.at(-1)!.split(" ")[1])).toBeLessThan(0.05);
  });
});
