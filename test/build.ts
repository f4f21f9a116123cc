/** Before any test: compiles src/ where dist/ is older, so that no test that uses the package is fooled by an old build. */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Called by vitest once, before the test files. */
export function setup(): void {
  if (!isStale()) return;
  // Types are checked elsewhere.
  for (const args of [
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--noCheck"],
    ["scripts/copy-wasm.mjs"],
  ])
    execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });
}

function isStale(): boolean {
  const time = (path: string) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  return [
    ...sources.map((file) => [`src/${file}`, `dist/${file.replace(/ts$/, "js")}`] as const),
    ["native/kernels.wasm", "dist/kernels/kernels.wasm"] as const,
  ].some(([source, made]) => time(source) > time(made));
}
