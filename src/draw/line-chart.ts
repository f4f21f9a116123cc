/** Line charts as SVG: one file that needs nothing else, light or dark as the reader's system. */
import { escapeText } from "./escape.ts";
import { type Scale, ticks, tickText } from "./ticks.ts";

/** A line of a chart. */
export interface ChartLine {
  /** What the legend calls it. */
  readonly name: string;
  /** In the order in which they are joined. Where a number is not finite, or not positive on a log axis, is a gap. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** An axis of a chart. */
export interface ChartAxis {
  readonly label: string;
  /** Default "linear". */
  readonly scale?: Scale;
  /** The least and greatest value shown; default those of the lines. */
  readonly range?: readonly [least: number, greatest: number];
}

/** What a chart shows. */
export interface ChartParts {
  readonly title: string;
  /** What the picture shows, for those who cannot see it. */
  readonly description: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly lines: readonly ChartLine[];
  /** Pixels; default 720 by 400. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Lines over two axes, with round ticks, a grid and a legend.
 *
 * Lines of at most 20 points have dots, and every line its own dashes as well as its colour. Without any point to show
 * the chart is empty, its axes from 0 to 1.
 *
 * @returns an `<svg>` element, which may stand in a page or in a file of its own
 */
export function lineChart({ title, description, x, y, lines, width = 720, height = 400 }: ChartParts): string {
  const shown = lines.map(({ name, points }) => ({ name, runs: runsOf(points, x, y) }));
  const all = shown.flatMap(({ runs }) => runs.flat());
  const across = axis(
    x,
    all.map(([at]) => at),
  );
  const up = axis(
    y,
    all.map(([, at]) => at),
  );
  const yTexts = up.ticks.map(tickText);
  const top = 64 + 18 * (Math.ceil(lines.length / perRow) - 1);
  const left = 30 + 7 * Math.max(...yTexts.map((text) => text.length), 1);
  const [right, bottom] = [width - 16, height - 44];
  const px = (value: number) => round(left + across.place(value) * (right - left));
  const py = (value: number) => round(bottom - up.place(value) * (bottom - top));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<desc>${escapeText(description)}</desc>`,
    `<style>${chartStyle}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="head" x="${left}" y="22">${escapeText(title)}</text>`,
    ...lines.map(({ name }, i) => {
      const [at, row] = [left + (i % perRow) * ((right - left) / perRow), 42 + 18 * Math.floor(i / perRow)];
      return `<path ${look(i)} d="M${round(at)} ${row - 4}h22"/><text x="${round(at + 28)}" y="${row}">${escapeText(name)}</text>`;
    }),
    ...across.ticks.map(
      (value) =>
        `<path class="grid" d="M${px(value)} ${top}V${bottom}"/><text class="tick" x="${px(value)}" y="${bottom + 16}" text-anchor="middle">${tickText(value)}</text>`,
    ),
    ...up.ticks.map(
      (value, i) =>
        `<path class="grid" d="M${left} ${py(value)}H${right}"/><text class="tick" x="${left - 6}" y="${py(value) + 4}" text-anchor="end">${yTexts[i]}</text>`,
    ),
    `<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>`,
    `<text x="${round((left + right) / 2)}" y="${height - 10}" text-anchor="middle">${escapeText(x.label)}</text>`,
    `<text transform="translate(14 ${round((top + bottom) / 2)}) rotate(-90)" text-anchor="middle">${escapeText(y.label)}</text>`,
    ...shown.flatMap(({ runs }, i) => {
      const path = runs.map((run) => `M${run.map(([at, value]) => `${px(at)} ${py(value)}`).join("L")}`).join("");
      const count = runs.reduce((sum, run) => sum + run.length, 0);
      const dotted = runs.filter((run) => count <= 20 || run.length === 1).flat();
      return [
        path === "" ? "" : `<path ${look(i)} d="${path}"/>`,
        ...dotted.map(([at, value]) => `<circle class="dot c${i % colours}" cx="${px(at)}" cy="${py(value)}" r="3"/>`),
      ];
    }),
    "</svg>",
  ];
  return `${parts.filter((part) => part !== "").join("\n")}\n`;
}

/** The points in runs without a gap. */
function runsOf(points: ChartLine["points"], x: ChartAxis, y: ChartAxis): (readonly [number, number])[][] {
  const fits = (value: number, { scale }: ChartAxis) => Number.isFinite(value) && (scale !== "log" || value > 0);
  const runs: (readonly [number, number])[][] = [];
  let run: (readonly [number, number])[] = [];
  for (const [at, value] of points) {
    if (fits(at, x) && fits(value, y)) {
      if (run.length === 0) runs.push(run);
      run.push([at, value]);
    } else run = [];
  }
  return runs;
}

/** The ticks of an axis, and where a value stands on it from 0 to 1. */
function axis({ scale = "linear", range }: ChartAxis, values: readonly number[]) {
  const least = range?.[0] ?? values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const greatest = range?.[1] ?? values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const [from, to] = widened(scale, least, greatest);
  const on = (value: number) => (scale === "log" ? Math.log10(value) : value);
  const place = (value: number) => Math.min(1, Math.max(0, (on(value) - on(from)) / (on(to) - on(from))));
  return { ticks: ticks(scale, from, to), place };
}

/** A range that is not empty. */
function widened(scale: Scale, least: number, greatest: number): [number, number] {
  if (!(least <= greatest)) return scale === "log" ? [0.1, 1] : [0, 1];
  if (least < greatest) return [least, greatest];
  if (scale === "log") return [least / 2, least * 2];
  const margin = Math.abs(least) / 2 || 0.5;
  return [least - margin, least + margin];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The colour and the dashes of a line: told apart in black and white too. */
function look(i: number): string {
  const dash = dashes[i % dashes.length]!;
  return `class="line c${i % colours}"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}`;
}

const dashes = ["", "7 3", "2 3", "9 3 2 3"];
const perRow = 4;
/** Okabe & Ito 2008, told apart by the colour-blind too. */
const palette = [
  ["#0072b2", "#56b4e9"],
  ["#d55e00", "#f08a48"],
  ["#009e73", "#2fc79b"],
  ["#b0528f", "#dc8fbd"],
  ["#8a7400", "#e0cf3e"],
  ["#555555", "#bbbbbb"],
] as const;
const colours = palette.length;

const coloursOf = (side: 0 | 1) => palette.map((pair, i) => `.chart .c${i}{--c:${pair[side]}}`).join("");

const chartStyle = `
.chart{--chart-paper:#fff;--chart-ink:#1c1c1c;--chart-faint:#6b6b6b;--chart-line:#e2e2e2;font:12px system-ui,sans-serif}
${coloursOf(0)}
@media (prefers-color-scheme:dark){.chart{--chart-paper:#16181b;--chart-ink:#e6e6e6;--chart-faint:#9aa0a6;--chart-line:#33363b}
${coloursOf(1)}}
.chart text{fill:var(--chart-ink)}.chart .head{font-size:15px;font-weight:600}.chart .tick{fill:var(--chart-faint)}
.chart .paper{fill:var(--chart-paper)}.chart path{fill:none}.chart .grid{stroke:var(--chart-line)}.chart .axis{stroke:var(--chart-faint)}
.chart .line{stroke:var(--c);stroke-width:2;stroke-linejoin:round}.chart .dot{fill:var(--c)}
`;
