/**
 * Scores of the tokens that may come next: logits or log-probabilities, of which only differences matter.
 */

/** Scores of V tokens; -Infinity for a token that cannot come next. */
export type Scores = ArrayLike<number>;

/** log(sum of exp(scores)), neither over- nor underflowing. At least one score must be finite. */
export function logSumExp(scores: Scores): number {
  const most = maximum(scores);
  let sum = 0;
  for (let v = 0; v < scores.length; v++) sum += Math.exp(scores[v]! - most);
  return most + Math.log(sum);
}

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
