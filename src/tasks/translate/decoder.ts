/** The decoder: recurrent layers that write the target token by token, looking at what the encoder found. */
import { type Tokens, ValueError } from "../../base/index.ts";
import {
  AdditiveAttention,
  type Attention,
  AttentiveRecurrent,
  cells,
  DotAttention,
  Dropout,
  type Embedding,
  Linear,
  type Lookup,
  type Memory,
  Recurrent,
  type State,
} from "../../nn/index.ts";
import { add, broadcastTo, concat, type Engine, embedding as gather, split, Tensor, tanh } from "../../tensor/index.ts";
import { type Encoded, embed } from "./encoder.ts";
import type { TranslationSettings } from "./options.ts";
import { type Design, designOf } from "./presets.ts";
import { type DecoderStep, Stepper } from "./stepper.ts";

/** Where the decoder is in each of B targets. */
export interface DecoderState {
  /** What every row may look up; never copied. */
  readonly memory: DecoderMemory;
  /** [B] which source a row translates. */
  readonly sources: Int32Array;
  /** The state of each layer, the lowest first; each part [P H]. */
  readonly layers: readonly State[];
  /** [B] which of the P a row has, so that rows are chosen without being copied; null where row b has b. */
  readonly rows: Int32Array | null;
}

/** What the decoder keeps of the sources. */
export interface DecoderMemory {
  /** M: how many sources there are. */
  readonly count: number;
  /** For attention. */
  readonly attended: Memory | null;
  /** [M D] for a decoder that reads the encoder's summary at every step. */
  readonly summary: Tensor | null;
  /** Whether each state is released once nothing goes on from it, so that it can be in memory of the pool. */
  readonly givesBack: boolean;
}

/** What a run over T steps gives. */
export interface DecoderRun {
  /** [T B R] what the next token is scored by */
  readonly output: Tensor;
  /** [T B S] how much each step of the source mattered; null without attention */
  readonly weights: Tensor | null;
  readonly state: DecoderState;
}

/** What the lowest layer gives. */
interface LowestRun {
  readonly y: Tensor;
  readonly state: State;
  readonly context: Tensor | null;
  readonly weights: Tensor | null;
  /** What the next token is scored by, where this layer makes it. */
  readonly output: Tensor | null;
}

const nothing = { context: null, weights: null };

/**
 * Writes the target.
 *
 *   h = lowest(y(t-1), feed)    context = attention(h)
 *   h = upper[i]([h; context])  output = tanh(W [h; context])
 *
 * Without a context the output is h itself, or W h where tied weights want another size.
 */
export class Decoder {
  readonly embedding: Embedding;
  /** From the encoder's summary to the first state of every layer. */
  readonly bridge: Linear | null;
  readonly attention: Attention | null;
  /** The layer that reads the tokens; an attentive one where it is fed what it looked up. */
  readonly lowest: Recurrent | AttentiveRecurrent;
  readonly upper: readonly Recurrent[];
  readonly readout: Linear | null;
  /** R: numbers of an output. */
  readonly outputSize: number;
  readonly #design: Design;
  readonly #parts: readonly string[];
  readonly #size: number;
  readonly #residual: boolean;
  /** Whether what the lowest layer is fed is what the next token is scored by. */
  readonly #isOutputFed: boolean;
  readonly #steppers = new WeakMap<DecoderMemory, Stepper>();
  readonly #inputDropout: Dropout;
  readonly #dropout: Dropout;

  /**
   * @param embedding  of the target's tokens, maybe shared
   * @param memorySize D of the encoder
   * @throws RangeError for options that exclude each other
   */
  constructor(engine: Engine, embedding: Embedding, memorySize: number, settings: TranslationSettings) {
    const design = designOf(settings);
    const { hiddenSize, decoderSize: H = hiddenSize, embeddingSize: E, decoderLayers, tied } = settings;
    const { attention, feed, seesPrevious, start } = design;
    checkDesign(design);
    checkStart(design, { encoderLayers: settings.encoderLayers, decoderLayers, hiddenSize, decoderSize: H });
    this.#design = design;
    this.#size = H;
    this.#residual = settings.residual;
    this.#parts = cells[design.cell].state;
    this.#inputDropout = new Dropout(engine, { rate: settings.inputDropout, locked: settings.lockedDropout });
    this.#dropout = new Dropout(engine, { rate: settings.dropout, locked: settings.lockedDropout });
    this.embedding = embedding;
    this.bridge =
      start === "project"
        ? new Linear(engine, { inputSize: memorySize, outputSize: decoderLayers * this.#parts.length * H })
        : null;
    this.attention = makeAttention(engine, design.attention, {
      ...{ querySize: H, memorySize },
      attentionSize: settings.attentionSize ?? H,
    });
    const hasContext = attention !== "none" || feed !== "none";
    const wide = hasContext ? memorySize : 0;
    const layer = (inputSize: number) =>
      new Recurrent(engine, {
        ...{ cell: design.cell, inputSize, hiddenSize: H },
        ...{ weightDrop: settings.weightDrop, forgetBias: settings.forgetBias },
      });
    this.outputSize = tied ? E : H;
    this.lowest =
      this.attention && feed !== "none"
        ? new AttentiveRecurrent(engine, this.attention, {
            ...{ cell: design.cell, inputSize: seesPrevious ? E : 0, hiddenSize: H, feed },
            ...{ weightDrop: settings.weightDrop, forgetBias: settings.forgetBias },
            ...(feed === "output" && { outputSize: decoderLayers === 1 ? this.outputSize : H }),
          })
        : layer((seesPrevious ? E : 0) + (feed === "none" ? 0 : memorySize));
    this.upper = Array.from({ length: decoderLayers - 1 }, () => layer(H + wide));
    this.#isOutputFed = feed === "output" && decoderLayers === 1;
    this.readout =
      !this.#isOutputFed && (hasContext || this.outputSize !== H)
        ? new Linear(engine, { inputSize: H + wide, outputSize: this.outputSize })
        : null;
  }

  /** Where the decoder begins with sources that were read. */
  begin(encoded: Encoded, { givesBack = false } = {}): DecoderState {
    const { values, lengths, summary } = encoded;
    const { feed } = this.#design;
    return {
      memory: {
        count: lengths.length,
        attended: this.attention ? this.attention.prepare(values, lengths) : null,
        summary: !this.attention && feed === "context" ? summary : null,
        givesBack,
      },
      sources: Int32Array.from(lengths, (_, b) => b),
      layers: this.#start(encoded),
      rows: null,
    };
  }

  /**
   * As `run` of a single token of each row, recording nothing, in less time: what steps or rows share is made once. The
   * weights must be those that the decoder began with.
   *
   * @param tokens [1 B]
   */
  step(tokens: Tokens, state: DecoderState): DecoderStep {
    if (!Stepper.fits(this)) {
      const { output, weights, state: after } = this.run(tokens, state);
      return { output: output.data, weights: weights?.data ?? null, state: after };
    }
    const { memory } = state;
    let stepper = this.#steppers.get(memory);
    if (!stepper) {
      stepper = new Stepper(this, memory, { seesPrevious: this.#design.seesPrevious, residual: this.#residual });
      this.#steppers.set(memory, stepper);
    }
    return stepper.step(tokens, state);
  }

  /** Gives the memory back that the steps over a memory share; there can be none after. */
  end(memory: DecoderMemory): void {
    this.#steppers.get(memory)?.free();
    this.#steppers.delete(memory);
  }

  /**
   * Reads tokens and says what the ones after them are scored by.
   *
   * @param tokens  [T B] those before the ones to predict
   * @param lengths [B] real steps, 1..T; without it every step is real
   */
  run(tokens: Tokens, from: DecoderState, lengths?: Int32Array): DecoderRun {
    const state = gatherRows(from);
    const { memory, sources } = state;
    const order = lengths ? { lengths } : {};
    const first = this.#lowest(tokens, state, order);
    const { context, weights } = first;
    let h = first.y;
    const layers: State[] = [first.state];
    const seen = (h: Tensor) => (context ? concat([h, context]) : h);
    for (const [i, upper] of this.upper.entries()) {
      const run = upper.forward(this.#dropout.forward(seen(h)), { ...order, state: [state.layers[i + 1]!] });
      h = this.#residual ? add(h, run.y) : run.y;
      layers.push(run.state[0]!);
    }
    const output = first.output ?? this.#read(seen(h), context !== null);
    return { output: this.#dropout.forward(output), weights, state: { memory, sources, layers, rows: null } };
  }

  /** The layer that reads the tokens, with what it or the layers above look up. */
  #lowest(tokens: Tokens, { memory, sources, layers }: DecoderState, order: { lengths?: Int32Array }): LowestRun {
    const [T, B] = tokens.shape as [number, number];
    const { lowest, attention } = this;
    const [state] = layers as [State];
    const x = this.#design.seesPrevious ? embed(this.embedding, this.#inputDropout, tokens) : T;
    if (lowest instanceof AttentiveRecurrent) {
      const run = lowest.forward(x, memory.attended!, { ...order, sources, state });
      return { ...run, output: this.#isOutputFed ? run.output : null };
    }
    if (memory.summary) {
      const rows = gather(memory.summary, { ids: sources, shape: [1, B] });
      const context = broadcastTo(rows, [T, B, rows.shape[2]!]);
      const seen = typeof x === "number" ? context : concat([gathered(x), context]);
      const run = lowest.forward(seen, { ...order, state: [state] });
      return { y: run.y, state: run.state[0]!, context, weights: null, output: null };
    }
    const run = lowest.forward(x as Exclude<typeof x, number>, { ...order, state: [state] });
    const { context, weights } = attention?.forward(run.y, memory.attended!, sources) ?? nothing;
    return { y: run.y, state: run.state[0]!, context, weights, output: null };
  }

  #read(seen: Tensor, hasContext: boolean): Tensor {
    if (!this.readout) return seen;
    const read = this.readout.forward(seen);
    return hasContext ? tanh(read) : read;
  }

  /** The first state of each layer. */
  #start({ summary, state }: Encoded): State[] {
    const { engine } = summary;
    const parts = this.#parts;
    const count = 1 + this.upper.length;
    const B = summary.shape[0]!;
    const layerOf = (made: readonly Tensor[], i: number) =>
      Object.fromEntries(parts.map((part, p) => [part, made[i * parts.length + p]!])) as State;
    const numbers = Array.from({ length: count }, (_, i) => i);
    if (this.bridge) {
      const made = split(tanh(this.bridge.forward(summary)), count * parts.length);
      return numbers.map((i) => layerOf(made, i));
    }
    if (this.#design.start === "copy") return [...state];
    const zeros = engine.zeros([B, this.#size]);
    return numbers.map((i) => layerOf(new Array(count * parts.length).fill(zeros), i));
  }
}

/** The state of chosen rows: row i of the result is row `rows[i]` of the state. Nothing is copied. */
export function selectRows(
  { memory, sources, layers, rows: before }: DecoderState,
  rows: readonly number[],
): DecoderState {
  const ids = Int32Array.from(rows);
  return {
    memory,
    sources: ids.map((row) => sources[row]!),
    layers,
    rows: before ? ids.map((row) => before[row]!) : ids,
  };
}

/** Gives the memory of a state back, where a step took it from the pool: neither it nor what was chosen of it can be used. */
export function releaseState({ layers }: DecoderState): void {
  for (const layer of layers) for (const part of Object.values(layer)) part.release();
}

/** The same state with a row of its own for each row. */
function gatherRows(state: DecoderState): DecoderState {
  const { layers, rows } = state;
  if (!rows) return state;
  const choose = (part: Tensor) => gather(part, { ids: rows, shape: [rows.length] });
  return {
    ...state,
    layers: layers.map(
      (layer) => Object.fromEntries(Object.entries(layer).map(([name, part]) => [name, choose(part)])) as State,
    ),
    rows: null,
  };
}

function gathered(x: Tensor | Lookup): Tensor {
  return x instanceof Tensor ? x : gather(x.weight, x.tokens);
}

/** @throws RangeError for choices of which one leaves nothing to another */
function checkDesign({ attention, feed, seesPrevious }: Design): void {
  if (feed === "output" && attention === "none")
    throw new ValueError("train: feed output needs attention; take an attention, or feed context");
  if (!seesPrevious && feed === "none")
    throw new ValueError("train: without seesPrevious the decoder would read nothing; feed it the context");
}

/** @throws RangeError where the encoder's state does not fit the decoder */
function checkStart({ start, bidirectional }: Design, sizes: Readonly<Record<string, number>>): void {
  if (start !== "copy") return;
  const { encoderLayers, decoderLayers, hiddenSize, decoderSize } = sizes;
  if (bidirectional)
    throw new ValueError(
      "train: start copy needs an encoder that reads one way; take start project, or not bidirectional",
    );
  for (const [encoder, decoder, of] of [
    [encoderLayers, decoderLayers, "decoderLayers must be encoderLayers"],
    [hiddenSize, decoderSize, "decoderSize must be hiddenSize"],
  ] as const)
    if (encoder !== decoder)
      throw new ValueError(
        `train: with start copy ${of} = ${encoder}, got ${decoder}; make them equal, or take start project`,
      );
}

function makeAttention(
  engine: Engine,
  kind: Design["attention"],
  sizes: { readonly querySize: number; readonly memorySize: number; readonly attentionSize: number },
): Attention | null {
  const { attentionSize, ...ends } = sizes;
  switch (kind) {
    case "none":
      return null;
    case "dot":
      if (ends.querySize !== ends.memorySize)
        throw new ValueError(
          `train: with attention dot decoderSize must be the encoder's ${ends.memorySize}, got ${ends.querySize}; take attention general, or make them equal`,
        );
      return new DotAttention(engine, ends);
    case "general":
      return new DotAttention(engine, { ...ends, general: true });
    case "additive":
      return new AdditiveAttention(engine, { ...ends, attentionSize });
  }
}
