/** The network of a language model: against PyTorch, against central differences, and by what must hold. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { drawnGradientError } from "../../../test/drawn-gradients.ts";
import { engines, exactEngine } from "../../../test/engines.ts";
import { Random, readOptions } from "../../base/index.ts";
import { describeBuilds, loadKernels } from "../../kernels/index.ts";
import { type AdaptiveSoftmax, loadParameters, parameters } from "../../nn/index.ts";
import { Engine, noGrad, type Tensor } from "../../tensor/index.ts";
import { padSequences } from "../../text/index.ts";
import { adam } from "../../train/index.ts";
import { LanguageNetwork } from "./network.ts";
import { type LanguageModelOptions, languageModelOptions } from "./options.ts";

const V = 9;
const small = { embeddingSize: 5, hiddenSize: 4, layers: 2 } satisfies LanguageModelOptions;
const settings = (options: LanguageModelOptions = {}) => languageModelOptions.parse({ ...small, ...options });
const batch = padSequences([
  [4, 5, 6, 7],
  [8, 4],
  [5, 5, 5],
]);

describe("tokenNats", () => {
  test.each(engines)("is the loss, token by token, and gives the same state: $title", ({ make, build }) => {
    const network = new LanguageNetwork(make(), V, settings({ dropout: 0.5, smoothing: 0.1 }));
    const { nats, state } = network.tokenNats(batch, null);
    const judged = noGrad(network.engine, () => network.loss(batch, null));
    expect(nats).toHaveLength(batch.targets.ids.length);
    expect([...nats].map((n) => n > 0)).toEqual([...batch.targets.ids].map((id) => id >= 0));
    const mean = [...nats].reduce((sum, n) => sum + n, 0) / batch.targetCount;
    expect(Math.abs(mean - judged.loss.item())).toBeLessThan(build.precision === "float64" ? 1e-14 : 2e-6);
    expect(state.map(({ h }) => h.data)).toEqual(judged.state.map(({ h }) => h.data));
  });

  test("goes on from a state", () => {
    const network = new LanguageNetwork(exactEngine(), V, settings());
    const ids = Int32Array.of(4, 5, 6, 7, 8, 4);
    const part = (from: number, to: number) => ({
      inputs: { ids: ids.slice(from, to), shape: [to - from, 1] },
      targets: { ids: ids.slice(from + 1, to + 1), shape: [to - from, 1] },
      lengths: Int32Array.of(to - from),
      targetCount: to - from,
      continues: from > 0,
    });
    const whole = network.tokenNats(part(0, 5), null);
    const first = network.tokenNats(part(0, 2), null);
    const second = network.tokenNats(part(2, 5), first.state);
    expect([...first.nats, ...second.nats]).toEqual([...whole.nats]);
  });
});

interface GoldenArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type GoldenArrays = Readonly<Record<string, GoldenArray>>;
interface Golden {
  readonly origin: { readonly tool: string; readonly version: string };
  readonly networks: readonly {
    readonly tied: boolean;
    readonly smoothing: number;
    readonly V: number;
    readonly E: number;
    readonly H: number;
    readonly layers: number;
    readonly lengths: readonly number[];
    readonly ids: readonly number[];
    readonly targets: readonly number[];
    readonly weights: GoldenArrays;
    readonly loss: number;
    readonly gradients: GoldenArrays;
  }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL("../../../test/golden/language.json", import.meta.url), "utf8"));

/** PyTorch's array for one of our parameters; its two biases are one here, with the gradient of either. */
function theirs(arrays: GoldenArrays, name: string, areGradients: boolean): GoldenArray {
  const [, layer, part] = /^recurrent\.layers\.(\d+)\.forward\.(\w+)$/.exec(name) ?? [];
  if (part === undefined) return arrays[name]!;
  if (part !== "bias") return arrays[`lstm.weight_${part === "wIh" ? "ih" : "hh"}_l${layer}`]!;
  const [ih, hh] = [arrays[`lstm.bias_ih_l${layer}`]!, arrays[`lstm.bias_hh_l${layer}`]!];
  return areGradients ? ih : { shape: ih.shape, data: ih.data.map((value, i) => value + hh.data[i]!) };
}

describe.each(engines)(`${golden.origin.tool} ${golden.origin.version} and $title`, ({ make, build }) => {
  const tolerance = build.precision === "float64" ? 1e-12 : 32 * 2 ** -23;

  test.each(golden.networks)("tied $tied, smoothing $smoothing, V $V, E $E, H $H, layers $layers", (one) => {
    const { V, E: embeddingSize, H: hiddenSize, layers, tied, smoothing } = one;
    const network = new LanguageNetwork(make(), V, settings({ embeddingSize, hiddenSize, layers, tied, smoothing }));
    const found = parameters(network);
    loadParameters(
      network,
      Object.fromEntries(Object.keys(found).map((name) => [name, theirs(one.weights, name, false)])),
    );
    const shape = [Math.max(...one.lengths), one.lengths.length];
    const { loss } = network.loss(
      {
        inputs: { ids: Int32Array.from(one.ids), shape },
        targets: { ids: Int32Array.from(one.targets), shape },
        lengths: Int32Array.from(one.lengths),
        targetCount: one.lengths.reduce((sum, length) => sum + length),
        continues: false,
      },
      null,
    );
    expect(Math.abs(loss.item() - one.loss)).toBeLessThan(tolerance);
    loss.backward();
    for (const [name, { grad }] of Object.entries(found)) {
      const wanted = theirs(one.gradients, name, true).data;
      for (const [i, value] of wanted.entries())
        expect(Math.abs(grad![i]! - value), `gradient of ${name}[${i}]`).toBeLessThan(tolerance);
    }
  });
});

/** Networks with all that can be set. */
const kinds: Readonly<Record<string, LanguageModelOptions>> = {
  plain: {},
  "tied, E = H": { tied: true, embeddingSize: 4 },
  "tied, E < H, smoothed": { tied: true, embeddingSize: 3, smoothing: 0.1 },
  adaptive: { adaptiveSoftmax: true, cutoffs: [3, 6], smoothing: 0.1 },
  "all dropouts": { dropout: 0.3, inputDropout: 0.2, embeddingDropout: 0.3, weightDrop: 0.3 },
  "all dropouts, locked and tied": {
    ...{ dropout: 0.3, inputDropout: 0.2, embeddingDropout: 0.3, weightDrop: 0.3, lockedDropout: true },
    ...{ tied: true, activationPenalty: 2, changePenalty: 1 },
  },
  penalties: { activationPenalty: 2, changePenalty: 1, residual: true },
};

describe.each(Object.entries(kinds))("%s", (_title, options) => {
  /** With weights so large that every gradient can be told from rounding. */
  const exact = () => {
    const engine = exactEngine(3);
    const network = new LanguageNetwork(engine, V, settings(options));
    for (const { data } of Object.values(parameters(network))) data.set(data.map(() => 0.7 * engine.random.normal()));
    return network;
  };

  test("has the gradients of central differences", () => {
    const network = exact();
    const state = network.next({ ids: Int32Array.of(4, 5, 6), shape: [1, 3] }, null).state;
    const f = () => network.loss(batch, state).loss;
    expect(drawnGradientError(f, parameters(network))).toBeLessThan(1e-7);
  });

  test("what it scores next is what its loss is made of, and dropout and penalties are for training only", () => {
    const network = exact();
    const plain = new LanguageNetwork(
      exactEngine(),
      V,
      settings({
        ...options,
        ...{ dropout: 0, inputDropout: 0, embeddingDropout: 0, weightDrop: 0, smoothing: 0 },
        ...{ activationPenalty: 0, changePenalty: 0 },
      }),
    );
    loadParameters(plain, parameters(network));
    const { nats } = plain.tokenNats(batch, null);
    expect(network.tokenNats(batch, null).nats).toEqual(nats);
    const judged = noGrad(network.engine, () => network.loss(batch, null).loss.item());
    expect(judged).toBeCloseTo([...nats].reduce((sum, n) => sum + n) / batch.targetCount, 12);
    // The first sequence token by token.
    const [T, B] = batch.inputs.shape as [number, number];
    let state: ReturnType<typeof plain.next>["state"] | null = null;
    for (let t = 0; t < T; t++) {
      const run: ReturnType<typeof plain.next> = network.next(
        { ids: batch.inputs.ids.slice(t * B, t * B + 1), shape: [1, 1] },
        state,
      );
      state = run.state;
      const logits = [...run.logits.data];
      const lse = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      expect(lse - logits[batch.targets.ids[t * B]!]!).toBeCloseTo(nats[t * B]!, 12);
      if (options.adaptiveSoftmax) expect(lse).toBeCloseTo(0, 12);
    }
  });
});

describe("a training with every kind of dropout", () => {
  const everything: LanguageModelOptions = {
    ...{ embeddingSize: 24, hiddenSize: 40, tied: true, activationPenalty: 2, changePenalty: 1, smoothing: 0.1 },
    ...{ dropout: 0.3, inputDropout: 0.2, embeddingDropout: 0.3, weightDrop: 0.3, lockedDropout: true },
  };
  const [T, B, words] = [40, 32, 300];
  const train = (engine: Engine, options: LanguageModelOptions, steps: number) => {
    const network = new LanguageNetwork(engine, words, settings(options));
    const optimizer = adam(parameters(network), { rate: 0.01 });
    const random = new Random(4);
    const draw = () => ({ ids: Int32Array.from({ length: T * B }, () => random.integer(words)), shape: [T, B] });
    const lengths = new Int32Array(B).fill(T);
    const drawn = { inputs: draw(), targets: draw(), lengths, targetCount: T * B, continues: true };
    let state: ReturnType<typeof network.loss>["state"] | null = null;
    const held: number[] = [];
    for (let step = 0; step < steps; step++) {
      const run = network.loss(drawn, state);
      state = run.state;
      run.loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      held.push(engine.pool.held);
    }
    return { weights: Object.values(parameters(network)).map(({ data }) => [...data]), held };
  };

  test.each([["everything", everything] as const, ["adaptive", { ...small, adaptiveSoftmax: true }] as const])(
    "gives the same bits whatever the threads, and its memory back: %s",
    async (_title, options) => {
      const native = (await describeBuilds()).some(({ name, isas }) => name === "native" && isas.length > 0);
      const kernels = native ? [1, 3].map((threads) => ({ build: "native", threads }) as const) : [{}, {}];
      const [one, three] = await Promise.all(
        kernels.map(async (given) => train(new Engine((await loadKernels(given)).build, { seed: 1 }), options, 6)),
      );
      expect(three!.weights).toEqual(one!.weights);
      expect(one!.held.slice(2)).toEqual(one!.held.slice(2).map(() => one!.held[1]));
    },
  );
});

describe("options of the network", () => {
  const make = (options: LanguageModelOptions) => new LanguageNetwork(exactEngine(), V, settings(options));

  test("tied weights are one parameter, with a projection where E and H differ", () => {
    expect(Object.keys(parameters(make({ tied: true, embeddingSize: 4, layers: 1 })))).toEqual([
      "embedding.weight",
      ...["wIh", "wHh", "bias"].map((name) => `recurrent.layers.0.forward.${name}`),
      "output.bias",
    ]);
    const { projection, output, embedding } = make({ tied: true });
    expect(projection!.weight.shape).toEqual([5, 4]);
    expect(output).toMatchObject({ weight: embedding.weight });
    const squares = [...embedding.weight.data].reduce((sum, value) => sum + value ** 2, 0);
    expect(Math.abs(Math.sqrt(squares / embedding.weight.size) - 0.3)).toBeLessThan(0.1);
    expect(make({}).projection).toBeNull();
  });

  test("locked dropout, input dropout and weight drop differ from what they replace, by the seed", () => {
    const losses = [
      {},
      { dropout: 0.5 },
      { dropout: 0.5, lockedDropout: true },
      { inputDropout: 0.5 },
      { inputDropout: 0.5, lockedDropout: true },
      { embeddingDropout: 0.5 },
      { weightDrop: 0.5 },
    ].map((options) => make(options).loss(batch, null).loss.item());
    expect(new Set(losses).size).toBe(losses.length);
    expect(make({ weightDrop: 0.5 }).loss(batch, null).loss.item()).toBe(losses.at(-1));
  });

  test("initial weights", () => {
    const wHh = (options: LanguageModelOptions) => {
      const { forward } = make(options).recurrent.layers[0]! as { forward: Record<string, { data: Float64Array }> };
      return forward.wHh!.data;
    };
    const row = (data: Float64Array, i: number) => [...data.subarray(4 * i, 4 * i + 4)];
    expect(row(wHh({ init: "identity", cell: "rnnRelu" }), 1)).toEqual([0, 1, 0, 0]);
    const { forward } = make({ init: "identity", cell: "rnnRelu" }).recurrent.layers[0]! as never as {
      forward: Record<string, { data: Float64Array }>;
    };
    expect([...forward.bias!.data]).toEqual([0, 0, 0, 0]);
    const orthogonal = wHh({ init: "orthogonal" });
    for (const gate of [0, 1, 2, 3])
      for (const i of [0, 1, 2, 3])
        for (const j of [0, 1, 2, 3]) {
          const b = row(orthogonal, 4 * gate + j);
          const product = row(orthogonal, 4 * gate + i).reduce((sum, value, k) => sum + value * b[k]!, 0);
          expect(product).toBeCloseTo(i === j ? 1 : 0, 12);
        }
    const spread = (init: "xavier" | "he") => Math.max(...wHh({ init, hiddenSize: 64 }).map(Math.abs));
    expect(spread("xavier")).toBeCloseTo(Math.sqrt(6 / 128), 3);
    expect(spread("he")).toBeCloseTo(Math.sqrt(6 / 64), 3);
    const min = make({ init: "he", cell: "minGru", hiddenSize: 64 }).recurrent.layers[1]!.forward as never;
    expect(Math.max(...(min as { wIh: Tensor }).wIh.data)).toBeCloseTo(Math.sqrt(6 / 64), 3);
    const biased = make({ forgetBias: 3 }).recurrent.layers[1]! as never as {
      forward: Record<string, { data: Float64Array }>;
    };
    expect([...biased.forward.bias!.data.subarray(4, 8)]).toEqual([3, 3, 3, 3]);
  });

  test("cutoffs are a list, or a text with commas", () => {
    const read = (options: object) => languageModelOptions.parse(options).cutoffs;
    expect(read({ cutoffs: "6250,25000" })).toEqual([6250, 25000]);
    expect(read({ cutoffs: [6250, 25000] })).toEqual([6250, 25000]);
    const tails = (options: LanguageModelOptions) =>
      (make({ adaptiveSoftmax: true, ...options }).output as AdaptiveSoftmax).tails.map(({ from, to }) => [from, to]);
    expect(tails({ cutoffs: [3, 5, 8] })).toEqual([
      [3, 5],
      [5, 8],
      [8, 9],
    ]);
    expect(tails({})).toEqual([
      [1, 2],
      [2, 9],
    ]);
  });

  test("are refused where they exclude each other", () => {
    for (const [message, options] of [
      [
        "train: tied shares the weight of a full softmax, which adaptiveSoftmax has not; take one",
        { tied: true, adaptiveSoftmax: true },
      ],
      ["train: cutoffs are those of adaptiveSoftmax; set it, or leave them out", { cutoffs: [2] }],
    ] as const)
      expect(() => make({ ...options, cutoffs: "cutoffs" in options ? [2] : undefined } as never)).toThrow(
        new RangeError(message),
      );
    expect(() => make({ cell: "minGru", init: "orthogonal" })).toThrow('Recurrent: init has no parameter "wHh"');
    expect(() => readOptions("train", languageModelOptions, { cutoffs: "2;3" })).toThrow(
      new RangeError('train: cutoffs must be ids with commas, such as 6250,25000, got "2;3"'),
    );
  });
});
