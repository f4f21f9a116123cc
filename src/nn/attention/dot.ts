import { z } from "zod";
import { readOptions, ValueError } from "../../base/index.ts";
import { type Attended, attend, type Engine, type Tensor } from "../../tensor/index.ts";
import { Linear } from "../linear.ts";
import { size } from "../options.ts";
import type { Attention, Memory } from "./attention.ts";

const schema = z.strictObject({
  querySize: size.describe("numbers of a query, such as the decoder's state"),
  memorySize: size.describe("numbers of a step of the memory, such as the encoder's output"),
  general: z.boolean().default(false).describe("whether a matrix stands between query and memory"),
  scale: z.number().positive().default(1).describe("what energies are multiplied by, such as 1/sqrt(querySize)"),
});

/** Options of `DotAttention`. */
export type DotAttentionOptions = z.input<typeof schema>;

/**
 * Multiplicative attention: the product of the query with each step of the memory scores it.
 *
 *   dot: energy[s] = scale query . memory[s]     general: energy[s] = scale query . (W memory[s])
 *   weights = softmax over real s                context = sum of weights[s] memory[s]
 *
 * @source Luong, Pham & Manning 2015, arXiv:1508.04025, 3.1; the scale: Vaswani et al. 2017, arXiv:1706.03762, 3.2.1
 */
export class DotAttention implements Attention {
  readonly querySize: number;
  readonly memorySize: number;
  readonly scale: number;
  /** W of "general", from the memory to the size of a query. */
  readonly key: Linear | null;

  /** @throws RangeError or TypeError for an option that cannot be, such as sizes that differ without `general` */
  constructor(engine: Engine, options: DotAttentionOptions) {
    const { querySize, memorySize, general, scale } = readOptions("DotAttention", schema, options);
    if (!general && querySize !== memorySize)
      throw new ValueError(
        `DotAttention: querySize must be memorySize = ${memorySize}, got ${querySize}; set general, or make them equal`,
      );
    this.querySize = querySize;
    this.memorySize = memorySize;
    this.scale = scale;
    this.key = general ? new Linear(engine, { inputSize: memorySize, outputSize: querySize, bias: false }) : null;
  }

  prepare(values: Tensor, lengths: Int32Array): Memory {
    return { keys: this.key ? this.key.forward(values) : values, values, lengths };
  }

  forward(query: Tensor, { keys, values, lengths }: Memory, sources?: Int32Array): Attended {
    return attend({ query, keys, values, scale: this.scale, lengths, ...(sources && { sources }) });
  }
}
