/** A decoder layer that attends inside its step: what it reads of a memory is fed to its own cell. */
import { z } from "zod";
import { checkInts, checkNames, checkTokens, KindError, readOptions, show, ValueError } from "../../base/index.ts";
import { dropout, type Engine, Tensor } from "../../tensor/index.ts";
import type { Cell } from "../cells/cell.ts";
import { type CellName, cells } from "../cells/index.ts";
import type { Lookup } from "../embedding.ts";
import { rate, size } from "../options.ts";
import { findCell, makeParameters } from "../recurrent.ts";
import { AdditiveAttention } from "./additive.ts";
import type { Attention, Memory } from "./attention.ts";
import { gatherLarge, runAttentive, type Scoring } from "./attentive-run.ts";
import { scanAttentive } from "./attentive-scan.ts";
import type { AttentiveOutput, AttentiveParameters, AttentiveState } from "./attentive-step.ts";
import { DotAttention } from "./dot.ts";

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
  readonly state?: { readonly [part: string]: Tensor } | null | undefined;
  /** [B] which memory each row reads, 0..M-1; by default row b reads memory b. */
  readonly sources?: Int32Array | undefined;
}

const inputNames = ["lengths", "state", "sources"] as const satisfies (keyof AttentiveInputs)[];

/**
 * A recurrent layer with attention inside its step.
 *
 *   feed "context"   context_t = attention(h_(t-1))   h_t = cell(wIh x_t + wFeed context_t + wHh h_(t-1))
 *   feed "output"    h_t = cell(wIh x_t + wFeed output_(t-1) + wHh h_(t-1))   context_t = attention(h_t)
 *                    output_t = tanh(outContext context_t + outState h_t)
 *
 * With cell lstm or gru and an attention of ours a whole sequence of a whole batch is one operation; anything else goes
 * step by step, and there wIh [G.H I+F] reads what is fed as well.
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
  readonly cell: Cell;
  readonly attention: Attention;
  readonly feed: "context" | "output";
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** D, numbers of a context. */
  readonly memorySize: number;
  /** F, numbers of what is fed: of a context or of an output. */
  readonly feedSize: number;
  readonly weightDrop: number;
  /** Those of the cell, with wFeed [G.H F] apart where the layer is one operation, and with feed output outContext [F D] and outState [F H]. */
  readonly parameters: AttentiveParameters;
  readonly #kernel: { readonly cell: "lstm" | "gru"; readonly scoring: Scoring } | null;

  /**
   * @param attention what asks the memory: an `AdditiveAttention`, a `DotAttention`, or one of your own
   * @throws RangeError or TypeError for an option that cannot be
   */
  constructor(engine: Engine, attention: Attention, options: AttentiveRecurrentOptions) {
    const read = readOptions("AttentiveRecurrent", schema, options);
    const { inputSize: I, hiddenSize: H, feed, forgetBias } = read;
    if (typeof attention?.forward !== "function")
      throw new KindError(
        `AttentiveRecurrent: attention must be a layer such as AdditiveAttention, got ${show(attention)}`,
      );
    if (attention.querySize !== H)
      throw new ValueError(
        `AttentiveRecurrent: the attention's querySize must be hiddenSize = ${H}, got ${attention.querySize}`,
      );
    if (feed === "context" && read.outputSize !== undefined)
      throw new ValueError("AttentiveRecurrent: outputSize is of feed output; leave it out with feed context");
    this.engine = engine;
    this.cell = findCell("AttentiveRecurrent", read.cell);
    this.attention = attention;
    this.feed = feed;
    this.inputSize = I;
    this.hiddenSize = H;
    this.memorySize = attention.memorySize;
    this.feedSize = feed === "context" ? attention.memorySize : (read.outputSize ?? H);
    this.weightDrop = read.weightDrop;
    this.#kernel = kernelOf(this.cell, attention);
    const F = this.feedSize;
    const { wIh, ...rest } = this.cell.parameters({ inputSize: this.#kernel ? I : I + F, hiddenSize: H, forgetBias });
    const G = (rest.wHh?.shape[0] ?? 0) / H;
    const specs = {
      ...((I > 0 || !this.#kernel) && wIh && { wIh }),
      ...(this.#kernel && { wFeed: { shape: [G * H, F] } }),
      ...rest,
      ...(feed === "output" && { outContext: { shape: [F, this.memorySize] }, outState: { shape: [F, H] } }),
    };
    this.parameters = makeParameters(engine, specs, {}, H);
    if (this.weightDrop > 0 && !rest.wHh)
      throw new ValueError(
        `AttentiveRecurrent: weightDrop drops wHh, but ${this.cell.name} has none; set weightDrop 0`,
      );
  }

  /**
   * Whole sequences of a batch, as teacher forcing has them; with T 1 a step of decoding, where many rows may read one
   * memory by `sources`.
   *
   * What is recorded keeps copies of lengths, sources and ids.
   *
   * @param x [T B inputSize], or tokens [T B] with their table, as `embedding.lookup(tokens)` gives them; with inputSize 0
   * the number of steps
   * @throws RangeError when sizes do not fit or a length, source or id is out of range, TypeError for a wrong kind
   */
  forward(x: Tensor | Lookup | number, memory: Memory, inputs: AttentiveInputs = {}): AttentiveOutput {
    checkNames("AttentiveRecurrent", inputNames, inputs);
    const source = this.#checkSource(x);
    const M = this.#checkMemory(memory);
    const shape = typeof source === "number" ? null : source instanceof Tensor ? source.shape : source.tokens.shape;
    const B = shape ? shape[1]! : (inputs.sources?.length ?? M);
    const T = shape ? shape[0]! : (source as number);
    if (T === 0) throw new ValueError("AttentiveRecurrent: x must have at least one step, got none");
    const sequences = {
      ...{ T, B, x: typeof source === "number" ? null : source, attention: this.attention },
      memory: this.engine.recording ? { ...memory, lengths: memory.lengths.slice() } : memory,
      sources: this.#checkRows("sources", inputs.sources, B, 0, M - 1, (b) => b),
      lengths: this.#checkRows("lengths", inputs.lengths, B, 1, T, () => T),
      ...{ state: this.#checkState(inputs.state ?? {}, B), feed: this.feed, parameters: this.#dropWeights() },
    };
    return this.#kernel
      ? runAttentive(this.#kernel.cell, this.#kernel.scoring, sequences)
      : scanAttentive(this.cell, sequences);
  }

  #dropWeights(): AttentiveParameters {
    const { wHh } = this.parameters;
    return this.weightDrop > 0 && wHh ? { ...this.parameters, wHh: dropout(wHh, this.weightDrop) } : this.parameters;
  }

  #checkSource(x: Tensor | Lookup | number): Tensor | Lookup | number {
    const I = this.inputSize;
    if (typeof x === "number" || I === 0) {
      if (I === 0 && typeof x === "number") return x;
      throw new ValueError(
        I === 0
          ? "AttentiveRecurrent: with inputSize 0 x must be the number of steps"
          : `AttentiveRecurrent: x must be [T B ${I}] or tokens with their table, got ${show(x)}`,
      );
    }
    if (x instanceof Tensor) {
      if (x.shape.length !== 3 || x.shape[2] !== I)
        throw new ValueError(`AttentiveRecurrent: x must be [T B ${I}], got [${x.shape.join(" ")}]`);
      return x;
    }
    const { weight, tokens } = x ?? {};
    if (!(weight instanceof Tensor) || !tokens)
      throw new KindError(
        "AttentiveRecurrent: x must be a tensor [T B I] or tokens with their table; use embedding.lookup(tokens)",
      );
    if (weight.shape[1] !== I)
      throw new ValueError(`AttentiveRecurrent: the table must be [V ${I}], got [${weight.shape.join(" ")}]`);
    if (tokens.shape.length !== 2)
      throw new ValueError(`AttentiveRecurrent: tokens must be [T B], got [${tokens.shape.join(" ")}]`);
    checkTokens("AttentiveRecurrent", "tokens", tokens);
    checkInts("AttentiveRecurrent", "ids", tokens.ids, 0, weight.shape[0]! - 1);
    return gatherLarge(x);
  }

  /** @returns M */
  #checkMemory({ keys, values, lengths }: Memory): number {
    const [S, M, D] = values.shape as [number, number, number];
    const [keySteps, memories] = keys.shape;
    if (
      keys.shape.length !== 3 ||
      values.shape.length !== 3 ||
      keySteps !== S ||
      memories !== M ||
      D !== this.memorySize
    )
      throw new ValueError(
        `AttentiveRecurrent: memory must have keys [S M A] and values [S M ${this.memorySize}], got [${keys.shape.join(" ")}] and [${values.shape.join(" ")}]`,
      );
    checkInts("AttentiveRecurrent", "memory.lengths", lengths, 1, S);
    if (lengths.length !== M)
      throw new ValueError(`AttentiveRecurrent: memory.lengths must be [M] = [${M}], got [${lengths.length}]`);
    return M;
  }

  #checkRows(
    name: "sources" | "lengths",
    given: Int32Array | undefined,
    B: number,
    least: number,
    most: number,
    otherwise: (b: number) => number,
  ): Int32Array {
    const rows = given ?? Int32Array.from({ length: B }, (_, b) => otherwise(b));
    checkInts("AttentiveRecurrent", name, rows, least, most);
    if (rows.length !== B)
      throw new ValueError(`AttentiveRecurrent: ${name} must be [B] = [${B}], got [${rows.length}]`);
    return given && this.engine.recording ? given.slice() : rows;
  }

  /** The state with zeros for the parts that are left out. */
  #checkState(state: { readonly [part: string]: Tensor }, B: number): AttentiveState {
    const widths: Record<string, number> = Object.fromEntries(this.cell.state.map((part) => [part, this.hiddenSize]));
    if (this.feed === "output") widths.output = this.feedSize;
    const names = Object.keys(widths);
    for (const part of Object.keys(state))
      if (!names.includes(part))
        throw new ValueError(`AttentiveRecurrent: the state must have no part but ${names.join(", ")}, got ${part}`);
    return Object.fromEntries(
      Object.entries(widths).map(([part, width]) => {
        const given = state[part];
        if (given && (given.shape.length !== 2 || given.shape[0] !== B || given.shape[1] !== width))
          throw new ValueError(
            `AttentiveRecurrent: state.${part} must be [${B} ${width}], got [${given.shape.join(" ")}]`,
          );
        return [part, given ?? this.engine.zeros([B, width])];
      }),
    ) as AttentiveState;
  }
}

/** Whether a layer is one operation, and how its attention compares. */
function kernelOf(cell: Cell, attention: Attention): { cell: "lstm" | "gru"; scoring: Scoring } | null {
  const name = cell === cells.lstm ? "lstm" : cell === cells.gru ? "gru" : null;
  if (!name) return null;
  if (attention instanceof AdditiveAttention)
    return { cell: name, scoring: { wQuery: attention.query.weight, v: attention.v, scale: 1 } };
  if (attention instanceof DotAttention)
    return { cell: name, scoring: { wQuery: null, v: null, scale: attention.scale } };
  return null;
}
