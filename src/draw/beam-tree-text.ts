/** The tree of a beam search for a terminal. */
import { cutTo, inPlace } from "./attention.ts";
import { type BeamTree, endsAt, type Fate, type PlacedNode, placeBeamTree, tellFates } from "./beam-tree.ts";
import { textWidth, visible } from "./visible.ts";

/** How a tree is drawn. */
export interface BeamTreeTextOptions {
  /** How wide the lines may be; default 80. */
  readonly columns?: number;
  /** Whether the terminal shows colours; default false. */
  readonly hasColor?: boolean;
  /** About how many lines there may be; default 40. What is pruned is left out first. */
  readonly rows?: number;
}

/**
 * A search as lines of text. The way to what won goes straight down the first column; where others leave it they stand
 * before what it goes on with, and what has one way on is one line.
 *
 * Before each line are the log-probability of its end, where it ended its score, and what became of it: ★ it won, ✓ it
 * finished, ✗ it was pruned, nothing where it goes on.
 *
 * @returns nothing for a search without hypotheses
 * @throws RangeError when the nodes are no tree
 */
export function drawBeamTree(tree: BeamTree, options: BeamTreeTextOptions = {}): string {
  const { columns = 80, hasColor = false, rows = 40 } = options;
  if (tree.nodes.length === 0) return "";
  const { roots, left } = shorten(tree, rows);
  const dim = (text: string) => (hasColor && text !== "" ? `\x1b[2m${text}\x1b[0m` : text);
  const bold = (text: string) => (hasColor ? `\x1b[1m${text}\x1b[0m` : text);
  const lines = [dim("  log p  score")];
  const waiting: Branch[] = branchesOf(roots, "").reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { text, end } = chainFrom(next.place);
    const { fate, logProb, score } = end.node;
    const isEnd = fate === "best" || fate === "finished";
    const spelt = `${visible(text).trimStart()}${endsAt(end.node) ? " (end)" : ""}`.trimStart();
    const room = Math.max(4, columns - margin - textWidth(next.sign));
    const seen = inPlace(cutTo(spelt || "◌", room));
    const numbers = `${short(logProb).padStart(7)}${isEnd ? short(score).padStart(7) : " ".repeat(7)} ${signs[fate]} `;
    const painted = end.wins ? bold(seen) : fate === "pruned" ? dim(seen) : seen;
    lines.push(`${dim(`${numbers}${next.sign}`)}${painted}`);
    waiting.push(...branchesOf(end.children, next.below).reverse());
  }
  const more = left > 0 ? `; ${left.toLocaleString("en-US")} of them not drawn` : "";
  lines.push(dim("★ best, read straight down  ✓ finished  ✗ pruned"), dim(`${tellFates(tree)}${more}`));
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** A line to draw. */
interface Branch {
  readonly place: PlacedNode;
  /** What joins it to what it left. */
  readonly sign: string;
  /** What the lines after it begin with. */
  readonly below: string;
}

/** The ways on from a place: the best last, which goes straight on. */
function branchesOf(children: readonly PlacedNode[], begin: string): Branch[] {
  const [best, ...others] = children;
  if (!best) return [];
  return [
    ...others.map((place) => ({ place, sign: `${begin}├ `, below: `${begin}│ ` })),
    { place: best, sign: begin, below: begin },
  ];
}

/** Columns of the numbers and the sign. */
const margin = 17;

const signs: Readonly<Record<Fate, string>> = { best: "★", finished: "✓", pruned: "✗", kept: " " };

/** A node with those after it up to where ways part or end. */
function chainFrom(place: PlacedNode): { readonly text: string; readonly end: PlacedNode } {
  let [text, end] = [place.node.text, place];
  while (end.children.length === 1) {
    end = end.children[0]!;
    text += end.node.text;
  }
  return { text, end };
}

/** As many nodes as make about so many lines. */
function shorten(tree: BeamTree, rows: number): ReturnType<typeof placeBeamTree> {
  let [least, most] = [1, tree.nodes.length];
  const placed = (nodes: number) => placeBeamTree("drawBeamTree", tree, nodes);
  const all = placed(most);
  if (linesOf(all.roots) <= rows) return all;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (linesOf(placed(middle).roots) <= rows) least = middle;
    else most = middle - 1;
  }
  return placed(least);
}

/** How many lines some trees make: one for each end, and one for each place where ways part. */
function linesOf(roots: readonly PlacedNode[]): number {
  let lines = 0;
  const waiting = [...roots];
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    if (place.children.length !== 1) lines++;
    waiting.push(...place.children);
  }
  return lines;
}

/** A number in at most 6 columns. */
function short(x: number): string {
  return Math.abs(x) < 100 ? x.toFixed(2) : x.toFixed(0);
}
