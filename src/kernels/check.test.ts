import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { quickChecks } from "./check.gen.ts";
import { type AnyArgs, type Arrays, compileCheck, compileExplainingCheck, makeWords } from "./check.ts";
import { referenceBuild } from "./reference.ts";
import { sampleArgs } from "./sample.ts";
import { type KernelName, kernelNames, kernelSpec } from "./table.ts";

const floats = (length: number) => new Float32Array(length);
const ints = (...values: number[]) => Int32Array.of(...values);

/** Arguments that are right, for T 2, B 3, H 16. */
const lstm = {
  ...{ T: 2, B: 3, H: 16, reverse: false },
  ...{ gates: floats(384), lengths: ints(2, 1, 2), h0: floats(48), c0: floats(48), wHh: floats(1024), peepholes: null },
  ...{ y: floats(96), c: floats(96), hT: floats(48), cT: floats(48) },
};
const embedding = { N: 6, V: 27, E: 2, ids: ints(0, 1, 26, 3, 4, 5), w: floats(54), y: floats(12) };
const map = { N: 2, op: "tanh", x: floats(2), y: floats(2) };
const scale = { N: 2, by: 2, plus: 1, x: floats(2), y: floats(2) };
const dropout = { N: 2, rate: 0.5, seed: 1, x: floats(2), y: floats(2) };
const take = { R: 2, X: 5, C: 3, at: 1, x: floats(10), y: floats(6) };
const max = { A: 1, M: 2, C: 1, x: floats(2), y: floats(1), index: ints(0) };

/** Arguments that are right, for one of everything, the output being fed. */
const attentive = {
  ...{ T: 1, B: 1, S: 1, M: 1, A: 1, D: 1, F: 1, H: 1, feedsOutput: true, scale: 1, gates: floats(3) },
  ...{ lengths: ints(1), sources: ints(0), memoryLengths: ints(1), v: null, wQuery: floats(1), query: floats(1) },
  ...Object.fromEntries(
    "h0 output0 outContext outState keys values biasHn y hn weights context output hT"
      .split(" ")
      .map((array) => [array, floats(1)]),
  ),
  ...{ wHh: floats(3), wFeed: floats(3) },
};

function check(name: KernelName, args: AnyArgs) {
  return compileCheck(name, "float32", makeWords())(args);
}

/** A kernel, arguments with one of them spoilt, and the whole message. */
const refused: readonly (readonly [KernelName, AnyArgs, typeof TypeError | typeof RangeError, string])[] = [
  [
    "attentiveGruForward",
    { ...attentive, query: null },
    RangeError,
    "attentiveGruForward: wQuery and query must both be given or both be null",
  ],
  [
    "attentiveGruForward",
    { ...attentive, A: 2, keys: floats(2), wQuery: null, query: null },
    RangeError,
    "attentiveGruForward: A must be H = 1 where wQuery is null, got 2",
  ],
  [
    "attentiveGruForward",
    { ...attentive, feedsOutput: false },
    RangeError,
    "attentiveGruForward: outContext must be null without feedsOutput",
  ],
  [
    "attentiveGruForward",
    { ...attentive, feedsOutput: false, D: 2, values: floats(2), context: floats(2), outContext: floats(2) },
    RangeError,
    "attentiveGruForward: F must be D = 2 without feedsOutput, got 1",
  ],
  [
    "attentiveGruForward",
    { ...attentive, output: null },
    RangeError,
    "attentiveGruForward: output must be given with feedsOutput",
  ],
  [
    "lstmForward",
    { ...lstm, wHh: floats(512) },
    RangeError,
    "lstmForward: wHh [4H H] needs 1024 = 64x16 elements, got 512",
  ],
  ["lstmForward", { ...lstm, y: floats(0) }, RangeError, "lstmForward: y [T B H] needs 96 = 2x3x16 elements, got 0"],
  [
    "lstmForward",
    { ...lstm, peepholes: floats(3) },
    RangeError,
    "lstmForward: peepholes [3 H] needs 48 = 3x16 elements, got 3",
  ],
  ["lstmForward", { ...lstm, lengths: ints(2, 2) }, RangeError, "lstmForward: lengths [B] needs 3 elements, got 2"],
  [
    "lstmForward",
    { ...lstm, lengths: ints(2, 0, 2) },
    RangeError,
    "lstmForward: lengths[1] must be from 1 to 2, got 0",
  ],
  [
    "lstmForward",
    { ...lstm, lengths: ints(2, 2, 3) },
    RangeError,
    "lstmForward: lengths[2] must be from 1 to 2, got 3",
  ],
  ["lstmForward", { ...lstm, T: -1 }, RangeError, "lstmForward: T must be a whole number from 0 to 2147483647, got -1"],
  [
    "lstmForward",
    { ...lstm, H: 2.5 },
    RangeError,
    "lstmForward: H must be a whole number from 0 to 2147483647, got 2.5",
  ],
  [
    "lstmForward",
    { ...lstm, B: 2 ** 31 },
    RangeError,
    "lstmForward: B must be a whole number from 0 to 2147483647, got 2147483648",
  ],
  ["lstmForward", { ...lstm, B: "3" }, TypeError, 'lstmForward: B must be a whole number, got "3"'],
  ["lstmForward", { ...lstm, reverse: 1 }, TypeError, "lstmForward: reverse must be true or false, got 1"],
  ["lstmForward", { ...lstm, h0: null }, TypeError, "lstmForward: h0 must be a Float32Array, got null"],
  ["lstmForward", { ...lstm, h0: [1, 2] }, TypeError, "lstmForward: h0 must be a Float32Array, got Array"],
  [
    "lstmForward",
    { ...lstm, h0: new Float64Array(48) },
    TypeError,
    "lstmForward: h0 must be a Float32Array, got Float64Array",
  ],
  [
    "lstmForward",
    { ...lstm, peepholes: undefined },
    TypeError,
    "lstmForward: peepholes must be a Float32Array or null, got undefined",
  ],
  [
    "lstmForward",
    { ...lstm, lengths: floats(3) },
    TypeError,
    "lstmForward: lengths must be an Int32Array, got Float32Array",
  ],
  [
    "embeddingForward",
    { ...embedding, ids: ints(0, 1, 2, 3, 4, 99) },
    RangeError,
    "embeddingForward: ids[5] must be from 0 to 26, got 99",
  ],
  [
    "embeddingForward",
    { ...embedding, ids: ints(-1, 1, 2, 3, 4, 5) },
    RangeError,
    "embeddingForward: ids[0] must be from 0 to 26, got -1",
  ],
  [
    "map",
    { ...map, op: "tan" },
    RangeError,
    'map: op must be one of tanh, sigmoid, relu, exp, log, sqrt, square, neg, abs, got "tan"',
  ],
  ["scale", { ...scale, by: Number.NaN }, RangeError, "scale: by must be a number, got NaN"],
  ["scale", { ...scale, by: "2" }, TypeError, 'scale: by must be a number, got "2"'],
  [
    "dropout",
    { ...dropout, seed: 2 ** 31 },
    RangeError,
    "dropout: seed must be a whole number from -2147483648 to 2147483647, got 2147483648",
  ],
  ["dropout", { ...dropout, seed: null }, TypeError, "dropout: seed must be a whole number, got null"],
  [
    "take",
    { ...take, at: 3 },
    RangeError,
    "take: at must be from 0 to 2, so that at + C is at most X, got 3 with C 3 and X 5",
  ],
  [
    "place",
    { ...take, at: -1 },
    RangeError,
    "place: at must be from 0 to 2, so that at + C is at most X, got -1 with C 3 and X 5",
  ],
  ["max", { ...max, M: 0, x: floats(0) }, RangeError, "max: M must be at least 1, got 0"],
  [
    "scale",
    undefined as unknown as AnyArgs,
    TypeError,
    "scale: the argument must be an object with N, by, plus, x, y, got undefined",
  ],
  ["scale", 7 as unknown as AnyArgs, TypeError, "scale: the argument must be an object with N, by, plus, x, y, got 7"],
];

describe("refuses", () => {
  for (const [name, args, kind, message] of refused)
    test(message, () => {
      let thrown: unknown;
      try {
        check(name, args);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(kind);
      expect((thrown as Error).message).toBe(message);
    });
});

describe("the quick checks", () => {
  const related = ["take", "place", "max", "attentiveGruForward"];
  const quick = (name: KernelName, args: AnyArgs, words = makeWords()) =>
    quickChecks[name](args, words.ints, words.floats, []);

  test("turn away what is refused", () => {
    for (const [name, args, , message] of refused)
      if (!related.includes(name) && typeof args === "object") expect(quick(name, args), message).toBe(false);
  });

  test("pass what is right, and lay it out as the checks that explain do", () => {
    const reference = referenceBuild();
    for (const name of kernelNames) {
      const sizes = Object.fromEntries(kernelSpec(name).sizes.map((size, i) => [size, size === "X" ? 9 : 2 + i]));
      for (const choice of [0, 1]) {
        const complete = choice === 0;
        const args = sampleArgs(name, { sizes, choice, complete }, new Random(1), reference)!;
        const [words, others] = [makeWords(), makeWords()];
        const arrays: Arrays = [];
        expect(quickChecks[name](args, words.ints, words.floats, arrays), name).toBe(true);
        const slow: Arrays = [];
        compileExplainingCheck(name, "float32", others, slow)(args);
        expect(arrays).toEqual(slow);
        expect(words.ints).toEqual(others.ints);
      }
    }
  });
});

test("arrays of another realm, such as a test runner's or a frame's, are arrays", () => {
  const x = runInNewContext("new Float32Array(2)");
  expect(x).not.toBeInstanceOf(Float32Array);
  expect(check("scale", { ...scale, x })?.[0]).toBe(x);
});

test("sizes and scalars become words, arrays come in the order of the table", () => {
  const words = makeWords();
  const arrays = compileCheck("dropout", "float32", words)({ ...dropout, seed: -5 });
  expect(words.ints[0]).toBe(2);
  expect(words.floats[1]).toBe(0.5);
  expect(words.ints[2]).toBe(-5);
  expect(arrays).toEqual([dropout.x, dropout.y]);
});

test("flags and names become numbers", () => {
  const words = makeWords();
  compileCheck("lstmForward", "float32", words)({ ...lstm, reverse: true });
  expect([...words.ints.subarray(0, 4)]).toEqual([2, 3, 16, 1]);
  compileCheck("map", "float32", words)({ ...map, op: "relu" });
  expect(words.ints[1]).toBe(2);
});

test("float64 asks for Float64Array", () => {
  const wide = { N: 2, by: 2, plus: 1, x: new Float64Array(2), y: new Float64Array(2) };
  expect(compileCheck("scale", "float64", makeWords())(wide)).toEqual([wide.x, wide.y]);
  expect(() => compileCheck("scale", "float64", makeWords())(scale)).toThrow(
    "scale: x must be a Float64Array, got Float32Array",
  );
});

test("an array of memory that has moved is told apart from an empty one", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const x = new Float32Array(memory.buffer, 0, 2);
  memory.grow(1);
  expect(() => check("map", { ...map, x })).toThrow(
    "map: x is an array whose memory has moved; read the array of its block anew after each allocation",
  );
});

test("every shape and range of the table can be read", () => {
  for (const name of kernelNames) {
    const { sizes, scalars } = kernelSpec(name);
    // All sizes 0 makes every array empty, but for constant axes.
    expect(sizes.length + Object.keys(scalars).length).toBeLessThanOrEqual(16);
    expect(() => compileCheck(name, "float32", makeWords())).not.toThrow();
  }
});
