/** An attention alignment as SVG: one file that needs nothing else, light or dark as the reader's system. */
import { type Attention, checkAttention, cutTo, labelOf } from "./attention.ts";
import { escapeText } from "./escape.ts";
import { textWidth } from "./visible.ts";

/** What the picture says besides. */
export interface AttentionPictureParts extends Attention {
  /** The heading; by default there is none. */
  readonly title?: string;
  /** What the picture shows, for those who cannot see it; by default how many pieces look at how many. */
  readonly description?: string;
}

/** Pixels of a cell; what reads the picture needs it to find the cells again. */
export const attentionCell = 22;

/** Where the cells of a picture begin, and how large it is, in pixels. */
export interface AttentionLayout {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Smaller shares than this are drawn as none. */
const least = 0.005;
const widestLabel = 24;
/** Pixels of a column of text of 13 pixels, at most. */
const columnWidth = 8.2;

/** Where things stand in the picture of an alignment. */
export function attentionLayout({ source, target, title }: AttentionPictureParts): AttentionLayout {
  const longest = (pieces: readonly string[]) =>
    pieces.reduce((most, piece) => Math.max(most, Math.min(widestLabel, textWidth(labelOf(piece)))), 1);
  const left = Math.ceil(longest(target) * columnWidth) + 18;
  const head = title === undefined ? 8 : 36;
  const top = head + Math.ceil(isUpright(source) ? 20 : longest(source) * columnWidth * Math.SQRT1_2 + 16);
  // Slanted labels reach over the right edge of their column.
  const over = isUpright(source) ? 0 : longest(source.slice(-8)) * columnWidth * Math.SQRT1_2;
  const across = left + source.length * attentionCell + 16 + over;
  const heading = title === undefined ? 0 : 24 + textWidth(title) * 8.5;
  return {
    left,
    top,
    width: Math.ceil(Math.max(120, across, heading)),
    height: top + target.length * attentionCell + 10,
  };
}

/**
 * Target pieces down, source pieces across; the more one looks at the other, the stronger the colour of their cell.
 * Pointing at a cell tells its share; shares below 0.005 are left blank.
 *
 * @returns an `<svg>` element, which may stand in a page or in a file of its own
 * @throws RangeError when the weights do not fit the pieces
 */
export function attentionPicture(picture: AttentionPictureParts): string {
  checkAttention("attentionPicture", picture);
  const { source, target, weights, title } = picture;
  const { left, top, width, height } = attentionLayout(picture);
  const across = source.length * attentionCell;
  const down = target.length * attentionCell;
  const description =
    picture.description ??
    `how much each of ${target.length} target pieces looks at each of ${source.length} source pieces`;
  const upright = isUpright(source);
  const middle = (i: number) => i * attentionCell + attentionCell / 2;
  const labels = source.map((piece, s) => {
    const place = upright
      ? `x="${left + middle(s)}" y="${top - 6}" text-anchor="middle"`
      : `transform="translate(${left + middle(s) + 3} ${top - 5}) rotate(-45)"`;
    return `<text class="source" ${place}>${labelText(piece)}</text>`;
  });
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="attention" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeText(title ?? "attention")}</title>`,
    `<desc>${escapeText(description)}</desc>`,
    `<style>${pictureStyle}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    title === undefined ? "" : `<text class="head" x="12" y="22">${escapeText(title)}</text>`,
    ...labels,
    ...target.map(
      (piece, t) =>
        `<text class="target" x="${left - 7}" y="${top + middle(t) + 4.5}" text-anchor="end">${labelText(piece)}</text>`,
    ),
    ...target.flatMap((piece, t) => cellsOf(piece, source, weights[t]!, { left, top: top + t * attentionCell })),
    `<path class="grid" d="${gridOf({ left, top, across, down })}"/>`,
    "</svg>",
  ];
  return `${parts.filter((part) => part !== "").join("\n")}\n`;
}

/** Labels of one or two columns stand upright above their column; others are slanted. */
function isUpright(source: readonly string[]): boolean {
  return source.every((piece) => textWidth(labelOf(piece)) <= 2);
}

function labelText(piece: string): string {
  const label = labelOf(piece);
  const cut = cutTo(label, widestLabel);
  return cut === label ? escapeText(label) : `${escapeText(cut)}<title>${escapeText(label)}</title>`;
}

function cellsOf(
  piece: string,
  source: readonly string[],
  weights: ArrayLike<number>,
  { left, top }: { readonly left: number; readonly top: number },
): string[] {
  return source.flatMap((from, s) => {
    const share = Math.min(1, weights[s]!);
    if (share < least) return [];
    const told = escapeText(`${labelOf(piece)} looks at ${labelOf(from)}: ${share.toFixed(3)}`);
    const place = `x="${left + s * attentionCell}" y="${top}" width="${attentionCell}" height="${attentionCell}"`;
    return [`<rect class="cell" ${place} fill-opacity="${Number(share.toFixed(3))}"><title>${told}</title></rect>`];
  });
}

/** Lines around the cells. */
function gridOf({ left, top, across, down }: Record<"left" | "top" | "across" | "down", number>): string {
  let path = "";
  for (let x = 0; x <= across; x += attentionCell) path += `M${left + x} ${top}v${down}`;
  for (let y = 0; y <= down; y += attentionCell) path += `M${left} ${top + y}h${across}`;
  return path;
}

const pictureStyle = `
.attention{--attention-paper:#fff;--attention-ink:#1c1c1c;--attention-line:#e2e2e2;--attention-cell:#c2410c;font:13px system-ui,sans-serif}
@media (prefers-color-scheme:dark){.attention{--attention-paper:#16181b;--attention-ink:#e6e6e6;--attention-line:#33363b;--attention-cell:#fb923c}}
.attention text{fill:var(--attention-ink)}.attention .head{font-size:15px;font-weight:600}.attention .paper{fill:var(--attention-paper)}
.attention .cell{fill:var(--attention-cell)}.attention .cell:hover{stroke:var(--attention-ink);stroke-width:2}
.attention .grid{fill:none;pointer-events:none;stroke:var(--attention-line)}
`;
