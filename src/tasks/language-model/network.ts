/** The network of a language model: embedding, recurrent layers, and a linear layer that scores the next token. */
import type { Tokens } from "../../base/index.ts";
import {
  detachState,
  Embedding,
  Linear,
  linearCrossEntropy,
  linearTokenNats,
  Recurrent,
  type State,
} from "../../nn/index.ts";
import { dropout, type Engine, noGrad, slice, type Tensor } from "../../tensor/index.ts";
import type { Batch } from "../../text/index.ts";
import type { LanguageModelSettings } from "./options.ts";

/** The state of every layer after a sequence of tokens. */
export type NetworkState = readonly State[];

/**
 * Predicts each token of a sequence from those before it.
 *
 *   h = recurrent(embedding(tokens))     logits = output h     P(next) = softmax(logits)
 *
 * @source Mikolov et al. 2010; Graves 2013, arXiv:1308.0850
 */
export class LanguageNetwork {
  readonly engine: Engine;
  readonly embedding: Embedding;
  readonly recurrent: Recurrent;
  readonly output: Linear;
  readonly #dropout: number;
  readonly #smoothing: number;

  constructor(engine: Engine, vocabularySize: number, settings: LanguageModelSettings) {
    const { embeddingSize, hiddenSize, cell, layers, residual } = settings;
    this.engine = engine;
    this.#dropout = settings.dropout;
    this.#smoothing = settings.smoothing;
    this.embedding = new Embedding(engine, { vocabularySize, embeddingSize });
    this.recurrent = new Recurrent(engine, {
      cell,
      inputSize: embeddingSize,
      hiddenSize,
      layers,
      residual,
      dropout: settings.dropout,
    });
    this.output = new Linear(engine, { inputSize: hiddenSize, outputSize: vocabularySize });
  }

  /**
   * The mean cross-entropy of a batch's targets, in nats.
   *
   * @param state where the sequences of the batch begin; null at the start of a text
   * @returns the loss, a recorded number, and the state after the batch, cut off from it
   */
  loss(batch: Batch, state: NetworkState | null): { readonly loss: Tensor; readonly state: NetworkState } {
    const x = this.embedding.lookup(batch.inputs);
    const run = this.recurrent.forward(x, { lengths: batch.lengths, ...(state && { state }) });
    const h = dropout(run.y, this.#dropout);
    const { weight, bias } = this.output;
    const smoothing = this.engine.recording ? this.#smoothing : 0;
    const loss = linearCrossEntropy(h, weight, bias, batch.targets, { smoothing });
    return { loss, state: detachState(run.state) };
  }

  /**
   * What each target of a batch costs, recording nothing.
   *
   * @param state as for `loss`
   * @returns nats [T*B], 0 where there is no target, and the state after the batch
   */
  tokenNats(batch: Batch, state: NetworkState | null): { readonly nats: Tensor["data"]; readonly state: NetworkState } {
    return noGrad(this.engine, () => {
      const x = this.embedding.lookup(batch.inputs);
      const run = this.recurrent.forward(x, { lengths: batch.lengths, ...(state && { state }) });
      const { weight, bias } = this.output;
      return { nats: linearTokenNats(run.y, weight, bias, batch.targets), state: run.state };
    });
  }

  /**
   * Reads tokens and scores the one after them, recording nothing.
   *
   * @param tokens [T B]
   * @returns logits [B V]
   */
  next(tokens: Tokens, state: NetworkState | null): { readonly logits: Tensor; readonly state: NetworkState } {
    return noGrad(this.engine, () => {
      const T = tokens.shape[0]!;
      const run = this.recurrent.forward(this.embedding.lookup(tokens), state ? { state } : {});
      return { logits: this.output.forward(slice(run.y, 0, T - 1, T)), state: run.state };
    });
  }
}
