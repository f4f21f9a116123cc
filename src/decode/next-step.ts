/** What search asks of a model, and how its answers are read. Knows no tensors: a model is a function. */
import { type Tokens, ValueError } from "../base/index.ts";
import { checkLogits, divergedAt } from "./draw.ts";
import { logSumExp } from "./scores.ts";

/**
 * What a model does in one call: it reads T tokens of each of B sequences and says how likely each token is next.
 *
 * @param tokens [T B] ids to read: a whole prompt at first, then T = 1
 * @param state  what the call before returned; null at the start
 */
export type NextStep<S> = (tokens: Tokens, state: S | null, asked?: Asked) => StepResult<S>;

/** All that a search wants of a step, where that is less than every logit. A model may give them all nonetheless. */
export interface Asked {
  /** K: how many of the likeliest tokens. */
  readonly count: number;
  /** Those that it will never take, each once; ids that the model does not have may be among them. */
  readonly barred: Int32Array;
}

/** What a model says. The memory of its arrays may be used again in the next call. */
export interface StepResult<S> {
  /** [B V] scores of what comes after the last of the tokens; with `ids` [B K] those of the likeliest. */
  readonly logits: ArrayLike<number>;
  /**
   * [B K] where the model gives no more than was asked for: the likeliest tokens, of equally likely ones the first before the
   * others, and -1 where there are no more. Such a model gives `totals` too.
   */
  readonly ids?: Int32Array;
  /** What to pass to the next call. */
  readonly state: S;
  /**
   * [B] log(sum of exp(logits)) of each row, where the model has them at hand: of large vocabularies they are most of the
   * work of a search. Computed from the logits where they are missing.
   */
  readonly totals?: ArrayLike<number>;
  /** [B S] how much each source position was looked at, where the model attends. Only coverage asks for it. */
  readonly weights?: ArrayLike<number>;
}

/** Numbers in an array that is read quickly. */
export type Numbers = Float32Array | Float64Array;

/** The numbers themselves where they are in a typed array of floats, or else copied to one. */
export function numbersOf(values: ArrayLike<number>): Numbers {
  return values instanceof Float32Array || values instanceof Float64Array ? values : Float64Array.from(values);
}

/** The logits of a step, row by row. */
export interface Rows {
  readonly where: string;
  /** [B V] */
  readonly logits: Numbers;
  /** How many logits a row has. */
  readonly V: number;
  /** Whose they are; null where they are those of all tokens. */
  readonly ids: Int32Array | null;
  readonly totals: ArrayLike<number> | undefined;
}

/**
 * @param asked what the step was asked for, if that was less than all logits
 * @throws RangeError when logits, ids or totals are not those of B rows
 */
export function readRows(
  where: string,
  { logits, ids, totals }: Pick<StepResult<unknown>, "logits" | "ids" | "totals">,
  B: number,
  asked?: Asked,
): Rows {
  const V = checkedWidth(where, logits, B);
  if (ids && !asked)
    throw new ValueError(`${where}: a step must give all logits, without ids, where it is not asked for less`);
  if (ids && V !== asked!.count)
    throw new ValueError(
      `${where}: a step that is asked for ${asked!.count} tokens of each row must give as many, got ${V}`,
    );
  if (totals && totals.length !== B)
    throw new ValueError(`${where}: totals [B] of a step must hold B = ${B} numbers, got ${totals.length}`);
  if (ids && ids.length !== logits.length)
    throw new ValueError(`${where}: ids of a step must be as many as its logits, ${logits.length}, got ${ids.length}`);
  if (ids && !totals) throw new ValueError(`${where}: a step that gives ids must give totals [B] too`);
  return { where, logits: numbersOf(logits), V, ids: ids ?? null, totals };
}

/**
 * log(sum of exp(logits)) of a row; -Infinity when no token can come.
 *
 * @param place names the sequence in messages
 * @throws RangeError when the logits hold NaN or Infinity
 */
export function totalOf({ where, logits, V, ids, totals }: Rows, row: number, place: () => string): number {
  const total = totals ? totals[row]! : logSumExp(logits, row * V, row * V + V);
  if (!(total < Infinity)) {
    if (ids) throw new ValueError(divergedAt(where, `a total of ${total}`, place()));
    checkLogits(where, logits.subarray(row * V, row * V + V), place());
    throw new ValueError(`${where}: totals must be finite or -Infinity, got ${total} for ${place()}`);
  }
  return total;
}

/** V of logits [B V]. */
function checkedWidth(where: string, logits: ArrayLike<number>, B: number): number {
  const V = logits.length / B;
  if (Number.isInteger(V) && V > 0) return V;
  throw new ValueError(
    `${where}: logits [B V] of a step must hold a multiple of B = ${B} numbers, got ${logits.length}`,
  );
}
