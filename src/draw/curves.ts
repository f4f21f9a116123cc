/** Curves drawn in the terminal with braille dots: two by four of them in a character. */

/** Points by their place on the horizontal axis, in order. */
export type Curve = readonly (readonly [x: number, y: number])[];

/** A curve and how it is painted. */
export interface Drawn {
  readonly curve: Curve;
  readonly paint: (text: string) => string;
}

/** How curves are drawn. */
export interface CurveOptions {
  /** In characters, of the picture alone. */
  readonly width: number;
  readonly height: number;
  /** What stands beside the least and the greatest value; default three digits after the point. */
  readonly label?: (y: number) => string;
}

/**
 * Curves over one horizontal axis that begins at 0, with the least and greatest value beside them.
 *
 * @param curves   the later ones lie on top; those without points are passed over
 * @returns lines of text; empty when there is nothing to draw
 */
export function drawCurves(
  curves: readonly Drawn[],
  { width, height, label = (y) => y.toFixed(3) }: CurveOptions,
): string {
  const points = curves.flatMap(({ curve }) => curve).filter(([, y]) => Number.isFinite(y));
  if (points.length === 0) return "";
  const last = Math.max(1, ...points.map(([x]) => x));
  const least = Math.min(...points.map(([, y]) => y));
  const most = Math.max(...points.map(([, y]) => y));
  const span = most - least || 1;
  const [columns, rows] = [2 * width, 4 * height];
  const dots = new Uint8Array(width * height);
  const owner = new Int8Array(width * height).fill(-1);
  for (const [k, { curve }] of curves.entries()) {
    let before: number | null = null;
    for (let column = 0; column < columns; column++) {
      const y = valueAt(curve, (last * (column + 1)) / columns);
      if (y === null) continue;
      const row = Math.round(((most - y) / span) * (rows - 1));
      // A steep curve is drawn without gaps.
      const from = before === null ? row : before;
      for (let r = Math.min(from, row); r <= Math.max(from, row); r++) {
        const cell = (r >> 2) * width + (column >> 1);
        if (owner[cell] !== k) dots[cell] = 0;
        owner[cell] = k;
        dots[cell]! |= dotBits[r & 3]![column & 1]!;
      }
      before = row;
    }
  }
  const labels = new Map([
    [0, label(most)],
    [height - 1, label(least)],
  ]);
  const margin = Math.max(...[...labels.values()].map((text) => text.length)) + 1;
  const lines = Array.from({ length: height }, (_, row) => {
    const cells = Array.from({ length: width }, (_, column) => {
      const cell = row * width + column;
      return owner[cell]! < 0 ? " " : curves[owner[cell]!]!.paint(String.fromCharCode(0x2800 + dots[cell]!));
    });
    return `${(labels.get(row) ?? "").padStart(margin - 1)} ┤${cells.join("").trimEnd()}`;
  });
  lines.push(`${" ".repeat(margin)}└${"─".repeat(width)}`);
  lines.push(`${" ".repeat(margin + 1)}${"0".padEnd(width - String(last).length)}${last}`);
  return lines.join("\n");
}

/** The bit of each dot of a braille character, by row and column. */
const dotBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** The height of a curve, straight between its points; null before its first one. */
function valueAt(curve: Curve, x: number): number | null {
  const after = curve.findIndex(([at]) => at >= x);
  if (after === 0) return curve[0]![0] === x ? curve[0]![1] : null;
  if (after < 0) return curve.at(-1)?.[1] ?? null;
  const [x0, y0] = curve[after - 1]!;
  const [x1, y1] = curve[after]!;
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
