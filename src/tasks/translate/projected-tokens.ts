/** What a layer makes of the tokens that it reads: of each token once, however often it comes. */
import { ValueError } from "../../base/index.ts";
import type { Engine, Store, Tensor } from "../../tensor/index.ts";
import type { GroupedWeight, Weight } from "./grouped-weight.ts";

/** Rows of a table [V G.H], and which of them each row has. */
export interface TokenRows {
  readonly ids: Int32Array;
  readonly z: Store;
  readonly V: number;
}

/** Once there are more numbers than this all are forgotten, so that memory stays within bounds. */
const mostKept = 1 << 24;

/** The embeddings of tokens times a weight, plus a bias. It holds for as long as these do not change. */
export class ProjectedTokens {
  readonly #engine: Engine;
  /** [V E] */
  readonly #embedding: Tensor;
  /** [G.H E] */
  readonly #weight: GroupedWeight;
  readonly #bias: Weight;
  readonly #width: number;
  /** [V] the row that a token has; -1 for none. */
  readonly #rowOf: Int32Array;
  #rows = 0;
  #table: ReturnType<Engine["build"]["allocate"]>;

  constructor(engine: Engine, embedding: Tensor, weight: GroupedWeight, bias: Weight) {
    this.#engine = engine;
    this.#embedding = embedding;
    this.#weight = weight;
    this.#bias = bias;
    this.#width = bias.data.length;
    this.#rowOf = new Int32Array(embedding.shape[0]!).fill(-1);
    this.#table = engine.build.allocate(0);
  }

  /** The rows of some tokens; they hold until the next call. */
  rowsOf(ids: Int32Array): TokenRows {
    const rowOf = this.#rowOf;
    if (this.#rows * this.#width > mostKept) {
      this.#rows = 0;
      rowOf.fill(-1);
    }
    const wrong = ids.findIndex((id) => !(id >= 0 && id < rowOf.length));
    if (wrong >= 0)
      throw new ValueError(`step: ids[${wrong}] must be from 0 to ${rowOf.length - 1}, got ${ids[wrong]}`);
    const fresh = Int32Array.from(new Set(ids.filter((id) => rowOf[id] === -1)));
    if (fresh.length > 0) this.#project(fresh);
    const rows = ids.map((id) => rowOf[id]!);
    const [table, length] = [this.#table, this.#rows * this.#width];
    const z: Store = {
      get array() {
        return table.array.subarray(0, length);
      },
    };
    return { ids: rows, z, V: this.#rows };
  }

  #project(ids: Int32Array): void {
    const { kernels, pool } = this.#engine;
    const [V, E] = this.#embedding.shape as [number, number];
    const [N, first] = [ids.length, this.#rows * this.#width];
    const end = first + N * this.#width;
    this.#makeRoom(end, first);
    const table = this.#table;
    const to: Store = {
      get array() {
        return table.array.subarray(first, end);
      },
    };
    pool.borrow((lend) => {
      const x = lend(N * E);
      kernels.embeddingForward({ N, V, E, ids, w: this.#embedding.data, y: x.array });
      this.#weight.multiply(x, to, N, { bias: this.#bias });
    });
    for (const id of ids) this.#rowOf[id] = this.#rows++;
  }

  /** Gives the memory back. */
  free(): void {
    this.#table.free();
    this.#weight.free();
  }

  /** Makes the table long enough, keeping what it holds. */
  #makeRoom(length: number, kept: number): void {
    const before = this.#table;
    if (length <= before.length) return;
    const table = this.#engine.build.allocate(Math.max(length, 2 * before.length));
    table.array.set(before.array.subarray(0, kept));
    before.free();
    this.#table = table;
  }
}
