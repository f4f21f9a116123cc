/**
 * Runs the measurements behind every claim about speed.
 *
 *     npm run bench                            lists them
 *     npm run bench gemm                       runs one; what follows its name is for it
 *     npm run bench all                        runs one after the other
 *
 * Each is a file in bench/ with a claim as its first sentence, prints what it finds, and ends with `ratio <peer>:
 * <number>`, which is how many times faster than the peer backstitch is.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { nearest } from "../src/base/index.ts";

const here = new URL("./", import.meta.url);
const names = readdirSync(here)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -3))
  .sort();
const [wanted, ...options] = process.argv.slice(2);

if (wanted === undefined) {
  const width = Math.max(...names.map((name) => name.length));
  for (const name of names) console.log(`${name.padEnd(width)}  ${claimOf(name)}`);
} else if (wanted === "all") {
  for (const name of names) run(name);
} else if (names.includes(wanted)) {
  run(wanted);
} else {
  const close = nearest(wanted, names);
  console.error(
    `bench: no bench "${wanted}"; ${close === undefined ? `known: ${names.join(", ")}` : `did you mean "${close}"?`}`,
  );
  process.exitCode = 2;
}

/** The first sentence of the comment that a bench begins with. */
function claimOf(name: string): string {
  const [, comment = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(new URL(`${name}.ts`, here), "utf8")) ?? [];
  return (
    comment
      .replaceAll(/\n \* ?/g, " ")
      .trim()
      .split(/[.:](?: |$)/)[0] ?? ""
  );
}

/** Runs a bench in a process of its own, on the sources. */
function run(name: string): void {
  console.log(`\n# ${name}`);
  const busy = loadavg()[0]!;
  if (busy > availableParallelism() / 2)
    console.log(`this machine is busy (load ${busy.toFixed(1)}): the figures below are those of a slower one`);
  const file = fileURLToPath(new URL(`${name}.ts`, here));
  // As compiled for the package: see measure/compile.mjs.
  const hook = new URL("measure/compile.mjs", here).href;
  const compile = `import { register } from "node:module"; register(${JSON.stringify(hook)});`;
  const loader = `data:text/javascript,${encodeURIComponent(compile)}`;
  const flags = ["--conditions=backstitch-source", "--expose-gc", "--import", loader];
  const { status } = spawnSync(process.execPath, [...flags, file, ...options], { stdio: "inherit" });
  if (status !== 0) process.exitCode = status ?? 1;
}
