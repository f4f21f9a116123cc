import { describe, expect, test } from "vitest";
import { lineChart } from "./line-chart.ts";

const axes = { x: { label: "distance" }, y: { label: "norm" } } as const;
const words = { title: "t", description: "d" } as const;
const draw = (points: [number, number][], more: Partial<Parameters<typeof lineChart>[0]> = {}) =>
  lineChart({ ...words, ...axes, lines: [{ name: "a", points }], ...more });
const pathsOf = (svg: string) => [...svg.matchAll(/<path class="line c0" d="(M[^h]*?)"\/>/g)].map((match) => match[1]);

describe("a line chart", () => {
  test("goes from corner to corner of its frame", () => {
    const svg = draw([
      [0, 0],
      [10, 1],
    ]);
    const [left, top, bottom, right] = [51, 64, 356, 704];
    expect(pathsOf(svg)).toEqual([`M${left} ${bottom}L${right} ${top}`]);
    expect(svg).toContain(`<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>`);
  });

  test("on a log axis puts equal factors at equal distances", () => {
    const svg = draw(
      [
        [0, 1],
        [1, 1e-3],
        [2, 1e-6],
      ],
      { y: { label: "norm", scale: "log" } },
    );
    const heights = [...pathsOf(svg)[0]!.matchAll(/ ([\d.]+)/g)].map((match) => Number(match[1]));
    expect(heights[1]! - heights[0]!).toBeCloseTo(heights[2]! - heights[1]!, 1);
    expect(svg).toContain(">1e-6</text>");
  });

  test("has gaps where there is no number, and on a log axis none that is positive", () => {
    const points: [number, number][] = [
      [0, 1],
      [1, 2],
      [2, Number.NaN],
      [3, 2],
      [4, 0],
      [5, 1],
    ];
    expect(pathsOf(draw(points))[0]!.match(/M/g)).toHaveLength(2);
    expect(pathsOf(draw(points, { y: { label: "", scale: "log" } }))[0]!.match(/M/g)).toHaveLength(3);
  });

  test("says what it shows, with every text escaped", () => {
    const svg = draw([], { title: "a<b", description: `"c" & d`, lines: [{ name: "<lstm>", points: [] }] });
    expect(svg).toContain("<title>a&lt;b</title>");
    expect(svg).toContain("<desc>&quot;c&quot; &amp; d</desc>");
    expect(svg).toContain("&lt;lstm&gt;</text>");
    expect(svg).toContain('role="img"');
  });

  test("is light or dark and loads nothing", () => {
    const svg = draw([[0, 1]]);
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|url\(|@import|href/);
  });

  test("is an empty frame without points, and holds no number that is none", () => {
    expect(draw([])).not.toMatch(/NaN|Infinity|undefined/);
    expect(draw([[3, 3]])).not.toMatch(/NaN|Infinity|undefined/);
    expect(draw([[3, 3]])).toContain("<circle");
  });
});
