/** Outputs and references in files, a line for each. */
import { ValueError } from "../base/index.ts";
import { lines } from "../files/node.ts";

/**
 * The lines of a file, empty ones as well.
 *
 * @throws StopError or FormatError when it cannot be read
 */
export async function readLines(file: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { text } of lines(file)) found.push(text);
  return found;
}

/**
 * For each line of some outputs its references: one from each file.
 *
 * @throws RangeError when a file has more or fewer lines than the outputs
 */
export async function readReferences(files: readonly string[], hypotheses: string, count: number): Promise<string[][]> {
  const all: string[][] = [];
  for (const file of files) {
    const references = await readLines(file);
    checkAsMany(file, references.length, hypotheses, count);
    all.push(references);
  }
  return Array.from({ length: count }, (_, i) => all.map((references) => references[i]!));
}

/** @throws RangeError when two files that belong together have not as many lines */
export function checkAsMany(file: string, found: number, other: string, count: number): void {
  if (found === count) return;
  const said = (n: number) => `${n} ${n === 1 ? "line" : "lines"}`;
  throw new ValueError(
    `${file}: must have as many lines as ${other}, ${count}, has ${said(found)}; line n belongs to line n`,
  );
}
