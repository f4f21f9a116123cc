/**
 * Tells whether a compiled build belongs to this program: it carries the text of the table it was compiled from.
 */
import { tableText } from "./table.ts";

/**
 * Compares the table of a compiled build with ours.
 *
 * @param where the build, such as "native"
 * @throws Error naming the kernels that differ
 */
export function compareTables(built: string, where: string, ours = tableText()): void {
  if (built === ours) return;
  const [before, now] = [readTable(built), readTable(ours)];
  const names = [...new Set([...now.keys(), ...before.keys()])].filter((name) => before.get(name) !== now.get(name));
  const some = names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
  const what =
    names.length === 0 ? "the order of kernels differs" : `${some} ${names.length === 1 ? "differs" : "differ"}`;
  throw new Error(`${where} kernels: built from another kernel table, in which ${what}; run npm run build:${where}`);
}

function readTable(text: string): Map<string, string> {
  return new Map(text.split("; ").map((kernel) => [kernel.slice(0, kernel.indexOf("(")), kernel]));
}
