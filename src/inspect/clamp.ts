/** Holding units and weights of a model at a value, for as long as something is asked of it. */
import { KindError, show, ValueError } from "../base/index.ts";
import type { Cell, State } from "../nn/index.ts";
import { noGrad, reshape, type Tensor } from "../tensor/index.ts";
import { type Clamp, type HeldNetwork, readClamp } from "./clamp-description.ts";
import { gatesOfCell, squashed } from "./gates.ts";

/**
 * Runs `body` while parts of a model are held, and lets go of them after, whatever happens.
 *
 *     const without = held(model, ["layer0.c[12]=0"], () => model.generate({ prompt: "He said", seed: 1 }));
 *
 * A weight is written over. A gate is held by its weights: those of its row become 0, and its bias what the value is
 * squashed from. A cell state c of an LSTM begins at the value and is kept there by f = 1 and i = 0. A unit of h is
 * written over after every step, so that all that reads it, in its layer, above it and at the next step, finds the value;
 * so is a part of the state of a cell of your own. All of this is what the model then computes with, exactly, not an
 * estimate. Nothing is recorded meanwhile.
 *
 * @param clamps as in `layer0.c[12]=0`, `layer0.f[3]=1`, `layer0.wHh[3,5]*=0.5`, `output.bias[7]=-20`
 * @param body   what is asked; it must be done when it returns
 * @returns what `body` returns
 * @throws RangeError when the model has nothing such, TypeError when `body` is not done when it returns
 */
export function held<R>({ network }: { readonly network: HeldNetwork }, clamps: readonly string[], body: () => R): R {
  if (!Array.isArray(clamps) || typeof body !== "function")
    throw new KindError(`held: needs a list of clamps and a function, got ${show(clamps)} and ${show(body)}`);
  const read = clamps.map((description) => readClamp(network, description));
  const { recurrent } = network;
  const { cell, engine } = recurrent;
  const weights = new Weights();
  try {
    const edits = holdAll(network, read, weights);
    (recurrent as { cell: Cell }).cell = edits.length === 0 ? cell : heldCell(network, edits);
    const result = noGrad(engine, body);
    if (typeof (result as { then?: unknown } | null)?.then === "function")
      throw new KindError("held: body must be done when it returns, got a promise; await inside is too late");
    return result;
  } finally {
    (recurrent as { cell: Cell }).cell = cell;
    weights.restore();
  }
}

/** Weights that are written over for a while. */
class Weights {
  readonly #before: { readonly weight: Tensor; readonly at: number; readonly value: number }[] = [];

  set(weight: Tensor, at: number, value: number): void {
    this.#before.push({ weight, at, value: weight.data[at]! });
    weight.data[at] = value;
  }

  restore(): void {
    for (const { weight, at, value } of this.#before.reverse()) weight.data[at] = value;
  }
}

/** A number of the state that is written over. */
interface Edit {
  readonly layer: number;
  readonly part: string;
  readonly unit: number;
  readonly value: number;
  /** Whether after every step, or only before the first one. */
  readonly isEveryStep: boolean;
}

/** Writes over the weights, and tells what of the state is to be. */
function holdAll({ recurrent }: HeldNetwork, clamps: readonly Clamp[], weights: Weights): Edit[] {
  const gates = gatesOfCell(recurrent.cell);
  const edits: Edit[] = [];
  const hold = (clamp: Extract<Clamp, { kind: "gate" }>) => holdGate(recurrent, clamp, weights);
  for (const clamp of clamps) {
    if (clamp.kind === "weight") weights.set(clamp.weight, clamp.at, clamp.change(clamp.weight.data[clamp.at]!));
    else if (clamp.kind === "gate") hold(clamp);
    else {
      const { layer, unit, part, value } = clamp;
      const isKeptByGates = part === "c" && "f" in gates && "i" in gates;
      if (isKeptByGates) {
        hold({ kind: "gate", layer, unit, gate: gates.f!, value: 1 });
        hold({ kind: "gate", layer, unit, gate: gates.i!, value: 0 });
      }
      edits.push({ layer, part, unit, value, isEveryStep: !isKeptByGates });
    }
  }
  return edits;
}

/** So far from 0 that sigmoid and tanh are 0, 1 or -1, in any precision; a greater value is held at this one. */
const far = 1e4;

function holdGate(
  { layers, hiddenSize: H }: HeldNetwork["recurrent"],
  { layer, gate, unit, value }: Extract<Clamp, { kind: "gate" }>,
  weights: Weights,
): void {
  const named = layers[layer]!.forward as Readonly<Record<string, Tensor>>;
  const holdRow = (place: number, value: number) => {
    const row = place * H + unit;
    for (const weight of [named.wIh!, named.wHh]) {
      if (!weight) continue;
      const width = weight.shape[1]!;
      for (let i = 0; i < width; i++) weights.set(weight, row * width + i, 0);
    }
    weights.set(named.bias!, row, Math.max(-far, Math.min(far, squashed[gate.squash].inverse(value))));
  };
  holdRow(gate.place, value);
  if (gate.other !== undefined) holdRow(gate.other, 1 - value);
  if (gate.hasBiasHn) weights.set(named.biasHn!, unit, 0);
  if (gate.peephole !== undefined && named.peepholes) weights.set(named.peepholes, gate.peephole * H + unit, 0);
}

/** A cell whose state is written over. */
function heldCell({ recurrent }: HeldNetwork, edits: readonly Edit[]): Cell {
  const { cell, layers, bidirectional } = recurrent;
  if (bidirectional) throw new ValueError("clamp: units of a network that reads in both directions cannot be held");
  /** The layer whose parameters these are, though some may be copies. */
  const layerOf = (parameters: Readonly<Record<string, Tensor>>) =>
    Math.max(
      0,
      layers.findIndex(({ forward }) => Object.entries(forward).some(([name, own]) => parameters[name] === own)),
    );
  const edited = (state: State, own: readonly Edit[]): State =>
    own.length === 0
      ? state
      : (Object.fromEntries(
          Object.entries(state).map(([part, tensor]) => [
            part,
            writtenOver(
              tensor,
              own.filter((edit) => edit.part === part),
            ),
          ]),
        ) as State);
  const { name, state, parameters, run } = cell;
  if (run && edits.every(({ isEveryStep }) => !isEveryStep))
    return {
      name,
      state,
      parameters,
      run: (source, before, weights, order) => {
        const layer = layerOf(weights);
        return run(
          source,
          edited(
            before,
            edits.filter((edit) => edit.layer === layer),
          ),
          weights,
          order,
        );
      },
    };
  return {
    name,
    state,
    parameters,
    step: (x, before, weights) => {
      const layer = layerOf(weights);
      const own = edits.filter((edit) => edit.layer === layer);
      const start = edited(before, own);
      const after = run ? oneStep(run, x, start, weights) : cell.step!(x, start, weights);
      return edited(
        after,
        own.filter(({ isEveryStep }) => isEveryStep),
      );
    },
  };
}

/** One step of a cell that knows sequences. */
function oneStep(
  run: NonNullable<Cell["run"]>,
  x: Tensor,
  state: State,
  weights: Readonly<Record<string, Tensor>>,
): State {
  const [B, I] = x.shape as [number, number];
  const order = { lengths: new Int32Array(B).fill(1), reverse: false };
  return run(reshape(x, [1, B, I]), state, weights, order).state;
}

/** A state part [B H] with some of its units at their values. */
function writtenOver(tensor: Tensor, edits: readonly Edit[]): Tensor {
  if (edits.length === 0) return tensor;
  const H = tensor.shape[1]!;
  const data = tensor.data.slice();
  for (const { unit, value } of edits) for (let at = unit; at < data.length; at += H) data[at] = value;
  return tensor.engine.tensor(data, tensor.shape);
}
