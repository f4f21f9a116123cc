import { describe, expect, test } from "vitest";
import { type Curve, drawCurves } from "./curves.ts";

const paint = (text: string) => text;
const size = { width: 8, height: 2 };

describe("a curve in the terminal", () => {
  test("goes from the upper left to the lower right when it falls", () => {
    const curve: Curve = [
      [0, 3],
      [16, 1],
    ];
    expect(drawCurves([{ curve, paint }], size).split("\n")).toEqual([
      "3.000 ┤⠙⠲⢤⣀",
      "1.000 ┤   ⠈⠉⠓⠦⣄",
      "      └────────",
      "       0     16",
    ]);
  });

  test("of one height is a line", () => {
    const flat: Curve = [
      [0, 2],
      [10, 2],
    ];
    expect(drawCurves([{ curve: flat, paint }], size).split("\n")[0]).toBe("2.000 ┤⠉⠉⠉⠉⠉⠉⠉⠉");
  });

  test("begins where its first point is", () => {
    const late: Curve = [
      [8, 1],
      [16, 1],
    ];
    const line = drawCurves([{ curve: late, paint }], size).split("\n")[0]!;
    expect(line.slice(0, 11)).toBe("1.000 ┤   ⠈");
  });

  test("lies over the one before it, each in its own paint", () => {
    const curve: Curve = [
      [0, 1],
      [10, 1],
    ];
    const picture = drawCurves(
      [
        { curve, paint: () => "a" },
        { curve, paint: () => "b" },
      ],
      size,
    );
    expect(picture.split("\n")[0]).toBe("1.000 ┤bbbbbbbb");
  });

  test("is nothing without points, and leaves out those that are no numbers", () => {
    expect(drawCurves([{ curve: [], paint }], size)).toBe("");
    expect(drawCurves([{ curve: [[1, Number.NaN]], paint }], size)).toBe("");
    const hole: Curve = [
      [1, 4],
      [2, Number.NaN],
      [3, 2],
    ];
    expect(drawCurves([{ curve: hole, paint }], size)).toMatch(/^4\.000 ┤/);
  });
});
