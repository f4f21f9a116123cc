import { z } from "zod";
import { checkInts, checkTokens, readOptions, type Tokens } from "../base/index.ts";
import { type Engine, embedding, type Tensor } from "../tensor/index.ts";
import { normal } from "./init.ts";
import { initialiser, rate, size } from "./options.ts";
import { wordDropout } from "./word-dropout.ts";

/**
 * Rows of an embedding table that were named but not yet gathered.
 *
 * A recurrent layer that gets one can project a small table once instead of every gathered row.
 */
export interface Lookup {
  /** [V E] */
  readonly weight: Tensor;
  /** [T B] */
  readonly tokens: Tokens;
  /** The table after projections that were made before, [V G.H], by the wIh that made them; see `Recurrent.prepare`. */
  readonly projected?: ReadonlyMap<Tensor, Tensor>;
}

const schema = z.strictObject({
  vocabularySize: size.describe("how many tokens there are"),
  embeddingSize: size.describe("numbers for each token"),
  dropout: rate.describe("share of words that are 0 while training, wherever they stand in the batch"),
  init: initialiser.optional().describe("initial table; default normal with deviation 1, as PyTorch's"),
});

/** Options of `Embedding`. */
export type EmbeddingOptions = z.input<typeof schema>;

/** A table with one row of numbers for each token. */
export class Embedding {
  readonly vocabularySize: number;
  readonly embeddingSize: number;
  readonly dropout: number;
  /** [vocabularySize embeddingSize] */
  readonly weight: Tensor;

  /** @throws RangeError or TypeError for an option that cannot be */
  constructor(engine: Engine, options: EmbeddingOptions) {
    const { vocabularySize: V, embeddingSize: E, dropout, init = normal() } = readOptions("Embedding", schema, options);
    this.vocabularySize = V;
    this.embeddingSize = E;
    this.dropout = dropout;
    this.weight = engine.parameter(init(engine.random, [V, E]), [V, E]);
  }

  /**
   * The rows of the tokens: [... embeddingSize] for tokens of shape [...].
   *
   * @throws RangeError when an id is not from 0 to vocabularySize - 1
   */
  forward(tokens: Tokens): Tensor {
    this.#check(tokens);
    return wordDropout(embedding(this.weight, tokens), this.dropout, { ids: tokens.ids, V: this.vocabularySize });
  }

  /** The same rows for a recurrent layer, which gathers them in the way that is cheaper. */
  lookup(tokens: Tokens): Tensor | Lookup {
    this.#check(tokens);
    // Words are dropped where they are fewer: in the table or in the batch.
    if (this.dropout > 0 && this.weight.engine.recording && this.vocabularySize >= tokens.ids.length)
      return this.forward(tokens);
    return { weight: wordDropout(this.weight, this.dropout), tokens };
  }

  #check(tokens: Tokens): void {
    checkTokens("Embedding", "tokens", tokens);
    checkInts("Embedding", "ids", tokens.ids, 0, this.vocabularySize - 1);
  }
}
