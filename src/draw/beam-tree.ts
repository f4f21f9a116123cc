/** The hypotheses of a beam search as a tree, and what its pictures have in common. */
import { EOS, ValueError } from "../base/index.ts";

/** What became of a hypothesis: `best` is the end of the one that won. */
export type Fate = "kept" | "pruned" | "finished" | "best";

/** A hypothesis: the one it extends, and a token more. */
export interface BeamTreeNode {
  readonly id: number;
  /** The hypothesis it extends; null for one that extends none. */
  readonly parent: number | null;
  /** What its last token spells; for an end, and for a part of a character, nothing. */
  readonly text: string;
  /** The log-probability of all its tokens. */
  readonly logProb: number;
  /** What hypotheses are ranked by at their end. */
  readonly score: number;
  /** How many tokens it has. */
  readonly step: number;
  readonly fate: Fate;
  /** Whether its last token is the end; by default what finished without a text does so. */
  readonly ends?: boolean;
}

/** Whether the last token of a hypothesis is the end. */
export function endsAt({ ends, fate, text }: BeamTreeNode): boolean {
  return ends ?? (text === "" && (fate === "finished" || fate === "best"));
}

/** A search. */
export interface BeamTree {
  readonly nodes: readonly BeamTreeNode[];
  /** How many hypotheses were kept at each step. */
  readonly beamSize: number;
}

/** A search as it was traced: tokens are numbers, and the root stands for what was read before. */
export interface TracedNode extends Omit<BeamTreeNode, "text" | "ends"> {
  /** Null for the root. */
  readonly token: number | null;
}

/**
 * The tree to draw of a search as `beam` traces it.
 *
 *     spellBeamTree(tree.nodes, { beamSize: 5, spell: (ids) => codec.pieces(ids).at(-1)! })
 *
 * @param spell what the last of some tokens adds to the text of those before it
 */
export function spellBeamTree(
  nodes: readonly TracedNode[],
  { beamSize, spell }: { readonly beamSize: number; readonly spell: (ids: readonly number[]) => string },
): BeamTree {
  const waysTo = new Map<number | null, readonly number[]>();
  const spelt: BeamTreeNode[] = [];
  for (const { token, ...node } of nodes) {
    const before = waysTo.get(node.parent) ?? [];
    if (token === null) {
      waysTo.set(node.id, before);
      continue;
    }
    const ids = [...before, token];
    if (node.fate === "kept") waysTo.set(node.id, ids);
    const isRooted = node.parent !== null && (waysTo.get(node.parent)?.length ?? 0) > 0;
    spelt.push({ ...node, text: spell(ids), parent: isRooted ? node.parent : null, ends: token === EOS });
  }
  return { nodes: spelt, beamSize };
}

/** A node in its place: parents come before their children, and these in the order of what they lead to. */
export interface PlacedNode {
  readonly node: BeamTreeNode;
  readonly parent: PlacedNode | null;
  readonly children: readonly PlacedNode[];
  /** Whether it is on the way to the one that won. */
  readonly wins: boolean;
}

/**
 * The most telling nodes of a search, at most so many: the way to the one that won, what finished, what was kept, and then
 * what was pruned, the likeliest first; each with all that it extends.
 *
 * @returns the nodes that extend none, and how many were left out
 * @throws RangeError when two nodes have one id, or a node extends one of its step or a later one
 */
export function placeBeamTree(
  where: string,
  { nodes }: BeamTree,
  most: number,
): { readonly roots: readonly PlacedNode[]; readonly left: number } {
  const byId = new Map<number, BeamTreeNode>();
  for (const node of nodes) {
    if (byId.has(node.id)) throw new ValueError(`${where}: nodes must have ids of their own, got ${node.id} twice`);
    byId.set(node.id, node);
  }
  const parentOf = (node: BeamTreeNode) => (node.parent === null ? undefined : byId.get(node.parent));
  for (const node of nodes) {
    const parent = parentOf(node);
    if (parent && parent.step >= node.step)
      throw new ValueError(
        `${where}: a node must extend one of an earlier step, got ${node.id} of step ${node.step} that extends ${parent.id} of step ${parent.step}`,
      );
  }

  const chosen = new Set<BeamTreeNode>();
  const ranked = [...nodes].sort((a, b) => ranks[a.fate] - ranks[b.fate] || byWorth(a, b) || a.id - b.id);
  for (const node of ranked) {
    const way: BeamTreeNode[] = [];
    for (let at: BeamTreeNode | undefined = node; at && !chosen.has(at); at = parentOf(at)) way.push(at);
    if (chosen.size + way.length > most) break;
    for (const one of way) chosen.add(one);
  }

  const winners = new Set<BeamTreeNode>();
  for (const node of nodes)
    if (node.fate === "best")
      for (let at: BeamTreeNode | undefined = node; at && !winners.has(at); at = parentOf(at)) winners.add(at);

  const children = new Map<BeamTreeNode | undefined, BeamTreeNode[]>();
  for (const node of chosen) {
    const of = parentOf(node);
    const those = children.get(of);
    if (those) those.push(node);
    else children.set(of, [node]);
  }
  // From the last step on, so that what a node leads to is known before it.
  const worth = new Map<BeamTreeNode, number>();
  for (const node of [...chosen].sort((a, b) => b.step - a.step)) {
    const those = children.get(node) ?? [];
    worth.set(
      node,
      those.reduce((best, child) => Math.min(best, worth.get(child)!), ranks[node.fate]),
    );
  }
  const inOrder = (those: readonly BeamTreeNode[]) =>
    [...those].sort(
      (a, b) =>
        Number(winners.has(b)) - Number(winners.has(a)) ||
        worth.get(a)! - worth.get(b)! ||
        byWorth(a, b) ||
        a.id - b.id,
    );
  // Without recursion: a search may be as deep as an output is long.
  const placed = new Map<
    BeamTreeNode,
    { node: BeamTreeNode; parent: PlacedNode | null; children: PlacedNode[]; wins: boolean }
  >();
  const roots: PlacedNode[] = [];
  const waiting = [...inOrder(children.get(undefined) ?? [])];
  for (const node of waiting) {
    const parent = placed.get(parentOf(node)!) ?? null;
    const place = { node, parent, children: [], wins: winners.has(node) };
    placed.set(node, place);
    if (parent) parent.children.push(place);
    else roots.push(place);
    waiting.push(...inOrder(children.get(node) ?? []));
  }
  return { roots, left: nodes.length - chosen.size };
}

const ranks: Readonly<Record<Fate, number>> = { best: 0, finished: 1, kept: 2, pruned: 3 };

/** What ended is compared by its score, what goes on by its probability. */
function byWorth(a: BeamTreeNode, b: BeamTreeNode): number {
  return a.fate === "finished" && b.fate === "finished" ? b.score - a.score : b.logProb - a.logProb;
}

/** How many nodes became what, as in "48 kept, 3 finished and 102 pruned". */
export function tellFates({ nodes }: BeamTree): string {
  const count = (...fates: Fate[]) => nodes.filter(({ fate }) => fates.includes(fate)).length.toLocaleString("en-US");
  return `${count("kept")} kept, ${count("finished", "best")} finished and ${count("pruned")} pruned`;
}

/** Why a hypothesis did not go on: by the least log-probability that was kept at its step. */
export function whyPruned({ nodes, beamSize }: BeamTree): (node: BeamTreeNode) => string {
  const last = new Map<number, number>();
  for (const { fate, step, logProb } of nodes)
    if (fate !== "pruned") last.set(step, Math.min(logProb, last.get(step) ?? Number.POSITIVE_INFINITY));
  const widest = beamSize === 1 ? "the likeliest" : `among the ${beamSize.toLocaleString("en-US")} likeliest`;
  return ({ step, logProb }) => {
    const least = last.get(step);
    if (least === undefined) return `nothing of step ${step} was kept`;
    if (logProb > least) return `step ${step} kept others`;
    return `not ${widest} of step ${step}, the last of which has ${least.toFixed(3)}`;
  };
}
