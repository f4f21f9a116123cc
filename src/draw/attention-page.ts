/** Attention alignments as a page to look around in. */
import { type Attention, checkAttention, labelOf } from "./attention.ts";
import { attentionCell, attentionLayout, attentionPicture } from "./attention-picture.ts";
import { attentionScript } from "./attention-script.ts";
import { escapeText } from "./escape.ts";
import { page } from "./page.ts";

/** What a page of attention shows. */
export interface AttentionPage {
  /** The heading. Plain text, as all texts here. */
  readonly title: string;
  readonly summary?: string;
  readonly maps: readonly AttentionMap[];
}

/** One alignment of the page. */
export interface AttentionMap extends Attention {
  /** What is said of it in a line; by default nothing. */
  readonly caption?: string;
}

/** More cells than this are told by the strongest of each row alone. */
const mostCells = 5000;

/**
 * A page with a heat map for each alignment, the pieces as texts above it and the numbers as a table below.
 *
 * Pointing at a cell or a piece, or the arrow keys, tell the share and colour the source by what the target piece looks
 * at. It works in the dark, with the keyboard and without a network; without scripts the pictures and tables stand.
 *
 * @returns the HTML
 * @throws RangeError when the weights do not fit the pieces
 */
export function attentionPage({ title, summary, maps }: AttentionPage): string {
  for (const map of maps) checkAttention("attentionPage", map);
  const data = {
    cell: attentionCell,
    maps: maps.map((map) => {
      const { left, top } = attentionLayout(pictureOf(map));
      return {
        source: map.source.map(labelOf),
        target: map.target.map(labelOf),
        weights: map.weights.map((row) => Array.from(row, (share) => Number(share.toFixed(4)))),
        left,
        top,
      };
    }),
  };
  const body = `<p id="keys" class="summary">Point at a cell or a piece, or move with the arrow keys; Home and End go along the source, Page Up and Page Down to the first and last target piece, Enter to what is looked at most.</p>
${maps.map(sectionOf).join("\n")}`;
  return page({
    title,
    ...(summary !== undefined && { summary }),
    body,
    style: pageStyle,
    data,
    script: attentionScript,
  });
}

function pictureOf({ source, target, weights }: AttentionMap) {
  return { source, target, weights };
}

function sectionOf(map: AttentionMap, i: number): string {
  const { source, target, caption } = map;
  const name = escapeText(caption ?? `alignment ${i + 1}`);
  return `<section class="map">
${caption === undefined ? "" : `<h2>${name}</h2>\n`}${piecesOf("source", source)}
${piecesOf("target", target)}
<div class="frame" tabindex="0" role="application" aria-label="${name}: source pieces across, target pieces down" aria-describedby="keys">
${attentionPicture(pictureOf(map))}</div>
<output aria-live="polite">&nbsp;</output>
<details><summary>the numbers as a table</summary>
${tableOf(map)}
</details>
</section>`;
}

function piecesOf(side: "source" | "target", pieces: readonly string[]): string {
  const spans = pieces.map((piece) => `<span>${escapeText(labelOf(piece))}</span>`);
  return `<p class="pieces ${side}"><b>${side}</b> <bdi>${spans.join(" ")}</bdi></p>`;
}

/** All shares, or where they are too many the three strongest of each target piece. */
function tableOf({ source, target, weights }: AttentionMap): string {
  const head = (texts: readonly string[], scope: "row" | "col") =>
    texts.map((text) => `<th scope="${scope}">${escapeText(text)}</th>`).join("");
  const isWhole = source.length * target.length <= mostCells;
  const columns = isWhole ? ["target", ...source.map(labelOf)] : ["target", "looks most at", "then at", "then at"];
  const rows = target.map((piece, t) => {
    const row = Array.from(weights[t]!);
    const cells = isWhole
      ? row.map((share) => share.toFixed(3))
      : row
          .map((share, s) => ({ share, s }))
          .sort((a, b) => b.share - a.share || a.s - b.s)
          .slice(0, 3)
          .map(({ share, s }) => `${labelOf(source[s]!)} ${share.toFixed(3)}`);
    return `<tr>${head([labelOf(piece)], "row")}${cells.map((cell) => `<td>${escapeText(cell)}</td>`).join("")}</tr>`;
  });
  const caption = isWhole
    ? "the share of each source piece (across) in each target piece (down)"
    : "the three source pieces that each target piece looks at most";
  return `<table><caption>${caption}</caption>
<thead><tr>${head(columns, "col")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>`;
}

const pageStyle = `
.frame { overflow-x: auto; width: fit-content; max-width: 100%; }
.frame:focus-visible { outline: 2px solid var(--accent); }
.frame svg { cursor: crosshair; display: block; max-width: none; }
.attention .here { fill: none; pointer-events: none; stroke: var(--accent); stroke-width: 1.5; }
.pieces { font: 15px/1.9 ui-monospace, monospace; margin: 0.3rem 0; overflow-wrap: anywhere; }
.pieces b { color: var(--faint); font-weight: normal; margin-right: 0.5rem; }
.pieces span { border-radius: 3px; cursor: pointer; padding: 2px 3px; unicode-bidi: isolate; }
.pieces.source span { background: color-mix(in srgb, var(--heat) var(--share, 0%), transparent); }
.pieces .here { outline: 2px solid var(--accent); }
:root { --heat: #f4a37a; }
@media (prefers-color-scheme: dark) { :root { --heat: #b4531b; } }
output { display: block; font-variant-numeric: tabular-nums; min-height: 1.6em; padding-top: 0.3rem; }
details { margin: 0.3rem 0 2rem; }
summary { color: var(--faint); cursor: pointer; }
caption { caption-side: top; color: var(--faint); text-align: left; }
`;
