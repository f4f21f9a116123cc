import { describe, expect, test } from "vitest";
import { ValueError } from "../../base/index.ts";
import { Codec, type CodecOptions, findTokenizer, type TokenizerName, tokenizerNames } from "../../text/index.ts";
import { borders, type EncodedText, longestLine, prepare, readText, type TextData } from "./data.ts";
import { type LanguageModelOptions, languageModelOptions } from "./options.ts";

const settings = (options: LanguageModelOptions = {}) => languageModelOptions.parse(options);

/** The lines to train on and those kept aside, as they were. */
function partsOf(lines: readonly string[], options: LanguageModelOptions): { training: string[]; aside: string[] } {
  const { codec, batches, validation } = prepare("test", lines, settings({ minCount: 1, ...options }));
  const training: string[] = [];
  for (let i = 0; i < batches.batchesPerEpoch; i++) {
    const { inputs, lengths } = batches.next();
    const B = inputs.shape[1]!;
    lengths.forEach((length, b) => {
      const ids = Array.from({ length: length - 1 }, (_, t) => inputs.ids[(t + 1) * B + b]!);
      training.push(codec.decode(ids));
    });
  }
  return { training, aside: linesOf(validation).map((ids) => codec.decode(ids)) };
}

/** The ids of each line. */
function linesOf(text: EncodedText | null): number[][] {
  const lines = text?.lines?.window(0);
  return Array.from({ length: lines?.length ?? 0 }, (_, line) => Array.from(lines!.at(line)));
}

describe("lines kept aside", () => {
  const names = Array.from({ length: 60 }, (_, i) => `ab${"c".repeat(i % 5)}${"ab".repeat(i % 7)}`);

  test("are never trained on, however often a line comes", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { training, aside } = partsOf(names, { seed, validation: 0.3 });
      expect(aside.length).toBeGreaterThan(0);
      expect(aside.filter((line) => training.includes(line))).toEqual([]);
      expect([...training, ...aside].sort()).toEqual([...names].sort());
    }
  });

  test("are the share that was asked for, and others for another seed", () => {
    const lines = Array.from({ length: 100 }, (_, i) => `a${i}`);
    const { training, aside } = partsOf([...lines], { validation: 0.25, vocabularySize: 20 });
    expect([training.length, aside.length]).toEqual([75, 25]);
    expect(partsOf(lines, { validation: 0.25, seed: 2 }).aside).not.toEqual(aside);
    expect(partsOf(lines, { validation: 0.25 }).aside).toEqual(aside);
  });

  test("are none for a share of 0, and never all there are", () => {
    expect(prepare("test", names, settings({ validation: 0 })).validation).toBe(null);
    expect(prepare("test", ["one"], settings({ validation: 0.9 })).validation).toBe(null);
    expect(prepare("test", ["one", "one"], settings({ validation: 0.9 })).validation).toBe(null);
    expect(partsOf(["one", "two"], { validation: 0.9 }).training.length).toBe(1);
  });

  test("decide nothing: the vocabulary is that of the rest", () => {
    const lines = ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh"];
    const { codec, validation } = prepare("test", lines, settings({ validation: 0.25 }));
    expect(codec.size).toBe(4 + 6);
    expect(linesOf(validation)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});

describe("a running text", () => {
  test("is validated on its end, and every token but the first of each part is predicted once", () => {
    const text = "abcdefghij".repeat(30);
    const { validation, trainingTokens } = prepare(
      "test",
      text,
      settings({ unit: "text", validation: 0.1, batchSize: 4 }),
    );
    expect(validation!.tokens.length).toBe(30);
    expect(validation!.characters).toBe(29);
    expect(trainingTokens).toBe(269);
  });

  test.each<TokenizerName>(["characters", "graphemes"])("of any length is the same %s as in one piece", (tokenizer) => {
    const line = "née e\u0301t\u00e9 👩‍👩‍👧 🇫🇷🇫🇷 ok\n";
    const text = line.repeat(9000);
    const { units, numbering } = readText("test", text, settings({ unit: "text", tokenizer }));
    const names = new Map(Array.from(numbering.entries(), ([unit, number]) => [number, unit]));
    const read = Array.from(units.read(0, units.length), (number) => names.get(number)).join("|");
    // Not by toBe, which would show where two long texts differ.
    expect(read === findTokenizer(tokenizer).encode(text).join("|")).toBe(true);
  });

  test("counts characters, not graphemes", () => {
    const text = "x🇫🇷".repeat(20);
    const options = settings({ unit: "text", tokenizer: "graphemes", validation: 0.5, batchSize: 1 });
    const { validation } = prepare("test", text, options);
    expect(validation!.tokens.length).toBe(20);
    expect(validation!.characters).toBe(29);
  });
});

test("lines end with LF or CR LF, and empty ones are left out", () => {
  const read = (data: TextData) => readText("test", data, settings()).lines!.length;
  expect(read("one\r\ntwo\n\n  \nthree")).toBe(3);
  expect(read(["one", "", "two"])).toBe(2);
});

test("data have a fingerprint", () => {
  const of = (data: TextData, options: LanguageModelOptions = {}) =>
    prepare("test", data, settings(options)).fingerprint;
  expect(of(["one", "two"])).toBe(of("one\r\ntwo\n", { seed: 2, validation: 0 }));
  const all = [
    ["one", "two"],
    ["two", "one"],
    ["onet", "wo"],
    ["one", "twp"],
    ["one", "two", "two"],
  ].map((lines) => of(lines));
  expect(new Set(all).size).toBe(5);
});

describe("data are refused", () => {
  const message = (data: TextData, options: LanguageModelOptions = {}) => {
    try {
      prepare("test", data, settings(options));
    } catch (error) {
      if (error instanceof ValueError) return error.message;
      throw error;
    }
    return "fine";
  };

  test("that are no text, or none at all", () => {
    expect(message(["one", 2 as unknown as string])).toBe("test: line 2 must be text, got 2");
    expect(message([])).toBe("test: needs at least one line that is not empty, got none");
    expect(message("\n\n")).toBe("test: needs at least one line that is not empty, got none");
    expect(message(" ", { unit: "text" })).toBe("test: needs text, got none");
  });

  test("with a line too long to reach back over", () => {
    expect(longestLine).toBe(5000);
    expect(message(["a", "b".repeat(5000)])).toBe("fine");
    expect(message(["a", "", "b".repeat(5001)])).toBe(
      "test: line 3 must have at most 5000 tokens with unit lines, got 5001; break it into shorter lines, or train with unit text",
    );
    expect(message(["a", "b".repeat(5001)], { unit: "text" })).toBe("fine");
  });

  test("that are too short for the streams", () => {
    expect(message("a".repeat(8), { unit: "text", batchSize: 8, validation: 0 })).toBe(
      "test: needs more than batchSize = 8 tokens to train on, got 8; lower batchSize or give more text",
    );
  });

  test("where an option waits for evaluations that never come", () => {
    expect(message(["a", "b"], { patience: 1, validation: 0 })).toBe(
      "train: patience needs evaluations, but no data are kept aside; raise validation",
    );
    expect(message(["a", "b", "c"], { schedule: "plateau", validation: 0.5, evaluateEvery: 0 })).toBe(
      "train: schedule plateau needs evaluations, but evaluateEvery is 0",
    );
    expect(message(["a", "b", "c"], { schedule: "plateau", patience: 2, validation: 0.5 })).toBe("fine");
  });
});

describe("a running text begins", () => {
  const begin = (text: string, options: CodecOptions) => {
    const codec = Codec.train([text], options);
    return borders(codec, { unit: "text" }).begin!.map((id) => codec.piece(id));
  };

  test("after a line break, whatever its token is", () => {
    for (const tokenizer of tokenizerNames) expect(begin("a b\nb b", { tokenizer })).toEqual(["\n"]);
  });

  test("or with the most frequent token where there is none", () => {
    for (const tokenizer of ["characters", "bpe"] as const)
      expect(begin("abcbdb", { tokenizer, minCount: 2 })).toEqual(["b"]);
  });
});
