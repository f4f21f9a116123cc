import { parameters } from "../nn/index.ts";
import type { Tensor } from "../tensor/index.ts";

/** Keeps the weights of the best evaluation in memory, for a training without a run folder. */
export class BestWeights {
  readonly #parameters: Readonly<Record<string, Tensor>>;
  #best: Map<string, Tensor["data"]> | null = null;

  constructor(network: object) {
    this.#parameters = parameters(network);
  }

  keep(): void {
    this.#best = new Map(Object.entries(this.#parameters).map(([name, { data }]) => [name, data.slice()]));
  }

  restore(): void {
    for (const [name, data] of this.#best ?? []) this.#parameters[name]!.data.set(data);
  }
}
