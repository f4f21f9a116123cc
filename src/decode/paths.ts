/** Many sequences that share their beginnings: each token with the one before it, from which ids are put together. */
export class Paths {
  #parents = new Int32Array(64);
  #tokens = new Int32Array(64);
  /** How many nodes there are, the root at 0 included. */
  size = 1;

  constructor() {
    this.#parents[0] = -1;
  }

  /** Extends a node by a token. @returns the new node */
  add(parent: number, token: number): number {
    if (this.size === this.#parents.length) {
      this.#parents = grown(this.#parents);
      this.#tokens = grown(this.#tokens);
    }
    this.#parents[this.size] = parent;
    this.#tokens[this.size] = token;
    return this.size++;
  }

  /** The node that one extends; -1 for the root. */
  parent(node: number): number {
    return this.#parents[node]!;
  }

  /** The token of a node other than the root. */
  token(node: number): number {
    return this.#tokens[node]!;
  }

  /** The tokens from the root to a node of this depth, after some others. */
  ids(node: number, depth: number, before: readonly number[] = []): number[] {
    const ids = [...before, ...new Array<number>(depth).fill(0)];
    for (let at = node, i = ids.length - 1; at > 0; at = this.#parents[at]!, i--) ids[i] = this.#tokens[at]!;
    return ids;
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * array.length);
  more.set(array);
  return more;
}
