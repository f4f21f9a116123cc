/** Encoders: what reads the source, of whatever kind it is, into a memory that a decoder can look up. */
import { type Tokens, ValueError } from "../../base/index.ts";
import { type Dropout, type Embedding, Linear, type Recurrent, type State } from "../../nn/index.ts";
import { concat, type Engine, type Tensor } from "../../tensor/index.ts";
import type { SourceBatch } from "../../text/index.ts";

/** What an encoder made of M sources. */
export interface Encoded {
  /** [S M D] what it found at each step; 0 beyond the lengths */
  readonly values: Tensor;
  /** [M] real steps of each source, 1..S */
  readonly lengths: Int32Array;
  /** [M D] the state it ended with, of its last layer, both directions */
  readonly summary: Tensor;
  /** The state after the last real step of each layer and direction: layer by layer, forward first. */
  readonly state: readonly State[];
}

/** Something that reads sources. Any input will do, as long as each source becomes a sequence of vectors. */
export interface Encoder<Input> {
  /** D: numbers of each step of the memory. */
  readonly outputSize: number;
  encode(input: Input): Encoded;
}

/** What is dropped on the way: of the embedded tokens, and of what was found at each step. */
export interface EncoderDropout {
  readonly input: Dropout;
  readonly output: Dropout;
}

/** Reads tokens: an embedding, then recurrent layers. */
export class TokenEncoder implements Encoder<SourceBatch> {
  readonly embedding: Embedding;
  readonly recurrent: Recurrent;
  readonly outputSize: number;
  readonly #dropout: EncoderDropout;
  readonly #reverse: boolean;

  /**
   * @param embedding maybe shared with the decoder
   * @param options   what is dropped, and whether sources are read from their end
   */
  constructor(
    embedding: Embedding,
    recurrent: Recurrent,
    { dropout, reverse }: { readonly dropout: EncoderDropout; readonly reverse: boolean },
  ) {
    this.embedding = embedding;
    this.recurrent = recurrent;
    this.outputSize = recurrent.outputSize;
    this.#dropout = dropout;
    this.#reverse = reverse;
  }

  encode({ sources, sourceLengths }: SourceBatch): Encoded {
    const tokens = this.#reverse ? reverseTokens(sources, sourceLengths) : sources;
    const encoded = runEncoder(this.recurrent, embed(this.embedding, this.#dropout.input, tokens), sourceLengths);
    return { ...encoded, values: this.#dropout.output.forward(encoded.values) };
  }
}

/** Numeric sources side by side, such as frames of sound. */
export interface FrameBatch {
  /** [S M I] the numbers of each step; whatever is beyond the lengths changes nothing */
  readonly frames: Tensor;
  /** [M] real steps of each source, 1..S */
  readonly sourceLengths: Int32Array;
}

/** Reads sequences of numbers: a linear layer, then recurrent layers. */
export class FrameEncoder implements Encoder<FrameBatch> {
  /** From the numbers of a frame to the input of the recurrent layers. */
  readonly input: Linear;
  readonly recurrent: Recurrent;
  readonly outputSize: number;

  /**
   * @param frameSize I: numbers of a frame
   * @param recurrent layers of any cell, in one or both directions
   */
  constructor(engine: Engine, frameSize: number, recurrent: Recurrent) {
    this.input = new Linear(engine, { inputSize: frameSize, outputSize: recurrent.inputSize });
    this.recurrent = recurrent;
    this.outputSize = recurrent.outputSize;
  }

  /** @throws RangeError when the frames are not [S M I] */
  encode({ frames, sourceLengths }: FrameBatch): Encoded {
    const I = this.input.inputSize;
    if (frames.shape.length !== 3 || frames.shape[2] !== I)
      throw new ValueError(`FrameEncoder: frames must be [S M ${I}], got [${frames.shape.join(" ")}]`);
    return runEncoder(this.recurrent, this.input.forward(frames), sourceLengths);
  }
}

/** Embedded tokens for a recurrent layer, not yet gathered where that is cheaper. */
export function embed(embedding: Embedding, dropout: Dropout, tokens: Tokens): Parameters<Recurrent["forward"]>[0] {
  // Numbers of the table are dropped for each place of the batch by itself, so the rows have to be gathered first.
  const isDropped = dropout.rate > 0 && embedding.weight.engine.recording;
  return isDropped ? dropout.forward(embedding.forward(tokens)) : embedding.lookup(tokens);
}

function runEncoder(recurrent: Recurrent, x: Parameters<Recurrent["forward"]>[0], lengths: Int32Array): Encoded {
  const { y, state } = recurrent.forward(x, { lengths });
  const last = state.slice(recurrent.bidirectional ? -2 : -1).map(({ h }) => h);
  return { values: y, lengths, summary: last.length === 1 ? last[0]! : concat(last), state };
}

/** x1 .. xn EOS as xn .. x1 EOS. */
function reverseTokens({ ids, shape }: Tokens, lengths: Int32Array): Tokens {
  const B = shape[1]!;
  const reversed = ids.slice();
  lengths.forEach((length, b) => {
    const n = length - 1;
    for (let s = 0; s < n; s++) reversed[s * B + b] = ids[(n - 1 - s) * B + b]!;
  });
  return { ids: reversed, shape };
}
