/**
 * Scores of the tokens that may come next: logits or log-probabilities, of which only differences matter.
 */

/** Scores of V tokens; -Infinity for a token that cannot come next. */
export type Scores = ArrayLike<number>;

/**
 * log(sum of exp(scores)) of the scores from `from` to before `to`, neither over- nor underflowing; -Infinity where none
 * is possible, and NaN where one is NaN or Infinity.
 *
 * Never below the highest score, so that no log-probability taken from it is above 0.
 */
export function logSumExp(scores: Scores, from = 0, to: number = scores.length): number {
  let most = -Infinity;
  for (let v = from; v < to; v++) if (scores[v]! > most) most = scores[v]!;
  if (most === -Infinity) {
    for (let v = from; v < to; v++) if (Number.isNaN(scores[v])) return Number.NaN;
    return most;
  }
  let sum = 0;
  for (let v = from; v < to; v++) {
    const below = most - scores[v]!;
    if (below > reach) continue;
    const place = (below * perUnit + 0.5) | 0;
    const rest = place / perUnit - below;
    sum += powers[place]! * (1 + rest * (1 + rest * (0.5 + rest * (1 / 6 + rest * (1 / 24)))));
  }
  return most + Math.log(sum);
}

/**
 * exp(-i / perUnit), from which four terms of the series reach any other to 3e-13 of it: three times as fast as Math.exp.
 * What is further below the highest than `reach` adds less than 1e-17 of it.
 */
const [perUnit, reach] = [64, 40];
const powers = Float64Array.from({ length: perUnit * reach + 1 }, (_, i) => Math.exp(-i / perUnit));

/** Log-probabilities of scores: logProbs[v] = scores[v] - log(sum of exp(scores)). At least one must be finite. */
export function logSoftmax(scores: Scores): Float64Array {
  const shift = logSumExp(scores);
  const logProbs = new Float64Array(scores.length);
  for (let v = 0; v < logProbs.length; v++) logProbs[v] = scores[v]! - shift;
  return logProbs;
}

/** New scores, each made from one. */
export function mapScores(scores: Scores, change: (score: number, v: number) => number): Float64Array {
  // Float64Array.from goes through an iterator, which takes several times as long.
  const changed = new Float64Array(scores.length);
  for (let v = 0; v < changed.length; v++) changed[v] = change(scores[v]!, v);
  return changed;
}

/** The id of the highest score, the lowest id where several are highest. */
export function argmax(scores: Scores): number {
  let best = 0;
  for (let v = 1; v < scores.length; v++) if (scores[v]! > scores[best]!) best = v;
  return best;
}

/** The highest score. */
export function maximum(scores: Scores): number {
  return scores[argmax(scores)]!;
}

/**
 * The ids of the k highest scores, the highest first, the lower id first where scores are equal.
 *
 * Takes V log k steps. Gives all V ids when k is more.
 */
export function highest(scores: Scores, k: number): number[] {
  // A heap whose root is the worst of the best k so far.
  const heap: number[] = [];
  const worse = (i: number, j: number) => scores[i]! < scores[j]! || (scores[i] === scores[j] && i > j);
  const sink = (from: number) => {
    for (let at = from; ; ) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && worse(heap[child]!, heap[worst]!)) worst = child;
      }
      if (worst === at) return;
      [heap[at], heap[worst]] = [heap[worst]!, heap[at]!];
      at = worst;
    }
  };
  for (let v = 0; v < scores.length; v++) {
    if (heap.length < k) {
      heap.push(v);
      for (let at = v; at > 0 && worse(heap[at]!, heap[(at - 1) >> 1]!); at = (at - 1) >> 1) {
        [heap[at], heap[(at - 1) >> 1]] = [heap[(at - 1) >> 1]!, heap[at]!];
      }
    } else if (worse(heap[0]!, v)) {
      heap[0] = v;
      sink(0);
    }
  }
  return heap.sort((i, j) => (worse(i, j) ? 1 : -1));
}
