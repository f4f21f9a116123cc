import { describe, expect, test } from "vitest";
import type { Attention } from "./attention.ts";
import { attentionPage } from "./attention-page.ts";
import { attentionPicture } from "./attention-picture.ts";
import { attentionLegend, drawAttention } from "./attention-text.ts";

/** Each target piece looks with 0.8 at one source piece and with the rest at the next. */
function pointing(source: readonly string[], target: readonly string[], at: readonly number[]): Attention {
  const weights = at.map((s) => {
    const row = source.map(() => 0);
    row[s] = 0.8;
    row[(s + 1) % source.length]! += 0.2;
    return row;
  });
  return { source, target, weights };
}

const lines = (...text: string[]) => text.join("\n");

describe("attention in the terminal", () => {
  test("has letters above their columns, a sign for a space, and a piece without text", () => {
    expect(drawAttention(pointing([..."3 Ma"], ["0", "3", ""], [0, 1, 3]))).toBe(
      lines("  3 ␣ M a", "0 ██▒▒· ·", "3 · ██▒▒·", "◌ ▒▒· · ██"),
    );
  });

  test("has words across where they fit, and from top to bottom where they do not", () => {
    const words = pointing(["the", " black", " cat"], ["le", " chat", " noir"], [0, 2, 1]);
    expect(drawAttention(words, { columns: 23 })).toBe(
      lines("     the   black cat", "  le █████ ▒▒▒▒▒ ·", "chat ▒▒▒▒▒ ·     █████", "noir ·     █████ ▒▒▒▒▒"),
    );
    expect(drawAttention(words, { columns: 22 })).toBe(
      lines(
        "       b",
        "       l",
        "     t a c",
        "     h c a",
        "     e k t",
        "  le ██▒▒·",
        "chat ▒▒· ██",
        "noir · ██▒▒",
      ),
    );
  });

  test("cuts long labels with a sign", () => {
    const long = pointing(["incomprehensibilities"], ["unverständlichkeitenhalber"], [0]);
    const tall = [..."incomprehen", "…"].map((letter) => `                         ${letter}`);
    expect(drawAttention({ ...long, weights: [[1]] })).toBe(lines(...tall, "unverständlichkeitenhal… ██"));
    expect(
      drawAttention({ ...long, weights: [[1]] }, { columns: 20 })
        .split("\n")
        .at(-1),
    ).toBe("unver… ██");
  });

  test("keeps columns under wide characters, marks and text from right to left", () => {
    const many = pointing(["日", "本", "e\u0301", "\u0301", "ש"], ["日本", "ל"], [1, 4]);
    expect(drawAttention(many)).toBe(
      lines("     日本e\u0301 ◌\u0301 \u200eש\u200e", "日本 · ██▒▒· ·", "   \u200eל\u200e ▒▒· · · ██"),
    );
  });

  test("goes on in panels of like width where the terminal is narrow", () => {
    const wide = pointing([..."abcdefghijk"], ["x", "y"], [0, 10]);
    expect(drawAttention(wide, { columns: 12 })).toBe(
      lines(
        ...["source 1 to 4 of 11", "  a b c d", "x ██▒▒· ·", "y ▒▒· · ·", ""],
        ...["source 5 to 8 of 11", "  e f g h", "x · · · ·", "y · · · ·", ""],
        ...["source 9 to 11 of 11", "  i j k", "x · · ·", "y · · ██"],
      ),
    );
  });

  test("is coloured where colours are seen", () => {
    expect(drawAttention({ source: ["a", "b"], target: ["x"], weights: [[0.98, 0.02]] }, { hasColor: true })).toBe(
      "  a b\nx \x1b[48;5;202m  \x1b[0m·",
    );
    expect(attentionLegend({ hasColor: true })).toBe(
      "share from 0 · 0.05 \x1b[48;5;223m \x1b[0m 0.2 \x1b[48;5;216m \x1b[0m 0.4 \x1b[48;5;209m \x1b[0m 0.7 \x1b[48;5;202m \x1b[0m",
    );
  });

  test("has a legend that fits a small terminal", () => {
    expect(attentionLegend()).toBe("share from 0 · 0.05 ░ 0.2 ▒ 0.4 ▓ 0.7 █");
  });

  test("of what would move the cursor shows a sign", () => {
    expect(drawAttention({ source: ["\x1b[2J", "\n"], target: ["\u202e"], weights: [[0.5, 0.5]] })).toBe(
      "  ␛[2J ⏎\n\u{fffd} ▓▓▓▓ ▓▓▓▓",
    );
  });

  test("of nothing is empty", () => {
    expect(drawAttention({ source: [], target: [], weights: [] })).toBe("");
    expect(drawAttention({ source: [], target: ["a"], weights: [[]] })).toBe("\na");
  });

  test.each<[what: string, attention: Attention, message: string]>([
    [
      "too few rows",
      { source: ["a"], target: ["x", "y"], weights: [[1]] },
      "drawAttention: weights must have a row for each of 2 target pieces, got 1",
    ],
    [
      "a short row",
      { source: ["a", "b"], target: ["x"], weights: [[1]] },
      "drawAttention: weights[0] must have a share of each of 2 source pieces, got 1",
    ],
    [
      "what is no share",
      { source: ["a", "b"], target: ["x"], weights: [[1, Number.NaN]] },
      "drawAttention: weights[0][1] must be from 0 to 1, got NaN",
    ],
  ])("refuses %s", (_, attention, message) => {
    expect(() => drawAttention(attention)).toThrow(new RangeError(message));
  });
});

describe("the picture of attention", () => {
  const small: Attention = {
    source: ["<b>", " a"],
    target: ["&", ""],
    weights: [
      [0.25, 0.75],
      [0.004, 0.996],
    ],
  };

  test("has a cell for each share that is seen, which tells it, and escapes all texts", () => {
    const svg = attentionPicture({ ...small, title: "<script>" });
    expect(svg).toContain('<text class="head" x="12" y="22">&lt;script&gt;</text>');
    expect(svg).toContain(' rotate(-45)">&lt;b&gt;</text>');
    expect(svg.match(/<rect class="cell"/g)).toHaveLength(3);
    expect(svg).toContain('fill-opacity="0.25"><title>&amp; looks at &lt;b&gt;: 0.250</title></rect>');
    expect(svg).toContain('fill-opacity="0.996"><title>◌ looks at a: 0.996</title></rect>');
    expect(svg).toContain("<desc>how much each of 2 target pieces looks at each of 2 source pieces</desc>");
    expect(svg).not.toMatch(/<script|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
  });

  test("has upright labels where they are letters", () => {
    expect(attentionPicture({ source: ["a"], target: ["b"], weights: [[1]] })).not.toContain("rotate");
  });

  test("in a page has a table of all shares, or of the strongest where they are many", () => {
    const html = attentionPage({ title: "a <title>", maps: [{ ...small, caption: "& more" }] });
    expect(html).toContain("<h2>&amp; more</h2>");
    expect(html).toContain(
      '<thead><tr><th scope="col">target</th><th scope="col">&lt;b&gt;</th><th scope="col">a</th></tr></thead>',
    );
    expect(html).toContain('<tr><th scope="row">◌</th><td>0.004</td><td>0.996</td></tr>');
    const source = Array.from({ length: 101 }, (_, s) => `s${s}`);
    const target = Array.from({ length: 50 }, (_, t) => `t${t}`);
    const large = attentionPage({ title: "large", maps: [pointing(source, target, [...target.keys()])] });
    expect(large).toContain('<tr><th scope="row">t7</th><td>s7 0.800</td><td>s8 0.200</td><td>s0 0.000</td></tr>');
  });
});
