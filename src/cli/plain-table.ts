/** Tables in the terminal: columns side by side, without lines, or one below the other where there is no room. */
import { stripVTControlCharacters } from "node:util";

/**
 * A table as lines of text, its first column to the left and the others to the right.
 *
 * @param head what stands above; with nothing in it there is no such line
 */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = head.some((cell) => cell !== "") ? [head, ...rows] : rows;
  const columns = Math.max(0, ...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/**
 * A table as lines of text; where these would be wider than the columns, each row is as many lines as it has cells, with
 * what stands above a column before it.
 */
export function fittingTable(head: readonly string[], rows: readonly (readonly string[])[], columns: number): string {
  const table = plainTable(head, rows);
  const isWide = table.split("\n").some((line) => stripVTControlCharacters(line).length > columns);
  if (!isWide) return table;
  return rows
    .map(([first = "", ...cells]) => {
      const told = cells.map((cell, i) => [`  ${head[i + 1] ?? ""}`, cell] as const).filter(([, cell]) => cell !== "");
      return `${first}\n${plainTable([], told)}`;
    })
    .join("\n");
}
