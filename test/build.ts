/**
 * Before any test: writes the JavaScript of what in src/ is newer than dist/, so that no test that uses the package is
 * fooled by an old build. File by file and without types, which are checked elsewhere.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Called by vitest once, before the test files. */
export async function setup(): Promise<void> {
  const [sources, wasm] = [staleSources(), ["native/kernels.wasm", "dist/kernels/kernels.wasm"] as const];
  if (sources.length > 0) await compile(sources);
  if (isNewer(...wasm)) write(wasm[1], readFileSync(join(root, wasm[0])));
}

type Pair = readonly [source: string, made: string];

function staleSources(): Pair[] {
  return readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => [`src/${file}`, `dist/${file.replace(/ts$/, "js")}`] as const)
    .filter((pair) => isNewer(...pair));
}

function isNewer(source: string, made: string): boolean {
  const time = (path: string) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return time(source) > time(made);
}

async function compile(pairs: readonly Pair[]): Promise<void> {
  const { default: ts } = await import("typescript");
  const { config } = ts.readConfigFile(join(root, "tsconfig.build.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // Of a file alone it is not known that the package consists of modules.
  options.module = ts.ModuleKind.ESNext;
  for (const [source, made] of pairs) {
    const fileName = join(root, source);
    const { mtime } = statSync(fileName);
    write(made, ts.transpileModule(readFileSync(fileName, "utf8"), { compilerOptions: options, fileName }).outputText);
    // What is saved again meanwhile is newer than this.
    utimesSync(join(root, made), mtime, mtime);
  }
}

/** Whole or not at all: another run of the tests may be reading it. */
function write(path: string, content: string | Uint8Array): void {
  const [to, partial] = [join(root, path), join(root, `${path}.${process.pid}`)];
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(partial, content);
  renameSync(partial, to);
}
