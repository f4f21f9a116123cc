/** The trees of beam searches as a page to look around in. */
import { type BeamTree, endsAt, type Fate, type PlacedNode, placeBeamTree, tellFates, whyPruned } from "./beam-tree.ts";
import { beamTreeScript } from "./beam-tree-script.ts";
import { escapeText } from "./escape.ts";
import { page, table } from "./page.ts";

/** What a page of beam searches shows. */
export interface BeamTreePage {
  /** The heading. Plain text, as all texts here. */
  readonly title: string;
  readonly summary?: string;
  readonly trees: readonly NamedBeamTree[];
}

/** One search of the page. */
export interface NamedBeamTree extends BeamTree {
  /** What was searched for, such as the text that is translated. */
  readonly name: string;
}

/** More hypotheses of a search than this are not in the page. */
const mostNodes = 20_000;

/**
 * A page with the hypotheses of searches as trees: steps across, the way to the one that won straight along the top, what
 * left it below. A click on a hypothesis tells its token, its log-probability, its score and why it was pruned, a second
 * folds what follows it; a slider goes back to an earlier step; what was pruned can be left out. It works with the
 * keyboard, in the dark and without a network; without scripts there are the hypotheses that finished.
 *
 * Of a search of more than 20,000 hypotheses the likeliest of those that were pruned are shown, and the page says so.
 *
 * @returns the HTML
 * @throws RangeError when the nodes of a search are no tree
 */
export function beamTreePage({ title, summary, trees }: BeamTreePage): string {
  const data = trees.map((tree) => ({ name: tree.name, ...packTree(tree) }));
  const options = data.map(({ name }, i) => `<option value="${i}">${escapeText(name)}</option>`);
  const body = `<form class="controls" onsubmit="return false">
<label>search <select id="search">${options.join("")}</select></label>
<label>up to step <input id="step" type="range" min="1" max="1" value="1"> <span id="step-told"></span></label>
<label><input id="pruned" type="checkbox" checked> pruned hypotheses</label>
<button type="button" id="fold">fold all but the best</button> <button type="button" id="unfold">unfold</button>
</form>
<p id="facts" class="summary"></p>
<div id="map" tabindex="0" role="application" aria-label="hypotheses: steps across, alternatives down" aria-describedby="keys"><div id="extent"><canvas></canvas></div></div>
<output id="readout" aria-live="polite">&nbsp;</output>
<p id="keys" class="summary">Arrow keys move: right to what follows, left back, up and down within a step; Home and End along the best hypothesis; Enter or a second click folds what follows. ● won, ◎ finished, ○ was kept, × was pruned, + is folded.</p>
<h2>The hypotheses of step <span id="listed"></span></h2>
<div id="beam"></div>
${trees.map(finishedOf).join("\n")}`;
  return page({
    title,
    ...(summary !== undefined && { summary }),
    body,
    style: pageStyle,
    data,
    script: beamTreeScript,
  });
}

/** A search as lists, a number for each node, parents before children. */
function packTree(tree: BeamTree) {
  const { roots, left } = placeBeamTree("beamTreePage", tree, mostNodes);
  const why = whyPruned(tree);
  const order: PlacedNode[] = [];
  const waiting = [...roots].reverse();
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    order.push(place);
    for (let i = place.children.length - 1; i >= 0; i--) waiting.push(place.children[i]!);
  }
  const numberOf = new Map(order.map((place, i) => [place, i]));
  const reasons = new Map<string, number>();
  const numbered = (reason: string) => {
    if (!reasons.has(reason)) reasons.set(reason, reasons.size);
    return reasons.get(reason)!;
  };
  return {
    facts: `a beam of ${tree.beamSize.toLocaleString("en-US")}: ${tellFates(tree)}${left > 0 ? `; the ${left.toLocaleString("en-US")} least likely of the pruned are not in this page` : ""}`,
    parents: order.map(({ parent }) => (parent ? numberOf.get(parent)! : -1)),
    texts: order.map(({ node }) => node.text),
    logProbs: order.map(({ node }) => rounded(node.logProb)),
    scores: order.map(({ node }) => rounded(node.score)),
    steps: order.map(({ node }) => node.step),
    fates: order.map(({ node }) => fates.indexOf(node.fate)),
    wins: order.flatMap(({ wins }, i) => (wins ? [i] : [])),
    ends: order.flatMap(({ node }, i) => (endsAt(node) ? [i] : [])),
    whys: order.map(({ node }) => (node.fate === "pruned" ? numbered(why(node)) : -1)),
    reasons: [...reasons.keys()],
  };
}

/** As the script knows them, by number. */
const fates: readonly Fate[] = ["best", "finished", "kept", "pruned"];

function rounded(x: number): number {
  return Number(x.toFixed(4));
}

/** What finished, as a table. */
function finishedOf(tree: NamedBeamTree): string {
  const byId = new Map(tree.nodes.map((node) => [node.id, node]));
  const textOf = (id: number) => {
    const parts: string[] = [];
    for (let at = byId.get(id); at; at = at.parent === null ? undefined : byId.get(at.parent)) parts.push(at.text);
    return parts.reverse().join("").trim();
  };
  const ended = tree.nodes
    .filter(({ fate }) => fate === "best" || fate === "finished")
    .sort((a, b) => b.score - a.score || a.id - b.id);
  const rows = ended
    .slice(0, mostFinished)
    .map(({ id, logProb, score, step }) => [textOf(id), logProb.toFixed(3), score.toFixed(3), String(step)]);
  const more = ended.length > rows.length ? `, the best ${rows.length} of ${ended.length.toLocaleString("en-US")}` : "";
  return `<details><summary>what finished for ${escapeText(tree.name)}${more}</summary>
${table(["text", "log p", "score", "tokens"], rows)}
</details>`;
}

const mostFinished = 200;

const pageStyle = `
body { max-width: none; }
.controls { align-items: center; display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; margin-bottom: 0.5rem; }
select, button { background: var(--paper); border: 1px solid var(--line); border-radius: 3px; color: inherit; font: inherit; max-width: 20rem; padding: 0.1rem 0.3rem; }
button { cursor: pointer; }
input[type="range"] { vertical-align: middle; }
#facts { margin: 0.3rem 0; }
#map { border: 1px solid var(--line); height: min(60vh, 40rem); overflow: auto; }
#map:focus-visible { outline: 2px solid var(--accent); }
#map canvas { display: block; left: 0; position: sticky; top: 0; }
#readout { display: block; font-variant-numeric: tabular-nums; min-height: 3.2em; padding-top: 0.3rem; white-space: pre-wrap; overflow-wrap: anywhere; }
#beam td:first-child, #beam th:first-child { max-width: 40rem; overflow: hidden; text-overflow: ellipsis; }
#beam .wins { font-weight: bold; }
#beam .pruned { color: var(--faint); }
details { margin: 0.5rem 0; }
summary { color: var(--faint); cursor: pointer; }
`;
