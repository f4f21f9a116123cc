import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  FormatError,
  isUserError,
  KindError,
  nearest,
  Random,
  readOptions,
  StopError,
  show,
  ValueError,
} from "./index.ts";

describe("Random", () => {
  test("the same seed gives the same numbers, another seed others", () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.bits()
        )(new Random(seed)),
      );
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(2 ** 32 + 7)).not.toEqual(draw(7));
  });

  test("bits are those of xoshiro128** for a given state", () => {
    // The first outputs of the authors' C code (prng.di.unimi.it/xoshiro128starstar.c) from state 1, 2, 3, 4.
    const random = new Random(0);
    random.state = [1, 2, 3, 4];
    expect([random.bits(), random.bits(), random.bits(), random.bits()]).toEqual([11520, 0, 5927040, 70819200]);
  });

  test("a saved state goes on with the same numbers", () => {
    const random = new Random(3);
    random.normal();
    const state = random.state;
    const expected = [random.uniform(), random.integer(10), random.normal()];
    const other = new Random(0);
    other.state = state;
    expect([other.uniform(), other.integer(10), other.normal()]).toEqual(expected);
  });

  test("uniform and normal numbers have the mean and variance they should", () => {
    const random = new Random(1);
    const n = 100_000;
    const moments = (draw: () => number) => {
      const x = Array.from({ length: n }, draw);
      const mean = x.reduce((a, b) => a + b, 0) / n;
      return [mean, x.reduce((a, b) => a + (b - mean) ** 2, 0) / n] as const;
    };
    const [m, v] = moments(() => random.uniform());
    expect(Math.abs(m - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(v - 1 / 12)).toBeLessThan(0.001);
    const [mean, variance] = moments(() => random.normal());
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  });

  test("shuffle is a permutation, each as likely as any", () => {
    const random = new Random(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle([1, 2, 3]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  test("a fork does not disturb its parent", () => {
    const a = new Random(9);
    const b = new Random(9);
    const fork = a.fork();
    for (let i = 0; i < 10; i++) fork.bits();
    b.fork();
    expect(a.bits()).toBe(b.bits());
    expect(fork.bits()).not.toBe(a.bits());
  });
});

describe("errors", () => {
  test("are told apart from our own bugs and keep their standard names", () => {
    for (const error of [new KindError("a"), new ValueError("a"), new FormatError("a"), new StopError("a")])
      expect(isUserError(error)).toBe(true);
    expect(isUserError(new RangeError("Invalid array length"))).toBe(false);
    expect(new KindError("a")).toBeInstanceOf(TypeError);
    expect(new ValueError("a").name).toBe("RangeError");
  });

  test("nearest finds a misspelt name and nothing for a strange one", () => {
    expect(nearest("hidenSize", ["cell", "hiddenSize"])).toBe("hiddenSize");
    expect(nearest("lstn", ["rnn", "lstm"])).toBe("lstm");
    expect(nearest("banana", ["rnn", "lstm"])).toBeUndefined();
    expect(nearest("HIDDEN_SIZE", ["cell", "hiddenSize"])).toBe("hiddenSize");
    expect(nearest("constructor", ["rnn", "lstm"])).toBeUndefined();
  });

  test("nearest knows what other toolkits call things", () => {
    const names = ["rate", "epsilon", "beta1", "beta2"];
    expect(["lr", "learningRate", "learning_rate", "eps", "betas"].map((word) => nearest(word, names))).toEqual([
      "rate",
      "rate",
      "rate",
      "epsilon",
      "beta1",
    ]);
    expect(nearest("lr", ["momentum"]), "only where there is such a name").toBeUndefined();
  });

  test("show keeps a value short and on one line", () => {
    expect(show("a\nb")).toBe('"a\\nb"');
    expect(show(undefined)).toBe("undefined");
    expect(show(() => 1)).toBe("a function");
    expect(show(new Int32Array(6))).toBe("Int32Array of 6");
    expect(show("x".repeat(200))).toHaveLength(80);
  });
});

describe("readOptions", () => {
  const schema = z.strictObject({
    cell: z.enum(["rnn", "lstm"]).default("lstm"),
    hiddenSize: z.int().min(1).default(64),
    dropout: z.number().min(0).lt(1).default(0),
  });

  test("fills in defaults and keeps their types", () => {
    const options: { cell: "rnn" | "lstm"; hiddenSize: number; dropout: number } = readOptions("train", schema, {
      cell: "rnn",
    });
    expect(options).toEqual({ cell: "rnn", hiddenSize: 64, dropout: 0 });
  });

  test.each([
    [{ hidenSize: 3 }, 'train: no option "hidenSize"; did you mean "hiddenSize"?'],
    [{ hidden_size: 3 }, 'train: no option "hidden_size"; did you mean "hiddenSize"?'],
    [2, "train: options must be a set of options such as { cell: ..., hiddenSize: ... }, got 2"],
    [null, "train: options must be a set of options such as { cell: ..., hiddenSize: ... }, got null"],
    [[3], "train: options must be a set of options such as { cell: ..., hiddenSize: ... }, got [3]"],
    [{ banana: 3 }, 'train: no option "banana"; it has cell, hiddenSize, dropout'],
    [{ cell: "lstn" }, 'train: cell must be one of rnn, lstm, got "lstn"; did you mean "lstm"?'],
    [{ hiddenSize: 0 }, "train: hiddenSize must be at least 1, got 0"],
    [{ hiddenSize: 1.5 }, "train: hiddenSize must be a whole number, got 1.5"],
    [{ hiddenSize: Number.NaN }, "train: hiddenSize must be a number, got NaN"],
    [{ hiddenSize: "many" }, 'train: hiddenSize must be a number, got "many"'],
    [{ dropout: 1 }, "train: dropout must be less than 1, got 1"],
  ])("%o is refused in one line", (given, message) => {
    expect(() => readOptions("train", schema, given as never)).toThrow(expect.objectContaining({ message }));
  });
});
