import { describe, expect, test } from "vitest";
import { markUnit, paintUnit } from "./unit-text.ts";

const on = (paper: number, text: string) => `\x1b[38;5;16;48;5;${paper}m${text}\x1b[0m`;

describe("a text by a unit", () => {
  test("is painted blue below 0 and orange above, and what is near 0 is left", () => {
    const tokens = ["a", "b", "c", "d\ne", "\x1b[2J"];
    expect(paintUnit({ tokens, values: [0.1, -2, 1, 2, -0.6], begins: [0, 2] })).toBe(
      `a${on(75, "b")}\n${on(223, "c")}${on(209, "d⏎")}\n${on(209, "e")}${on(195, "␛[2J")}`,
    );
    expect(paintUnit({ tokens: ["a"], values: [0] })).toBe("a");
  });

  test("has bars below it, as wide as what they are of", () => {
    expect(markUnit({ tokens: ["ab", "c", "漢", "\n", "e"], values: [0, 7, 4, 3.5, 8], begins: [0] })).toBe(
      "abc漢⏎\n▁▁█▅▅▄\ne\n█",
    );
    expect(markUnit({ tokens: ["ab", "cd", "ef"], values: [-1, 0, 1] }, 4)).toBe("abcd\n▁▁▅▅\nef\n██");
    expect(markUnit({ tokens: ["a", "b"], values: [3, 3], begins: [0, 1] })).toBe("a\n▁\nb\n▁");
  });
});
