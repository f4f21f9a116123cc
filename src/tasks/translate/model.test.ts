/** A translation model as a program uses it: what must hold for any weights, and that it learns. */
import { describe, expect, test } from "vitest";
import { exactEngine } from "../../../test/engines.ts";
import { BOS, FormatError, KindError, Random, ValueError } from "../../base/index.ts";
import { coverageOf } from "../../decode/index.ts";
import { readSafetensors, writeSafetensors } from "../../formats/index.ts";
import { parameters } from "../../nn/index.ts";
import { Engine } from "../../tensor/index.ts";
import { bpe, Codec, trainBpe, Vocabulary } from "../../text/index.ts";
import { blaming } from "./blame.ts";
import { Ensemble, type Translation, TranslationModel, translationModel } from "./index.ts";
import { outputLimit, sourceLimit } from "./length-limits.ts";
import { type TranslateOptions, type TranslationOptions, translationOptions } from "./options.ts";

const facts = { tags: [] as string[], longestSource: 6, longestTarget: 5, greatestRatio: 1.5 };
const small = { embeddingSize: 4, hiddenSize: 5 } satisfies TranslationOptions;

interface Made {
  readonly targets?: string;
  readonly tags?: string[];
  readonly seed?: number;
  readonly options?: TranslationOptions;
}

/** A model of random weights, large enough for it to be sure of this or that. */
function make({ targets = "xyz", tags = [], seed = 1, options = {} }: Made = {}): TranslationModel {
  const parts = { source: Codec.train(["abcab"]), target: Codec.train([...targets]), facts: { ...facts, tags } };
  const model = TranslationModel.create(exactEngine(seed), parts, translationOptions.parse({ ...small, ...options }));
  for (const { data } of Object.values(parameters(model.network)))
    for (let i = 0; i < data.length; i++) data[i] = 3 * data[i]!;
  return model;
}

const texts = ["abc", "a", "bcabca", "", "cc", "babab", "a"];

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const one of stream) taken.push(one);
  return taken;
}

/** Equal but for rounding. */
function expectAlike(found: readonly Translation[], expected: readonly Translation[]): void {
  const plain = (translations: readonly Translation[]) =>
    translations.map(({ hypotheses, ...rest }) => ({
      ...rest,
      hypotheses: hypotheses.map(({ text, ids, pieces, end }) => ({ text, ids, pieces, end })),
    }));
  expect(plain(found)).toEqual(plain(expected));
  const numbers = (translations: readonly Translation[]) =>
    translations.flatMap(({ hypotheses }) => hypotheses.flatMap(({ logProb, score }) => [logProb, score]));
  numbers(found).forEach((number, i) => {
    expect(number).toBeCloseTo(numbers(expected)[i]!, 10);
  });
}

describe("in the memory of WebAssembly, which moves when it grows", () => {
  const letters = Array.from({ length: 3000 }, (_, i) => String.fromCodePoint(0x4e00 + i));
  const made = async (build: "wasm" | "reference", options: TranslationOptions) => {
    const engine = await Engine.load({ build, seed: 3 });
    const codec = Codec.train(letters, { tokenizer: "characters" });
    const parts = { source: codec, target: codec, facts };
    return TranslationModel.create(engine, parts, translationOptions.parse(options));
  };
  const sources = Array.from({ length: 7 }, (_, i) => letters.slice(40 * i, 41 * i + 1).join(""));
  test.each([
    { model: "gnmt" },
    { model: "gnmt", decoderLayers: 3, residual: true },
    { model: "bahdanau" },
    { model: "luong-feeding" },
    { model: "cho", cell: "rnn" },
  ] as const)("a beam finds what it finds elsewhere: %j", async (choice) => {
    const options = { ...choice, embeddingSize: 60, hiddenSize: 90 };
    const [here, there] = await Promise.all([made("wasm", options), made("reference", options)]);
    const outputs = (model: TranslationModel) =>
      model.translateAll(sources, { beamSize: 3 }).map(({ hypotheses: [best] }) => best!);
    const expected = outputs(there);
    for (const [i, { ids, logProb }] of outputs(here).entries()) {
      expect(ids).toEqual(expected[i]!.ids);
      expect(logProb).toBeCloseTo(expected[i]!.logProb, 3);
    }
  });
});

describe("translating", () => {
  test.each(["gnmt", "cho", "sutskever", "luong"] as const)("many texts is each alone: %s", (name) => {
    const model = make({ options: { model: name } });
    const options = { beamSize: 3, best: 2 };
    const alone = texts.map((text) => model.translateAll([text], options)[0]!);
    expectAlike(model.translateAll(texts, options), alone);
    expectAlike(model.search(texts, { ...options, batchSize: 2 }), alone);
    expect(texts.map((text) => model.translate(text, { beamSize: 3 }))).toEqual(alone.map(({ text }) => text));
    // Of the seven texts six differ.
    expect(new Set(alone.map(({ hypotheses }) => hypotheses[0]!.logProb.toFixed(6))).size).toBe(6);
  });

  test("gives hypotheses with what score says of them, the best first", () => {
    const model = make();
    const [{ hypotheses }] = model.translateAll(["abca"], { beamSize: 4, best: 4 }) as [Translation];
    expect(hypotheses).toHaveLength(4);
    const scores = hypotheses.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    for (const { text, pieces, logProb, score, end } of hypotheses) {
      const judged = model.score("abca", text);
      if (end === "eos") expect(judged.logProb).toBeCloseTo(logProb, 10);
      expect(judged.tokens.map(({ piece }) => piece)).toEqual([...pieces, "<eos>"]);
      expect(judged.tokens.reduce((sum, { logProb }) => sum + logProb, 0)).toBeCloseTo(judged.logProb, 12);
      const T = pieces.length + (end === "eos" ? 1 : 0);
      expect(score).toBeCloseTo(logProb / T ** 0.7, 12);
    }
  });

  test("takes over what the model was trained to search by", () => {
    const model = make({ options: { alpha: 0, beamSize: 2 } });
    for (const { logProb, score } of model.translateAll(["abc"])[0]!.hypotheses) expect(score).toBe(logProb);
    expect(() => model.translateAll(["abc"], { best: 3 })).toThrow(
      new ValueError("translate: best must be at most beamSize = 2, got 3; raise beamSize, or ask for fewer"),
    );
  });

  test("obeys limits and prefixes", () => {
    const model = make();
    const one = (options: object) => model.translateAll(["abca"], options)[0]!.hypotheses[0]!;
    expect(one({ prefix: "zzy" }).text).toMatch(/^zzy/);
    expect(one({ maxLength: 2, minLength: 2 }).ids).toHaveLength(2);
    expect(one({ minLength: 9 }).ids.length).toBeGreaterThanOrEqual(9);
    expect(one({ noRepeat: 1 }).text).toMatch(/^(?!.*(.).*\1)/);
  });

  test("ends by itself: the limit follows from the source and the training pairs", () => {
    const model = make();
    // Never an end.
    model.network.output.bias!.data[3] = -1000;
    const [short, long] = model.translateAll(["a", "abcabc"]).map(({ hypotheses }) => hypotheses[0]!);
    expect([short!.ids.length, short!.end]).toEqual([outputLimit(facts, 1), "length"]);
    expect([long!.ids.length, long!.end]).toEqual([outputLimit(facts, 6), "length"]);
    expect([outputLimit(facts, 1), outputLimit(facts, 6), outputLimit(facts, 60)]).toEqual([13, 20, 102]);
    const endless = { ...facts, longestSource: 1e9, longestTarget: 1e9, greatestRatio: 1e9 };
    expect([outputLimit(endless, 1e6), sourceLimit(endless)]).toEqual([20_000, 20_000]);
  });

  test("says what it could not read", () => {
    const model = make();
    const [odd, known] = model.translateAll(["aéb\u{1f600}", "ab"]);
    expect([odd!.unknown, known!.unknown]).toEqual([["é", "\u{1f600}"], []]);
    const source = Codec.train(["the cat"], { tokenizer: "words" });
    const words = TranslationModel.create(exactEngine(), { ...model.parts, source }, model.settings);
    expect(words.translateAll(["the dog!"])[0]!.unknown).toEqual(["dog", "!"]);
    expect(odd!.hypotheses[0]!.logProb).toBeLessThan(0);
  });

  test("gives nothing for nothing", () => {
    expect(make().translateAll(["", "a"])[0]).toEqual({
      source: "",
      text: "",
      hypotheses: [{ text: "", pieces: [], ids: [], logProb: 0, score: 0, end: "eos" }],
      unknown: [],
      cut: 0,
    });
    expect(make().translateAll([])).toEqual([]);
  });

  test("refuses sources beyond all that it has seen, or cuts them", () => {
    const model = make();
    expect(sourceLimit(facts)).toBe(100);
    const long = "abc".repeat(40);
    expect(() => model.translate(long)).toThrow(
      new ValueError(
        "translate: a source must be at most 100 tokens, since none in training had more than 6, got 120; cut it with longSource cut, or give it in parts",
      ),
    );
    const options = { longSource: "cut", beamSize: 1 } as const;
    const [cut, whole] = model.translateAll([long, long.slice(0, 100)], options);
    expect([cut!.cut, whole!.cut]).toEqual([20, 0]);
    expect(cut!.text).toBe(whole!.text);
    expect(model.attention(long, "x", options)).toEqual(model.attention(long.slice(0, 100), "x"));
    expect(() => model.attention(long, "x")).toThrow(
      new ValueError(
        "attention: a source must be at most 100 tokens, since none in training had more than 6, got 120; cut it with longSource cut, or give it in parts",
      ),
    );
  });

  test("scores no more of a source than is translated", () => {
    const model = make();
    const long = "abc".repeat(40);
    const score = model.score(long, "xy", { longSource: "cut" });
    expect(score).toEqual(model.score(long.slice(0, 100), "xy"));
    expect(model.scoreAll([{ source: long, target: "xy" }], { longSource: "cut" })).toEqual([score]);
    expect(() => model.score(long, "xy")).toThrow(
      new ValueError(
        "score: a source must be at most 100 tokens, since none in training had more than 6, got 120; cut it with longSource cut, or give it in parts",
      ),
    );
    expect(() => model.score("ab", "xy", { longSource: "whole" as never })).toThrow(
      new ValueError('score: longSource must be one of refuse, cut, got "whole"'),
    );
  });

  test("is blamed by what it read of a source, for outputs and references alike", () => {
    const model = make();
    const long = "abc".repeat(40);
    const judged = (source: string) => {
      const questions = [{ source, references: ["xyz", "x".repeat(170)] }];
      const [one] = blaming(model, questions, { beamSizes: [1], coverage: 0.3 });
      return { references: one!.references, outputs: one!.outputs };
    };
    expect(outputLimit(facts, 100)).toBeLessThan(170);
    expect(outputLimit(facts, 120)).toBeGreaterThan(171);
    expect(judged(long)).toEqual(judged(long.slice(0, 100)));
  });

  test("says whether an output is certainly the best, and never scores below a beam", () => {
    const model = make();
    const [narrow, sure] = [
      model.translateAll(texts, { beamSize: 1 }),
      model.translateAll(texts, { beamSize: 1, certify: 2000 }),
    ];
    const wide = model.translateAll(texts, { beamSize: 60 });
    sure.forEach(({ hypotheses: [best] }, i) => {
      if (texts[i] === "") return;
      expect(best!.certified).toBe(true);
      expect(best!.score).toBeGreaterThanOrEqual(narrow[i]!.hypotheses[0]!.score);
      expect(best!.score).toBeGreaterThanOrEqual(wide[i]!.hypotheses[0]!.score - 1e-12);
    });
    expect(sure.some(({ text }, i) => text !== narrow[i]!.text)).toBe(true);
    expect(model.translateAll(["abc"], { certify: 1, minLength: 6 })[0]!.hypotheses[0]!.certified).toBe(false);
    expect("certified" in narrow[0]!.hypotheses[0]!).toBe(false);
  });

  test("keeps the tree of a search", () => {
    const [{ tree, text }] = make().translateAll(["abc"], { trace: true, beamSize: 2 }) as [Translation];
    expect(tree!.nodes.length).toBeGreaterThan(3);
    expect(tree!.nodes.filter(({ fate }) => fate === "best")).toHaveLength(1);
    expect(text).toBe(make().translate("abc", { beamSize: 2 }));
  });

  test("draws as though each were alone, the same for the same seed", () => {
    const model = make();
    const draw = (options: object) =>
      model
        .translateAll(texts, { sample: true, best: 3, ...options })
        .map(({ hypotheses }) => hypotheses.map(({ text }) => text));
    expect(draw({ seed: 4 })).toEqual(draw({ seed: 4, batchSize: 2 }));
    expect(draw({ seed: 4 })).not.toEqual(draw({ seed: 5 }));
    expect(draw({}).filter((drawn) => drawn.length === 3)).toHaveLength(texts.length - 1);
    const likeliest = model.translateAll(texts, { beamSize: 1 }).map(({ text }) => text);
    expect(draw({ temperature: 0 }).map(([first]) => first)).toEqual(likeliest);
    expect(draw({ topK: 1 }).map(([first]) => first)).toEqual(likeliest);
  });
});

describe("tags", () => {
  const tagged = make({ tags: ["en", "de"], options: { sharedVocabulary: false } });

  test("say what is made of a source", () => {
    const [en, de, mixed] = [
      tagged.translateAll(["ab", "cc"], { tag: "en" }),
      tagged.translateAll(["ab", "cc"], { tag: "de" }),
      tagged.translateAll([{ source: "ab", tag: "de" }, "cc"], { tag: "en" }),
    ];
    expect(mixed.map(({ text }) => text)).toEqual([de[0]!.text, en[1]!.text]);
    expect(en.map(({ hypotheses }) => hypotheses[0]!.logProb)).not.toEqual(
      de.map(({ hypotheses }) => hypotheses[0]!.logProb),
    );
    expect(tagged.score("ab", "x", { tag: "en" })).not.toEqual(tagged.score("ab", "x", { tag: "de" }));
    expect(tagged.attention("ab", "x", { tag: "de" }).source).toEqual(["<de>", "a", "b", "<eos>"]);
  });

  test("are asked for, known, and left out where there are none", () => {
    expect(() => tagged.translate("ab")).toThrow(
      new ValueError("translate: needs a tag that says what to make of a source; it knows one of en, de"),
    );
    expect(() => tagged.translate("ab", { tag: "fr" })).toThrow(
      new ValueError('translate: tag must be one that the model was trained with, got "fr"; it knows one of en, de'),
    );
    expect(() => make().translate("ab", { tag: "fr" })).toThrow(
      new ValueError('translate: tag must be left out, since the model was trained without tags, got "fr"'),
    );
  });

  test("are never written, though a shared vocabulary has a place for them", () => {
    const parts = { source: Codec.train(["abc"]), target: Codec.train(["abc"]), facts: { ...facts, tags: ["en"] } };
    const settings = translationOptions.parse({ ...small, sharedVocabulary: true });
    const model = TranslationModel.create(exactEngine(), parts, settings);
    model.network.output.bias!.data[7] = 1000;
    expect(model.translate("ab", { tag: "en", maxLength: 5 })).toMatch(/^[abc]*$/);
  });
});

describe("attention", () => {
  test("is how much each piece of the source mattered to each of the target", () => {
    const model = make();
    const { source, target, weights } = model.attention("abca", "xz");
    expect(source).toEqual(["a", "b", "c", "a", "<eos>"]);
    expect(target).toEqual(["x", "z", "<eos>"]);
    expect(weights.map((row) => row.length)).toEqual([5, 5, 5]);
    for (const row of weights) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    const found = model.attention("abca");
    expect(found.target.slice(0, -1).join("")).toBe(model.translate("abca"));
  });

  test("is in the order of the source where that was read from its end", () => {
    const options: TranslationOptions = { model: "luong" };
    const rows = (reverseSource: boolean, source: string) =>
      make({ options: { ...options, reverseSource } })
        .attention(source, "xz")
        .weights.map((row) => [...row]);
    expect(rows(true, "abc")).toEqual(rows(false, "cba").map((row) => [...row.slice(0, 3).toReversed(), row[3]]));
  });

  test.each(["bahdanau", "luong"] as const)("is the same step by step as all at once: %s, from the end", (name) => {
    const { predictor, target } = make({ tags: ["en"], options: { model: name, reverseSource: true } });
    const sources = ["abcca", "b", "ca"].map((text) => ({ text, tag: "en", longest: 100 }));
    const judged = predictor.judge(sources.map((source) => ({ ...source, target: "xz" }))).weights!;
    let state = predictor.select(predictor.begin(sources, { givesBack: false }), [0, 2, 1, 2]);
    for (const [t, id] of [BOS, ...target.encode("xz")].entries()) {
      const step = predictor.step({ ids: new Int32Array(4).fill(id), shape: [1, 4] }, state);
      state = step.state;
      for (const [row, source] of [0, 2, 1, 2].entries()) {
        const weights = Array.from(step.weights!).slice(row * 7, (row + 1) * 7);
        const expected = [...judged[source]![t]!, ...new Array<number>(7).fill(0)].slice(0, 7);
        weights.forEach((weight, s) => {
          expect(weight).toBeCloseTo(expected[s]!, 12);
        });
      }
    }
  });

  test("needs a model that attends", () => {
    const model = make({ options: { model: "cho" } });
    expect(() => model.attention("ab")).toThrow(
      new ValueError("attention: needs a model with attention, this one has none"),
    );
    expect(() => model.translate("ab", { coverage: 0.2 })).toThrow(
      new ValueError("translate: coverage needs a model with attention, this one has none; set coverage 0"),
    );
    expect(make().translateAll(["ab"], { coverage: 0.2 })[0]!.hypotheses[0]!.score).not.toBe(
      make().translateAll(["ab"])[0]!.hypotheses[0]!.score,
    );
  });
});

describe("a stream", () => {
  const model = make();
  const expected = model.translateAll(texts);

  test("gives translations in the order of the texts", async () => {
    expectAlike(await all(model.stream(texts, { batchSize: 2 })), expected);
    async function* slowly() {
      for (const text of texts) {
        await new Promise((resolve) => setTimeout(resolve, text.length));
        yield text;
      }
    }
    expectAlike(await all(model.stream(slowly())), expected);
    expect(await all(model.stream([]))).toEqual([]);
  });

  test("waits for no text that has not come yet", async () => {
    const taken: string[] = [];
    async function* asking() {
      yield "abc";
      while (taken.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      yield "a";
    }
    for await (const { source } of model.stream(asking())) taken.push(source);
    expect(taken).toEqual(["abc", "a"]);
  });

  test("gives what came before an error, then the error", async () => {
    async function* failing() {
      yield "abc";
      throw new Error("the line broke");
    }
    const taken: string[] = [];
    await expect(async () => {
      for await (const { source } of model.stream(failing())) taken.push(source);
    }).rejects.toThrow(new Error("the line broke"));
    expect(taken).toEqual(["abc"]);
  });

  test("gives what came before a text that cannot be read", async () => {
    const taken: string[] = [];
    await expect(async () => {
      for await (const { source } of model.stream(["abc", "a", "b".repeat(101), "c"])) taken.push(source);
    }).rejects.toThrow("translate: a source must be at most 100 tokens");
    expect(taken).toEqual(["abc", "a"]);
  });

  test("closes its texts when it is left, and stops at a signal", async () => {
    let isClosed = false;
    function* endless() {
      try {
        for (;;) yield "ab";
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of model.stream(endless(), { batchSize: 2, beamSize: 1 })) break;
    expect(isClosed).toBe(true);
    isClosed = false;
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(all(model.stream(endless(), { signal }))).rejects.toThrow(new Error("enough"));
    expect(isClosed).toBe(true);
  });
});

describe("a model file", () => {
  const model = make({ options: { model: "luong" } });
  const bytes = model.toBytes();

  test("holds all of the model", async () => {
    const again = TranslationModel.fromBytes(exactEngine(9), bytes);
    expect(again.toBytes()).toEqual(bytes);
    expect(again.settings).toEqual(model.settings);
    expect(again.facts).toEqual(model.facts);
    expectAlike(again.translateAll(texts), model.translateAll(texts));
    const loaded = await translationModel.load(bytes, { build: "reference", where: "my.safetensors" });
    expect(loaded.parameterCount).toBe(model.parameterCount);
  });

  const { arrays, metadata } = readSafetensors("model", bytes);
  const changed = (part: string, text: string) => writeSafetensors({ arrays, metadata: { ...metadata, [part]: text } });
  const options = JSON.parse(metadata.options!);

  test.each([
    [new Uint8Array(3), "m: must begin with the 8 bytes of its header's length but the file ends after 3"],
    [changed("task", "language-model"), "m: must hold a translation model, holds a language-model"],
    [
      changed("options", "{"),
      "m: options: line 1, column 2: must hold JSON, ends in the middle; was it cut off while it was written?",
    ],
    [
      changed("options", JSON.stringify({ ...options, cell: "gruu" })),
      'm: options: cell must be one of rnn, rnnRelu, gru, gruSimplified, lstm, lstmPeephole, minGru, minLstm, got "gruu"; did you mean "gru"?',
    ],
    [
      changed("options", JSON.stringify({ ...options, hiddenSize: 6 })),
      'm: "encoder.recurrent.layers.0.forward.wIh" must be [24 4], got [20 4]',
    ],
    [
      changed("options", JSON.stringify({ ...options, feed: "output", attention: "none" })),
      "m: feed output needs attention; take an attention, or feed context",
    ],
    [
      changed("options", JSON.stringify({ ...options, hiddenSize: 1e9 })),
      "m: options: hiddenSize must fit the weights, of which none is wider than 20, got 1000000000",
    ],
    [
      changed("options", JSON.stringify({ ...options, decoderLayers: 60 })),
      "m: options: layers must fit the 14 weights, got 1 and 60",
    ],
    [changed("facts", "[]"), "m: facts: must hold what a model knows of its training, got []"],
    [changed("source", "7"), "m: source: must hold a codec, got 7"],
    [
      changed("target", metadata.source!.replace('"b",', "")),
      "m: target: vocabulary: counts must hold 2 numbers, one for each token, got 3",
    ],
  ])("is refused when it is not whole (%#)", (bytes, message) => {
    const load = () => TranslationModel.fromBytes(exactEngine(), bytes, "m");
    expect(load).toThrow(new FormatError(message));
  });
});

describe("an ensemble", () => {
  const [first, second] = [make(), make({ seed: 2, targets: "zyx" })];

  test("of one model is that model, and so is one of the same model twice", () => {
    expectAlike(new Ensemble([first]).translateAll(texts), first.translateAll(texts));
    expectAlike(new Ensemble([first, first]).translateAll(texts), first.translateAll(texts));
    expect(new Ensemble([first, first]).parameterCount).toBe(2 * first.parameterCount);
  });

  test("finds what is likely on average, whatever the ids of the tokens", () => {
    // Written in another order, so that the tokens have other ids.
    const permuted = make({ seed: 3, targets: "zzzyyx" });
    expect(permuted.target.encode("xyz")).not.toEqual(first.target.encode("xyz"));
    const ensemble = new Ensemble([first, second, permuted]);
    const [{ hypotheses }] = ensemble.translateAll(["abca"], { beamSize: 3, best: 3 }) as [Translation];
    for (const { text, logProb, end } of hypotheses) {
      const each = [first, second, permuted].map((model) => model.score("abca", text).tokens);
      const mean = each[0]!.map((_, t) =>
        Math.log(each.reduce((sum, tokens) => sum + Math.exp(tokens[t]!.logProb), 0) / 3),
      );
      const judged = ensemble.score("abca", text);
      expect(judged.tokens.map(({ piece }) => piece)).toEqual(each[0]!.map(({ piece }) => piece));
      judged.tokens.forEach(({ logProb }, t) => {
        expect(logProb).toBeCloseTo(mean[t]!, 12);
      });
      if (end === "eos") expect(judged.logProb).toBeCloseTo(logProb, 10);
    }
  });

  test("looks where its models look on average", () => {
    const { weights } = new Ensemble([first, second]).attention("abc", "xy");
    const each = [first, second].map((model) => model.attention("abc", "xy").weights);
    weights.forEach((row, t) => {
      row.forEach((weight, s) => {
        expect(weight).toBeCloseTo((each[0]![t]![s]! + each[1]![t]![s]!) / 2, 12);
      });
    });
    const mixed = new Ensemble([first, make({ options: { model: "cho" } })]);
    expect(() => mixed.attention("ab")).toThrow("attention: needs a model with attention");
    expect(mixed.translate("ab", { beamSize: 2 })).toMatch(/^[xyz]*$/);
  });

  test("knows what it has looked at, from whichever end its models read", () => {
    const reversed = make({ seed: 2, options: { reverseSource: true } });
    const ensemble = new Ensemble([first, reversed]);
    const options = { coverage: 0.5, normalisation: "none", beamSize: 4, best: 4 } as const;
    const [{ hypotheses }] = ensemble.translateAll(["aabcb"], options) as [Translation];
    const ended = hypotheses.filter(({ end }) => end === "eos");
    expect(ended.length).toBeGreaterThan(0);
    for (const { text, logProb, score } of ended) {
      const { weights } = ensemble.attention("aabcb", text);
      const mass = weights[0]!.map((_, s) => weights.reduce((sum, row) => sum + row[s]!, 0));
      expect(score).toBeCloseTo(logProb + 0.5 * coverageOf(mass, 0, mass.length), 10);
    }
  });

  describe("of byte pairs that are joined in another order", () => {
    const bytes = trainBpe(new Map([["a", 1]])).tokens;
    const pairs = [
      ["a", "b"],
      ["c", "d"],
      ["b", "c"],
    ] as const;
    const codec = (merges: readonly (readonly [string, string])[]) => {
      const tokens = [...bytes, ...pairs.map((pair) => pair.join(""))];
      return new Codec(bpe({ tokens, merges }), Vocabulary.fromTokens(tokens));
    };
    const [one, other] = [codec(pairs), codec(pairs.toReversed())];
    const model = (source: Codec, target: Codec) =>
      TranslationModel.create(exactEngine(), { source, target, facts }, translationOptions.parse(small));

    test("cannot write", () => {
      expect([one.encode("abcd").length, other.encode("abcd").length]).toEqual([2, 3]);
      expect(() => new Ensemble([model(one, one), model(one, other)])).toThrow(
        new ValueError(
          "Ensemble: all models must write the same tokens, but models[0] and models[1] cut texts differently; train them on the same pairs with the same options",
        ),
      );
    });

    test("can read, though what it looks at has no average", () => {
      const ensemble = new Ensemble([model(one, one), model(other, one)]);
      expect(Number.isFinite(ensemble.score("abcd", "ab").logProb)).toBe(true);
      expect(() => ensemble.attention("abcd", "ab")).toThrow("attention: needs a model with attention");
      expect(new Ensemble([model(one, one), model(codec(pairs), one)]).attention("abcd", "ab").source).toHaveLength(3);
    });
  });

  test("streams", async () => {
    const ensemble = new Ensemble([first, second]);
    expectAlike(await all(ensemble.stream(texts)), ensemble.translateAll(texts));
  });

  test.each([
    [[], "Ensemble: needs at least 1 model, got 0"],
    [
      [first, make({ targets: "xyzw" })],
      'Ensemble: all models must write the same tokens, but models[0] has no "w", as models[1] has; train them on the same pairs with the same options',
    ],
    [
      [first, make({ targets: "xy" })],
      'Ensemble: all models must write the same tokens, but models[1] has no "z", as models[0] has; train them on the same pairs with the same options',
    ],
    [
      [first, make({ tags: ["en"] })],
      "Ensemble: all models must know the same tags, but models[0] knows none and models[1] en",
    ],
  ])("refuses what does not fit (%#)", (models, message) => {
    expect(() => new Ensemble(models)).toThrow(new ValueError(message));
  });

  test("refuses what is no model", () => {
    expect(() => new Ensemble(["a" as never])).toThrow(
      new KindError("Ensemble: needs a list of translation models; load them with translationModel.load"),
    );
  });
});

describe("options of translating are refused", () => {
  const model = make();
  test.each([
    [{ beamSize: 0 }, "translate: beamSize must be at least 1, got 0"],
    [{ alpha: -1 }, "translate: alpha must be at least 0, got -1"],
    [{ beam: 3 }, 'translate: no option "beam"; did you mean "best"?'],
    [{ minLength: 5, maxLength: 4 }, "translate: minLength must be at most maxLength = 4, got 5"],
    [{ temperature: 2 }, "translate: temperature is for drawing outputs; set sample too, or leave it out"],
    [
      { sample: true, beamSize: 2 },
      "translate: sample draws outputs, which leaves nothing to beamSize; leave one of them out",
    ],
    [
      { prefix: "xq" },
      'translate: prefix must hold what the model can write, got "q", which no output in training had',
    ],
  ] as [TranslateOptions, string][])("%o", (options, message) => {
    expect(() => model.translate("ab", options)).toThrow(new ValueError(message));
  });

  test("and what is no text", () => {
    expect(() => model.translateAll(["a", 7 as never])).toThrow(
      new KindError("translate: a source must be text, or an object with source and tag, got 7"),
    );
    expect(() => model.scoreAll([{ source: "a", target: "x" }, { source: "a" } as never])).toThrow(
      new KindError("score: target must be text, got undefined in pair 2"),
    );
  });
});

test("learns to write a word from its end", async () => {
  const random = new Random(3);
  const pairs = Array.from({ length: 400 }, () => {
    const source = Array.from({ length: 1 + random.integer(4) }, () => "abcd"[random.integer(4)]).join("");
    return { source, target: [...source].reverse().join("") };
  });
  const options: TranslationOptions = {
    embeddingSize: 16,
    hiddenSize: 24,
    dropout: 0,
    epochs: 14,
    rate: 0.02,
    validation: 0,
  };
  const model = await translationModel.train(pairs, { ...options, kernels: { build: "wasm" } });
  const sources = ["abcd", "dd", "cab", "a"];
  expect(model.translateAll(sources).map(({ text }) => text)).toEqual(["dcba", "dd", "bac", "a"]);
  expect(Math.exp(model.score("abc", "cba").logProb)).toBeGreaterThan(
    100 * Math.exp(model.score("abc", "abc").logProb),
  );
});
