/**
 * Data that come as an npm package, which may be installed or not.
 */
import { createRequire } from "node:module";
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
  const require = createRequire(import.meta.url);
  const path = file === undefined ? name : `${name}/${file}`;
  try {
    return require(path);
  } catch (error) {
    // A package that is there but lacks something of its own says so itself.
    const missing = error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
    if (!missing || !error.message.startsWith(`Cannot find module '${path}'`)) throw error;
    throw new StopError(`${where}: needs the package ${name}; run npm install ${name}`);
  }
}
