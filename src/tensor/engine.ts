/**
 * What tensors stand on: the kernels of one build, a seeded generator and the memory of a step.
 */
import { z } from "zod";
import { checkNames, KindError, Random, readOptions, show } from "../base/index.ts";
import { type FloatArray, type KernelBuild, type Kernels, type LoadOptions, loadKernels } from "../kernels/index.ts";
import { Pool } from "./pool.ts";
import { Tensor } from "./tensor.ts";

const schema = z.strictObject({ seed: z.int().default(0).describe("where the random numbers begin") });

/** Options of `Engine`. */
export type EngineOptions = z.input<typeof schema>;

/**
 * An engine makes tensors and runs operations on them.
 *
 * Tensors of two engines do not mix. All randomness of models built on an engine (initial weights, dropout) comes
 * from its `random`, so the same seed gives the same bits.
 */
export class Engine {
  readonly build: KernelBuild;
  readonly kernels: Kernels;
  readonly precision: KernelBuild["precision"];
  readonly random: Random;
  readonly pool: Pool;
  /** Whether operations are recorded for backward; see `noGrad`. */
  recording = true;
  /** Numbers the recorded operations in order. @internal */
  clock = 0;
  #finished: Tensor[] = [];

  /**
   * @param build the kernels, such as `(await loadKernels()).build`
   * @throws RangeError or TypeError for an option that cannot be
   */
  constructor(build: KernelBuild, options: EngineOptions = {}) {
    if (typeof build?.kernels !== "object")
      throw new KindError(`Engine: build must be kernels, got ${what(build)}; give (await loadKernels()).build`);
    const { seed } = readOptions("Engine", schema, options);
    this.build = build;
    this.kernels = build.kernels;
    this.precision = build.precision;
    this.random = new Random(seed);
    this.pool = new Pool(build);
  }

  /**
   * An engine on the fastest kernels that work here, or on those asked for.
   *
   *     const engine = await Engine.load({ seed: 1 });
   *
   * @param options those of `loadKernels` and of `Engine`; the notes of `loadKernels` are left out
   * @throws RangeError or TypeError for an option that cannot be, StopError when the build asked for cannot be used
   */
  static async load(options: LoadOptions & EngineOptions = {}): Promise<Engine> {
    checkNames("Engine.load", ["seed", "build", "isa", "threads", "precision"], options);
    const { seed, ...kernels } = options;
    const { build } = await loadKernels(kernels);
    return new Engine(build, seed === undefined ? {} : { seed });
  }

  /** An array of this engine's precision, zeros. */
  array(length: number): FloatArray {
    return this.precision === "float64" ? new Float64Array(length) : new Float32Array(length);
  }

  /** A constant tensor holding a copy of `values`, of the given shape (by default one axis). */
  tensor(values: ArrayLike<number>, shape: readonly number[] = [values?.length]): Tensor {
    checkNumbers("tensor", values);
    const array = this.array(values.length);
    array.set(values);
    return Tensor.constant(this, array, shape);
  }

  /** A constant tensor of zeros. */
  zeros(shape: readonly number[]): Tensor {
    return Tensor.constant(this, this.array(sizeOf(shape)), shape);
  }

  /** A trainable tensor holding a copy of `values`. */
  parameter(values: ArrayLike<number>, shape: readonly number[] = [values?.length]): Tensor {
    checkNumbers("parameter", values);
    return Tensor.parameter(this, values, shape);
  }

  /** Remembers tensors whose step ends when the next operation is recorded. @internal */
  finish(tensors: Tensor[]): void {
    this.endStep();
    this.#finished = tensors;
  }

  /** Recycles the values of the step that `backward` has finished. @internal */
  endStep(): void {
    if (this.#finished.length === 0) return;
    for (const tensor of this.#finished) tensor.release();
    this.#finished = [];
  }
}

/** Refuses what is no flat list of numbers, which would be read as NaN. */
function checkNumbers(where: string, values: ArrayLike<number>): void {
  if (ArrayBuffer.isView(values)) return;
  if (typeof values !== "object" || typeof values?.length !== "number")
    throw new KindError(`${where}: values must be a list of numbers, got ${what(values)}`);
  for (let i = 0; i < values.length; i++)
    if (typeof values[i] !== "number") {
      const advice = Array.isArray(values[i])
        ? `; give one flat list and its shape: ${where}([1, 2, 3, 4], [2, 2])`
        : "";
      throw new KindError(`${where}: values[${i}] must be a number, got ${show(values[i])}${advice}`);
    }
}

/** What was given in place of something else, in a word: objects of ours are too long to print. */
function what(given: unknown): string {
  return typeof given === "object" && given !== null ? `{ ${Object.keys(given).join(", ")} }` : show(given);
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/**
 * Runs `body` without recording: results are constants, and nothing is kept for backward.
 *
 * @returns what `body` returns
 */
export function noGrad<R>(engine: Engine, body: () => R): R {
  if (!(engine instanceof Engine) || typeof body !== "function")
    throw new KindError(`noGrad: needs an engine and a function, got ${what(engine)}; write noGrad(engine, () => ...)`);
  const before = engine.recording;
  engine.recording = false;
  try {
    return body();
  } finally {
    engine.recording = before;
  }
}
