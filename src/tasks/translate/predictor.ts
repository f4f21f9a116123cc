/** What search asks of whatever translates, one network or several. */
import type { Tokens } from "../../base/index.ts";
import type { Asked, StepResult } from "../../decode/index.ts";

/** A source, ready to be read. */
export interface Source {
  readonly text: string;
  readonly tag: string | undefined;
  /** The most tokens of it that are read, its tag and end not counted. */
  readonly longest: number;
}

/** A source with the target to judge. */
export interface JudgedSource extends Source {
  readonly target: string;
}

/** What targets cost. */
export interface Judgement {
  /** For each pair the log-probability of each token of its target, the end included. */
  readonly logProbs: readonly Float64Array[];
  /** For each pair, for each token of its target, how much each step of its source mattered; null without attention. */
  readonly weights: readonly (readonly Float64Array[])[] | null;
}

/** Predicts the next token of targets. States have one row for each target. */
export interface Predictor<S> {
  /** Reads sources, all at once. With `givesBack` each state is released once nothing goes on from it. */
  begin(sources: readonly Source[], options: { readonly givesBack: boolean }): S;
  /** Gives the memory back that the steps after a `begin` share; there can be none after. */
  end(begun: S): void;
  /** Reads tokens [T B] and scores the one after them. What it looks at is in the order of the source. */
  step(this: void, tokens: Tokens, state: S | null, asked?: Asked): StepResult<S>;
  /** The state of chosen rows. */
  select(this: void, state: S, rows: readonly number[]): S;
  /** Takes back a state that `step` gave and that nothing goes on from. */
  release(this: void, state: S): void;
  /** What given targets cost. */
  judge(pairs: readonly JudgedSource[]): Judgement;
}
