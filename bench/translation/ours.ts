/** Translation models of ours on made-up sentences: a training step, and decoding. */
import { BOS, Random, readOptions } from "../../src/base/index.ts";
import type { KernelBuild } from "../../src/kernels/index.ts";
import { parameters } from "../../src/nn/index.ts";
import { TranslationModel } from "../../src/tasks/translate/model.ts";
import { type TranslationOptions, translationOptions } from "../../src/tasks/translate/options.ts";
import { Engine } from "../../src/tensor/index.ts";
import { Codec } from "../../src/text/index.ts";
import { adam, clipByGlobalNorm } from "../../src/train/index.ts";

/** What a model and its data are made of. */
export interface Sizes {
  /** One of the presets. */
  readonly model: "bahdanau" | "luong-feeding" | "gnmt";
  /** Tokens of each side's vocabulary, four of them special. */
  readonly V: number;
  readonly E: number;
  readonly H: number;
  /** Tokens of a source and of a target, ends counted. */
  readonly S: number;
  readonly T: number;
  /** Sentences side by side. */
  readonly B: number;
}

/** A model with random weights and sentences for it. */
export function makeTranslator(build: KernelBuild, { model: name, V, E, H, S, T, B }: Sizes) {
  const engine = new Engine(build, { seed: 1 });
  // A character for each token: of both sides the same, but they share no vocabulary.
  const alphabet = Array.from({ length: V - 4 }, (_, i) => String.fromCodePoint(0x4e00 + i));
  const codec = Codec.train(alphabet, { tokenizer: "characters" });
  const options: TranslationOptions = {
    ...{ model: name, embeddingSize: E, hiddenSize: H, dropout: 0, smoothing: 0.1 },
  };
  const settings = readOptions("bench", translationOptions, options);
  const facts = { tags: [], longestSource: S, longestTarget: T, greatestRatio: 1 };
  const model = TranslationModel.create(engine, { source: codec, target: codec, facts }, settings);
  const random = new Random(2);
  const ids = (length: number) => Int32Array.from({ length }, () => 4 + random.integer(V - 4));
  const sources = { ids: ids(S * B), shape: [S, B] };
  const targets = { ids: ids(T * B), shape: [T, B] };
  const inputs = { ids: Int32Array.from(targets.ids, (_, i) => (i < B ? BOS : targets.ids[i - B]!)), shape: [T, B] };
  const batch = {
    ...{ sources, sourceLengths: new Int32Array(B).fill(S), inputs, targets },
    ...{ lengths: new Int32Array(B).fill(T), targetCount: T * B },
  };
  const optimizer = adam(parameters(model.network), { rate: 1e-3 });
  const texts = Array.from({ length: B }, () =>
    Array.from({ length: S - 1 }, () => alphabet[random.integer(alphabet.length)]).join(""),
  );
  return {
    parameterCount: model.parameterCount,
    /** One step of training, which returns its loss. */
    train(): number {
      optimizer.zeroGrad();
      const loss = model.network.loss(batch);
      loss.backward();
      clipByGlobalNorm(optimizer, 1);
      optimizer.step();
      return loss.item();
    },
    /** Translates all sentences into so many tokens each. */
    decode(beamSize: number, length = T): void {
      const found = model.translateAll(texts, { beamSize, batchSize: B, minLength: length, maxLength: length });
      if (found.some(({ hypotheses }) => hypotheses[0]!.ids.length !== length)) throw new Error("an output was cut");
    },
  };
}
