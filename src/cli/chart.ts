/** Curves drawn with characters. */
import { plot } from "asciichart";

/** Points by their place on the horizontal axis. */
export type Curve = readonly (readonly [x: number, y: number])[];

/**
 * Curves over one horizontal axis, as lines of text.
 *
 * @param colours paints a curve; without it all look alike
 */
export function drawCurves(
  curves: readonly Curve[],
  options: { readonly width: number; readonly height: number; readonly colours?: readonly string[] },
): string {
  const { width, height, colours } = options;
  const last = Math.max(...curves.flatMap((curve) => curve.map(([x]) => x)));
  const series = curves.filter((curve) => curve.length > 0).map((curve) => resample(curve, last, width));
  const chart = plot(series, {
    height,
    format: (y: number) => y.toFixed(3).padStart(9),
    ...(colours && { colors: [...colours] }),
  });
  const left = " ".repeat(11);
  return `${chart}\n${left}${"0".padEnd(width - String(last).length)}${last}`;
}

/** The curve at `width` places from 0 to `last`, straight between its points; empty before its first one. */
function resample(curve: Curve, last: number, width: number): number[] {
  let k = 0;
  return Array.from({ length: width }, (_, i) => {
    const x = (last * (i + 1)) / width;
    while (k + 1 < curve.length && curve[k + 1]![0] <= x) k++;
    const [x0, y0] = curve[k]!;
    if (x < x0) return Number.NaN;
    const [x1, y1] = curve[k + 1] ?? curve[k]!;
    return x1 === x0 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
  });
}
