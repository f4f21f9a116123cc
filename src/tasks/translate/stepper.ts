/** A decoder token by token: what all steps of a search share is computed once, and what rows share once for all of them. */
import type { Tokens } from "../../base/index.ts";
import type { FloatArray } from "../../kernels/index.ts";
import { AdditiveAttention, type Attention, AttentiveRecurrent, DotAttention, type State } from "../../nn/index.ts";
import { type Buffer, type Engine, type Store, Tensor } from "../../tensor/index.ts";
import type { Decoder, DecoderMemory, DecoderState } from "./decoder.ts";
import { GroupedWeight, type Weight } from "./grouped-weight.ts";
import { ProjectedTokens, type TokenRows } from "./projected-tokens.ts";

/** What one step gives. */
export interface DecoderStep {
  /** [B R] what the next token is scored by; the next step of the same search writes over it */
  readonly output: FloatArray;
  /** [B S] how much each step of the source mattered; null without attention */
  readonly weights: FloatArray | null;
  readonly state: DecoderState;
}

/** The choices of a decoder that its layers do not show. */
export interface StepperSettings {
  readonly seesPrevious: boolean;
  readonly residual: boolean;
}

/** The weights of a recurrent layer by name. */
type Named = { readonly [name: string]: Tensor | undefined } & { readonly [N in "wHh" | "bias"]: Tensor };

/** The weights of a layer that are used as they are. */
interface LayerWeights {
  /** [G.H H] */
  readonly wHh: GroupedWeight;
  /** [H] of a GRU. */
  readonly biasHn: Weight | null;
}

/** A layer above the lowest: its input is what it makes of the context, and of the state below by [G.H H]. */
interface UpperInput {
  readonly part: ContextPart | null;
  readonly fromBelow: GroupedWeight;
  readonly bias: Weight;
}

/** Some columns of a projected context: those that one of its readers wants. */
interface ContextPart {
  readonly at: number;
  readonly size: number;
}

/** Rows that may be the same ones: row i is `used[slots[i]]`. */
interface Distinct {
  /** Each that there is, once; null where that is every row in order. */
  readonly used: Int32Array | null;
  readonly slots: Int32Array;
  /** U: how many there are. */
  readonly count: number;
}

/** The states that a layer goes on from. */
interface Extended {
  readonly state: State;
  readonly before: Distinct;
  /** [U H] */
  readonly h0: Store;
  /** [U G.H] */
  readonly products: Store;
  /** [U G.H] of a GRU: more input. */
  readonly fed: Store | null;
}

/** A state by the names of its parts. */
type Parts = { readonly [part: string]: Tensor | undefined };

/** A state that was made, each part [B ...]. */
type Made = { readonly h: Store } & { readonly [part: string]: Store };

/** Lends memory until a step is over. */
type Lend = (length: number) => Store;

/** A projected context, of rows or of the states that they extend. */
interface Looked {
  /** [N X] */
  readonly context: Store;
  /** N */
  readonly count: number;
  /** Which of the N a row reads; null where there is one for each row. */
  readonly slots: Int32Array | null;
}

/** The last layer: what it makes of the context, and of the highest state by [R H]. */
interface Readout {
  readonly part: ContextPart | null;
  readonly fromTop: GroupedWeight;
  readonly bias: Weight;
}

/** What an attention asks by. */
interface Question {
  /** [A H], or null where the state itself is the query. */
  readonly wQuery: GroupedWeight | null;
  /** [A] of additive attention. */
  readonly v: Weight | null;
  readonly scale: number;
}

/**
 * Takes steps of a decoder over one memory. They give what `Decoder.run` gives, but for roundings, from less work:
 *
 *   wIh y       is made once for each token that is ever read
 *   wHh h       and all else that depends on the state before a step alone is made once for all rows that extend it
 *   W context   = W sum a_s v_s = sum a_s (W v_s): the memory is projected once, and no context ever is
 *
 * It holds for as long as the weights do not change.
 */
export class Stepper {
  readonly #engine: Engine;
  readonly #memory: DecoderMemory;
  readonly #settings: StepperSettings;
  readonly #isLstm: boolean;
  readonly #H: number;
  /** G.H: four times H of an LSTM, three times of a GRU. */
  readonly #GH: number;
  readonly #layers: readonly LayerWeights[];
  readonly #tokens: ProjectedTokens | null;
  readonly #bias: Weight;
  /** [S M X] the memory as its readers want it, one beside the other; of a summary [M X]. */
  readonly #projected: ReturnType<Engine["build"]["allocate"]> | null;
  /** X */
  readonly #width: number;
  readonly #question: Question | null;
  /** What the lowest layer is fed of the context. */
  readonly #feed: ContextPart | null;
  /** The output that it is fed in the next step: of the context, and of its state by [F H]; what it is fed by [G.H F]. */
  readonly #output: {
    readonly part: ContextPart;
    readonly fromState: GroupedWeight;
    readonly toGates: GroupedWeight;
  } | null;
  readonly #upper: readonly UpperInput[];
  readonly #readout: Readout | null;
  readonly #grouped: GroupedWeight[] = [];
  #result: Buffer | null = null;

  /** Whether a decoder can be taken this way: it has to be of LSTMs or of GRUs. */
  static fits({ lowest }: Decoder): boolean {
    return lowest.cell.name === "lstm" || lowest.cell.name === "gru";
  }

  constructor(decoder: Decoder, memory: DecoderMemory, settings: StepperSettings) {
    const { lowest, upper, readout, embedding, attention } = decoder;
    const { engine } = embedding.weight;
    const isAttentive = lowest instanceof AttentiveRecurrent;
    const own = (isAttentive ? lowest.parameters : lowest.layers[0]!.forward) as Named;
    const above = upper.map(({ layers }) => layers[0]!.forward as Named);
    const [GH, H] = own.wHh.shape as [number, number];
    const E = settings.seesPrevious ? embedding.embeddingSize : 0;
    this.#engine = engine;
    this.#memory = memory;
    this.#settings = settings;
    this.#isLstm = lowest.cell.name === "lstm";
    this.#H = H;
    this.#GH = GH;
    const grouped = (weight: Weight, I = H) => {
      const made = new GroupedWeight(engine, weight, I);
      this.#grouped.push(made);
      return made;
    };
    this.#layers = [own, ...above].map(({ wHh, biasHn = null }) => ({ wHh: grouped(wHh), biasHn }));
    this.#question = questionOf(attention, grouped);

    const values = memory.attended?.values ?? memory.summary;
    const D = values?.shape.at(-1) ?? 0;
    const readers: { readonly w: Weight; readonly bias: Weight | null; readonly part: ContextPart }[] = [];
    let width = 0;
    const read = (w: Weight, bias: Weight | null): ContextPart => {
      const part = { at: width, size: w.data.length / D };
      width += part.size;
      readers.push({ w, bias, part });
      return part;
    };
    const isFed = isAttentive ? lowest.feed === "context" : memory.summary !== null;
    this.#feed = isFed ? read(own.wFeed ?? this.#columns(own.wIh!, E, D), null) : null;
    const { outContext, outState, wFeed } = own;
    this.#output = null;
    if (outContext) {
      const part = read(outContext, null);
      this.#output = { part, fromState: grouped(outState!), toGates: grouped(wFeed!, part.size) };
    }
    this.#upper = above.map(({ wIh, bias }) => ({
      part: values && read(this.#columns(wIh!, H, D), bias),
      fromBelow: grouped(this.#columns(wIh!, 0, H)),
      bias,
    }));
    this.#readout = readout && {
      part: values && read(this.#columns(readout.weight, H, D), readout.bias!),
      fromTop: grouped(this.#columns(readout.weight, 0, H)),
      bias: readout.bias!,
    };
    this.#width = width;
    this.#projected = null;
    if (values) {
      const [w, bias] = [engine.array(width * D), engine.array(width)];
      for (const { w: of, bias: added, part } of readers) {
        w.set(of.data, part.at * D);
        if (added) bias.set(added.data, part.at);
      }
      const N = values.size / D;
      this.#projected = engine.build.allocate(N * width);
      engine.kernels.linearForward({ N, I: D, O: width, x: values.data, w, bias, y: this.#projected.array });
    }

    this.#bias = own.bias;
    this.#tokens = settings.seesPrevious
      ? new ProjectedTokens(
          engine,
          embedding.weight,
          new GroupedWeight(engine, this.#columns(own.wIh!, 0, E), E, { fewRows: 0 }),
          own.bias,
        )
      : null;
  }

  /** Gives the memory back that all steps share; there can be none after. */
  free(): void {
    for (const weight of this.#grouped) weight.free();
    this.#tokens?.free();
    this.#projected?.free();
    if (this.#result) this.#engine.pool.give(this.#result);
    this.#result = null;
  }

  /** Reads a token of each row. */
  step({ ids }: Tokens, state: DecoderState): DecoderStep {
    return this.#engine.pool.borrow((lend) => this.#step(ids, state, lend));
  }

  #step(ids: Int32Array, state: DecoderState, lend: Lend): DecoderStep {
    const B = ids.length;
    const { sources } = state;
    const GH = this.#GH;
    const [own] = state.layers as [State, ...State[]];
    const before = distinct(state.rows, B, own.h.shape[0]!);
    const U = before.count;
    const h0 = this.#chosen(own.h, before, lend);
    const products = lend(U * GH);
    // Before the first step there is no output.
    const { output: output0 } = own as Parts;
    // What is fed is added to the products with the state, but not of a GRU, whose reset gate is for those alone.
    const fed = (this.#feed || output0) && !this.#isLstm ? lend(U * GH) : null;
    let looked: Looked | null = null;
    let weights: FloatArray | null = null;
    if (this.#feed) {
      ({ looked, weights } = this.#lookBefore(h0, sources, before, lend));
      this.#take(looked.context, this.#feed, U, fed ?? products);
    }
    const isBegun = this.#feed !== null && fed === null;
    this.#layers[0]!.wHh.multiply(h0, products, U, { isAdded: isBegun });
    if (this.#output && output0) {
      const { toGates } = this.#output;
      toGates.multiply(this.#chosen(output0, before, lend), fed ?? products, U, { isAdded: fed === null });
    }
    const lowest = this.#advance(0, this.#input(ids), { state: own, before, h0, products, fed }, B, lend);
    if (this.#question && !looked) {
      const found = this.#look(lowest.h, sources, lend);
      looked = { context: found.context, count: B, slots: null };
      weights = found.weights;
    }
    let output: Store | null = null;
    if (this.#output) {
      const { part, fromState } = this.#output;
      const made = this.#part(looked!, part, B, lend);
      fromState.multiply(lowest.h, made, B, { isAdded: true });
      output = this.#room(B * part.size);
      this.#squash(made, output.array);
    }
    const layers = [this.#stateOf({ ...lowest, ...(output && { output }) }, B)];
    const isSum = this.#settings.residual && this.#upper.length > 0;
    let h: Store = lowest.h;
    for (const [i, above] of this.#upper.entries()) {
      const made = this.#above(i + 1, above, { h, looked, state: state.layers[i + 1]!, before }, B, lend);
      layers.push(this.#stateOf(made, B));
      h = isSum ? this.#sum(h, made.h, lend) : made.h;
    }
    const read = this.#readout && this.#read(this.#readout, h, looked, B, lend);
    return {
      // A sum was lent, and ends with the step.
      output: read ?? output?.array ?? (isSum ? h.array.slice() : h.array),
      weights,
      state: { memory: this.#memory, sources, layers, rows: null },
    };
  }

  /** What is looked up before a step depends on the state before it alone; so does a summary. */
  #lookBefore(
    h0: Store,
    sources: Int32Array,
    { slots, count }: Distinct,
    lend: Lend,
  ): { readonly looked: Looked; readonly weights: FloatArray | null } {
    const B = sources.length;
    const of = new Int32Array(count);
    for (let row = 0; row < B; row++) of[slots[row]!] = sources[row]!;
    if (!this.#question) {
      const context = lend(count * this.#width);
      this.#gather(context, this.#projected!.array, of, this.#width);
      return { looked: { context, count, slots }, weights: null };
    }
    const { context, weights } = this.#look(h0, of, lend);
    const S = weights.length / count;
    const each = this.#engine.array(B * S);
    this.#gather({ array: each }, weights, slots, S);
    return { looked: { context, count, slots }, weights: each };
  }

  /** One step of a layer above the lowest. */
  #above(
    layer: number,
    { part, fromBelow, bias }: UpperInput,
    given: { readonly h: Store; readonly looked: Looked | null; readonly state: State; readonly before: Distinct },
    B: number,
    lend: Lend,
  ): Made {
    const { h, looked, state, before } = given;
    const [GH, U] = [this.#GH, before.count];
    const z = part ? this.#part(looked!, part, B, lend) : lend(B * GH);
    fromBelow.multiply(h, z, B, part ? { isAdded: true } : { bias });
    const h0 = this.#chosen(state.h, before, lend);
    const products = lend(U * GH);
    this.#layers[layer]!.wHh.multiply(h0, products, U, { isAdded: false });
    return this.#advance(layer, { ids: inOrder(B), z, V: B }, { state, before, h0, products, fed: null }, B, lend);
  }

  /** The input's share of the gates of the lowest layer: rows of a table, and which of them. */
  #input(ids: Int32Array): TokenRows {
    return this.#tokens?.rowsOf(ids) ?? { ids: new Int32Array(ids.length), z: storeOf(this.#bias), V: 1 };
  }

  /** One step of a layer. */
  #advance(layer: number, { ids, z, V }: TokenRows, extended: Extended, B: number, lend: Lend): Made {
    const { kernels } = this.#engine;
    const { state, before, h0, products, fed } = extended;
    const { slots, count: U } = before;
    const H = this.#H;
    const h = this.#room(B * H);
    if (!this.#isLstm) {
      const { biasHn } = this.#layers[layer]!;
      kernels.gruStep({
        B,
        V,
        U,
        H,
        ids,
        z: z.array,
        slots,
        p: products.array,
        fed: fed ? fed.array : null,
        biasHn: biasHn?.data ?? null,
        h0: h0.array,
        h: h.array,
      });
      return { h };
    }
    const c0 = this.#chosen((state as Parts).c!, before, lend);
    const c = this.#room(B * H);
    const into = { h: h.array, c: c.array };
    kernels.lstmStep({ B, V, U, H, ids, z: z.array, slots, p: products.array, c0: c0.array, ...into });
    return { h, c };
  }

  /** Looks the memory up for some states [N H], each in its source. */
  #look(h: Store, sources: Int32Array, lend: Lend): { readonly context: Store; readonly weights: FloatArray } {
    const { keys, lengths } = this.#memory.attended!;
    const [S, M, A] = keys.shape as [number, number, number];
    const { wQuery, v, scale } = this.#question!;
    const B = sources.length;
    const query = wQuery ? lend(B * A) : h;
    wQuery?.multiply(h, query, B, { isAdded: false });
    const context = lend(B * this.#width);
    const weights = this.#engine.array(B * S);
    this.#engine.kernels.attendForward({
      T: 1,
      B,
      S,
      M,
      A,
      D: this.#width,
      scale,
      query: query.array,
      keys: keys.data,
      values: this.#projected!.array,
      v: v?.data ?? null,
      sources,
      lengths,
      weights,
      context: context.array,
    });
    return { context, weights };
  }

  #read({ part, fromTop, bias }: Readout, h: Store, looked: Looked | null, B: number, lend: Lend): FloatArray {
    const R = bias.data.length;
    if (!part) {
      const y = this.#given(B * R);
      fromTop.multiply(h, y, B, { bias });
      return y.array;
    }
    const read = this.#part(looked!, part, B, lend);
    fromTop.multiply(h, read, B, { isAdded: true });
    const y = this.#given(B * R).array;
    this.#squash(read, y);
    return y;
  }

  /** Memory for a part of a state: of the pool, where states are given back. */
  #room(length: number): Store {
    const { pool } = this.#engine;
    return this.#memory.givesBack ? pool.take(length) : { array: this.#engine.array(length) };
  }

  /** Memory for what a step gives, which the next one uses again. */
  #given(length: number): Store {
    const { pool } = this.#engine;
    const before = this.#result;
    if (before && before.capacity >= length) return before.resize(length);
    this.#result = pool.take(length);
    if (before) pool.give(before);
    return this.#result;
  }

  /** What one reader wants of the context of each row, in memory of its own. */
  #part({ context, count, slots }: Looked, part: ContextPart, B: number, lend: Lend): Store {
    if (!slots && part.size === this.#width) return context;
    const taken = lend(count * part.size);
    this.#take(context, part, count, taken);
    if (!slots) return taken;
    const rows = lend(B * part.size);
    this.#gather(rows, taken.array, slots, part.size);
    return rows;
  }

  #take(from: Store, { at, size }: ContextPart, R: number, to: Store): void {
    this.#engine.kernels.take({ R, X: this.#width, C: size, at, x: from.array, y: to.array });
  }

  #gather(to: Store, from: FloatArray, ids: Int32Array, E: number): void {
    const N = ids.length;
    this.#engine.kernels.embeddingForward({ N, V: from.length / E, E, ids, w: from, y: to.array });
  }

  #squash({ array: x }: Store, y: FloatArray): void {
    this.#engine.kernels.map({ N: y.length, op: "tanh", x, y });
  }

  /** The rows of a part of the state that are extended, each once. */
  #chosen(part: Tensor, { used }: Distinct, lend: Lend): Store {
    if (!used) return storeOf(part);
    const width = part.shape[1]!;
    const rows = lend(used.length * width);
    this.#gather(rows, part.data, used, width);
    return rows;
  }

  #sum(a: Store, b: Store, lend: Lend): Store {
    const N = a.array.length;
    const sum = lend(N);
    this.#engine.kernels.zip({ N, op: "add", a: a.array, b: b.array, y: sum.array });
    return sum;
  }

  #stateOf(made: Made, B: number): State {
    const parts = Object.entries(made).map(([name, store]) => {
      return [name, Tensor.lent(this.#engine, store, [B, store.array.length / B])];
    });
    return Object.fromEntries(parts) as State;
  }

  /** Some columns of a weight, side by side. */
  #columns(weight: Tensor, at: number, count: number): Weight {
    const [R, X] = weight.shape as [number, number];
    if (at === 0 && count === X) return weight;
    const data = this.#engine.array(R * count);
    this.#engine.kernels.take({ R, X, C: count, at, x: weight.data, y: data });
    return { data };
  }
}

function storeOf(weight: Weight): Store {
  return {
    get array() {
      return weight.data;
    },
  };
}

/** Which of P rows are meant, each once; without `rows` it is all of them in order. */
function distinct(rows: Int32Array | null, B: number, P: number): Distinct {
  if (!rows) return { used: null, slots: inOrder(B), count: B };
  const slotOf = new Int32Array(P);
  for (const row of rows) slotOf[row] = 1;
  let count = 0;
  for (let row = 0; row < P; row++) slotOf[row] = slotOf[row] === 1 ? count++ : -1;
  const slots = rows.map((row) => slotOf[row]!);
  if (count === P) return { used: null, slots, count };
  const used = new Int32Array(count);
  for (const row of rows) used[slotOf[row]!] = row;
  return { used, slots, count };
}

function inOrder(count: number): Int32Array {
  const rows = new Int32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

function questionOf(attention: Attention | null, grouped: (weight: Weight) => GroupedWeight): Question | null {
  if (attention instanceof AdditiveAttention)
    return { wQuery: grouped(attention.query.weight), v: attention.v, scale: 1 };
  return attention instanceof DotAttention ? { wQuery: null, v: null, scale: attention.scale } : null;
}
