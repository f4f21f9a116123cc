/** The programs on a page of the documentation, and what they print. */
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The blocks of code on a page in a language, without their fences. */
export function blocksOf(page: string, language = "ts"): string[] {
  const blocks = readFileSync(page, "utf8").matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"));
  return Array.from(blocks, (match) => match[1]!);
}

/** Runs a program within the package, so that it finds "backstitch" as a user's program does. */
export async function runCode(name: string, code: string): Promise<string> {
  const file = `examples/.${name}.mjs`;
  writeFileSync(file, code);
  try {
    return (await run(process.execPath, [file])).stdout;
  } finally {
    rmSync(file);
  }
}
