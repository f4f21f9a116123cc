/** docs/cells.md: its table is the table of cells, and its worked example is one file and one line. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { cells, Recurrent } from "../src/nn/index.ts";
import { countParameters } from "../src/nn/parameters.ts";
import { exactEngine } from "./engines.ts";
import { blocksOf, runCode } from "./page-code.ts";

const page = "docs/cells.md";
const [cell, program] = blocksOf(page) as [string, string];
const rows = readFileSync(page, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((column) => column.trim()));
const namesIn = (columns: string[]) => Array.from(columns[1]!.matchAll(/`(\w+)`/g), (match) => match[1]!);

test("the tables hold every cell, with as many parameters as it has", () => {
  const names = Object.keys(cells);
  expect(rows.flatMap(namesIn)).toEqual([...names, ...names]);
  const [I, H] = [5, 7];
  for (const columns of rows.slice(0, names.length)) {
    const [name] = namesIn(columns) as [keyof typeof cells];
    const formula = columns[3]!.replace(/(\d)H/g, "$1 * H").replaceAll("H (", "H * (");
    const count = new Function("H", "I", `return ${formula}`)(H, I) as number;
    expect(count, name).toBe(
      countParameters(new Recurrent(exactEngine(1), { cell: name, inputSize: I, hiddenSize: H })),
    );
  }
});

test("the worked example prints what the page says", async () => {
  const file = "examples/.cfn.mjs";
  writeFileSync(file, cell);
  try {
    expect(await runCode("cells", program.replace("./cfn.ts", "./.cfn.mjs"))).toBe(blocksOf(page, "text")[0]);
  } finally {
    rmSync(file);
  }
});

test("with its name in the table the command line trains it and writes with it", () => {
  const copy = mkdtempSync(join(tmpdir(), "backstitch-cell-"));
  try {
    cpSync("package.json", join(copy, "package.json"));
    cpSync("dist", join(copy, "dist"), { recursive: true });
    symlinkSync(resolve("node_modules"), join(copy, "node_modules"), "junction");
    const index = join(copy, "dist/nn/cells/index.js");
    const before = readFileSync(index, "utf8");
    const after = `import { cfn } from "./cfn.js";\n${before.replace("minLstm,\n", "minLstm,\n    cfn,\n")}`;
    expect(after).toContain("    cfn,\n};");
    writeFileSync(index, after);
    writeFileSync(join(copy, "dist/nn/cells/cfn.js"), cell);
    const run = (...args: string[]) =>
      execFileSync(process.execPath, [join(copy, "dist/cli/main.js"), ...args], {
        cwd: copy,
        encoding: "utf8",
        env: { ...process.env, BACKSTITCH_KERNELS: "wasm" },
      });
    run("train", "names", "--run", "run", "--cell", "cfn", "--hidden-size", "8", "--epochs", "1");
    expect(run("show", "run")).toContain("cfn");
    expect(run("generate", "run", "--samples", "3", "--seed", "1").trim().split("\n")).toHaveLength(3);
  } finally {
    rmSync(copy, { recursive: true });
  }
}, 60_000);
