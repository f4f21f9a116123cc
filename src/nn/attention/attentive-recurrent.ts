/** A decoder layer that attends inside its step: what it reads of a memory is fed to its own cell. */
import { z } from "zod";
import { readOptions, ValueError } from "../../base/index.ts";
import type { Engine, Tensor } from "../../tensor/index.ts";
import type { Cell } from "../cells/cell.ts";
import type { CellName } from "../cells/index.ts";
import type { Lookup } from "../embedding.ts";
import { rate, size } from "../options.ts";
import type { Attention, Memory } from "./attention.ts";

/** Every part [B ...]: those of the cell, `h` among them, and with feed "output" the `output` that is fed next. */
export type AttentiveState = { readonly h: Tensor } & { readonly [part: string]: Tensor };

const schema = z.strictObject({
  cell: z
    .custom<CellName | Cell>((given) => typeof given === "string" || typeof given === "object", "a cell or its name")
    .describe("the kind of cell"),
  inputSize: z.int().min(0).describe("numbers of each step beside what is fed; 0: it sees nothing else"),
  hiddenSize: size.describe("units"),
  feed: z.enum(["context", "output"]).default("context").describe("what a step is fed"),
  outputSize: size.optional().describe("with feed output: numbers of an output; default hiddenSize"),
  weightDrop: rate.describe("share of the recurrent weights wHh dropped while training, the same at all steps"),
  forgetBias: z.number().default(1).describe("initial bias of forget gates"),
});

/** Options of `AttentiveRecurrent`. */
export type AttentiveRecurrentOptions = z.input<typeof schema>;

/** What `AttentiveRecurrent.forward` takes beside the sequences and the memory. */
export interface AttentiveInputs {
  /** Real steps of each sequence [B], 1..T; without it every step is real. Padding never changes a result. */
  readonly lengths?: Int32Array | undefined;
  /** The state to start from; parts that are left out are zeros. */
  readonly state?: AttentiveState | null | undefined;
  /** [B] which memory each row reads, 0..M-1; by default row b reads memory b. */
  readonly sources?: Int32Array | undefined;
}

/** What `AttentiveRecurrent.forward` gives; all but the state 0 beyond the lengths. */
export interface AttentiveOutput {
  /** [T B H] the h of every step. */
  readonly y: Tensor;
  /** [T B D] */
  readonly context: Tensor;
  /** [T B S] how much each step of its memory mattered to a step. */
  readonly weights: Tensor;
  /** [T B F] with feed output: tanh(wOut [context; h]), which a step is fed and the next token is told from. */
  readonly output: Tensor | null;
  /** After the last real step of each row. */
  readonly state: AttentiveState;
}

/**
 * A recurrent layer with attention inside its step.
 *
 *   feed "context"   context_t = attend(wQuery h_(t-1))   h_t = cell(wIh x_t + wFeed context_t + wHh h_(t-1))
 *   feed "output"    h_t = cell(wIh x_t + wFeed output_(t-1) + wHh h_(t-1))   context_t = attend(wQuery h_t)
 *                    output_t = tanh(wOutContext context_t + wOutState h_t)
 *
 * With cell lstm or gru a whole sequence of a whole batch is one operation; any other cell goes step by step.
 *
 *     const layer = new AttentiveRecurrent(engine, attention, { cell: "gru", inputSize: 64, hiddenSize: 128 });
 *     const memory = attention.prepare(values, lengths);
 *     const { y, context } = layer.forward(embedding.lookup(tokens), memory, { state });
 *
 * @source feed "context": Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, A.2.2; feed "output": Luong, Pham & Manning 2015,
 * arXiv:1508.04025, 3.3
 */
export class AttentiveRecurrent {
  readonly engine: Engine;
  readonly attention: Attention;
  readonly feed: "context" | "output";
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** D, numbers of a context. */
  readonly memorySize: number;
  /** F, numbers of what is fed: of a context or of an output. */
  readonly feedSize: number;

  /**
   * @param attention what asks the memory: an `AdditiveAttention`, a `DotAttention`, or one of your own, which goes step by step
   * @throws RangeError or TypeError for an option that cannot be
   */
  constructor(engine: Engine, attention: Attention, options: AttentiveRecurrentOptions) {
    const read = readOptions("AttentiveRecurrent", schema, options);
    if (attention?.querySize !== read.hiddenSize)
      throw new ValueError(
        `AttentiveRecurrent: querySize must be hiddenSize = ${read.hiddenSize}, got ${attention?.querySize}`,
      );
    this.engine = engine;
    this.attention = attention;
    this.feed = read.feed;
    this.inputSize = read.inputSize;
    this.hiddenSize = read.hiddenSize;
    this.memorySize = attention.memorySize;
    this.feedSize = read.feed === "context" ? attention.memorySize : (read.outputSize ?? read.hiddenSize);
  }

  /**
   * A whole sequence of a whole batch, as teacher forcing has it.
   *
   * @param x [T B inputSize], or tokens [T B] with their table, as `embedding.lookup(tokens)` gives them; with inputSize 0
   * how many steps there are
   */
  forward(_x: Tensor | Lookup | number, _memory: Memory, _inputs: AttentiveInputs = {}): AttentiveOutput {
    throw new ValueError("AttentiveRecurrent: not written yet");
  }

  /**
   * One step of a batch, for decoding: `forward` with T 1, whose results come without the axis of time.
   *
   * @param x [B inputSize], or tokens [B] with their table; with inputSize 0 null
   * @returns y [B H], context [B D], weights [B S], output [B F] or null, and the state after
   */
  step(_x: Tensor | Lookup | null, _memory: Memory, _inputs: AttentiveInputs = {}): AttentiveOutput {
    throw new ValueError("AttentiveRecurrent: not written yet");
  }
}
