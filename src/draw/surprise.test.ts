import { describe, expect, test } from "vitest";
import { markSurprise, paintSurprise, type Surprise, surpriseLegend, surprisePage } from "./surprise.ts";
import { textWidth, visible } from "./visible.ts";

const token = (text: string, nats: number): Surprise => ({ text, nats, kind: "token" });
const end: Surprise = { text: "", nats: 2.5, kind: "end" };
const hello: Surprise[] = [token("he", 0.2), token("y", 9.7), { text: "Ж", nats: 4.1, kind: "unknown" }, end];

describe("surprise", () => {
  test("is painted with ink and paper, an end as a sign, the unknown underlined", () => {
    expect(paintSurprise(hello)).toBe(
      "he\x1b[38;5;231;48;5;160my\x1b[0m\x1b[38;5;16;48;5;216;4mЖ\x1b[0m\x1b[38;5;16;48;5;223m⏎\x1b[0m",
    );
    expect(paintSurprise([token("a", 1), token("b", 1.5), token("c", 0), token("d", 0)])).toBe(
      "\x1b[38;5;16;48;5;230mab\x1b[0mcd",
    );
  });

  test("is marked in whole nats below each token's begin, also below wide ones, in lines that fit", () => {
    expect(markSurprise(hello)).toBe("heyЖ⏎\n0 942");
    expect(markSurprise([token("日本", 3), token("e\u0301", 1.9), token("x", 120)])).toBe("日本e\u0301x\n3   19");
    expect(markSurprise([token("ab", 1), token("cd", 2), token("efg", 3)], 4)).toBe("abcd\n1 2\nefg\n3");
    expect(markSurprise([token("longer", 1), token("b", 2)], 4)).toBe("longer\n1\nb\n2");
  });

  test("of parts of a character is that of the character", () => {
    expect(markSurprise([token("", 1.5), token("é", 1.6), token("x", 0)])).toBe("éx\n30");
  });

  test("has a legend that fits a small terminal", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out
    const plain = surpriseLegend().replaceAll(/\x1b\[[\d;]*m/g, "");
    expect(plain).toBe("surprise from nats:  0   1   2   4   6   9 ");
  });

  test("is a page that escapes the text, and tells the nats of each token", () => {
    const made = surprisePage("a <model>", "one text", [
      { tokens: [token("<b>", 2.25), ...hello], caption: "log p -3" },
    ]);
    expect(made).toContain("<h1>a &lt;model&gt;</h1>");
    expect(made).toContain(
      '<span class="s2" title="2.25 nats">&lt;b&gt;</span><span class="s0" title="0.20 nats">he</span>',
    );
    expect(made).toContain('<span class="s3 unknown" title="4.10 nats, unknown to the model">Ж</span>');
    expect(made).toContain('<p class="summary">log p -3</p>');
    expect(made).not.toMatch(/<script|https?:/);
  });
});

test("what would move the cursor is shown by a sign", () => {
  expect(visible("a\x1b[31mb\tc\nd\x7f\x9b\u202e\ud800e\u{1f600}")).toBe(
    "a␛[31mb⇥c⏎d␡\u{fffd}\u{fffd}\u{fffd}e\u{1f600}",
  );
});

test("a text is as wide as its characters", () => {
  expect(["", "abc", "日本", "e\u0301", "\u{1f600}", "ﾊ"].map(textWidth)).toEqual([0, 3, 4, 1, 2, 1]);
});
