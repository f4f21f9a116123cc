import { describe, expect, test } from "vitest";
import { type BeamTree, type BeamTreeNode, type Fate, spellBeamTree } from "./beam-tree.ts";
import { beamTreePage } from "./beam-tree-page.ts";
import { drawBeamTree } from "./beam-tree-text.ts";

/** A node from its place, what it spells, its log-probability and its fate; its score is that by its step. */
function node(id: number, parent: number | null, text: string, logProb: number, fate: Fate, step: number) {
  return { id, parent, text, logProb, score: logProb / step, fate, step } satisfies BeamTreeNode;
}

/** A search with a beam of 2 for what ends as "le chat". */
const small: BeamTree = {
  beamSize: 2,
  nodes: [
    node(1, null, "le", -0.25, "kept", 1),
    node(2, null, "un", -1.5, "kept", 1),
    node(3, null, "la", -2.75, "pruned", 1),
    node(4, 1, " chat", -0.5, "kept", 2),
    node(5, 1, " chien", -2, "kept", 2),
    { ...node(6, 2, "", -2.25, "pruned", 2), ends: true },
    node(7, 4, "", -0.75, "best", 3),
    node(8, 5, "", -2.25, "finished", 3),
    node(9, 5, " noir", -3, "pruned", 3),
  ],
};

const lines = (...text: string[]) => text.join("\n");

describe("a beam search in the terminal", () => {
  test("goes straight down to what won, and others leave it", () => {
    expect(drawBeamTree(small)).toBe(
      lines(
        "  log p  score",
        "  -2.25        ✗ ├ un (end)",
        "  -2.75        ✗ ├ la",
        "  -0.25          le",
        "  -2.00          ├ chien",
        "  -3.00        ✗ │ ├ noir",
        "  -2.25  -0.75 ✓ │ (end)",
        "  -0.75  -0.25 ★ chat (end)",
        "★ best, read straight down  ✓ finished  ✗ pruned",
        "4 kept, 2 finished and 3 pruned",
      ),
    );
  });

  test("leaves out what was pruned first where there are few lines, and says so", () => {
    expect(drawBeamTree(small, { rows: 3 })).toBe(
      lines(
        "  log p  score",
        "  -0.25          le",
        "  -2.25  -0.75 ✓ ├ chien (end)",
        "  -0.75  -0.25 ★ chat (end)",
        "★ best, read straight down  ✓ finished  ✗ pruned",
        "4 kept, 2 finished and 3 pruned; 4 of them not drawn",
      ),
    );
    expect(drawBeamTree(small, { rows: 1 }).split("\n")[1]).toBe("  -0.75  -0.25 ★ le chat (end)");
  });

  test("cuts what is long, and shows signs for what would move the cursor", () => {
    const nodes = [node(1, null, "\x1b[2J日本語日本語\nשלום", -123.456, "best", 1)];
    expect(drawBeamTree({ nodes, beamSize: 1 }, { columns: 30 }).split("\n")[1]).toBe("   -123   -123 ★ ␛[2J日本語日…");
    const right = [node(1, null, "שלום", -1, "best", 1)];
    expect(drawBeamTree({ nodes: right, beamSize: 1 }).split("\n")[1]).toBe("  -1.00  -1.00 ★ \u200eשלום\u200e");
  });

  test("is coloured where colours are seen", () => {
    expect(drawBeamTree(small, { hasColor: true, rows: 3 }).split("\n").slice(0, 3)).toEqual([
      "\x1b[2m  log p  score\x1b[0m",
      "\x1b[2m  -0.25          \x1b[0m\x1b[1mle\x1b[0m",
      "\x1b[2m  -2.25  -0.75 ✓ ├ \x1b[0mchien (end)",
    ]);
  });

  test("of nothing is empty, and is as deep as it must be", () => {
    expect(drawBeamTree({ nodes: [], beamSize: 3 })).toBe("");
    const nodes = Array.from({ length: 3000 }, (_, i) => node(i, i > 0 ? i - 1 : null, "a", -i, "kept", i + 1));
    expect(drawBeamTree({ nodes, beamSize: 1 }, { columns: 24 }).split("\n")[1]).toBe("  -2999          aaaaaa…");
  });

  test.each<[what: string, nodes: BeamTreeNode[], message: string]>([
    [
      "an id twice",
      [node(1, null, "a", 0, "kept", 1), node(1, null, "b", 0, "kept", 1)],
      "drawBeamTree: nodes must have ids of their own, got 1 twice",
    ],
    [
      "a circle",
      [node(1, 2, "a", 0, "kept", 1), node(2, 1, "b", 0, "kept", 2)],
      "drawBeamTree: a node must extend one of an earlier step, got 1 of step 1 that extends 2 of step 2",
    ],
  ])("refuses %s", (_, nodes, message) => {
    expect(() => drawBeamTree({ nodes, beamSize: 2 })).toThrow(new RangeError(message));
  });
});

test("a traced search is spelt token by token, without its root", () => {
  const traced = [
    { id: 0, parent: null, token: null, logProb: 0, score: 0, step: 0, fate: "kept" as const },
    { id: 1, parent: 0, token: 7, logProb: -1, score: -1, step: 1, fate: "kept" as const },
    { id: 2, parent: 0, token: 8, logProb: -2, score: -2, step: 1, fate: "pruned" as const },
    { id: 3, parent: 1, token: 3, logProb: -3, score: -1.5, step: 2, fate: "best" as const },
  ];
  const { nodes, beamSize } = spellBeamTree(traced, { beamSize: 2, spell: (ids) => ids.join("+") });
  expect(beamSize).toBe(2);
  expect(nodes.map(({ id, parent, text, ends }) => [id, parent, text, ends])).toEqual([
    [1, null, "7", false],
    [2, null, "8", false],
    [3, 1, "7+3", true],
  ]);
});

describe("the page of a beam search", () => {
  test("escapes all texts, and tells what finished without scripts", () => {
    const html = beamTreePage({
      title: "a <title>",
      trees: [{ ...small, name: "<b>", nodes: [...small.nodes, node(10, 4, "</script>", -4, "finished", 3)] }],
    });
    expect(html).toContain("<h1>a &lt;title&gt;</h1>");
    expect(html).toContain("<summary>what finished for &lt;b&gt;</summary>");
    expect(html).toContain("<tr><th>le chat</th><td>-0.750</td><td>-0.250</td><td>3</td></tr>");
    expect(html).toContain("<tr><th>le chat&lt;/script&gt;</th><td>-4.000</td><td>-1.333</td><td>3</td></tr>");
    expect(html.match(/<\/script>/g)).toHaveLength(2);
  });

  test("holds the likeliest of very many, and says so", () => {
    const nodes = Array.from({ length: 20_500 }, (_, i) => node(i, null, "x", -i, i === 0 ? "best" : "pruned", 1));
    const html = beamTreePage({ title: "many", trees: [{ name: "many", nodes, beamSize: 1 }] });
    expect(html).toContain(
      "a beam of 1: 0 kept, 1 finished and 20,499 pruned; the 500 least likely of the pruned are not in this page",
    );
    expect(html).toContain('"reasons":["not the likeliest of step 1, the last of which has 0.000"]');
  });
});
