/** A language model as it is used: a prompt in one call, then a token at a time. */
import { Random } from "../../src/base/index.ts";
import type { KernelBuild } from "../../src/kernels/index.ts";
import { Embedding, Linear, Recurrent } from "../../src/nn/index.ts";
import { Engine, noGrad, slice } from "../../src/tensor/index.ts";
import type { LstmModel } from "./onnx.ts";

/** Sizes of a model: embedding, hidden units, vocabulary, layers. */
export interface Sizes {
  readonly E: number;
  readonly H: number;
  readonly V: number;
  readonly L: number;
}

/** Something that reads tokens and says how likely each token is next. */
export interface Reader<Logits> {
  /** Reads a text from its beginning; gives the scores after its last token. */
  begin(prompt: Int32Array): Logits;
  /** Reads one more token. */
  next(token: number): Logits;
}

export const promptLength = 100;
export const textLength = 200;

/** The tokens that are read, the same for all sides. */
export function randomText(V: number, length: number): Int32Array {
  const random = new Random(3);
  return Int32Array.from({ length }, () => random.integer(V));
}

/**
 * An LSTM language model through the public API, and its weights.
 *
 * @param isPrepared whether the table is projected by the first layer before anything is read
 */
export function makeReader(
  build: KernelBuild,
  { E, H, V, L }: Sizes,
  isPrepared: boolean,
): Reader<ArrayLike<number>> & { model: LstmModel } {
  const engine = new Engine(build, { seed: 1 });
  const embedding = new Embedding(engine, { vocabularySize: V, embeddingSize: E });
  const recurrent = new Recurrent(engine, { cell: "lstm", inputSize: E, hiddenSize: H, layers: L });
  const output = new Linear(engine, { inputSize: H, outputSize: V });
  const lookup = isPrepared ? recurrent.prepare(embedding) : embedding.lookup.bind(embedding);
  let state: ReturnType<typeof recurrent.forward>["state"] | undefined;
  const read = (ids: Int32Array) =>
    noGrad(engine, () => {
      const run = recurrent.forward(lookup({ ids, shape: [ids.length, 1] }), { state });
      state = run.state;
      const last = ids.length === 1 ? run.y : slice(run.y, 0, ids.length - 1, ids.length);
      return output.forward(last).data;
    });
  return {
    begin(prompt) {
      state = undefined;
      return read(prompt);
    },
    next: (token) => read(Int32Array.of(token)),
    model: {
      embedding: embedding.weight,
      layers: recurrent.layers.map(({ forward }) => forward),
      output: output.weight,
      outputBias: output.bias!,
    },
  };
}
