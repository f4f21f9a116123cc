import { describe, expect, test } from "vitest";
import { z } from "zod";
import { KindError, ValueError } from "../base/index.ts";
import { flagsOf, kebab, normalise, pick, unknownFlag } from "./flags.ts";

const schema = z.strictObject({
  hiddenSize: z.int().min(1).default(128).describe("units per layer"),
  topK: z.int().min(1).optional().describe("draw from so many"),
  residual: z.boolean().default(false).describe("add the input"),
  shuffle: z.boolean().default(true).describe("another order each time"),
  cell: z.enum(["gru", "lstm"]).default("lstm").describe("recurrent cell"),
  temperature: z.number().describe("how bold").default(1),
  prompt: z.string().default("").describe("what comes first"),
  distances: z.array(z.int().min(1)).readonly().default([3, 10]).describe("how far"),
  cells: z
    .array(z.enum(["gru", "lstm"]))
    .optional()
    .describe("which"),
});

describe("flags made from a schema", () => {
  test("say what each option means, its choices and its default", () => {
    const shown = flagsOf(schema)
      .filter(({ hidden }) => !hidden)
      .map(({ flags, description }) => `${flags}: ${description}`);
    expect(shown).toEqual([
      "--hidden-size <n>: units per layer [default: 128]",
      "--top-k <n>: draw from so many",
      "--residual: add the input",
      "--shuffle: another order each time [default: on]",
      "--cell <name>: recurrent cell: gru, lstm [default: lstm]",
      "--temperature <n>: how bold [default: 1]",
      "--prompt <text>: what comes first",
      "--distances <n,...>: how far [default: 3,10]",
      "--cells <name,...>: which: gru, lstm",
    ]);
  });

  test("can be turned off where they are switches", () => {
    expect(flagsOf(schema).flatMap(({ hidden, long }) => (hidden ? [long] : []))).toEqual([
      "--no-residual",
      "--no-shuffle",
    ]);
  });

  test("show another default where one is given", () => {
    const flags = flagsOf(schema, { hiddenSize: "", prompt: "nothing" });
    expect(flags.at(0)!.description).toBe("units per layer");
    expect(flags.at(-3)!.description).toBe("what comes first [default: nothing]");
  });

  test("read numbers, and leave what is none to the schema", () => {
    const read = flagsOf(schema)[0]!.parseArg!;
    expect(["12", "1e3", "-0.5", "0x10"].map((text) => read(text, undefined))).toEqual([12, 1000, -0.5, 16]);
    expect(["", " ", "many", "Infinity", "NaN"].map((text) => read(text, undefined))).toEqual([
      "",
      " ",
      "many",
      "Infinity",
      "NaN",
    ]);
  });
});

test("lists are written with commas, and the part that cannot be is told", () => {
  const read = (name: string, text: string) =>
    flagsOf(schema).find(({ long }) => long === `--${name}`)!.parseArg!(text, undefined);
  expect(read("distances", "5, 1e2,x")).toEqual([5, 100, "x"]);
  expect(read("cells", "gru, lstm")).toEqual(["gru", "lstm"]);
  expect(() => pick("train", schema, { cells: ["gru", "lstn"] })).toThrow(
    new ValueError('train: --cells must be one of gru, lstm, got "lstn"; did you mean "lstm"?'),
  );
  expect(() => pick("train", schema, { distances: [3, 0] })).toThrow(
    new ValueError("train: --distances must be at least 1, got 0"),
  );
});

describe("pick", () => {
  test("keeps what was given of a schema, without defaults", () => {
    expect(pick("train", schema, { hiddenSize: 3, data: "x.txt", json: true })).toEqual({ hiddenSize: 3 });
  });

  test("names the flag of what cannot be", () => {
    expect(() => pick("train", schema, { hiddenSize: 0 })).toThrow(
      new ValueError("train: --hidden-size must be at least 1, got 0"),
    );
    expect(() => pick("train", schema, { temperature: "hot" })).toThrow(
      new KindError('train: --temperature must be a number, got "hot"'),
    );
  });
});

test("camelCase flags mean the same as kebab-case ones", () => {
  const known = new Set(["--hidden-size", "--top-k", "--data"]);
  expect(kebab("hiddenSize")).toBe("hidden-size");
  expect(
    normalise(["train", "--hiddenSize", "3", "--topK=5", "--hidenSize", "dataSize", "-x", "--", "--hiddenSize"], known),
  ).toEqual(["train", "--hidden-size", "3", "--top-k=5", "--hidenSize", "dataSize", "-x", "--", "--hiddenSize"]);
});

test("an unknown flag is told as it was written, with the nearest that there is", () => {
  const told = (flag: string) => unknownFlag("train", flag, flagsOf(schema)).message;
  expect(told("--hiden-size")).toBe("train: no option --hiden-size; did you mean --hidden-size?");
  expect(told("--hidenSize=3")).toBe("train: no option --hidenSize; did you mean --hidden-size?");
  expect(told("--no-shufle")).toBe("train: no option --no-shufle; did you mean --shuffle?");
  expect(told("-q")).toBe("train: no option --q; see backstitch train --help");
});
