/** How far gradients reach back through time: why plain recurrent networks forget and gated ones remember. */
import { z } from "zod";
import { KindError, Random, readOptions, show, ValueError } from "../base/index.ts";
import type { Cell, Lookup, Recurrent, State } from "../nn/index.ts";
import { add, embedding, mul, noGrad, record, reshape, type Store, sum, Tensor, unstack } from "../tensor/index.ts";
import { squashOf } from "./gates.ts";
import { type Memory, memoryOf } from "./memory-length.ts";
import { type Saturation, saturationOf } from "./saturation.ts";

const schema = z.strictObject({
  loss: z
    .custom<(h: Tensor) => Tensor>((given) => typeof given === "function", "a function of h [B H] that gives a number")
    .optional()
    .describe("of the last layer's last h, summed over the batch; default its part along one random direction"),
  state: z
    .custom<readonly State[]>((given) => Array.isArray(given), "a state as Recurrent.forward gives it")
    .optional()
    .describe("where the sequences begin; default zeros"),
  threshold: z.number().gt(0).lt(1).default(0.01).describe("what share of the last gradient still counts as memory"),
});

/** Options of `gradientFlow`. */
export type GradientFlowOptions = z.input<typeof schema>;

/** How gradients flow back through one layer. */
export interface LayerFlow {
  /** From 0. */
  readonly layer: number;
  /** The length of dL/dh_t by the distance of t from the last step, the mean over the batch; [0] is at the loss. */
  readonly norms: readonly number[];
  /** The same for each part of the state, h among them. */
  readonly parts: Readonly<Record<string, readonly number[]>>;
  /** The same for the whole state, such as the length of dL/dh_t and dL/dc_t as one vector. */
  readonly stateNorms: readonly number[];
  /** How far back the state still matters, by `stateNorms`. */
  readonly memory: Memory;
  /** How much of each gate, or of h in a cell that shows no gates, is at its limits. */
  readonly saturation: readonly Saturation[];
}

/**
 * Measures how the gradient of a loss at the last step shrinks or grows on its way back through time.
 *
 *   norms[d] = |dL/dh_t|     with t = T - 1 - d, along every path, those through the layers above included
 *
 * The network runs step by step, with an operation between the steps that passes the state on and reads its gradient; so
 * any cell can be measured, one of your own too. Dropout is left out. The network's parameters get no gradient from it;
 * those that `loss` uses do.
 *
 * @param recurrent  trained or fresh; reads forward only
 * @param x          [T B I], or tokens [T B] with their table; distances go from 0 to T - 1
 * @returns a measurement for each layer
 * @throws RangeError or TypeError for an option or an x that cannot be, or for a network that reads backward too
 * @source Bengio, Simard & Frasconi 1994, doi:10.1109/72.279181; Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063
 */
export function gradientFlow(
  recurrent: Recurrent,
  x: Tensor | Lookup,
  options: GradientFlowOptions = {},
): readonly LayerFlow[] {
  const { loss, state, threshold } = readOptions("gradientFlow", schema, options);
  if (recurrent.bidirectional)
    throw new ValueError("gradientFlow: the network must read forward only, but is bidirectional; measure another one");
  const { engine } = recurrent;
  // The whole run comes first: it checks x and state.
  const saturation = noGrad(engine, () => saturations(recurrent, x, state));
  const steps = noGrad(engine, () => unstack(x instanceof Tensor ? x : embedding(x.weight, x.tokens)));
  const { recording } = engine;
  engine.recording = true;
  try {
    const { h, gradients } = walk(recurrent, steps, state);
    const total = (loss ?? randomDirection)(h);
    if (!(total instanceof Tensor)) throw new KindError(`gradientFlow: loss must give a tensor, got ${show(total)}`);
    total.backward();
    return gradients.map((parts, layer) => {
      const norms = Object.fromEntries(Object.entries(parts).map(([part, found]) => [part, lengths(found)]));
      const stateNorms = lengths(together(Object.values(parts)));
      const memory = memoryOf(stateNorms, threshold);
      return { layer, norms: norms.h!, parts: norms, stateNorms, memory, saturation: saturation[layer]! };
    });
  } finally {
    engine.recording = recording;
  }
}

/** Squared lengths of a gradient, for each sequence of the batch. */
type Squares = Float64Array;

/** Runs all layers step by step. @returns the last h, and for each layer and part of its state the squares of each step */
function walk(
  { engine, cell, layers, residual, hiddenSize }: Recurrent,
  steps: readonly Tensor[],
  begin?: readonly State[],
) {
  const T = steps.length;
  const [B] = steps[0]!.shape as [number];
  const own = layers.map(({ forward }) => constants(forward));
  // Only what depends on a parameter is recorded: the first state is one, the weights are not.
  let states = layers.map((_, layer) =>
    eachPart(cell, (part) => {
      const values = begin?.[layer]?.[part].data ?? engine.array(B * hiddenSize);
      return engine.parameter(values, [B, hiddenSize]);
    }),
  );
  const gradients = layers.map(() =>
    Object.fromEntries(cell.state.map((part) => [part, Array.from({ length: T }, () => new Float64Array(B))])),
  );
  for (const [t, x] of steps.entries()) {
    let input = x;
    states = states.map((before, layer) => {
      const after = step(cell, input, before, own[layer]!);
      const seen = eachPart(cell, (part) => probe(after[part], gradients[layer]![part]![t]!));
      input = residual && layer > 0 ? add(input, seen.h) : seen.h;
      return seen;
    });
    if (t === T - 1) return { h: input, gradients };
  }
  throw new ValueError("gradientFlow: x must have at least one step, got none");
}

/** One step of one layer. */
function step(cell: Cell, x: Tensor, state: State, parameters: Readonly<Record<string, Tensor>>): State {
  if (cell.step) return cell.step(x, state, parameters);
  const [B, I] = x.shape as [number, number];
  const order = { lengths: new Int32Array(B).fill(1), reverse: false };
  return cell.run!(reshape(x, [1, B, I]), state, parameters, order).state;
}

/** The same numbers; backward adds the squares of their gradient to `squares`, for each row. */
function probe(x: Tensor, squares: Squares): Tensor {
  const [B, H] = x.shape as [number, number];
  const read = (gradient: Store) => {
    for (let b = 0; b < B; b++) for (const g of gradient.array.subarray(b * H, (b + 1) * H)) squares[b]! += g * g;
  };
  return record({
    name: "probe",
    inputs: [x],
    shapes: [x.shape],
    forward: ([y]) => y!.array.set(x.data),
    backward: ([dy], [dx]) => {
      read(dy!);
      dx!.array.set(dy!.array);
    },
  })[0]!;
}

function constants(parameters: object): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    Object.entries(parameters as Record<string, Tensor>).map(([name, p]) => [name, p.detach()]),
  );
}

function eachPart(cell: Cell, make: (part: "h") => Tensor): State {
  return Object.fromEntries(cell.state.map((part) => [part, make(part as "h")])) as State;
}

/** Squares of several parts added up. */
function together(parts: readonly (readonly Squares[])[]): Squares[] {
  return parts[0]!.map((first, t) => first.map((_, b) => parts.reduce((total, part) => total + part[t]![b]!, 0)));
}

/** Mean lengths over the batch, by the distance from the last step. */
function lengths(squares: readonly Squares[]): number[] {
  return squares.map((rows) => rows.reduce((total, square) => total + Math.sqrt(square), 0) / rows.length).reverse();
}

/** The product of every h with one random vector of length 1. */
function randomDirection(h: Tensor): Tensor {
  const [, H] = h.shape as [number, number];
  // Its own generator: looking must not change what the engine draws next.
  const random = new Random(1);
  const vector = Float64Array.from({ length: H }, () => random.normal());
  const length = Math.hypot(...vector);
  return sum(mul(h, h.engine.tensor(vector.map((value) => value / length))));
}

/** The saturation of each layer over a whole run. */
function saturations(recurrent: Recurrent, x: Tensor | Lookup, state?: readonly State[]): Saturation[][] {
  const found: Saturation[][] = [];
  recurrent.forward(x, {
    ...(state && { state }),
    observe: ({ gates, y }) => {
      const shown = Object.entries(gates);
      const all = shown.length > 0 ? shown : [["h", y] as const];
      found.push(all.map(([name, values]) => saturationOf(name, values, squashOf(recurrent.cell, name, values))));
    },
  });
  return found;
}
