/** What a beam search did, step by step, as plain data that can be drawn or written as JSON. */

/** What became of a node: it was kept, it fell out of the beam, it ended, or it ended as the best of all. */
export type Fate = "kept" | "pruned" | "finished" | "best";

/** A token that was considered after those of its parents. */
export interface BeamNode {
  /** Its place in `nodes`. */
  readonly id: number;
  /** The node it extends; null for the root, which stands for what was read before. */
  readonly parent: number | null;
  /** Its token, EOS included; null for the root. */
  readonly token: number | null;
  /** The log-probability of all tokens from the root to here. */
  readonly logProb: number;
  /** What a sequence that ends here scores; of one that has not ended without its coverage. */
  readonly score: number;
  /** How many tokens lie between the root and here, this one included. */
  readonly step: number;
  readonly fate: Fate;
}

/** A beam search from one prompt. The root is the first node, and parents come before their children. */
export interface BeamTree {
  readonly nodes: readonly BeamNode[];
}
