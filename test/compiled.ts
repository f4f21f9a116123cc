/** Programs for processes of their own: such a process begins several times faster on dist/ than with TypeScript to read. */
import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";

/** Where dist/ has the module of src/ that a program is to import, such as `files/node.ts`, as a string of JavaScript. */
export function compiled(module: string): string {
  return JSON.stringify(new URL(`../dist/${module.replace(/ts$/, "js")}`, import.meta.url).href);
}

/** A file of test/ as JavaScript that imports from dist/ what the file imports from src/. */
export function compiledProgram(file: string): string {
  const { code } = transformSync(readFileSync(new URL(file, import.meta.url), "utf8"), { loader: "ts" });
  return code.replace(/"\.\.\/src\/(.+?)"/g, (_, module: string) => compiled(module));
}
