/** Recurrent layers: any cell, stacked, in one or both directions. */
import { z } from "zod";
import {
  checkInts,
  checkNames,
  checkTokens,
  KindError,
  nearest,
  readOptions,
  show,
  type Tokens,
  ValueError,
} from "../base/index.ts";
import { add, concat, dropout, type Engine, embedding, linear, noGrad, Tensor } from "../tensor/index.ts";
import type { Cell, ParameterSpec, Run, State } from "./cells/cell.ts";
import { type CellName, cells } from "./cells/index.ts";
import { type Observation, type Trace, traceOf } from "./cells/observation.ts";
import { mapState, scan } from "./cells/scan.ts";
import type { Embedding, Lookup } from "./embedding.ts";
import { type Initialiser, uniform } from "./init.ts";
import { lockedDropout } from "./locked-dropout.ts";
import { initialiser, rate, size } from "./options.ts";

/** A cell, given it or its name. */
export type CellOf<C extends CellName | Cell> = C extends CellName ? (typeof cells)[C] : C;
/** The state of a cell, given the cell or its name. */
export type StateOf<C extends CellName | Cell> = StateOfCell<CellOf<C>>;
/** The parameters of one layer in one direction, given the cell or its name. */
export type ParametersOf<C extends CellName | Cell> = ParametersOfCell<CellOf<C>>;

type StateOfCell<C> = C extends Cell<infer Kind, infer Part, string> ? State<Kind, Part> : never;
type ParametersOfCell<C> = C extends Cell<string, string, infer Name> ? { readonly [N in Name]: Tensor } : never;

const schema = z.strictObject({
  cell: z
    .custom<CellName | Cell>((given) => typeof given === "string" || typeof given === "object", "a cell or its name")
    .describe("the kind of cell"),
  inputSize: size.describe("numbers of each step"),
  hiddenSize: size.describe("units of each layer and direction"),
  layers: size.default(1).describe("layers, one on the other"),
  bidirectional: z.boolean().default(false).describe("whether a second run reads from the end"),
  dropout: rate.describe("share of numbers dropped between layers while training"),
  lockedDropout: z.boolean().default(false).describe("whether what is dropped of a sequence is so at all its steps"),
  weightDrop: rate.describe("share of the recurrent weights wHh dropped while training, the same at all steps"),
  residual: z.boolean().default(false).describe("whether each layer but the first adds its input to its output"),
  forgetBias: z.number().default(1).describe("initial bias of forget gates"),
  init: z
    .record(z.string(), initialiser)
    .default({})
    .describe(
      "initial parameters by name, one gate at a time; default uniform within 1/sqrt(hiddenSize), as PyTorch's",
    ),
});

/** Options of `Recurrent`. */
export type RecurrentOptions<C extends CellName | Cell = CellName | Cell> = Omit<
  z.input<typeof schema>,
  "cell" | "init"
> & {
  readonly cell: C;
  readonly init?: InitOf<ParametersOf<C>>;
};

/** An initialiser for some of the parameters. */
type InitOf<P> = { readonly [N in keyof P]?: Initialiser };

/** What `Recurrent.forward` takes beside the sequences. */
export interface RecurrentInputs<S> {
  /** Real steps of each sequence [B], 1..T; without it every step is real. Padding never changes a result. */
  readonly lengths?: Int32Array | undefined;
  /** The state to start from, as `forward` gives it; without it zeros. */
  readonly state?: readonly S[] | null | undefined;
  /**
   * Is told what every layer did in each direction: layer by layer, forward first. Whether the engine records or not, it
   * changes no result, and costs nothing where it is left out.
   */
  readonly observe?: ((observation: Observation) => void) | undefined;
}

const inputNames = ["lengths", "state", "observe"] as const satisfies (keyof RecurrentInputs<never>)[];

/** What `Recurrent.forward` gives. */
export interface RecurrentOutput<S> {
  /** [T B D*H], the last layer's h of every step, forward half first; 0 beyond the lengths. */
  readonly y: Tensor;
  /** The state after the last real step of each layer and direction: layer by layer, forward first. */
  readonly state: readonly S[];
}

/** A layer's parameters: of the run from the first step on, and of the one from the last. */
export interface RecurrentLayer<P> {
  readonly forward: P;
  readonly backward?: P;
}

/**
 * A recurrent network over a batch of sequences.
 *
 *     const lstm = new Recurrent(engine, { cell: "lstm", inputSize: 32, hiddenSize: 128 });
 *     const { y, state } = lstm.forward(x, { lengths });
 */
export class Recurrent<C extends CellName | Cell = CellName | Cell> {
  readonly engine: Engine;
  readonly cell: Cell;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Numbers of each step of `y`: hiddenSize, twice that when bidirectional. */
  readonly outputSize: number;
  readonly bidirectional: boolean;
  readonly dropout: number;
  readonly lockedDropout: boolean;
  readonly weightDrop: number;
  readonly residual: boolean;
  readonly layers: readonly RecurrentLayer<ParametersOf<C>>[];
  #zeros: State | null = null;
  #full: Int32Array = new Int32Array(0);

  /** @throws RangeError or TypeError for an option that cannot be */
  constructor(engine: Engine, options: RecurrentOptions<C>) {
    const read = readOptions("Recurrent", schema, options);
    this.engine = engine;
    this.cell = findCell("Recurrent", read.cell);
    this.inputSize = read.inputSize;
    this.hiddenSize = read.hiddenSize;
    this.bidirectional = read.bidirectional;
    this.dropout = read.dropout;
    this.lockedDropout = read.lockedDropout;
    this.weightDrop = read.weightDrop;
    this.residual = read.residual;
    this.outputSize = this.hiddenSize * (this.bidirectional ? 2 : 1);
    this.layers = Array.from({ length: read.layers }, (_, layer) => {
      const sizes = {
        inputSize: layer === 0 ? this.inputSize : this.outputSize,
        hiddenSize: this.hiddenSize,
        forgetBias: read.forgetBias,
      };
      const make = () =>
        makeParameters(engine, this.cell.parameters(sizes), read.init, this.hiddenSize) as ParametersOf<C>;
      return { forward: make(), ...(this.bidirectional && { backward: make() }) };
    });
    if (this.weightDrop > 0 && !("wHh" in this.layers[0]!.forward))
      throw new ValueError(`Recurrent: weightDrop drops wHh, but ${this.cell.name} has none; set weightDrop 0`);
  }

  /**
   * Runs the sequences through all layers.
   *
   * What is recorded keeps copies of lengths and ids: those arrays may be filled anew before backward.
   *
   * @param x  [T B inputSize], or tokens [T B] with their table, as `embedding.lookup(tokens)` gives them
   * @throws RangeError when the sizes do not fit or a length or id is out of range, TypeError for a wrong kind
   */
  forward(x: Tensor | Lookup, inputs: RecurrentInputs<StateOf<C>> = {}): RecurrentOutput<StateOf<C>> {
    checkNames("Recurrent", inputNames, inputs);
    let source = this.#checkSource(x);
    const [T, B] = shapeOf(source) as [number, number];
    if (T === 0) throw new ValueError(`Recurrent: x must have at least one step, got [${shapeOf(source).join(" ")}]`);
    const lengths = this.#checkLengths(inputs.lengths, T, B);
    const before = this.#checkState(inputs.state, B);
    const { observe } = inputs;
    if (observe !== undefined && typeof observe !== "function")
      throw new KindError(`Recurrent: observe must be a function, got ${show(observe)}`);
    const drop = this.lockedDropout ? lockedDropout : dropout;
    const state: State[] = [];
    for (const [i, { forward, backward }] of this.layers.entries()) {
      const run = (all: ParametersOf<C>, reverse: boolean): Tensor => {
        const parameters = this.#dropWeights(all);
        const shown: Trace[] = [];
        const look = observe && ((trace: Trace) => shown.push(trace));
        const done = this.#run(source, before(state.length), parameters, { lengths, reverse, observe: look });
        // A cell with a run of its own need not tell more than its y.
        observe?.({ layer: i, reverse, ...(shown[0] ?? traceOf({}, done.y.data)) });
        state.push(done.state);
        return done.y;
      };
      let y = run(forward, false);
      if (backward) y = concat([y, run(backward, true)]);
      if (this.residual && i > 0) y = add(source as Tensor, y);
      source = i < this.layers.length - 1 ? drop(y, this.dropout) : y;
    }
    return { y: source as Tensor, state: state as StateOf<C>[] };
  }

  /**
   * Projects an embedding's table by the first layer once, for reading token by token: calls then gather what they would
   * otherwise compute, which of a small model is half of the work.
   *
   *     const lookup = recurrent.prepare(embedding);
   *     noGrad(engine, () => recurrent.forward(lookup(tokens), { state }));
   *
   * It takes V G H numbers, and holds for as long as neither the table nor the layer's weights change.
   *
   * @returns what to call in the place of `embedding.lookup`, within noGrad only
   * @throws RangeError when the sizes do not fit
   */
  prepare(table: Embedding): (tokens: Tokens) => Tensor | Lookup {
    const { weight } = table;
    this.#checkTable(weight);
    const projected = new Map<Tensor, Tensor>();
    // A cell of a user's own may do anything with its parameters.
    if (Object.values<Cell>(cells).includes(this.cell))
      for (const direction of Object.values(this.layers[0]!) as { readonly wIh: Tensor; readonly bias: Tensor }[])
        projected.set(
          direction.wIh,
          noGrad(this.engine, () => linear(weight, direction.wIh, direction.bias)),
        );
    return (tokens) => {
      const rows = table.lookup(tokens);
      return rows instanceof Tensor ? rows : { ...rows, projected };
    };
  }

  /** DropConnect on the recurrent weights (Wan 2013), as in the AWD-LSTM of Merity, Keskar & Socher 2018, arXiv:1708.02182. */
  #dropWeights(parameters: ParametersOf<C>): ParametersOf<C> {
    if (this.weightDrop === 0) return parameters;
    return { ...parameters, wHh: dropout((parameters as { readonly wHh: Tensor }).wHh, this.weightDrop) };
  }

  #run(
    source: Tensor | Lookup,
    state: State,
    parameters: ParametersOf<C>,
    order: Parameters<typeof scan>[4],
  ): Run<State> {
    if (this.cell.run) return this.cell.run(source, state, parameters, order);
    return scan(this.cell, gather(source), state, parameters, order);
  }

  /** The source, gathered where projecting the whole table would cost more than projecting the gathered rows. */
  #checkSource(x: Tensor | Lookup): Tensor | Lookup {
    if (x instanceof Tensor) {
      if (x.shape.length !== 3 || x.shape[2] !== this.inputSize)
        throw new ValueError(`Recurrent: x must be [T B ${this.inputSize}], got [${x.shape.join(" ")}]`);
      return x;
    }
    const { weight, tokens } = x ?? {};
    if (!(weight instanceof Tensor) || !tokens)
      throw new KindError(
        "Recurrent: x must be a tensor [T B I] or tokens with their table; use embedding.lookup(tokens)",
      );
    this.#checkTable(weight);
    if (tokens.shape.length !== 2)
      throw new ValueError(`Recurrent: tokens must be [T B], got [${tokens.shape.join(" ")}]`);
    checkTokens("Recurrent", "tokens", tokens);
    checkInts("Recurrent", "ids", tokens.ids, 0, weight.shape[0]! - 1);
    if (x.projected && this.engine.recording)
      throw new ValueError(
        "Recurrent: a prepared table has no gradient; call forward within noGrad, or give embedding.lookup(tokens)",
      );
    if (x.projected?.has((this.layers[0]!.forward as { readonly wIh: Tensor }).wIh)) return x;
    if (weight.shape[0]! >= tokens.ids.length) return gather(x);
    return this.engine.recording ? { weight, tokens: { ids: tokens.ids.slice(), shape: tokens.shape } } : x;
  }

  #checkTable(weight: Tensor): void {
    if (weight.shape[1] !== this.inputSize)
      throw new ValueError(`Recurrent: the table must be [V ${this.inputSize}], got [${weight.shape.join(" ")}]`);
  }

  #checkLengths(lengths: Int32Array | undefined, T: number, B: number): Int32Array {
    if (lengths) {
      checkInts("Recurrent", "lengths", lengths, 1, T);
      if (lengths.length !== B)
        throw new ValueError(`Recurrent: lengths must be [B] = [${B}], got [${lengths.length}]`);
      return this.engine.recording ? lengths.slice() : lengths;
    }
    // What was recorded keeps the array, so another T needs another array.
    if (this.#full.length !== B || this.#full[0] !== T) this.#full = new Int32Array(B).fill(T);
    return this.#full;
  }

  /** The state before the run of a layer and direction, by their number. */
  #checkState(state: readonly State[] | null | undefined, B: number): (run: number) => State {
    const shape = [B, this.hiddenSize];
    if (!state) {
      if (this.#zeros?.h.shape[0] !== B) this.#zeros = mapState(this.cell, () => this.engine.zeros(shape));
      return () => this.#zeros!;
    }
    const runs = this.layers.length * (this.bidirectional ? 2 : 1);
    if (state.length !== runs)
      throw new ValueError(
        `Recurrent: state needs ${runs} ${runs === 1 ? "entry" : "entries"}, one for each layer and direction, got ${state.length}`,
      );
    for (const [i, entry] of state.entries()) {
      const parts = Object.keys(entry);
      if (parts.length !== this.cell.state.length || !this.cell.state.every((part) => parts.includes(part)))
        throw new ValueError(
          `Recurrent: state[${i}] of ${this.cell.name} must be { ${this.cell.state.join(", ")} }, got { ${parts.join(", ")} }`,
        );
      for (const part of parts) {
        const got = entry[part]!.shape;
        if (got.length !== 2 || got[0] !== B || got[1] !== this.hiddenSize)
          throw new ValueError(
            `Recurrent: state[${i}].${part} must be [B H] = [${shape.join(" ")}], got [${got.join(" ")}]`,
          );
      }
    }
    return (run) => state[run]!;
  }
}

/** Copies of states that outlive the step and stop the gradient: for carrying a state into the next chunk of a text. */
export function detachState<S extends State>(state: readonly S[]): S[] {
  return state.map(
    (entry) => Object.fromEntries(Object.entries(entry).map(([part, tensor]) => [part, tensor.detach()])) as S,
  );
}

function gather(source: Tensor | Lookup): Tensor {
  return source instanceof Tensor ? source : embedding(source.weight, source.tokens);
}

function shapeOf(source: Tensor | Lookup): readonly number[] {
  return source instanceof Tensor ? source.shape : source.tokens.shape;
}

/** The cell that is meant. @throws RangeError or TypeError for what is none */
export function findCell(where: string, cell: CellName | Cell): Cell {
  if (typeof cell === "string") {
    if (Object.hasOwn(cells, cell)) return cells[cell];
    const names = Object.keys(cells);
    const near = nearest(cell, names);
    throw new ValueError(
      `${where}: cell must be one of ${names.join(", ")}, got ${show(cell)}${near ? `; did you mean "${near}"?` : ""}`,
    );
  }
  if (!cell.run && !cell.step)
    throw new KindError(`${where}: cell ${show(cell.name)} must have step or run, got neither`);
  if (!cell.state.includes("h"))
    throw new ValueError(`${where}: the state of cell ${show(cell.name)} must have h, got ${cell.state.join(", ")}`);
  return cell;
}

/** The parameters of one layer in one direction. */
export function makeParameters(
  engine: Engine,
  specs: Readonly<Record<string, ParameterSpec>>,
  init: Readonly<Record<string, Initialiser>>,
  hiddenSize: number,
): Record<string, Tensor> {
  const unknown = Object.keys(init).find((name) => !Object.hasOwn(specs, name));
  if (unknown !== undefined)
    throw new ValueError(
      `Recurrent: init has no parameter "${unknown}"; the cell has ${Object.keys(specs).join(", ")}`,
    );
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, gates = 1, init: given = uniform(1 / Math.sqrt(hiddenSize)) }]) => {
      const one = [shape[0]! / gates, ...shape.slice(1)];
      const initialise = (gate: number) => init[name] ?? (typeof given === "function" ? given : given[gate]!);
      const parts = Array.from({ length: gates }, (_, gate) => [...initialise(gate)(engine.random, one)]);
      return [name, engine.parameter(parts.flat(), shape)];
    }),
  );
}
