/** Which tokens may come next in a sequence, whatever the model thinks of them. */
import { EOS } from "../base/index.ts";
import { type Filter, repeating } from "./filters.ts";
import type { Numbers } from "./next-step.ts";

/** What decides which tokens may come. */
export interface AllowedSettings {
  /** Tokens that never come. */
  readonly never: readonly number[];
  /** How many tokens in a row do not come twice; 0 when any may. */
  readonly noRepeat: number;
  readonly filters: readonly Filter[];
}

/** A sequence as far as it has come. */
export interface Sequence {
  /** Its tokens, prompt included. Asked for only where `needsSeen`. */
  readonly seen: readonly number[];
  /** Whether it is long enough to end. */
  readonly mayEnd: boolean;
  /** Where its logits are. */
  readonly from: number;
}

/** Which tokens may come next, for one sequence after the other, in memory that is used again. */
export class Allowed {
  /** Whether what came before in a sequence matters. */
  readonly needsSeen: boolean;
  readonly #settings: AllowedSettings;
  #banned = new Uint8Array(0);
  /** What is banned for the sequence at hand only. */
  #passing: number[] = [];

  constructor(settings: AllowedSettings) {
    this.#settings = settings;
    this.needsSeen = settings.noRepeat > 0 || settings.filters.length > 0;
  }

  /** [V] 1 for each token that may not come next in the sequence; holds until the next call. */
  bannedIn(logits: Numbers, V: number, { seen, mayEnd, from }: Sequence): Uint8Array {
    const { never, noRepeat, filters } = this.#settings;
    if (this.#banned.length !== V) {
      this.#banned = new Uint8Array(V);
      for (const id of never) this.#banned[id] = 1;
      this.#passing = [];
    }
    const banned = this.#banned;
    for (const id of this.#passing) banned[id] = 0;
    this.#passing.length = 0;
    if (!mayEnd) this.#ban(EOS);
    if (noRepeat > 0) for (const id of repeating(seen, noRepeat)) this.#ban(id);
    if (filters.length > 0) {
      const row = Float64Array.from(logits.subarray(from, from + V));
      const left = filters.reduce<ArrayLike<number>>((before, filter) => filter(before, seen), row);
      for (let v = 0; v < V; v++) if (!(left[v]! > -Infinity)) this.#ban(v);
    }
    return banned;
  }

  #ban(id: number): void {
    if (this.#banned[id] !== 0) return;
    this.#banned[id] = 1;
    this.#passing.push(id);
  }
}
