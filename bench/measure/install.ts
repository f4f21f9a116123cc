/** Libraries to compare with that are no dependencies: npm puts them into a temporary folder the first time. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a package exports; undefined, after a line that says so, where it cannot be had. */
export function installed<Exports>(name: string, version: string): Exports | undefined {
  const folder = join(tmpdir(), `backstitch-bench-${name.replace(/\W+/g, "-")}`);
  const options = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", `${name}@${version}`];
  try {
    if (!existsSync(join(folder, "node_modules", name, "package.json"))) {
      console.log(`installing ${name}: npm ${options.join(" ")}`);
      const { status } = spawnSync("npm", options, { stdio: "ignore", shell: process.platform === "win32" });
      if (status !== 0) throw new Error("npm cannot install it");
    }
    return createRequire(join(folder, "package.json"))(name) as Exports;
  } catch (error) {
    console.log(`peer ${name}: cannot run here (${error instanceof Error ? error.message : error}); no ratio`);
    return undefined;
  }
}
