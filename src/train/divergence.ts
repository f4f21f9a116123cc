/** Training that has left the numbers: noticed before it can overwrite anything, and told with advice. */
import { StopError } from "../base/index.ts";
import type { Optimizer } from "./optimizers/index.ts";

/** A training that cannot go on because its loss, gradient or weights are no finite numbers any more. */
export class DivergenceError extends StopError {
  /** The rate that led there. */
  readonly rate: number;

  constructor(message: string, rate: number) {
    super(message);
    this.rate = rate;
  }
}

/** Watches the numbers of a training, and knows what to say when one of them is not finite. */
export class Divergence {
  /** The gradient norm of the last update. */
  norm: { readonly value: number; readonly step: number } | null = null;
  rate = 0;
  /** The step of the last checkpoint; 0 when there is none, null when none is ever made. */
  savedAt: number | null;
  readonly #clipNorm: number;

  constructor(clipNorm: number, savedAt: number | null) {
    this.#clipNorm = clipNorm;
    this.savedAt = savedAt;
  }

  /** @throws StopError unless the value of `what`, computed at or after a step, is a finite number */
  check(what: string, value: number, step: number, place: "at" | "after" = "at"): void {
    if (!Number.isFinite(value)) throw this.#stop(`${what} is ${value} ${place} step ${step}`);
  }

  /** @throws StopError unless every weight is a finite number, and far from where squares are not */
  checkWeights({ parameters }: Optimizer, step: number): void {
    const { kernels } = parameters.engine;
    const y = parameters.engine.array(1);
    kernels.sumSquares({ N: parameters.length, x: parameters.weights, y });
    if (!Number.isFinite(y[0]!)) throw this.#stop(`a weight is no finite number any more after step ${step}`);
  }

  #stop(what: string): StopError {
    const { norm, rate, savedAt } = this;
    if (norm === null && !savedAt)
      return new DivergenceError(`train: ${what}, before any update; look at the data and the initial weights`, rate);
    const before = norm === null ? "" : ` (gradient norm ${round(norm.value)} at step ${norm.step})`;
    const clip = this.#clipNorm > 0 ? `a smaller clipNorm (now ${this.#clipNorm})` : "clipping (clipNorm 1)";
    const saved =
      savedAt === null
        ? ""
        : savedAt === 0
          ? "; nothing was saved yet"
          : `; the last good checkpoint is step ${savedAt}`;
    return new DivergenceError(
      `train: ${what}${before}; try a lower rate (now ${round(rate)}) or ${clip}${saved}`,
      rate,
    );
  }
}

const round = (x: number) => String(Number(x.toPrecision(3)));
