import type { Args } from "../table.ts";

/**
 * Attention: how much each step of a memory matters to a query, and the mean of its values by these weights.
 *
 *   energy[s] = scale query . key[s], or with v: v . tanh(query + key[s]), numbers beyond 43 counting as 43
 *   weights = softmax of the energies of the real steps     context = sum weights[s] values[s]
 *
 * @param query    [T B A]
 * @param keys     [S M A]
 * @param values   [S M D]
 * @param v        [A] or null
 * @param sources  [B]      which memory a row reads, 0..M-1
 * @param lengths  [M]      real steps, 1..S; steps beyond get weight exactly 0
 * @param weights  [T B S]
 * @param context  [T B D]
 * @source Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, A.1.2; Luong, Pham & Manning 2015, arXiv:1508.04025, 3.1
 */
export function attendForward(args: Args<"attendForward">): void {
  const { T, B, S, M, A, D, scale, query, keys, values, v, sources, lengths, weights, context } = args;
  const energies = new Float64Array(S);
  const sums = new Float64Array(D);
  for (let row = 0; row < T * B; row++) {
    const m = sources[row % B]!;
    const steps = lengths[m]!;
    let greatest = -Infinity;
    for (let s = 0; s < steps; s++) {
      const key = (s * M + m) * A;
      let energy = 0;
      for (let a = 0; a < A; a++) {
        const [q, k] = [query[row * A + a]!, keys[key + a]!];
        energy += v ? v[a]! * Math.tanh(held(q) + held(k)) : q * k;
      }
      energies[s] = v ? energy : scale * energy;
      greatest = Math.max(greatest, energies[s]!);
    }
    let total = 0;
    for (let s = 0; s < steps; s++) total += Math.exp(energies[s]! - greatest);
    sums.fill(0);
    for (let s = 0; s < S; s++) {
      const weight = s < steps ? Math.exp(energies[s]! - greatest) / total : 0;
      weights[row * S + s] = weight;
      if (s < steps) for (let d = 0; d < D; d++) sums[d]! += weight * values[(s * M + m) * D + d]!;
    }
    for (let d = 0; d < D; d++) context[row * D + d] = sums[d]!;
  }
}

/**
 * Gradients of `attendForward`.
 *
 *   dweights[s] += values[s] . dcontext     denergy[s] = weights[s] (dweights[s] - sum of weights dweights)
 *
 * @param dcontext  [T B D]
 * @param dweights  [T B S] or null: the gradient of the weights beside that through the context
 * @param dquery    [T B A]
 * @param dkeys     [S M A], dvalues [S M D]: sums over the rows that read a memory; 0 beyond the lengths
 * @param dv        [A]
 */
export function attendBackward(args: Args<"attendBackward">): void {
  const { T, B, S, M, A, D, scale, query, keys, values, v, sources, lengths, weights } = args;
  const { dcontext, dweights, dquery, dkeys, dvalues, dv } = args;
  const [toKeys, toValues, toV] = [new Float64Array(S * M * A), new Float64Array(S * M * D), new Float64Array(A)];
  const toQuery = new Float64Array(A);
  const dWeights = new Float64Array(S);
  for (let b = 0; b < B; b++) {
    const m = sources[b]!;
    const steps = lengths[m]!;
    for (let t = 0; t < T; t++) {
      const row = t * B + b;
      let mean = 0;
      for (let s = 0; s < steps; s++) {
        const [weight, value] = [weights[row * S + s]!, (s * M + m) * D];
        let d = dweights ? dweights[row * S + s]! : 0;
        for (let i = 0; i < D; i++) {
          d += values[value + i]! * dcontext[row * D + i]!;
          toValues[value + i]! += weight * dcontext[row * D + i]!;
        }
        dWeights[s] = d;
        mean += weight * d;
      }
      toQuery.fill(0);
      for (let s = 0; s < steps; s++) {
        const denergy = weights[row * S + s]! * (dWeights[s]! - mean);
        const key = (s * M + m) * A;
        for (let a = 0; a < A; a++) {
          const [q, k] = [query[row * A + a]!, keys[key + a]!];
          if (v) {
            const u = Math.tanh(held(q) + held(k));
            const d = denergy * v[a]! * (1 - u * u);
            toV[a]! += denergy * u;
            toQuery[a]! += d;
            toKeys[key + a]! += d;
          } else {
            toQuery[a]! += scale * denergy * k;
            toKeys[key + a]! += scale * denergy * q;
          }
        }
      }
      dquery.set(toQuery, row * A);
    }
  }
  dkeys.set(toKeys);
  dvalues.set(toValues);
  dv?.set(toV);
}

/** Of additive attention: builds work with e^2x, which overflows beyond. */
function held(x: number): number {
  return Math.max(-43, Math.min(43, x));
}
