/** Tables in the terminal: columns side by side, without lines. */

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
