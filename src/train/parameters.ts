/**
 * The trainable tensors of a model, side by side in memory, so that an optimizer or a clip is one kernel call and not
 * one for each tensor.
 */
import { KindError, ValueError } from "../base/index.ts";
import type { Parameters } from "../nn/index.ts";
import type { Engine, Tensor } from "../tensor/index.ts";

type Block = ReturnType<Engine["build"]["allocate"]>;
type FloatArray = Tensor["data"];

/** A part of the common memory of parameters: from one number to another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Parameters whose weights are one block and whose gradients are another. A tensor under two names counts once. */
export class ParameterSet {
  readonly engine: Engine;
  /** The names in the order of their memory, and the tensors. */
  readonly entries: readonly (readonly [name: string, tensor: Tensor])[];
  /** Where each entry lies in the common memory, in numbers. */
  readonly spans: readonly Span[];
  /** Numbers in the common memory; a few between the tensors belong to none and are 0. */
  readonly length: number;
  #weights!: Block;
  #gradients!: Block;
  #homes: Segment[] = [];

  /** @throws RangeError when there is no parameter or they belong to two engines, TypeError when one is not trainable */
  constructor(where: string, parameters: Parameters) {
    const seen = new Set<Tensor>();
    this.entries = Object.entries(parameters).filter(([, tensor]) => !seen.has(tensor) && seen.add(tensor));
    const first = this.entries[0];
    if (!first) throw new ValueError(`${where}: needs at least one parameter; give those of the model`);
    this.engine = first[1].engine;
    let end = 0;
    this.spans = this.entries.map(([name, tensor]) => {
      if (!tensor.requiresGrad || tensor.node)
        throw new KindError(`${where}: ${name} must be a parameter; make it with engine.parameter()`);
      if (tensor.engine !== this.engine)
        throw new ValueError(`${where}: ${name} must belong to the engine of ${first[0]}; make both with one`);
      const from = end;
      end = Math.ceil((from + tensor.size) / alignment) * alignment;
      return { from, to: from + tensor.size };
    });
    this.length = end;
    this.#gather();
  }

  /** The weights. */
  get weights(): FloatArray {
    return this.#weights.array;
  }

  /** The gradients; garbage where a parameter has none. */
  get gradients(): FloatArray {
    return this.#gradients.array;
  }

  /** Memory laid out as the parameters are, zeros. */
  allocate(): Block {
    const block = this.engine.build.allocate(this.length);
    block.array.fill(0);
    return block;
  }

  /** Forgets the gradients. */
  zeroGrad(): void {
    for (const [, tensor] of this.entries) tensor.zeroGrad();
  }

  /** The parameters that have a gradient, as few runs of memory: one, where all have. */
  withGradient(): readonly Span[] {
    const { entries, spans } = this;
    if (entries.some(([, tensor], i) => tensor.home !== this.#homes[i])) this.#gather();
    if (entries.every(([, tensor]) => tensor.grad !== null)) return [{ from: 0, to: this.length }];
    const runs: { from: number; to: number }[] = [];
    let open = false;
    entries.forEach(([, tensor], i) => {
      const has = tensor.grad !== null;
      if (has && open) runs.at(-1)!.to = spans[i]!.to;
      else if (has) runs.push({ ...spans[i]! });
      open = has;
    });
    return runs;
  }

  /** Moves the tensors in: at the beginning, and when another set has taken one of them meanwhile. */
  #gather(): void {
    this.#weights = this.allocate();
    this.#gradients = this.allocate();
    const weights = new Region(this.#weights, this.entries.length);
    const gradients = new Region(this.#gradients, this.entries.length);
    this.#homes = this.entries.map(([, tensor], i) => {
      const home = new Segment(weights, this.spans[i]!);
      tensor.moveTo(home, new Segment(gradients, this.spans[i]!));
      return home;
    });
  }
}

/** Where a tensor may begin: a multiple of this many numbers, since kernels like whole cache lines. */
const alignment = 16;

/** A block that is given back when the last tensor has left it. */
class Region {
  readonly block: Block;
  #tensors: number;

  constructor(block: Block, tensors: number) {
    this.block = block;
    this.#tensors = tensors;
  }

  leave(): void {
    if (--this.#tensors === 0) this.block.free();
  }
}

/** The part of a region that holds one tensor. */
class Segment implements Block {
  readonly length: number;
  readonly #region: Region;
  readonly #span: Span;
  #view: FloatArray;

  constructor(region: Region, span: Span) {
    this.#region = region;
    this.#span = span;
    this.length = span.to - span.from;
    this.#view = region.block.array.subarray(span.from, span.to);
  }

  get array(): FloatArray {
    // A view into memory that has moved has length 0.
    if (this.#view.length !== this.length)
      this.#view = this.#region.block.array.subarray(this.#span.from, this.#span.to);
    return this.#view;
  }

  free(): void {
    this.#region.leave();
  }
}
