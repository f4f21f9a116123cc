/**
 * Data that come as an npm package, which may be installed or not.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { StopError } from "../base/index.ts";

/**
 * What a CommonJS package, or a file of it, exports.
 *
 * @param where starts the message: who needs it, such as "recipe names"
 * @param name  the package, such as "dinosaurs"
 * @param file  a file within it; by default its main file
 * @throws StopError with the one command that installs it, when it is not installed
 */
export function packageData(where: string, name: string, file?: string): unknown {
  const path = join(packageFolder(where, name), file ?? "");
  try {
    return createRequire(import.meta.url)(path);
  } catch (error) {
    // A package that is there but lacks something of its own says so itself.
    const missing = error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
    if (!missing || !error.message.startsWith(`Cannot find module '${path}'`)) throw error;
    throw new StopError(`${where}: needs the package ${name}; run npm install ${name}`);
  }
}

/**
 * A text file of a package.
 *
 * @param where starts the message: who needs it, such as "recipe names"
 * @throws StopError with the one command that installs the package, when it is not installed or lacks the file
 */
export function packageText(where: string, name: string, file: string): string {
  return read(where, name, (folder) => readFileSync(join(folder, file), "utf8"));
}

/** The names of the files in a folder of a package, sorted; throws as `packageText` does. */
export function packageFiles(where: string, name: string, folder: string): string[] {
  return read(where, name, (root) => readdirSync(join(root, folder)).sort());
}

/**
 * Where a package is: looked for beside backstitch, and then where the user is, who may have backstitch elsewhere.
 *
 * @throws StopError with the one command that installs it, when it is not installed
 */
function packageFolder(where: string, name: string): string {
  const folder = folderOf(name);
  if (folder === null) requirePackages(where, name);
  return folder!;
}

/**
 * Makes sure of several packages.
 *
 * @param where starts the message: who needs them, such as "recipe first-names"
 * @throws StopError with the one command that installs all that are missing
 */
export function requirePackages(where: string, ...names: readonly string[]): void {
  const missing = names.filter((name) => folderOf(name) === null);
  if (missing.length === 0) return;
  const kind = missing.length === 1 ? "package" : "packages";
  throw new StopError(`${where}: needs the ${kind} ${missing.join(" and ")}; run npm install ${missing.join(" ")}`);
}

function read<R>(where: string, name: string, body: (folder: string) => R): R {
  const folder = packageFolder(where, name);
  try {
    return body(folder);
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!missing) throw error;
    throw new StopError(`${where}: needs the package ${name}; run npm install ${name}`);
  }
}

function folderOf(name: string): string | null {
  for (const from of [import.meta.url, join(process.cwd(), "package.json")])
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // Not there; the next place may have it.
    }
  return null;
}
