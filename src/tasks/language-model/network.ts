/** The network of a language model: embedding, recurrent layers, and an output layer that scores the next token. */
import { type Tokens, ValueError } from "../../base/index.ts";
import {
  AdaptiveSoftmax,
  activationPenalty,
  cells,
  Dropout,
  defaultCutoffs,
  detachState,
  Embedding,
  heUniform,
  type Initialiser,
  identity,
  Linear,
  linearCrossEntropy,
  linearTokenNats,
  normal,
  orthogonal,
  Recurrent,
  type RecurrentOutput,
  type State,
  xavierUniform,
  zeros,
} from "../../nn/index.ts";
import { add, type Engine, noGrad, slice, type Tensor } from "../../tensor/index.ts";
import type { Batch } from "../../text/index.ts";
import type { LanguageModelSettings } from "./options.ts";

/** The state of every layer after a sequence of tokens. */
export type NetworkState = readonly State[];

/**
 * Predicts each token of a sequence from those before it.
 *
 *   h = recurrent(embedding(tokens))     logits = output h     P(next) = softmax(logits)
 *
 * Tied, the output layer's weight is the embedding's table, with a linear layer from H to E before it where they differ
 * (Press & Wolf 2017, arXiv:1608.05859; Inan, Khosravi & Socher 2017, arXiv:1611.01462). For large vocabularies the output
 * may be an adaptive softmax.
 *
 * @source Mikolov et al. 2010; Graves 2013, arXiv:1308.0850; with all of its dropouts the AWD-LSTM of Merity, Keskar &
 *   Socher 2018, arXiv:1708.02182
 */
export class LanguageNetwork {
  readonly engine: Engine;
  readonly embedding: Embedding;
  readonly recurrent: Recurrent;
  /** From H to E, with tied weights where they differ. */
  readonly projection: Linear | null;
  readonly output: Linear | AdaptiveSoftmax;
  readonly #inputDropout: Dropout;
  readonly #dropout: Dropout;
  readonly #smoothing: number;
  readonly #penalties: { readonly size: number; readonly change: number };

  /** @throws RangeError for options that exclude each other */
  constructor(engine: Engine, vocabularySize: number, settings: LanguageModelSettings) {
    const { embeddingSize, hiddenSize, cell, layers, residual, tied, dropout, lockedDropout } = settings;
    if (tied && settings.adaptiveSoftmax)
      throw new ValueError("train: tied shares the weight of a full softmax, which adaptiveSoftmax has not; take one");
    if (settings.cutoffs && !settings.adaptiveSoftmax)
      throw new ValueError("train: cutoffs are those of adaptiveSoftmax; set it, or leave them out");
    this.engine = engine;
    this.#inputDropout = new Dropout(engine, { rate: settings.inputDropout, locked: lockedDropout });
    this.#dropout = new Dropout(engine, { rate: dropout, locked: lockedDropout });
    this.#smoothing = settings.smoothing;
    this.#penalties = { size: settings.activationPenalty, change: settings.changePenalty };
    this.embedding = new Embedding(engine, {
      vocabularySize,
      embeddingSize,
      dropout: settings.embeddingDropout,
      // The usual table, of deviation 1, would begin with scores far too great; with the small one of an output layer the
      // recurrent layers would see next to nothing, and learn slower than without tied weights.
      ...(tied && { init: normal(0.3) }),
    });
    this.recurrent = new Recurrent(engine, {
      ...{ cell, inputSize: embeddingSize, hiddenSize, layers, residual, dropout, lockedDropout },
      weightDrop: settings.weightDrop,
      forgetBias: settings.forgetBias,
      init: initialisers(settings),
    });
    this.projection =
      tied && hiddenSize !== embeddingSize
        ? new Linear(engine, { inputSize: hiddenSize, outputSize: embeddingSize, bias: false })
        : null;
    this.output = settings.adaptiveSoftmax
      ? new AdaptiveSoftmax(engine, {
          ...{ inputSize: hiddenSize, classes: vocabularySize, headBias: true },
          cutoffs: settings.cutoffs ?? defaultCutoffs(vocabularySize),
        })
      : tied
        ? new Linear(engine, {
            ...{ inputSize: embeddingSize, outputSize: vocabularySize },
            weight: this.embedding.weight,
          })
        : new Linear(engine, { inputSize: hiddenSize, outputSize: vocabularySize });
  }

  /**
   * The mean cross-entropy of a batch's targets, in nats; while recording with the penalties on activations.
   *
   * @param state where the sequences of the batch begin; null at the start of a text
   * @returns the loss, a recorded number, and the state after the batch, cut off from it
   */
  loss(batch: Batch, state: NetworkState | null): { readonly loss: Tensor; readonly state: NetworkState } {
    const run = this.#run(batch, state);
    const h = this.#dropout.forward(run.y);
    const x = this.projection ? this.projection.forward(h) : h;
    const smoothing = this.engine.recording ? this.#smoothing : 0;
    const { output } = this;
    const loss =
      output instanceof AdaptiveSoftmax
        ? output.forward(x, batch.targets, { smoothing })
        : linearCrossEntropy(x, output.weight, output.bias, batch.targets, { smoothing });
    return { loss: this.#penalise(loss, run.y, h, batch.lengths), state: detachState(run.state) };
  }

  /**
   * What each target of a batch costs, recording nothing.
   *
   * @param state as for `loss`
   * @returns nats [T*B], 0 where there is no target, and the state after the batch
   */
  tokenNats(batch: Batch, state: NetworkState | null): { readonly nats: Tensor["data"]; readonly state: NetworkState } {
    return noGrad(this.engine, () => {
      const run = this.#run(batch, state);
      const x = this.projection ? this.projection.forward(run.y) : run.y;
      const { output } = this;
      const nats =
        output instanceof AdaptiveSoftmax
          ? output.tokenNats(x, batch.targets)
          : linearTokenNats(x, output.weight, output.bias, batch.targets);
      return { nats, state: run.state };
    });
  }

  /**
   * Reads tokens and scores the one after them, recording nothing.
   *
   * @param tokens [T B]
   * @returns logits [B V]; of an adaptive softmax the logarithms of the probabilities
   */
  next(tokens: Tokens, state: NetworkState | null): { readonly logits: Tensor; readonly state: NetworkState } {
    return noGrad(this.engine, () => {
      const T = tokens.shape[0]!;
      const run = this.recurrent.forward(this.embedding.lookup(tokens), state ? { state } : {});
      const last = slice(run.y, 0, T - 1, T);
      const x = this.projection ? this.projection.forward(last) : last;
      const { output } = this;
      const logits = output instanceof AdaptiveSoftmax ? output.logProbs(x) : output.forward(x);
      return { logits, state: run.state };
    });
  }

  #run({ inputs, lengths }: Batch, state: NetworkState | null): RecurrentOutput<State> {
    // Numbers of the table are dropped for each place of the batch by itself, so the rows have to be gathered first.
    const isDropped = this.#inputDropout.rate > 0 && this.engine.recording;
    const x = isDropped ? this.#inputDropout.forward(this.embedding.forward(inputs)) : this.embedding.lookup(inputs);
    return this.recurrent.forward(x, { lengths, ...(state && { state }) });
  }

  /** As in the AWD-LSTM: size after dropout, change before. */
  #penalise(loss: Tensor, y: Tensor, dropped: Tensor, lengths: Int32Array): Tensor {
    const { size, change } = this.#penalties;
    if (!this.engine.recording || (size === 0 && change === 0)) return loss;
    const ofSize = size > 0 ? add(loss, activationPenalty(dropped, lengths, { size })) : loss;
    return change > 0 ? add(ofSize, activationPenalty(y, lengths, { change })) : ofSize;
  }
}

/** The initial weights of the recurrent layers by parameter. */
function initialisers({ init, cell }: LanguageModelSettings): Record<string, Initialiser> {
  switch (init) {
    case "default":
      return {};
    case "xavier":
    case "he": {
      const weights = init === "he" ? heUniform : xavierUniform;
      const hasRecurrent = "wHh" in cells[cell].parameters({ inputSize: 1, hiddenSize: 1, forgetBias: 0 });
      return { wIh: weights, ...(hasRecurrent && { wHh: weights }) };
    }
    case "orthogonal":
      return { wHh: orthogonal };
    case "identity":
      // The IRNN begins without biases, which would add up over time (Le, Jaitly & Hinton 2015, arXiv:1504.00941).
      return { wHh: identity, ...(cell.startsWith("rnn") && { bias: zeros }) };
  }
}
