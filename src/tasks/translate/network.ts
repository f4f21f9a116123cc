/** The network of a translation model: an encoder, a decoder, and an output layer that scores the next token. */
import type { Tokens } from "../../base/index.ts";
import type { Asked } from "../../decode/index.ts";
import { Dropout, Embedding, Linear, linearCrossEntropy, linearTokenNats, normal, Recurrent } from "../../nn/index.ts";
import { type Engine, noGrad, type Tensor } from "../../tensor/index.ts";
import type { PairBatch, SourceBatch } from "../../text/index.ts";
import { Decoder, type DecoderMemory, type DecoderState, selectRows } from "./decoder.ts";
import { type Encoder, TokenEncoder } from "./encoder.ts";
import { GroupedWeight } from "./grouped-weight.ts";
import type { TranslationSettings } from "./options.ts";
import { designOf } from "./presets.ts";

/** How many tokens there are on each side. */
export interface VocabularySizes {
  readonly source: number;
  readonly target: number;
}

/** What the decoder reads and should predict. */
export type TargetBatch = Omit<PairBatch, keyof SourceBatch>;

/** What is asked for of a step, and the output's weight. */
interface Asking extends Asked {
  readonly weight: GroupedWeight;
}

/** What one step gives. The array of the logits is filled anew by the next step. */
export interface NetworkStep {
  /** [B V] scores of the token after those read; where the likeliest K were asked for [B K] theirs */
  readonly logits: Tensor["data"];
  /** [B K] the likeliest, the first of equal ones first, then -1; null where none were asked for */
  readonly ids: Int32Array | null;
  /** [B] log(sum of exp(logits)) of each row */
  readonly totals: Tensor["data"];
  /** [B S] how much each step of the source mattered to the last of them; null without attention */
  readonly weights: Tensor["data"] | null;
  readonly state: DecoderState;
}

/**
 * Predicts each token of a target from its source and the tokens before it.
 *
 *   memory = encoder(source)     output = decoder(y before, memory)     P(next) = softmax(W output + b)
 *
 * Tied, W is the table of the target's embedding. What reads the source may be any encoder.
 *
 * @source Sutskever, Vinyals & Le 2014; Cho et al. 2014; Bahdanau, Cho & Bengio 2015; Luong, Pham & Manning 2015; Wu et al. 2016:
 *   see `presets`
 */
export class TranslationNetwork<Input = SourceBatch> {
  readonly engine: Engine;
  readonly encoder: Encoder<Input>;
  readonly decoder: Decoder;
  readonly output: Linear;
  readonly #smoothing: number;
  /** The weight of the output for those who search over a memory. */
  readonly #outputs = new WeakMap<DecoderMemory, GroupedWeight>();
  #logits: Tensor["data"];

  /**
   * @param encoder what reads the source
   * @param embedding of the target's tokens
   * @throws RangeError for options that exclude each other
   */
  constructor(engine: Engine, encoder: Encoder<Input>, embedding: Embedding, settings: TranslationSettings) {
    this.engine = engine;
    this.#smoothing = settings.smoothing;
    this.#logits = engine.array(0);
    this.encoder = encoder;
    this.decoder = new Decoder(engine, embedding, encoder.outputSize, settings);
    this.output = new Linear(engine, {
      ...{ inputSize: this.decoder.outputSize, outputSize: embedding.vocabularySize },
      ...(settings.tied && { weight: embedding.weight }),
    });
  }

  /** A network between tokens. */
  static create(
    engine: Engine,
    sizes: VocabularySizes,
    settings: TranslationSettings,
  ): TranslationNetwork<SourceBatch> {
    const { embeddingSize, hiddenSize, encoderLayers, dropout, lockedDropout, sharedVocabulary, tied } = settings;
    const design = designOf(settings);
    const table = (vocabularySize: number, isTied: boolean) =>
      new Embedding(engine, {
        ...{ vocabularySize, embeddingSize, dropout: settings.embeddingDropout },
        // As in a language model: smaller where it also is the output layer.
        ...(isTied && { init: normal(0.3) }),
      });
    const target = table(sharedVocabulary ? Math.max(sizes.source, sizes.target) : sizes.target, tied);
    const source = sharedVocabulary ? target : table(sizes.source, false);
    const recurrent = new Recurrent(engine, {
      ...{ cell: design.cell, inputSize: embeddingSize, hiddenSize, layers: encoderLayers },
      ...{ bidirectional: design.bidirectional, residual: settings.residual, dropout, lockedDropout },
      ...{ weightDrop: settings.weightDrop, forgetBias: settings.forgetBias },
    });
    const encoder = new TokenEncoder(source, recurrent, {
      dropout: {
        input: new Dropout(engine, { rate: settings.inputDropout, locked: lockedDropout }),
        output: new Dropout(engine, { rate: dropout, locked: lockedDropout }),
      },
      reverse: design.reverseSource,
    });
    return new TranslationNetwork(engine, encoder, target, settings);
  }

  /** The mean cross-entropy of a batch's targets, in nats, each read with the right tokens before it (teacher forcing). */
  loss(batch: Input & TargetBatch): Tensor {
    const { output } = this.decoder.run(batch.inputs, this.#read(batch), batch.lengths);
    const smoothing = this.engine.recording ? this.#smoothing : 0;
    return linearCrossEntropy(output, this.output.weight, this.output.bias, batch.targets, { smoothing });
  }

  /**
   * What each target of a batch costs, recording nothing.
   *
   * @returns nats [T*B], 0 where there is no target
   */
  tokenNats(batch: Input & TargetBatch): Tensor["data"] {
    return this.align(batch).nats;
  }

  /**
   * What each target of a batch costs, and how much each step of the source mattered to it, recording nothing.
   *
   * @returns nats [T*B], 0 where there is no target, and weights [T B S], null without attention
   */
  align(batch: Input & TargetBatch): { readonly nats: Tensor["data"]; readonly weights: Tensor | null } {
    return noGrad(this.engine, () => {
      const { output, weights } = this.decoder.run(batch.inputs, this.#read(batch), batch.lengths);
      return { nats: linearTokenNats(output, this.output.weight, this.output.bias, batch.targets), weights };
    });
  }

  /**
   * Reads sources, all at once; the state is one row for each.
   *
   * @param options with givesBack each state is released once nothing goes on from it, see `releaseState`
   */
  begin(sources: Input, options: { readonly givesBack?: boolean } = {}): DecoderState {
    return noGrad(this.engine, () => this.#read(sources, options));
  }

  /** Gives the memory back that the steps after a `begin` share; there can be none after. */
  end({ memory }: DecoderState): void {
    this.#outputs.get(memory)?.free();
    this.#outputs.delete(memory);
    this.decoder.end(memory);
  }

  /**
   * Reads tokens and scores the one after them, recording nothing. The weights must be those that `begin` read: a state
   * holds what was made of them.
   *
   * @param tokens [T B] the first of a target being BOS
   * @param asked  how many of the likeliest tokens are wanted, of which; by default all
   */
  step(tokens: Tokens, state: DecoderState, asked?: Asked): NetworkStep {
    return noGrad(this.engine, () => {
      const [T, B] = tokens.shape as [number, number];
      // First: it may take memory, and arrays from before may then be dead.
      const asking = asked ? this.#asking(asked, state, B) : null;
      if (T === 1) {
        const { output, weights, state: after } = this.decoder.step(tokens, state);
        return { ...this.#score(output, B, asking), weights, state: after };
      }
      const run = this.decoder.run(tokens, state);
      const last = ({ data }: Tensor) => data.subarray(((T - 1) * data.length) / T);
      const scores = this.#score(last(run.output), B, asking);
      return { ...scores, weights: run.weights && last(run.weights), state: run.state };
    });
  }

  /** The state of chosen rows: row i of the result is row `rows[i]` of the state. No memory is copied. */
  select(state: DecoderState, rows: readonly number[]): DecoderState {
    return noGrad(this.engine, () => selectRows(state, rows));
  }

  /** What is asked for, with the weight that answers it in all steps of a search; null for a few rows, which get all scores. */
  #asking(asked: Asked, { memory }: DecoderState, rows: number): Asking | null {
    let weight = this.#outputs.get(memory);
    if (!weight) {
      weight = new GroupedWeight(this.engine, this.output.weight, this.output.inputSize);
      this.#outputs.set(memory, weight);
    }
    const barred = asked.barred.filter((id) => id >= 0 && id < this.output.outputSize);
    return weight.groupedFor(rows) && { count: asked.count, barred, weight };
  }

  /** The scores of the next token and their totals. */
  #score(x: Tensor["data"], N: number, asking: Asking | null): Pick<NetworkStep, "logits" | "ids" | "totals"> {
    const { kernels } = this.engine;
    const { weight, bias, inputSize: I, outputSize: V } = this.output;
    if (asking) {
      const { count: K, barred } = asking;
      const [P, w] = [asking.weight.groups, asking.weight.groupedFor(N)!];
      const [ids, best, totals] = [new Int32Array(N * K), this.engine.array(N * K), this.engine.array(N)];
      const U = barred.length;
      kernels.linearBest({ N, I, V, P, K, U, x, w, bias: bias!.data, barred, ids, best, totals });
      return { logits: best, ids, totals };
    }
    // New arrays of this size would take a good part of the time of a step.
    if (this.#logits.length < N * V) this.#logits = this.engine.array(N * V);
    const logits = this.#logits.subarray(0, N * V);
    const [loss, totals] = [this.engine.array(N), this.engine.array(N)];
    kernels.linearForward({ N, I, O: V, x, w: weight.data, bias: bias!.data, y: logits });
    // The kernel of the loss finds the totals on its way; targets do not matter.
    kernels.crossEntropyForward({ N, V, smoothing: 0, logits, targets: new Int32Array(N), loss, lse: totals });
    return { logits, ids: null, totals };
  }

  #read(sources: Input, options: { readonly givesBack?: boolean } = {}): DecoderState {
    return this.decoder.begin(this.encoder.encode(sources), options);
  }
}
