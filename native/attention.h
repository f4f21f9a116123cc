// One query over one memory: what attention has in common, inside decoder layers and outside.
#pragma once
#include "each.h"
#include "math.h"
#include "share.h"

namespace {

// Additive attention compares by tanh(q + k) = 1 - 2 / (1 + e^2q e^2k). Of queries and keys e^2x is made once, so that a
// pair of them costs one division. Beyond 43 x counts as 43: the product of two is then never infinity times 0. (Its gradient passes.)
ALWAYS_INLINE Floats doubledExp(Floats x) { return exp(min(max(x * 2.0f, splat(-86.0f)), splat(86.0f))); }

ALWAYS_INLINE void doubledExps(const float* from, float* to, ptrdiff_t count) {
  vectors(0, count, [=](ptrdiff_t i, auto lanes) { store(to + i, doubledExp(load(from + i, lanes)), lanes); });
}

// The above of many numbers, over all threads; null when there was no scratch memory.
inline float* doubledExpsOf(const float* from, ptrdiff_t count, const Runtime& run) {
  float* to = scratchFloats(run, count);
  if (to)
    eachVector(run, count, 16, [&](int64_t i, auto lanes) { store(to + i, doubledExp(load(from + i, lanes)), lanes); });
  return to;
}

// The steps of one memory that a query is compared with. Step s is at keys + s * keyRow and values + s * valueRow. Of
// additive attention keys and queries are their doubledExps.
struct Memory {
  ptrdiff_t steps, A, D;  // real steps, numbers of a key and of a value
  const float* keys;
  ptrdiff_t keyRow;
  const float* values;
  ptrdiff_t valueRow;
  const float* v;  // [A] of additive attention, or null
  float scale;     // of the others

  // weights[s] = softmax over the real steps of scale query . key[s], or of v . tanh(query + key[s]), of which the sum of
  // v, being the same for all steps, is left out
  void weigh(const float* query, float* weights, ptrdiff_t S) const {
    float greatest = -__builtin_inff();
    for (ptrdiff_t s = 0; s < steps; s++) {
      const float* key = keys + s * keyRow;
      const float energy =
          v ? -2.0f * sumOver(A, [&](ptrdiff_t a, auto lanes) {
                return load(v + a, lanes) / (load(query + a, lanes) * load(key + a, lanes) + 1.0f);
              })
            : scale * sumOver(A, [&](ptrdiff_t a, auto lanes) { return load(query + a, lanes) * load(key + a, lanes); });
      weights[s] = energy;
      // A NaN stays: the weights are NaN then.
      greatest = energy > greatest || energy != energy ? energy : greatest;
    }
    const float total = sumOver(steps, [&](ptrdiff_t s, auto lanes) {
      const Floats e = exp(load(weights + s, lanes, -__builtin_inff()) - greatest);
      store(weights + s, e, lanes);
      return e;
    });
    const Floats share = splat(1.0f / total);
    vectors(0, steps, [&](ptrdiff_t s, auto lanes) { store(weights + s, load(weights + s, lanes) * share, lanes); });
    fill(weights + steps, 0, S - steps);
  }

  // context = sum of weights[s] values[s]
  void gather(const float* weights, float* context) const {
    vectors(0, D, [&](ptrdiff_t d, auto lanes) {
      Floats sum = zeros();
      for (ptrdiff_t s = 0; s < steps; s++) sum += load(values + s * valueRow + d, lanes) * weights[s];
      store(context + d, sum, lanes);
    });
  }

  // From the gradients of the context and, if not null, of the weights: that of the energies; adds to that of the values.
  void gatherBackward(const float* weights, const float* dcontext, const float* dweights, float* denergies,
                      float* dvalues) const {
    float mean = 0;
    for (ptrdiff_t s = 0; s < steps; s++) {
      const float* value = values + s * valueRow;
      float d =
          sumOver(D, [&](ptrdiff_t i, auto lanes) { return load(value + i, lanes) * load(dcontext + i, lanes); });
      if (dweights) d += dweights[s];
      denergies[s] = d;
      mean += weights[s] * d;
      float* to = dvalues + s * valueRow;
      const float by = weights[s];
      vectors(0, D, [&](ptrdiff_t i, auto lanes) {
        store(to + i, load(to + i, lanes) + load(dcontext + i, lanes) * by, lanes);
      });
    }
    for (ptrdiff_t s = 0; s < steps; s++) denergies[s] = weights[s] * (denergies[s] - mean);
  }

  // Writes the gradient of the query and adds to those of the keys and of v.
  void weighBackward(const float* query, const float* denergies, float* dquery, float* dkeys, float* dv) const {
    vectors(0, A, [&](ptrdiff_t a, auto lanes) {
      const Floats q = load(query + a, lanes);
      Floats dq = zeros();
      if (!v) {
        for (ptrdiff_t s = 0; s < steps; s++) {
          const float by = scale * denergies[s];
          float* to = dkeys + s * keyRow + a;
          dq += load(keys + s * keyRow + a, lanes) * by;
          store(to, load(to, lanes) + q * by, lanes);
        }
      } else {
        const Floats weight = load(v + a, lanes);
        Floats dweight = load(dv + a, lanes);
        for (ptrdiff_t s = 0; s < steps; s++) {
          const Floats r = 1.0f / (q * load(keys + s * keyRow + a, lanes) + 1.0f);
          const Floats d = r * (1.0f - r) * 4.0f * weight * denergies[s];
          float* to = dkeys + s * keyRow + a;
          dweight += (1.0f - r * 2.0f) * denergies[s];
          dq += d;
          store(to, load(to, lanes) + d, lanes);
        }
        store(dv + a, dweight, lanes);
      }
      store(dquery + a, dq, lanes);
    });
  }
};

}  // namespace
