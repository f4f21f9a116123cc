/** What is to be held, as a user writes it. */
import { nearest, show, ValueError } from "../base/index.ts";
import { parameters, type Recurrent } from "../nn/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { type Gate, gatesOfCell, squashed } from "./gates.ts";

/** One thing to hold. */
export type Clamp =
  | {
      readonly kind: "state";
      readonly layer: number;
      readonly part: string;
      readonly unit: number;
      readonly value: number;
    }
  | {
      readonly kind: "gate";
      readonly layer: number;
      readonly gate: Gate;
      readonly unit: number;
      readonly value: number;
    }
  | {
      readonly kind: "weight";
      readonly weight: Tensor;
      readonly at: number;
      readonly change: (weight: number) => number;
    };

/** A network of recurrent layers, to be held. */
export interface HeldNetwork {
  readonly recurrent: Recurrent;
}

/**
 * Reads a description, as in
 *
 *     layer0.c[12]=0      a unit of h, c or a gate (as an activation) at a value
 *     layer0.wHh[3,5]=0   a weight at a value; layer0.bias[3]*=0.5 at a share of what it is
 *     output.bias[7]=-20  any parameter of the network by its path
 *
 * @throws RangeError when it says nothing that the network has
 */
export function readClamp(network: HeldNetwork, description: string): Clamp {
  const found = /^\s*([\w.]+)\[(\d+)(?:\s*,\s*(\d+))?\]\s*(\*?)=\s*(\S+)\s*$/.exec(description);
  const [, path = "", first = "", second, times, number = ""] = found ?? [];
  const value = Number(number);
  if (!found || !Number.isFinite(value))
    throw new ValueError(
      `clamp: must be as in layer0.c[12]=0, layer0.wHh[3,5]=0 or output.bias[7]*=0.5, got ${show(description)}`,
    );
  const index = second === undefined ? [Number(first)] : [Number(first), Number(second)];
  const inLayer = /^layer(\d+)\.(\w+)$/.exec(path);
  if (!inLayer) return readWeight(path, findParameter(network, path), index, times === "*", value);

  const { recurrent } = network;
  const layer = Number(inLayer[1]);
  const part = inLayer[2]!;
  const { cell, layers, hiddenSize } = recurrent;
  if (layer >= layers.length)
    throw new ValueError(`clamp: layer must be from 0 to ${layers.length - 1}, got ${layer} in ${show(description)}`);
  const weights = layers[layer]!.forward as Readonly<Record<string, Tensor>>;
  if (Object.hasOwn(weights, part)) return readWeight(path, weights[part]!, index, times === "*", value);
  const gates = gatesOfCell(cell);
  const isState = cell.state.includes(part as "h");
  if (!isState && !Object.hasOwn(gates, part))
    throw new ValueError(
      `clamp: ${cell.name} has no "${part}"; it has ${[...cell.state, ...Object.keys(gates), ...Object.keys(weights)].join(", ")}`,
    );
  if (times === "*")
    throw new ValueError(
      `clamp: a unit is held at a value, not scaled; write ${path}[${first}]=0, got ${show(description)}`,
    );
  const unit = index[0]!;
  if (second !== undefined || unit >= hiddenSize)
    throw new ValueError(`clamp: ${path} must have one unit from 0 to ${hiddenSize - 1}, got [${index}]`);
  if (isState) return { kind: "state", layer, part, unit, value };
  const gate = gates[part]!;
  const { least, most } = squashed[gate.squash];
  if (value < least || value > most) {
    const range = most === Number.POSITIVE_INFINITY ? `at ${least} or more` : `from ${least} to ${most}`;
    throw new ValueError(`clamp: ${path}[${unit}] must be held ${range}, got ${value}`);
  }
  return { kind: "gate", layer, gate, unit, value };
}

function findParameter(network: HeldNetwork, path: string): Tensor {
  const known = parameters(network);
  if (Object.hasOwn(known, path)) return known[path]!;
  const near = nearest(path, Object.keys(known));
  const hint = near ? `did you mean "${near}"?` : `it has ${Object.keys(known).join(", ")}`;
  throw new ValueError(`clamp: the model has no parameter "${path}"; ${hint}`);
}

function readWeight(path: string, weight: Tensor, index: readonly number[], isShare: boolean, value: number): Clamp {
  const { shape } = weight;
  if (index.length !== shape.length || index.some((i, axis) => i >= shape[axis]!))
    throw new ValueError(`clamp: ${path} is [${shape.join(" ")}], which has no [${index}]`);
  const at = index.reduce((sum, i, axis) => sum * shape[axis]! + i, 0);
  return { kind: "weight", weight, at, change: (before) => (isShare ? before * value : value) };
}
