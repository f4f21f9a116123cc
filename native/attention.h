// One query over one memory: what attention has in common, inside decoder layers and outside.
#pragma once
#include "each.h"
#include "math.h"

namespace {

// The steps of one memory that a query is compared with. Step s is at keys + s * keyRow and values + s * valueRow.
struct Memory {
  ptrdiff_t steps, A, D;  // real steps, numbers of a key and of a value
  const float* keys;
  ptrdiff_t keyRow;
  const float* values;
  ptrdiff_t valueRow;
  const float* v;  // [A] of additive attention, or null
  float scale;     // of the others

  // weights[s] = softmax over the real steps of scale query . key[s], or of v . tanh(query + key[s])
  void weigh(const float* query, float* weights, ptrdiff_t S) const {
    float greatest = -__builtin_inff();
    for (ptrdiff_t s = 0; s < steps; s++) {
      const float* key = keys + s * keyRow;
      const float energy =
          v ? sumOver(A, [&](ptrdiff_t a, auto lanes) {
                return load(v + a, lanes) * tanh(load(query + a, lanes) + load(key + a, lanes));
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
          const Floats u = tanh(q + load(keys + s * keyRow + a, lanes));
          const Floats d = (1.0f - u * u) * weight * denergies[s];
          float* to = dkeys + s * keyRow + a;
          dweight += u * denergies[s];
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
