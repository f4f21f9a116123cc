/**
 * Tensors and the tape: eager values that remember how they were made, and reverse-mode differentiation over them.
 */
import { KindError, ValueError } from "../base/index.ts";
import type { Block, FloatArray } from "../kernels/index.ts";
import { type Engine, sizeOf } from "./engine.ts";
import { Buffer } from "./pool.ts";

/** Where a tensor's numbers are: an array of its own, kernel memory of its own, or memory of the current step. */
export type Store = { readonly array: FloatArray };

/** A recorded operation: how to send gradients from its outputs to its inputs. */
export interface Node {
  readonly name: string;
  readonly order: number;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** What was recorded; null once backward has run. */
  operation: Operation | null;
  readonly saved: readonly Buffer[];
}

/**
 * Numbers with a shape, row-major, and their gradient.
 *
 * Values made by recorded operations belong to their step: they can be read until the first operation after
 * `backward()`, and are then recycled. `detach()` makes a copy that stays.
 */
export class Tensor {
  readonly engine: Engine;
  readonly shape: readonly number[];
  readonly size: number;
  readonly requiresGrad: boolean;
  /** The operation that made this tensor; null for parameters and constants. @internal */
  readonly node: Node | null;
  #store: Store | null;
  #grad: Store | null = null;
  #gradBlock: Block | null = null;

  private constructor(
    engine: Engine,
    store: Store,
    shape: readonly number[],
    requiresGrad: boolean,
    node: Node | null = null,
  ) {
    this.engine = engine;
    this.shape = shape;
    this.size = sizeOf(shape);
    this.requiresGrad = requiresGrad;
    this.node = node;
    this.#store = store;
  }

  /** A tensor without gradient around an array, not copied. @internal */
  static constant(engine: Engine, array: FloatArray, shape: readonly number[]): Tensor {
    checkShape("tensor", shape, array.length);
    return new Tensor(engine, { array }, shape, false);
  }

  /** A constant in memory that may be the pool's: then until `release`. @internal */
  static lent(engine: Engine, store: Store, shape: readonly number[]): Tensor {
    checkShape("tensor", shape, store.array.length);
    return new Tensor(engine, store, shape, false);
  }

  /** See `Engine.parameter`. @internal */
  static parameter(engine: Engine, values: ArrayLike<number>, shape: readonly number[]): Tensor {
    checkShape("parameter", shape, values.length);
    const block = engine.build.allocate(values.length);
    block.array.set(values);
    return new Tensor(engine, block, shape, true);
  }

  /** The output of a recorded operation. @internal */
  static output(engine: Engine, buffer: Buffer, shape: readonly number[], node: Node): Tensor {
    return new Tensor(engine, buffer, shape, true, node);
  }

  /** The numbers, row-major. Of a parameter they may be written; read them anew after other operations have run. */
  get data(): FloatArray {
    if (this.#store === null) {
      const [where, advice] =
        this.shape.length === 0 ? ["number", "item()"] : [`tensor [${this.shape.join(" ")}]`, "detach()"];
      throw new ValueError(
        `${where}: the training step that made it has ended; call ${advice} before the next step to keep it`,
      );
    }
    return this.#store.array;
  }

  /** The gradient of the backward passes since `zeroGrad`, for parameters; null when there was none. */
  get grad(): FloatArray | null {
    return this.#grad ? this.#grad.array : null;
  }

  /** The only number of a tensor of size 1. */
  item(): number {
    if (this.size !== 1) throw new ValueError(`item: needs a tensor of one number, got [${this.shape.join(" ")}]`);
    return this.data[0]!;
  }

  /** A constant copy, which outlives the step. */
  detach(): Tensor {
    return Tensor.constant(this.engine, this.data.slice(), this.shape);
  }

  /** Forgets the gradient. */
  zeroGrad(): void {
    this.#grad = null;
  }

  /**
   * Backpropagates from this number: afterwards every parameter it depends on has its gradient in `grad`, added to
   * what was there. Call it once per recorded graph.
   *
   * @throws RangeError when this is not one number made by recorded operations, or its graph was already used
   */
  backward(): void {
    if (this.size !== 1) throw new ValueError(`backward: needs a loss of one number, got [${this.shape.join(" ")}]`);
    if (!this.node) throw new ValueError("backward: the loss depends on no parameter, or was made under noGrad");
    const nodes = reachable(this.node);
    const { engine } = this;
    const seed = engine.pool.take(1);
    seed.array[0] = 1;
    this.#grad = seed;
    const finished: Tensor[] = [];
    for (const node of nodes) {
      backwardNode(engine, node);
      for (const output of node.outputs) finished.push(output);
    }
    engine.finish(finished);
  }

  /** Where a parameter's numbers are. @internal */
  get home(): Store | null {
    return this.#store;
  }

  /** Moves a parameter and its gradient into memory given, so that an optimizer can update many in one call. @internal */
  moveTo(home: Block, gradient: Block): void {
    home.array.set(this.data);
    if (this.#grad) gradient.array.set(this.#grad.array);
    (this.#store as Block).free();
    this.#gradBlock?.free();
    this.#store = home;
    this.#gradBlock = gradient;
    if (this.#grad) this.#grad = gradient;
  }

  /** Where backward writes the gradient, or another part of it: then hand that to `receiveGrad`. @internal */
  openGrad(): Store {
    const { pool, build } = this.engine;
    if (this.#grad) return pool.take(this.size);
    if (!this.node) this.#gradBlock ??= build.allocate(this.size);
    this.#grad = this.#gradBlock ?? pool.take(this.size);
    return this.#grad;
  }

  /** Makes what was written the gradient, or adds it to the one that exists and takes its buffer back. @internal */
  receiveGrad(written: Store): void {
    if (written === this.#grad) return;
    if (this.#grad) {
      this.engine.kernels.accumulate({ N: this.size, by: 1, x: written.array, y: this.#grad.array });
    } else if (this.node) {
      this.#grad = written;
      return;
    } else {
      // Gradients of parameters have a place of their own, so that an optimizer finds them side by side.
      this.openGrad().array.set(written.array);
    }
    this.engine.pool.give(written as Buffer);
  }

  /** The gradient that has arrived at an output, which is then no longer kept there. @internal */
  takeGrad(): Buffer | null {
    const grad = this.#grad as Buffer | null;
    this.#grad = null;
    return grad;
  }

  /** Gives the memory of an output back to the pool; a tensor that has none of the pool stays. @internal */
  release(): void {
    if (!(this.#store instanceof Buffer)) return;
    this.engine.pool.give(this.#store);
    this.#store = null;
  }
}

/** The nodes that `last` depends on and itself, the latest first. */
function reachable(last: Node): Node[] {
  const found = new Set<Node>([last]);
  for (const node of found)
    for (const input of node.inputs) if (input.node && input.requiresGrad) found.add(input.node);
  return [...found].sort((a, b) => b.order - a.order);
}

function backwardNode({ pool }: Engine, node: Node): void {
  const { operation, inputs, outputs, saved } = node;
  if (!operation) throw new ValueError(`backward: ${node.name} was already backpropagated; run the forward pass again`);
  node.operation = null;
  const { savedGradients } = operation;
  const dOutputs = outputs.map((output) => output.takeGrad());
  const isSaved = (i: number) => savedGradients !== undefined && savedGradients[i] !== null;
  const dInputs = inputs.map((input, i) => (input.requiresGrad && !isSaved(i) ? input.openGrad() : null));
  operation.backward(dOutputs, dInputs, saved, outputs);
  inputs.forEach((input, i) => {
    if (input.requiresGrad) input.receiveGrad(dInputs[i] ?? saved[savedGradients![i]!]!);
  });
  for (const grad of dOutputs) if (grad) pool.give(grad);
  saved.forEach((buffer, k) => {
    if (!savedGradients?.includes(k)) pool.give(buffer);
  });
}

/** An operation to run and, where a gradient is wanted, to record. */
export interface Operation {
  /** What messages call it. */
  readonly name: string;
  readonly inputs: readonly Tensor[];
  /** The shapes of the outputs. */
  readonly shapes: readonly (readonly number[])[];
  /** Lengths of the buffers that forward fills and backward needs. */
  readonly saves?: readonly number[];
  /** For each input that has a gradient the saved buffer that holds it once backward has run, or null for `dInputs`. */
  readonly savedGradients?: readonly (number | null)[];
  /** Computes every output (garbage before) and every saved buffer. Read `array`s only once nothing is left to allocate. */
  forward(outputs: readonly Store[], saved: readonly Store[]): void;
  /**
   * Writes every gradient in `dInputs` that is not null (garbage before). A null in `dOutputs` is a gradient of zeros.
   */
  backward(
    dOutputs: readonly (Store | null)[],
    dInputs: readonly (Store | null)[],
    saved: readonly Store[],
    outputs: readonly Tensor[],
  ): void;
}

/**
 * Runs an operation; records it when an input has a gradient and the engine is recording.
 *
 * This is how every differentiable operation is made, here and by users. Give kernels one plain object literal with
 * every argument: spreading other objects into it takes longer than many a kernel.
 *
 * @returns the outputs, in the order of `shapes`
 */
export function record(operation: Operation): Tensor[] {
  const { inputs, name, saves = [] } = operation;
  const engine = inputs[0]?.engine;
  if (!engine) throw new KindError(`${name}: needs at least one tensor`);
  let wanted = false;
  for (const input of inputs) {
    if (input.engine !== engine) throw new ValueError(`${name}: the tensors belong to two engines; make both with one`);
    if (input.requiresGrad) wanted = true;
  }
  const { pool } = engine;
  if (!wanted || !engine.recording) {
    const stores = operation.shapes.map((shape) => ({ array: engine.array(sizeOf(shape)) }));
    const saved = saves.map((length) => pool.take(length));
    operation.forward(stores, saved);
    for (const buffer of saved) pool.give(buffer);
    return stores.map((store, i) => Tensor.constant(engine, store.array, operation.shapes[i]!));
  }
  engine.endStep();
  const buffers = operation.shapes.map((shape) => pool.take(sizeOf(shape)));
  const saved = saves.map((length) => pool.take(length));
  operation.forward(buffers, saved);
  const outputs: Tensor[] = [];
  const node: Node = {
    name,
    order: engine.clock++,
    inputs,
    outputs,
    saved,
    operation,
  };
  for (const [i, shape] of operation.shapes.entries()) outputs.push(Tensor.output(engine, buffers[i]!, shape, node));
  return outputs;
}

function checkShape(where: string, shape: readonly number[], length: number): void {
  for (const n of shape)
    if (!Number.isInteger(n) || n < 0)
      throw new ValueError(`${where}: sizes must be whole numbers, at least 0, got [${shape.join(" ")}]`);
  if (sizeOf(shape) !== length)
    throw new ValueError(`${where}: shape [${shape.join(" ")}] needs ${sizeOf(shape)} numbers, got ${length}`);
}
