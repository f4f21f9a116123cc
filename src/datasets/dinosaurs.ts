import { FormatError, show } from "../base/index.ts";
import { packageData } from "./package-data.ts";

/**
 * 1,325 names of dinosaurs, in lower-case letters a to z; 7 come twice.
 *
 * @param where starts the messages: who needs them
 * @throws StopError when the package is not installed, FormatError when it holds anything else
 * @source the npm package dinosaurs
 */
export function dinosaurs(where = "dinosaurs"): string[] {
  return readNames(where, packageData(where, "dinosaurs"));
}

/** Checks names that come from outside, and copies them: a package's list is shared by all who load it. */
export function readNames(where: string, data: unknown): string[] {
  const isNames = Array.isArray(data) && data.length > 0 && data.every((name) => typeof name === "string");
  if (!isNames) throw new FormatError(`${where}: the package dinosaurs must hold a list of names, got ${show(data)}`);
  return [...data];
}
