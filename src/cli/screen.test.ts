import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clock, count, counted, flowing, powerOfE, Screen, short, wrapped } from "./screen.ts";

let out = "";
let err = "";
beforeEach(() => {
  [out, err] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

function speak(screen: Screen): void {
  screen.say("meanwhile");
  screen.result("result");
  screen.note("by the way");
  screen.emit({ event: "fact" });
}

test("people read words, with notes apart from the results", () => {
  speak(new Screen({}));
  expect([out, err]).toEqual(["meanwhile\nresult\n", "note: by the way\n"]);
});

test("quiet leaves the results", () => {
  speak(new Screen({ quiet: true }));
  expect([out, err]).toEqual(["result\n", ""]);
});

test("machines read an object per line", () => {
  speak(new Screen({ json: true }));
  expect([out, err]).toEqual(['{"event":"note","text":"by the way"}\n{"event":"fact"}\n', ""]);
});

test("nothing is coloured where nobody watches", () => {
  expect(new Screen({}).color.cyan("x")).toBe("x");
  expect(new Screen({}).isLive).toBe(false);
});

test("numbers and times are short", () => {
  expect([1325, 0].map(count)).toEqual(["1,325", "0"]);
  expect([999.6, 9999, 12_345, 1_234_567, 12_345_678].map(short)).toEqual(["1,000", "9,999", "12k", "1.2M", "12M"]);
  expect([0, 7.4, 59.6, 750, 3723, Number.POSITIVE_INFINITY, -3].map(clock)).toEqual([
    "0:00",
    "0:07",
    "1:00",
    "12:30",
    "1:02:03",
    "-:--",
    "0:00",
  ]);
});

test.each([
  [0, "1"],
  [Math.log(12.34), "12.3"],
  [Math.log(4511.6), "4,512"],
  [Math.log(999_999), "999,999"],
  [Math.log(3.2e6), "10^6.5"],
  [1204.5, "10^523.1"],
  [-1, "0.368"],
  [-9, "1.2e-4"],
  [-1204.5, "10^-523.1"],
])("e^%d is shown in few figures, however large: %s", (x, text) => {
  expect(powerOfE(x)).toBe(text);
});

test("parts stand beside each other where they fit", () => {
  expect(flowing(["one", "two", "three"], 20)).toBe("one   two   three");
  expect(flowing(["one", "two", "three"], 10)).toBe("one   two\nthree");
  expect(flowing(["longer than that", "b"], 5)).toBe("longer than that\nb");
});

test("a line is broken between words where it is too wide, colours not counted", () => {
  expect(wrapped("gemm       95 GFLOP/s (512 x 512)", 40, 11)).toBe("gemm       95 GFLOP/s (512 x 512)");
  expect(wrapped("gemm       95 GFLOP/s (512 x 512)", 24, 11)).toBe("gemm       95 GFLOP/s\n           (512 x 512)");
  expect(wrapped("a \x1b[1mbb\x1b[22m c", 6)).toBe("a \x1b[1mbb\x1b[22m c");
  expect(wrapped("aaaaaaaaa b", 4)).toBe("aaaaaaaaa\nb");
});

test("a number of things is one thing or many", () => {
  expect([counted(0, "line"), counted(1, "line"), counted(1325, "line")]).toEqual(["0 lines", "1 line", "1,325 lines"]);
  expect([counted(1, "entry", "entries"), counted(2, "entry", "entries")]).toEqual(["1 entry", "2 entries"]);
});
