/** Prints a table row by row, as its numbers come in: the first column to the left, the others to the right. */
export function startTable(
  columns: Readonly<Record<string, number>>,
): (...cells: readonly (string | number)[]) => void {
  const widths = Object.entries(columns).map(([title, width]) => Math.max(title.length, width));
  const row = (...cells: readonly (string | number)[]) =>
    console.log(
      cells
        .map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]!) : String(cell).padStart(widths[i]!)))
        .join("  "),
    );
  row(...Object.keys(columns));
  return row;
}
