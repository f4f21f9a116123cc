/** Weights that many products in a row are made with. */
import type { FloatArray } from "../../kernels/index.ts";
import type { Engine, Store } from "../../tensor/index.ts";

/** Numbers that are read anew for each use: the memory of a parameter may move. */
export interface Weight {
  readonly data: FloatArray;
}

/** What a product gives beside x wᵀ: it is added to what is there, or a bias [O] is. */
export type Added = { readonly isAdded: boolean } | { readonly bias: Weight };

/**
 * A weight [O I] that does not change any more. The first product with more than a few rows makes a copy, in the order in
 * which such products read it fastest.
 */
export class GroupedWeight {
  readonly #engine: Engine;
  readonly #weight: Weight;
  readonly #O: number;
  readonly #I: number;
  readonly #fewRows: number;
  #copy: ReturnType<Engine["build"]["allocate"]> | null = null;

  /**
   * @param fewRows up to so many rows no copy saves time: by default as many as the kernels multiply in a way of their own
   *   (native/few.h). The sums of that are rounded otherwise; with 0 no result depends on what it is computed beside.
   */
  constructor(engine: Engine, weight: Weight, I: number, { fewRows = 4 } = {}) {
    this.#engine = engine;
    this.#fewRows = fewRows;
    this.#weight = weight;
    this.#O = weight.data.length / I;
    this.#I = I;
  }

  /** P: how many groups of 16 rows there are. */
  get groups(): number {
    return Math.ceil(this.#O / 16);
  }

  /** [P I 16], see the kernel `group`; null where it is for a few rows only, which do better without. */
  groupedFor(rows: number): FloatArray | null {
    if (rows <= this.#fewRows) return null;
    if (!this.#copy) {
      const P = this.groups;
      const [O, I] = [this.#O, this.#I];
      this.#copy = this.#engine.build.allocate(P * I * 16);
      this.#engine.kernels.group({ P, O, I, w: this.#weight.data, y: this.#copy.array });
    }
    return this.#copy.array;
  }

  /** Gives the memory of the copy back. */
  free(): void {
    this.#copy?.free();
    this.#copy = null;
  }

  /** to = x wᵀ for N rows x [N I], and what is added. */
  multiply(x: Store, to: Store, N: number, added: Added): void {
    const { kernels } = this.#engine;
    const [O, I] = [this.#O, this.#I];
    // First: it may take memory, and arrays from before may then be dead.
    const w = this.groupedFor(N);
    const [bias, accumulate] = "bias" in added ? [added.bias.data, false] : [null, added.isAdded];
    if (w) kernels.linearGrouped({ N, I, O, P: this.groups, accumulate, x: x.array, w, bias, y: to.array });
    else if (bias) kernels.linearForward({ N, I, O, x: x.array, w: this.#weight.data, bias, y: to.array });
    else kernels.gemmNT({ M: N, N: O, K: I, accumulate, a: x.array, b: this.#weight.data, c: to.array });
  }
}
