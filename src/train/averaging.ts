/** A running mean of the weights, which is judged and kept in their place. */
import type { StoredTensors } from "./checkpoint.ts";
import type { ParameterSet } from "./parameters.ts";

/**
 * An exponential moving average of weights: it forgets the noise of the single updates, and is mostly better than any of
 * the weights it is made of.
 *
 *   average = d average + (1 - d) weights,   d = min(decay, (1 + t) / (10 + t)) after update t
 *
 * Until it has seen many updates it forgets faster, so that it does not hang on to the initial weights.
 *
 * @source Polyak & Juditsky 1992, doi:10.1137/0330046; the moving form is that of Kingma & Ba 2015, arXiv:1412.6980, 7.2
 */
export class WeightAverage {
  readonly #parameters: ParameterSet;
  readonly #decay: number;
  /** The average, or the weights of the training while the average is in the model. */
  readonly #other: ReturnType<ParameterSet["allocate"]>;
  #isShown = false;

  /** Begins with the weights as they are. */
  constructor(parameters: ParameterSet, decay: number) {
    this.#parameters = parameters;
    this.#decay = decay;
    this.#other = parameters.allocate();
    this.#other.array.set(parameters.weights);
  }

  /** Takes in the weights after update `t`, from 1. */
  update(t: number): void {
    const { engine, length: N } = this.#parameters;
    const decay = Math.min(this.#decay, (1 + t) / (10 + t));
    const y = this.#other.array;
    engine.kernels.scale({ N, by: decay, plus: 0, x: y, y });
    engine.kernels.accumulate({ N, by: 1 - decay, x: this.#parameters.weights, y });
  }

  /** Runs `body` with the average in the model. */
  async within<R>(body: () => Promise<R>): Promise<R> {
    if (this.#isShown) return body();
    this.show();
    try {
      return await body();
    } finally {
      this.#swap();
    }
  }

  /** Puts the average into the model, for good. */
  show(): void {
    if (!this.#isShown) this.#swap();
  }

  /** The weights of the training by name, while the average is in the model. */
  get weights(): StoredTensors {
    const { entries, spans } = this.#parameters;
    const { array } = this.#other;
    return Object.fromEntries(
      entries.map(([name, { shape }], i) => {
        const { from, to } = spans[i]!;
        return [name, { shape, data: array.slice(from, to) }];
      }),
    );
  }

  #swap(): void {
    const { weights } = this.#parameters;
    const kept = weights.slice();
    weights.set(this.#other.array);
    this.#other.array.set(kept);
    this.#isShown = !this.#isShown;
  }
}
