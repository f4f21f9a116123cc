/** Sequences that an exact search may still extend, all from one call of the model, the likeliest first. */
export class Frontier {
  /** How many there are. */
  size = 0;
  #logProbs = new Float64Array(16);
  #rows = new Int32Array(16);
  #tokens = new Int32Array(16);

  /** The log-probability of the likeliest; -Infinity when there is none. */
  get best(): number {
    return this.size > 0 ? this.#logProbs[0]! : -Infinity;
  }

  /** The row of the call that the likeliest extends. */
  get row(): number {
    return this.#rows[0]!;
  }

  /** The last token of the likeliest. */
  get token(): number {
    return this.#tokens[0]!;
  }

  /** All log-probabilities, in no order. */
  get logProbs(): Float64Array {
    return this.#logProbs.subarray(0, this.size);
  }

  add(logProb: number, row: number, token: number): void {
    if (this.size === this.#rows.length) this.#grow();
    let at = this.size++;
    this.#put(at, logProb, row, token);
    for (let up = (at - 1) >> 1; at > 0 && this.#isBefore(at, up); up = (at - 1) >> 1) {
      this.#swap(at, up);
      at = up;
    }
  }

  /** Takes the likeliest out. */
  drop(): void {
    const last = --this.size;
    this.#put(0, this.#logProbs[last]!, this.#rows[last]!, this.#tokens[last]!);
    for (let at = 0; ; ) {
      let first = at;
      for (let child = 2 * at + 1; child <= 2 * at + 2; child++)
        if (child < last && this.#isBefore(child, first)) first = child;
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  /** Leaves only what is likelier. */
  keepAbove(logProb: number): void {
    const size = this.size;
    this.size = 0;
    for (let i = 0; i < size; i++) {
      const [row, token] = [this.#rows[i]!, this.#tokens[i]!];
      if (this.#logProbs[i]! > logProb) this.add(this.#logProbs[i]!, row, token);
    }
  }

  #isBefore(i: number, j: number): boolean {
    const more = this.#logProbs[i]! - this.#logProbs[j]!;
    return more > 0 || (more === 0 && (this.#rows[i]! - this.#rows[j]! || this.#tokens[i]! - this.#tokens[j]!) < 0);
  }

  #put(at: number, logProb: number, row: number, token: number): void {
    this.#logProbs[at] = logProb;
    this.#rows[at] = row;
    this.#tokens[at] = token;
  }

  #swap(i: number, j: number): void {
    const [logProb, row, token] = [this.#logProbs[i]!, this.#rows[i]!, this.#tokens[i]!];
    this.#put(i, this.#logProbs[j]!, this.#rows[j]!, this.#tokens[j]!);
    this.#put(j, logProb, row, token);
  }

  #grow(): void {
    const [logProbs, rows, tokens] = [this.#logProbs, this.#rows, this.#tokens];
    this.#logProbs = new Float64Array(2 * rows.length);
    this.#logProbs.set(logProbs);
    this.#rows = new Int32Array(2 * rows.length);
    this.#rows.set(rows);
    this.#tokens = new Int32Array(2 * rows.length);
    this.#tokens.set(tokens);
  }
}
