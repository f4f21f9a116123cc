import { z } from "zod";
import { readOptions } from "../../base/index.ts";
import { type Attended, attend, type Engine, type Tensor } from "../../tensor/index.ts";
import { uniform } from "../init.ts";
import { Linear } from "../linear.ts";
import { size } from "../options.ts";
import type { Attention, Memory } from "./attention.ts";

const schema = z.strictObject({
  querySize: size.describe("numbers of a query, such as the decoder's state"),
  memorySize: size.describe("numbers of a step of the memory, such as the encoder's output"),
  attentionSize: size.describe("units that score, A"),
});

/** Options of `AdditiveAttention`. */
export type AdditiveAttentionOptions = z.input<typeof schema>;

/**
 * Additive attention: a small network scores each step of the memory against the query.
 *
 *   energy[s] = v . tanh(wQuery query + wKey memory[s] + bias)   weights = softmax over real s
 *   context = sum of weights[s] memory[s]
 *
 * @source Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, A.1.2
 */
export class AdditiveAttention implements Attention {
  readonly querySize: number;
  readonly memorySize: number;
  /** From the query, without bias. */
  readonly query: Linear;
  /** From the memory, with the bias of both. */
  readonly key: Linear;
  /** [attentionSize] */
  readonly v: Tensor;

  /** @throws RangeError or TypeError for an option that cannot be */
  constructor(engine: Engine, options: AdditiveAttentionOptions) {
    const { querySize, memorySize, attentionSize: A } = readOptions("AdditiveAttention", schema, options);
    this.querySize = querySize;
    this.memorySize = memorySize;
    this.query = new Linear(engine, { inputSize: querySize, outputSize: A, bias: false });
    this.key = new Linear(engine, { inputSize: memorySize, outputSize: A });
    this.v = engine.parameter(uniform(1 / Math.sqrt(A))(engine.random, [A]), [A]);
  }

  prepare(values: Tensor, lengths: Int32Array): Memory {
    return { keys: this.key.forward(values), values, lengths };
  }

  forward(query: Tensor, { keys, values, lengths }: Memory, sources?: Int32Array): Attended {
    return attend({ query: this.query.forward(query), keys, values, v: this.v, lengths, ...(sources && { sources }) });
  }
}
