/** What units do along a text, as a page to look around in: tokens across, units down. */
import { escapeText } from "./escape.ts";
import { heatMapScript } from "./heat-map-script.ts";
import { page } from "./page.ts";

/** What a heat map shows. */
export interface HeatMap {
  /** The heading. Plain text, as all texts here. */
  readonly title: string;
  readonly summary?: string;
  /** What each token spells. */
  readonly tokens: readonly string[];
  /** The tokens that begin a line of their own; by default the first. */
  readonly begins?: readonly number[];
  /** H, the units of each series. */
  readonly hiddenSize: number;
  readonly series: readonly HeatMapSeries[];
  /** What was looked for in the units. */
  readonly tracks?: readonly HeatMapTrack[];
  /** The unit by which the text is coloured at first, as in `layer0.c[12]`; by default the one that changes most. */
  readonly unit?: string;
}

/** Values [N H]: of each unit after each token. */
export interface HeatMapSeries {
  readonly layer: number;
  readonly part: string;
  readonly values: Float32Array | Float64Array;
}

/** Labels of the tokens, and the units that go along with them. */
export interface HeatMapTrack {
  readonly name: string;
  readonly values: ArrayLike<number>;
  readonly units: readonly { readonly name: string; readonly correlation: number }[];
}

/**
 * A page with the values as colours: blue below 0, orange above, the paper's colour at 0.
 *
 * One layer and part is shown at a time; units may be sorted; a click on a unit, or Enter, colours the text by it. All of
 * it works with the keyboard, in the dark, and without a network. Values are packed with 16 bits each, a share of 1/32767
 * of the greatest of their series.
 *
 * @returns the HTML
 */
export function heatMap({
  title,
  summary,
  tokens,
  begins = [0],
  hiddenSize,
  series,
  tracks = [],
  unit,
}: HeatMap): string {
  const data = {
    tokens,
    begins,
    hiddenSize,
    series: series.map(({ layer, part, values }) => ({ layer, part, ...pack(values) })),
    tracks: tracks.map(({ name, values, units }) => ({ name, values: Array.from(values), units })),
    unit: unit ?? null,
  };
  const options = series.map(
    ({ layer, part }, i) => `<option value="${i}">${escapeText(`layer ${layer}: ${part}`)}</option>`,
  );
  const body = `<form class="controls" onsubmit="return false">
<label>show <select id="series">${options.join("")}</select></label>
<label>units <select id="sort"></select></label>
<label>size <select id="size"><option value="3">tiny</option><option value="7">small</option><option value="14" selected>middle</option><option value="22">large</option></select></label>
</form>
<div id="map" tabindex="0" role="application" aria-label="activations: tokens across, units down" aria-describedby="keys"><div id="extent"><canvas></canvas></div></div>
<output id="readout" aria-live="polite">&nbsp;</output>
<p id="keys" class="summary">Arrow keys move, Page Up and Page Down by a screen, Home and End along the text; Enter or a click colours the text by the unit.</p>
<div id="tracks"></div>
<h2>The text by <span id="unit"></span></h2>
<div id="legend" aria-hidden="true"></div>
<div id="text"></div>`;
  return page({ title, ...(summary !== undefined && { summary }), body, style, data, script: heatMapScript });
}

/** Values as 16-bit whole numbers in base64, the low byte first, with what 32767 stands for and where colours end. */
export function pack(values: Float32Array | Float64Array): {
  readonly scale: number;
  readonly limit: number;
  readonly packed: string;
} {
  let scale = 0;
  for (const value of values) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  let packed = "";
  // A part that is whole triples of bytes, so that the parts join to one text.
  const share = 3 * 4096;
  for (let from = 0; from < values.length; from += share) {
    const codes = new Uint8Array(2 * Math.min(share, values.length - from));
    for (let i = 0; i < codes.length / 2; i++) {
      const number = scale === 0 ? 0 : Math.round((values[from + i]! / scale) * 32767);
      codes[2 * i] = number & 255;
      codes[2 * i + 1] = (number >> 8) & 255;
    }
    packed += btoa(String.fromCharCode(...codes));
  }
  return { scale, limit: limitOf(values, scale), packed };
}

/** Beyond this values have the strongest colour: so much that 1 in 200 of them is beyond. */
function limitOf(values: Float32Array | Float64Array, scale: number): number {
  const step = Math.max(1, Math.floor(values.length / 20_000));
  const some: number[] = [];
  for (let i = 0; i < values.length; i += step) some.push(Math.abs(values[i]!));
  some.sort((a, b) => a - b);
  return some[Math.floor(some.length * 0.995)] || scale || 1;
}

const style = `
body { max-width: none; }
.controls { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; margin-bottom: 0.5rem; }
select, button { background: var(--paper); border: 1px solid var(--line); border-radius: 3px; color: inherit; font: inherit; padding: 0.1rem 0.3rem; }
button { cursor: pointer; margin: 0 0.3rem 0.3rem 0; }
button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); }
#map { border: 1px solid var(--line); height: min(60vh, 40rem); overflow: auto; }
#map:focus-visible { outline: 2px solid var(--accent); }
#map canvas { display: block; left: 0; position: sticky; top: 0; }
#readout { display: block; font-variant-numeric: tabular-nums; min-height: 1.6em; padding-top: 0.3rem; }
#legend { border: 1px solid var(--line); display: flex; height: 0.8rem; margin-bottom: 0.6rem; max-width: 20rem; }
#legend span { flex: 1; }
#text { font: 15px/1.7 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
#text span { cursor: pointer; padding: 2px 0; }
#text .here { outline: 2px solid var(--ink); }
`;
