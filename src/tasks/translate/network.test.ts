/** The network of a translation model: against PyTorch, against central differences, and by what must hold. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { engines, exactEngine } from "../../../test/engines.ts";
import { BOS, Random } from "../../base/index.ts";
import { Linear, loadParameters, parameters, Recurrent, type StoredTensor } from "../../nn/index.ts";
import { type Engine, gradientCheck, noGrad, type Tensor } from "../../tensor/index.ts";
import { type EncodedPair, padPairs, padSources } from "../../text/index.ts";
import { FrameEncoder } from "./encoder.ts";
import { TranslationNetwork } from "./network.ts";
import { type TranslationOptions, translationOptions } from "./options.ts";
import { type ModelName, presets } from "./presets.ts";

const sizes = { source: 9, target: 8 };
const small = { embeddingSize: 3, hiddenSize: 4, dropout: 0, smoothing: 0 } satisfies TranslationOptions;
const settings = (options: TranslationOptions = {}) => translationOptions.parse({ ...small, ...options });
const make = (engine: Engine, options: TranslationOptions = {}) =>
  TranslationNetwork.create(engine, sizes, settings(options));

/** Of different lengths on both sides, one source empty. */
const pairs: readonly EncodedPair[] = [
  { source: [4, 5, 6, 7, 8], target: [4, 5] },
  { source: [8, 4], target: [7, 6, 5, 4] },
  { source: [], target: [4] },
];
const batch = padPairs(pairs);

/** Every published model, and what else is a way of its own through the code. */
const models: readonly (readonly [string, TranslationOptions])[] = [
  ...(Object.keys(presets) as ModelName[]).map((model) => [model, { model }] as const),
  ["gnmt, deep", { decoderLayers: 3, encoderLayers: 2, residual: true, decoderSize: 5, attentionSize: 2 }],
  ["gnmt, not tied", { tied: false }],
  ["luong with dot", { model: "luong", attention: "dot", cell: "gru" }],
  ["luong-feeding, deep", { model: "luong-feeding", decoderLayers: 2, tied: false }],
  ["sutskever, deep", { model: "sutskever", decoderLayers: 2, encoderLayers: 2 }],
  ["cho, not seeing what it wrote", { model: "cho", seesPrevious: false, cell: "minGru" }],
  ["bahdanau, of another cell, from zeros", { model: "bahdanau", cell: "rnn", start: "zeros" }],
];

/** Weights as large as after a training: with those of a fresh network attention is even, and its gradients next to nothing. */
const grown = (network: object) => {
  for (const { data } of Object.values(parameters(network))) for (let i = 0; i < data.length; i++) data[i]! *= 2.5;
  return parameters(network);
};

/** Beside the relative error there is the rounding of the loss, divided by the step. */
const checkGradients = (loss: () => Tensor, parameters: Readonly<Record<string, Tensor>>) => {
  for (const { name, analytic, numeric } of gradientCheck(loss, parameters))
    expect(Math.abs(analytic - numeric), name).toBeLessThan(1e-7 * (Math.abs(analytic) + Math.abs(numeric)) + 1e-10);
};

const greatest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a).toHaveLength(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
};

describe.each(models)("%s", (_, options) => {
  test("has the gradient that differences have", () => {
    const network = make(exactEngine(), options);
    checkGradients(() => network.loss(batch), grown(network));
  });

  test("padding changes nothing: a batch is each alone", () => {
    const network = make(exactEngine(), options);
    const { nats, weights } = network.align(batch);
    const [B, S] = [pairs.length, batch.sources.shape[0]!];
    pairs.forEach((pair, b) => {
      const alone = network.align(padPairs([pair]));
      const steps = batch.lengths[b]!;
      const own = Array.from({ length: steps }, (_, t) => nats[t * B + b]!);
      expect(greatest(own, alone.nats)).toBeLessThan(1e-14);
      const real = pair.source.length + 1;
      for (let t = 0; weights && t < steps; t++) {
        const row = weights.data.subarray((t * B + b) * S, (t * B + b + 1) * S);
        expect(greatest(row.subarray(0, real), alone.weights!.data.subarray(t * real, (t + 1) * real))).toBeLessThan(
          1e-14,
        );
        expect([...row.subarray(real)].every((weight) => weight === 0)).toBe(true);
      }
    });
  });

  test("step by step it says what teacher forcing says, and rows of a beam read one memory", () => {
    const network = make(exactEngine(), options);
    const { nats, weights } = network.align(batch);
    const [T, B] = batch.inputs.shape as [number, number];
    // Three rows for the second pair, in another order than the memory's.
    const rows = [1, 0, 1, 2, 1];
    const begun = network.begin(batch);
    let state = network.select(begun, rows);
    expect(state.memory).toBe(begun.memory);
    for (let t = 0; t < T; t++) {
      const ids = Int32Array.from(rows, (b) => batch.inputs.ids[t * B + b]!);
      const step = network.step({ ids, shape: [1, rows.length] }, state);
      const V = step.logits.length / rows.length;
      rows.forEach((b, row) => {
        const target = batch.targets.ids[t * B + b]!;
        if (target < 0) return;
        const logits = step.logits.subarray(row * V, (row + 1) * V);
        const total = Math.log([...logits].reduce((sum, logit) => sum + Math.exp(logit), 0));
        expect(Math.abs(step.totals[row]! - total)).toBeLessThan(1e-13);
        expect(Math.abs(total - logits[target]! - nats[t * B + b]!)).toBeLessThan(1e-13);
        const S = batch.sources.shape[0]!;
        if (weights)
          expect(
            greatest(
              step.weights!.subarray(row * S, (row + 1) * S),
              weights.data.subarray((t * B + b) * S, (t * B + b + 1) * S),
            ),
          ).toBeLessThan(1e-14);
      });
      state = step.state;
    }
  });
});

/** The models, and what else is a way of its own through single steps. */
const stepped: readonly (readonly [string, TranslationOptions])[] = [
  ...models,
  ["bahdanau, deep, LSTM", { model: "bahdanau", cell: "lstm", decoderLayers: 3, residual: true }],
  ["bahdanau, deep, GRU", { model: "bahdanau", decoderLayers: 2, decoderSize: 5 }],
  ["cho, LSTM, deep", { model: "cho", cell: "lstm", decoderLayers: 2 }],
  ["cho, not seeing what it wrote, GRU", { model: "cho", seesPrevious: false }],
  ["luong-feeding, GRU", { model: "luong-feeding", cell: "gru", decoderLayers: 2, residual: true }],
  ["without attention, of another size", { model: "sutskever", start: "project", decoderSize: 6 }],
];

describe.each(stepped)("rows that extend each other: %s", (_, options) => {
  // A vocabulary that is small beside the sources is projected whole; of a large one the tokens that are read are.
  test.each([
    [3, 8],
    [1, 40],
  ])("each has what its tokens give alone: %i sources, %i tokens", (M, target) => {
    const network = TranslationNetwork.create(exactEngine(), { source: 9, target }, settings(options));
    grown(network);
    const sources = padSources(pairs.slice(0, M).map(({ source }) => source));
    const random = new Random(7);
    const token = () => 4 + random.integer(target - 4);
    const begun = network.begin(sources);
    let rows = Array.from({ length: M }, (_, source) => ({ source, read: [BOS] }));
    let state = begun;
    for (let t = 0; t < 5; t++) {
      const ids = Int32Array.from(rows, ({ read }) => read.at(-1)!);
      const step = network.step({ ids, shape: [1, rows.length] }, state);
      const [logits, weights] = [step.logits.slice(), step.weights?.slice()];
      rows.forEach(({ source, read }, row) => {
        const own = <A extends Tensor["data"]>(all: A) =>
          all.subarray((row * all.length) / rows.length, ((row + 1) * all.length) / rows.length);
        // Reading all at once goes another way than reading token by token.
        const whole = network.step(
          { ids: Int32Array.from(read), shape: [read.length, 1] },
          network.select(begun, [source]),
        );
        expect(greatest(own(logits), whole.logits)).toBeLessThan(1e-13);
        if (weights) expect(greatest(own(weights), whole.weights!)).toBeLessThan(1e-13);
      });
      // Some rows several times, some not at all, in any order, chosen in two goes.
      const chosen = Array.from({ length: 2 + random.integer(5) }, () => random.integer(rows.length));
      rows = chosen.map((row) => ({ source: rows[row]!.source, read: [...rows[row]!.read, token()] }));
      const reversed = network.select(step.state, chosen.toReversed());
      state = network.select(reversed, [...chosen.keys()].reverse());
    }
  });
});

interface Golden {
  readonly networks: readonly {
    readonly model: ModelName;
    readonly V: readonly [number, number];
    readonly E: number;
    readonly H: number;
    readonly smoothing: number;
    readonly pairs: readonly EncodedPair[];
    readonly weights: Readonly<Record<string, StoredTensor>>;
    readonly loss: number;
    readonly nats: readonly (readonly number[])[];
    readonly attention: readonly (readonly (readonly number[])[])[] | null;
    readonly gradients: Readonly<Record<string, StoredTensor>>;
  }[];
}
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../test/golden/translate.json", import.meta.url), "utf8"),
);

describe.each(golden.networks)("PyTorch's $model", (theirs) => {
  test.each(engines)("has the same loss, attention and gradients: $title", ({ make: engine, build }) => {
    const { model, V, E, H, smoothing, weights, gradients } = theirs;
    const options = settings({ model, embeddingSize: E, hiddenSize: H, smoothing });
    const network = TranslationNetwork.create(engine(), { source: V[0], target: V[1] }, options);
    loadParameters(network, weights);
    const batch = padPairs(theirs.pairs);
    const off = build.precision === "float64" ? 1e-13 : 5e-6;
    const loss = network.loss(batch);
    expect(Math.abs(loss.item() - theirs.loss)).toBeLessThan(off);
    loss.backward();
    for (const [name, { grad }] of Object.entries(parameters(network)))
      expect(greatest(grad!, gradients[name]!.data), name).toBeLessThan(off);
    const { nats, weights: looked } = network.align(batch);
    const [S, B] = batch.sources.shape as [number, number];
    theirs.nats.forEach((tokens, b) => {
      tokens.forEach((token, t) => {
        const at = t * B + b;
        expect(Math.abs(nats[at]! - token)).toBeLessThan(off);
        const row = theirs.attention?.[b]?.[t];
        if (row) expect(greatest(looked!.data.subarray(at * S, at * S + row.length), row)).toBeLessThan(off);
      });
    });
    expect(looked === null).toBe(theirs.attention === null);
  });
});

test.each(engines)("the loss is the mean of the nats, and all builds agree: $title", ({ make: engine, build }) => {
  const isExact = build.precision === "float64";
  for (const model of Object.keys(presets) as ModelName[]) {
    const network = make(engine(), { model, dropout: 0.5, smoothing: 0.1 });
    const { nats } = network.align(batch);
    const mean = [...nats].reduce((sum, n) => sum + n, 0) / batch.targetCount;
    const loss = noGrad(network.engine, () => network.loss(batch)).item();
    expect(Math.abs(loss - mean)).toBeLessThan(isExact ? 1e-14 : 1e-6);
    const exact = make(exactEngine(), { model });
    const stored = parameters(network);
    for (const [name, tensor] of Object.entries(parameters(exact))) tensor.data.set(stored[name]!.data);
    expect(greatest(nats, exact.align(batch).nats)).toBeLessThan(isExact ? 1e-14 : 1e-5);
  }
});

test.each(engines)("steps say in every build what the exact one says: $title", ({ make: engine, build }) => {
  const off = build.precision === "float64" ? 1e-13 : 2e-5;
  for (const [name, options] of stepped) {
    const [network, exact] = [make(engine(), options), make(exactEngine(), options)];
    const stored = grown(network);
    for (const [part, tensor] of Object.entries(parameters(exact))) tensor.data.set(stored[part]!.data);
    let [state, exactState] = [network.begin(batch), exact.begin(batch)];
    for (const rows of [
      [0, 1, 2],
      [2, 0, 0, 1, 1, 1, 2],
      [5, 5, 0],
    ]) {
      [state, exactState] = [network.select(state, rows), exact.select(exactState, rows)];
      const tokens = { ids: Int32Array.from(rows, (row) => 4 + (row % 4)), shape: [1, rows.length] };
      const [step, exactStep] = [network.step(tokens, state), exact.step(tokens, exactState)];
      expect(greatest(step.logits, exactStep.logits), name).toBeLessThan(off);
      if (step.weights) expect(greatest(step.weights, exactStep.weights!), name).toBeLessThan(off);
      [state, exactState] = [step.state, exactStep.state];
    }
  }
});

test("many tokens may be read in one step", () => {
  const network = make(exactEngine(), { model: "bahdanau" });
  const begun = network.begin(padSources([[4, 5, 6]]));
  const whole = network.step({ ids: Int32Array.of(BOS, 4, 5), shape: [3, 1] }, begun).logits.slice();
  let state = begun;
  let last: Tensor["data"] = whole;
  for (const id of [BOS, 4, 5]) {
    const step = network.step({ ids: Int32Array.of(id), shape: [1, 1] }, state);
    [state, last] = [step.state, step.logits];
  }
  expect(greatest(whole, last)).toBeLessThan(1e-14);
  expect(last).not.toBe(whole);
});

test("a shared vocabulary is one table for both sides and, tied, for the output", () => {
  const names = (options: TranslationOptions) =>
    Object.keys(parameters(make(exactEngine(), options))).filter((name) => /embedding|output/.test(name));
  expect(names({ sharedVocabulary: true })).toEqual(["encoder.embedding.weight", "output.bias"]);
  expect(names({})).toEqual(["encoder.embedding.weight", "decoder.embedding.weight", "output.bias"]);
  expect(names({ tied: false })).toEqual([
    "encoder.embedding.weight",
    "decoder.embedding.weight",
    "output.weight",
    "output.bias",
  ]);
});

test("a source read from its end gives what its mirror image gives, the end in its place", () => {
  const mirrored = make(exactEngine(), { model: "luong", reverseSource: true });
  const plain = make(exactEngine(), { model: "luong" });
  const target = [4, 5];
  expect(
    mirrored.tokenNats(
      padPairs([
        { source: [4, 5, 6], target },
        { source: [7], target },
      ]),
    ),
  ).toEqual(
    plain.tokenNats(
      padPairs([
        { source: [6, 5, 4], target },
        { source: [7], target },
      ]),
    ),
  );
});

describe("FrameEncoder", () => {
  const frames = (engine: Engine) =>
    engine.tensor(
      Array.from({ length: 4 * 2 * 3 }, (_, i) => Math.sin(i)),
      [4, 2, 3],
    );
  const make = (engine: Engine) => {
    const recurrent = new Recurrent(engine, { cell: "gru", inputSize: 5, hiddenSize: 4, bidirectional: true });
    const encoder = new FrameEncoder(engine, 3, recurrent);
    const target = TranslationNetwork.create(engine, sizes, settings()).decoder.embedding;
    return new TranslationNetwork(engine, encoder, target, settings());
  };
  const { sources, sourceLengths, ...targets } = padPairs(pairs.slice(0, 2));

  test("reads numbers in the place of tokens", () => {
    const engine = exactEngine();
    const network = make(engine);
    const input = { frames: frames(engine), sourceLengths: Int32Array.of(4, 2), ...targets };
    checkGradients(() => network.loss(input), grown(network));
    expect(Object.keys(parameters(network))).toContain("encoder.input.weight");
    const { nats } = network.align(input);
    input.frames.data.fill(100, 2 * 2 * 3 + 3, 2 * 2 * 3 + 6);
    expect(network.align(input).nats).toEqual(nats);
    expect(network.begin(input).memory.attended!.values.shape).toEqual([4, 2, 8]);
    expect(network.encoder.outputSize).toBe(8);
    expect((network.encoder as FrameEncoder).input).toBeInstanceOf(Linear);
  });

  test("refuses frames of another size", () => {
    const engine = exactEngine();
    const network = make(engine);
    expect(() => network.begin({ frames: engine.zeros([4, 2, 2]), sourceLengths: Int32Array.of(4, 2) })).toThrow(
      new RangeError("FrameEncoder: frames must be [S M 3], got [4 2 2]"),
    );
  });
});

describe("refuses", () => {
  test.each([
    [{ feed: "output", attention: "none" }, "train: feed output needs attention; take an attention, or feed context"],
    [{ seesPrevious: false }, "train: without seesPrevious the decoder would read nothing; feed it the context"],
    [
      { start: "copy" },
      "train: start copy needs an encoder that reads one way; take start project, or not bidirectional",
    ],
    [
      { model: "sutskever", decoderLayers: 2 },
      "train: with start copy decoderLayers must be encoderLayers = 1, got 2; make them equal, or take start project",
    ],
    [
      { model: "sutskever", decoderSize: 8 },
      "train: with start copy decoderSize must be hiddenSize = 4, got 8; make them equal, or take start project",
    ],
    [
      { attention: "dot" },
      "train: with attention dot decoderSize must be the encoder's 8, got 4; take attention general, or make them equal",
    ],
  ] satisfies [TranslationOptions, string][])("%o", (options, message) => {
    expect(() => make(exactEngine(), options)).toThrow(new RangeError(message));
  });
});
