/**
 * Filters: what is done to the scores of the next token before one is drawn. Each is a function from scores to new
 * scores, so that they are combined by calling one after the other.
 */
import { KindError, show, ValueError } from "../base/index.ts";
import { argmax, highest, logSoftmax, mapScores, maximum, type Scores } from "./scores.ts";

/**
 * Changes the scores of one sequence's next token; a token given -Infinity is never drawn.
 *
 * @param scores [V] logits or log-probabilities; left as they are
 * @param ids    the tokens of the sequence so far, prompt included
 * @returns [V] the changed scores
 */
export type Filter = (scores: Scores, ids: readonly number[]) => Scores;

/**
 * Makes the likely likelier (below 1) or all tokens more alike (above 1): scores / T.
 *
 * At 0, the limit, only the likeliest token is left: the lowest id where several are likeliest.
 *
 * @throws RangeError when T is negative or not finite
 */
export function temperature(T: number): Filter {
  checkRange("temperature", "T", T, (value) => value >= 0 && value < Infinity, "finite and at least 0");
  if (T === 1) return (scores) => scores;
  return (scores) => {
    const best = argmax(scores);
    const most = scores[best]!;
    if (most === -Infinity) return scores;
    if (T === 0) return mapScores(scores, (_, v) => (v === best ? 0 : -Infinity));
    // Scores are taken from the highest, which so stays 0 however small T is.
    const changed = new Float64Array(scores.length);
    for (let v = 0; v < changed.length; v++) changed[v] = scores[v] === most ? 0 : (scores[v]! - most) / T;
    return changed;
  };
}

/**
 * Leaves the k likeliest tokens, the lower ids where scores are equal.
 *
 * @throws RangeError when k is no whole number from 1
 * @source Fan, Lewis & Dauphin 2018, arXiv:1805.04833, 5.4
 */
export function topK(k: number): Filter {
  checkRange("topK", "k", k, (value) => Number.isInteger(value) && value >= 1, "a whole number from 1");
  return (scores) => (k >= scores.length ? scores : keep(scores, highest(scores, k)));
}

/**
 * Leaves the fewest likeliest tokens whose probabilities sum to p or more: at least one.
 *
 * Of equally likely tokens the lower ids come first. A sum that misses p by less than 1e-6 is taken as p, since float32
 * scores carry no more.
 *
 * @throws RangeError when p is not above 0 and at most 1
 * @source Holtzman et al. 2020, arXiv:1904.09751, 3.1 (nucleus sampling)
 */
export function topP(p: number): Filter {
  checkRange("topP", "p", p, (value) => value > 0 && value <= 1, "above 0 and at most 1");
  if (p === 1) return (scores) => scores;
  return (scores) => {
    const logProbs = logSoftmax(scores);
    // All tokens below this together have less than 1 - p, so the others reach p without them: no need to sort those.
    const least = Math.log((1 - p) / scores.length);
    const candidates: number[] = [];
    for (let v = 0; v < scores.length; v++) if (logProbs[v]! >= least) candidates.push(v);
    candidates.sort((i, j) => logProbs[j]! - logProbs[i]! || i - j);
    let sum = 0;
    const end = candidates.findIndex((v) => {
      sum += Math.exp(logProbs[v]!);
      return sum >= p - 1e-6;
    });
    return keep(scores, candidates.slice(0, end < 0 ? undefined : end + 1));
  };
}

/**
 * Leaves the tokens whose surprise is nearest to the one expected, the fewest whose probabilities sum to p or more.
 *
 *   H = -sum p(v) log p(v)     kept first: the least |-log p(v) - H|
 *
 * Of tokens equally near the lower ids come first; a sum that misses p by less than 1e-6 is taken as p.
 *
 * @throws RangeError when p is not above 0 and at most 1
 * @source Meister et al. 2022, arXiv:2202.00666, equation 10 (locally typical sampling)
 */
export function typical(p: number): Filter {
  checkRange("typical", "p", p, (value) => value > 0 && value <= 1, "above 0 and at most 1");
  if (p === 1) return (scores) => scores;
  return (scores) => {
    const logProbs = logSoftmax(scores);
    const V = logProbs.length;
    let entropy = 0;
    for (let v = 0; v < V; v++) if (logProbs[v]! > -Infinity) entropy -= Math.exp(logProbs[v]!) * logProbs[v]!;
    // Distance and id in one number, which sorts by both many times faster than a function that compares. Surprises that
    // differ by rounding alone are equal.
    const furthest = Math.floor(Number.MAX_SAFE_INTEGER / V) - 1;
    const keys = new Float64Array(V);
    let possible = 0;
    for (let v = 0; v < V; v++) {
      if (logProbs[v] === -Infinity) continue;
      keys[possible++] = Math.min(furthest, Math.round(Math.abs(-logProbs[v]! - entropy) * 1e9)) * V + v;
    }
    const kept: number[] = [];
    let sum = 0;
    for (const key of keys.subarray(0, possible).sort()) {
      if (kept.length > 0 && sum >= p - 1e-6) break;
      kept.push(key % V);
      sum += Math.exp(logProbs[key % V]!);
    }
    return keep(scores, kept);
  };
}

/** The furthest that a repetition penalty can look back. */
export const longestWindow = 1024;

/**
 * Makes tokens that came before less likely: their probability is raised to the power of the penalty, before all are
 * made to sum to one again. 1 changes nothing, 1.2 is usual.
 *
 * The paper divides logits, which depends on where their zero lies (and makes a token of negative logit likelier);
 * taking log-probabilities, which are never above zero, it does not.
 *
 * @param options `window`: how many of the last tokens count, prompt included
 * @throws RangeError when the penalty is below 1 or the window no whole number from 1 to `longestWindow`
 * @source Keskar et al. 2019, arXiv:1909.05858, 4.1 (CTRL)
 */
export function repetitionPenalty(penalty: number, options: { readonly window?: number } = {}): Filter {
  const { window = 64 } = options;
  const where = "repetitionPenalty";
  checkRange(where, "penalty", penalty, (value) => value >= 1 && value < Infinity, "finite and at least 1");
  const fits = (value: number) => Number.isInteger(value) && value >= 1 && value <= longestWindow;
  checkRange(where, "window", window, fits, `a whole number from 1 to ${longestWindow}`);
  if (penalty === 1) return (scores) => scores;
  return (scores, ids) => {
    if (ids.length === 0 || maximum(scores) === -Infinity) return scores;
    const logProbs = logSoftmax(scores);
    // Once for each token, however often it came.
    for (const id of new Set(ids.slice(-window))) if (logProbs[id]! > -Infinity) logProbs[id]! *= penalty;
    return logProbs;
  };
}

/**
 * Takes out the tokens with which n in a row would come that came before; 0 takes out none.
 *
 * It looks back on the last `longestWindow` tokens, prompt included.
 *
 * @throws RangeError when n is no whole number from 0
 * @source Paulus, Xiong & Socher 2018, arXiv:1705.04304, 2.5
 */
export function noRepeat(n: number): Filter {
  checkRange("noRepeat", "n", n, (value) => Number.isInteger(value) && value >= 0, "a whole number from 0");
  if (n === 0) return (scores) => scores;
  return (scores, ids) => {
    const found = repeating(ids, n);
    return found.length === 0 ? scores : forbid(found)(scores, ids);
  };
}

/** The tokens that would end a run of n tokens which came before, within the last `longestWindow` tokens. */
export function repeating(seen: readonly number[], n: number): number[] {
  const ids = seen.length > longestWindow ? seen.slice(-longestWindow) : seen;
  const last = ids.length - n + 1;
  const found: number[] = [];
  for (let from = 0; from + n <= ids.length; from++) {
    let same = 0;
    while (same < n - 1 && ids[from + same] === ids[last + same]) same++;
    if (same === n - 1) found.push(ids[from + n - 1]!);
  }
  return found;
}

/** Takes tokens out: they are never drawn. Ids the model does not have are passed over. */
export function forbid(ids: Iterable<number>): Filter {
  const forbidden = [...ids];
  return (scores) => {
    const left = copy(scores);
    for (const id of forbidden) left[id] = -Infinity;
    return left;
  };
}

/** Faster than a loop for what is a typed array already, as it is after the first filter. */
function copy(scores: Scores): Float64Array {
  return scores instanceof Float64Array ? scores.slice() : mapScores(scores, (score) => score);
}

function keep(scores: Scores, ids: readonly number[]): Float64Array {
  const kept = new Float64Array(scores.length).fill(-Infinity);
  for (const id of ids) kept[id] = scores[id]!;
  return kept;
}

function checkRange(where: string, name: string, value: number, holds: (value: number) => boolean, what: string): void {
  if (typeof value !== "number") throw new KindError(`${where}: ${name} must be a number, got ${show(value)}`);
  if (!holds(value)) throw new ValueError(`${where}: ${name} must be ${what}, got ${value}`);
}
