/** A small training that tests of the training room share: a network of one hidden layer learns a sine. */
import { Random } from "../src/base/index.ts";
import { referenceBuild } from "../src/kernels/index.ts";
import { dropout, Engine, linear, mean, square, sub, type Tensor, tanh } from "../src/tensor/index.ts";
import { type BatchSource, type Optimizer, optimizers, type Training } from "../src/train/index.ts";

/** Points of a sine, eight to a batch, in a new random order every pass. */
class Points implements BatchSource<Float64Array> {
  readonly batchesPerEpoch = 6;
  readonly #random = new Random(5);
  #before = this.#random.state;
  #order = this.#shuffle();
  #epoch = 0;
  #index = 0;

  get position() {
    return { epoch: this.#epoch, index: this.#index, random: this.#before };
  }

  next(): Float64Array {
    if (this.#index === this.batchesPerEpoch) {
      this.#epoch++;
      this.#index = 0;
      this.#order = this.#shuffle();
    }
    const from = 8 * this.#index++;
    return this.#order.slice(from, from + 8);
  }

  restore(position: unknown): void {
    const { epoch, index, random } = position as Points["position"];
    this.#random.state = random;
    this.#order = this.#shuffle();
    this.#epoch = epoch;
    this.#index = index;
  }

  #shuffle(): Float64Array {
    this.#before = this.#random.state;
    return this.#random.shuffle(Float64Array.from({ length: 48 }, (_, i) => i / 8 - 3));
  }
}

export interface Setup {
  readonly optimizer?: keyof typeof optimizers;
  readonly rate?: number;
  readonly hidden?: number;
  readonly drop?: number;
}

/** A network of one hidden layer that learns the sine. */
export function make({ optimizer = "adam", rate = 0.01, hidden = 16, drop = 0.1 }: Setup = {}) {
  const engine = new Engine(referenceBuild(), { seed: 3 });
  const random = new Random(1);
  const values = (length: number) => Float64Array.from({ length }, () => random.normal() / 2);
  const model = {
    hidden: { w: engine.parameter(values(hidden), [hidden, 1]), bias: engine.parameter(values(hidden)) },
    out: { w: engine.parameter(values(hidden), [1, hidden]) },
  };
  const lossOf = (points: Float64Array): Tensor => {
    const x = engine.tensor(points, [points.length, 1]);
    const h = dropout(tanh(linear(x, model.hidden.w, model.hidden.bias)), drop);
    return mean(square(sub(linear(h, model.out.w), engine.tensor(points.map(Math.sin), [points.length, 1]))));
  };
  const parameters = { "hidden.w": model.hidden.w, "hidden.bias": model.hidden.bias, "out.w": model.out.w };
  const all = Float64Array.from({ length: 31 }, (_, i) => i / 5 - 3);
  const training = {
    model,
    optimizer: optimizers[optimizer].make(parameters, { rate }) as Optimizer,
    batches: new Points(),
    loss: lossOf,
    tokens: (batch: Float64Array) => batch.length,
    evaluate: () => ({ loss: lossOf(all).item() }),
    sample: () => [String(engine.random.bits())],
  } satisfies Training<Float64Array>;
  const weights = () => [...model.hidden.w.data, ...model.hidden.bias.data, ...model.out.w.data];
  return { engine, model, training, weights };
}

/** What a promise is rejected with, as "Name: message". */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "nothing", String);
}

export const config = {
  task: "sine",
  recipe: null,
  data: null,
  options: {},
  kernels: { name: "reference", isa: "typescript", precision: "float32" as const },
};

export const settings = { clipNorm: 1, logEvery: 3, evaluateEvery: 10, sampleEvery: 20, checkpointEvery: 7 };
