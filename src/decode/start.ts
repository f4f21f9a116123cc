/** Where sequences begin: what a model reads before the first token is looked for. */
import { KindError, show, type Tokens, ValueError } from "../base/index.ts";
import type { Filter } from "./filters.ts";
import type { GivenLimits } from "./limits.ts";

/** Where sequences begin, and what limits them. */
export interface Beginning<S> extends GivenLimits {
  /** What each sequence begins with; ids, of any length each. By default one sequence with an empty prompt. */
  readonly prompts?: readonly ArrayLike<number>[];
  /** What the model reads before each prompt. By default BOS; nothing when `state` already holds the past. */
  readonly begin?: readonly number[];
  /** The state to begin from, for all B sequences. By default null. */
  readonly state?: S;
  /** Tokens that are never taken, beside PAD, BOS and UNK. By default none. */
  readonly never?: readonly number[];
  /** More filters, applied in order before all others. */
  readonly filters?: readonly Filter[];
}

/**
 * The state of chosen sequences: row i of the result is row `rows[i]` of the state. Rows may come several times or not
 * at all.
 */
export type Select<S> = (state: S, rows: readonly number[]) => S;

/** @throws TypeError when it is no function */
export function checkSelect(where: string, select: unknown): void {
  if (typeof select === "function") return;
  throw new KindError(`${where}: select must be a function that chooses rows of the state, got ${show(select)}`);
}

/**
 * What each sequence reads first.
 *
 * @throws RangeError when there is no prompt, one is empty and nothing is read before it, or holds what is no id
 */
export function readStarts(
  where: string,
  prompts: readonly ArrayLike<number>[],
  begin: readonly number[],
): readonly (readonly number[])[] {
  if (prompts.length === 0) throw new ValueError(`${where}: prompts must hold at least 1 prompt, got 0`);
  const starts = prompts.map((prompt, i) => [
    ...checkIds(where, "begin", begin),
    ...checkIds(where, `prompts[${i}]`, Array.from(prompt)),
  ]);
  const empty = starts.findIndex((start) => start.length === 0);
  if (empty < 0) return starts;
  throw new ValueError(`${where}: prompts[${empty}] must hold at least 1 token when begin has none, got 0`);
}

/** What all have to read before their first draw is read in one call; longer prompts go on one token a call. */
export function firstRead(starts: readonly (readonly number[])[]): { read: number; tokens: Tokens } {
  const B = starts.length;
  const read = Math.min(...starts.map(({ length }) => length));
  const ids = new Int32Array(read * B);
  starts.forEach((start, b) => {
    for (let t = 0; t < read; t++) ids[t * B + b] = start[t]!;
  });
  return { read, tokens: { ids, shape: [read, B] } };
}

/** @throws RangeError when they are no ids */
export function checkIds(where: string, name: string, ids: readonly number[]): readonly number[] {
  const wrong = ids.findIndex((id) => !Number.isInteger(id) || id < 0);
  if (wrong < 0) return ids;
  throw new ValueError(`${where}: ${name} must hold ids, whole numbers from 0, got ${show(ids[wrong])} at ${wrong}`);
}
