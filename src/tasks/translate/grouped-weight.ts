/** Weights that many products in a row are made with. */
import type { FloatArray } from "../../kernels/index.ts";
import type { Engine, Store } from "../../tensor/index.ts";

/** Numbers that are read anew for each use: the memory of a parameter may move. */
export interface Weight {
  readonly data: FloatArray;
}

/** What a product gives beside x wᵀ. */
export interface Added {
  /** [O] */
  readonly bias?: Weight | null;
  /** Whether it is added to what is there. */
  readonly isAdded?: boolean;
}

/** A copy of a weight [O I], in the order in which it is read fastest. */
export class GroupedWeight {
  /** [P I 16], see the kernel `group` */
  readonly data: FloatArray;
  readonly P: number;
  readonly O: number;
  readonly I: number;
  readonly #engine: Engine;

  constructor(engine: Engine, weight: Weight, I: number) {
    const O = weight.data.length / I;
    this.#engine = engine;
    this.I = I;
    this.O = O;
    this.P = Math.ceil(O / 16);
    this.data = engine.array(this.P * I * 16);
    engine.kernels.group({ P: this.P, O, I, w: weight.data, y: this.data });
  }

  /** to = x wᵀ + bias for N rows x [N I]. */
  multiply(x: FloatArray, to: Store, N: number, { bias = null, isAdded = false }: Added = {}): void {
    const { I, O, P, data: w } = this;
    this.#engine.kernels.linearGrouped({
      ...{ N, I, O, P, accumulate: isAdded, x, w, bias: bias?.data ?? null, y: to.array },
    });
  }
}
