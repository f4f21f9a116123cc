import { describe, expect, test } from "vitest";
import { exactEngine } from "../../test/engines.ts";
import { freshModel } from "../../test/inspected-model.ts";
import { BOS, EOS, KindError, ValueError } from "../base/index.ts";
import { Embedding, type Observation } from "../nn/index.ts";
import { Codec } from "../text/index.ts";
import { activations, labelsOf, writeActivations } from "./index.ts";

/** What the network shows when it reads ids in one call. */
function shown({ network }: ReturnType<typeof freshModel>, ids: readonly number[]): Observation[] {
  const seen: Observation[] = [];
  const tokens = { ids: Int32Array.from(ids), shape: [ids.length, 1] };
  network.recurrent.forward(network.embedding.lookup(tokens), { observe: (observation) => seen.push(observation) });
  return seen;
}

describe("activations", () => {
  test("of a running text are those of one sequence, however long", () => {
    const model = freshModel(exactEngine(1), { unit: "text", layers: 2 });
    const text = "abcab\n".repeat(100);
    const seen = activations(model, text);
    expect(seen.text).toBe(text);
    expect(seen.tokens.join("")).toBe(text);
    expect(seen.begins).toEqual([0]);
    expect(seen.ends.at(-1)).toBe(600);
    const whole = shown(model, [...model.codec.encode(text)]);
    expect(seen.series.map(({ layer, part }) => `${layer} ${part}`)).toEqual(
      [0, 1].flatMap((layer) => ["h", "c", "i", "f", "g", "o"].map((part) => `${layer} ${part}`)),
    );
    for (const { layer, part, values } of seen.series)
      expect(values).toEqual({ ...whole[layer]!.state, ...whole[layer]!.gates }[part]);
  });

  test("of lines are those of each line by itself, after BOS", () => {
    const model = freshModel(exactEngine(1), { unit: "lines", cell: "gru" });
    const seen = activations(model, "ab\r\n\ncab\n");
    expect(seen.text).toBe("ab\ncab");
    expect(seen.begins).toEqual([0, 2]);
    expect([...seen.ends]).toEqual([1, 2, 4, 5, 6]);
    const H = seen.hiddenSize;
    const lines = ["ab", "cab"].map((line) => shown(model, [BOS, ...model.codec.encode(line)])[0]!);
    for (const { part, values } of seen.series) {
      const parts = lines.map((line) => ({ ...line.state, ...line.gates })[part]!.subarray(H));
      expect([...values]).toEqual(parts.flatMap((part) => [...part]));
    }
  });

  test("of documents are those of each by itself, after the end of another", () => {
    const model = freshModel(exactEngine(1), { unit: "documents", cell: "rnn" });
    const seen = activations(model, "\nab\nc\n \n\nb\n");
    expect(seen.text).toBe("ab\nc\n\nb");
    expect(activations(model, seen.text)).toEqual(seen);
    expect(seen.begins).toEqual([0, 4]);
    const documents = ["ab\nc", "b"].map((text) => shown(model, [EOS, ...model.codec.encode(text)])[0]!.y);
    expect([...seen.series[0]!.values]).toEqual(documents.flatMap((y) => [...y.subarray(seen.hiddenSize)]));
  });

  test("of words stand where the words do", () => {
    const codec = Codec.train(['he said "no", he'], { tokenizer: "words" });
    const { network, settings } = freshModel(exactEngine(1), { unit: "text" });
    const text = 'he said: "no (he)", twice';
    const seen = activations(
      {
        codec,
        settings,
        network: {
          engine: network.engine,
          recurrent: network.recurrent,
          tokenNats: network.tokenNats,
          embedding: new Embedding(network.engine, { vocabularySize: codec.size, embeddingSize: 2 }),
        },
      },
      text,
    );
    expect(seen.tokens.join("")).toBe(text);
    expect(seen.tokens.length).toBe(codec.encode(text).length);
    seen.tokens.forEach((token, k) => {
      expect(text.slice(0, seen.ends[k]).endsWith(token)).toBe(true);
    });
    const { values } = labelsOf(seen, "brackets");
    expect(seen.tokens.filter((_, k) => values[k] === 1).join("")).toBe(" (he");
  });

  test("of chosen parts and layers are those and no others", () => {
    const model = freshModel(exactEngine(1), { unit: "text", layers: 2 });
    const seen = activations(model, "abc", { parts: ["c", "o"], layers: [1] });
    expect(seen.series.map(({ layer, part }) => `${layer} ${part}`)).toEqual(["1 c", "1 o"]);
    expect(seen.series[0]!.values).toEqual(activations(model, "abc").series[7]!.values);
  });

  test("an unknown token is read as such, and still spelt", () => {
    const model = freshModel(exactEngine(1), { unit: "text" });
    const seen = activations(model, "a?é");
    expect(seen.tokens).toEqual(["a", "?", "é"]);
    expect([...seen.ids]).toEqual([...model.codec.encode("a?é")]);
    expect(seen.ids[1]).toBe(1);
  });

  test("refuse what cannot be", () => {
    const model = freshModel(exactEngine(1), { unit: "text" });
    const refusal = (text: unknown, options?: object) => () => activations(model, text as string, options);
    expect(refusal("")).toThrow(new ValueError('activations: text must hold at least one token, got ""'));
    expect(refusal(3)).toThrow(new KindError("activations: text must be a string, got 3"));
    expect(refusal("a\ud83d")).toThrow(
      new ValueError(
        "characters: text must be well-formed Unicode, got the lone surrogate \\ud83d at index 1; do not cut texts within a pair, or mend it with text.toWellFormed()",
      ),
    );
    expect(refusal("a", { parts: ["r"] })).toThrow(
      new ValueError('activations: parts must be some of h, c, i, f, g, o for lstm, got "r"'),
    );
    expect(refusal("a", { layers: [1] })).toThrow(new ValueError("activations: layers must be from 0 to 0, got 1"));
    expect(refusal("a", { part: ["h"] })).toThrow(
      new ValueError('activations: no option "part"; did you mean "parts"?'),
    );
  });
});

test("as JSON they read back, rounded to four digits", () => {
  const model = freshModel(exactEngine(1), { unit: "lines" });
  const seen = activations(model, 'a"\n</b');
  const read = JSON.parse(writeActivations(seen));
  const { cell, hiddenSize: H, tokens, begins } = seen;
  expect(read).toMatchObject({ version: 1, cell, hiddenSize: H, tokens, begins });
  expect(read.series).toHaveLength(seen.series.length);
  for (const [s, { layer, part, values }] of seen.series.entries()) {
    expect(read.series[s]).toMatchObject({ layer, part });
    expect(read.series[s].values).toHaveLength(tokens.length);
    read.series[s].values.flat().forEach((value: number, i: number) => {
      expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(5e-4 * Math.abs(values[i]!));
      expect(String(value).replace(/^-?0\.0*|[-.]|e.*$/g, "").length).toBeLessThanOrEqual(4);
    });
  }
});
