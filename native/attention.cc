// Attention of all queries of a batch at once. Rows of the batch are shared among threads, in the backward pass memories,
// since several rows may read one memory.
#include "attention.h"
#include "columns.h"

// What is compared with what: queries [T B A] and keys [S M A], of additive attention their doubledExps.
struct Compared {
  const float *queries, *keys;

  template <class Kernel>
  Compared(const Kernel& k, const Runtime& run) : queries(k.query), keys(k.keys) {
    if (!k.v) return;
    queries = doubledExpsOf(k.query, ptrdiff_t(k.T) * k.B * k.A, run);
    keys = doubledExpsOf(k.keys, ptrdiff_t(k.S) * k.M * k.A, run);
  }

  template <class Kernel>
  Memory memory(const Kernel& k, ptrdiff_t m) const {
    return {k.lengths[m], k.A, k.D, keys + m * k.A, k.M * k.A, k.values + m * k.D, k.M * k.D, k.v, k.scale};
  }
};

bool attendForward(const AttendForward& k, const Runtime& run) {
  const Compared compared(k, run);
  if (k.v && (!compared.queries || !compared.keys)) return false;
  const double work = double(k.T) * double(k.S) * double(k.B) * double(k.D + (k.v ? 8 : 1) * k.A);
  share(run, threadsFor(run, 4 * work), k.B, [&](int32_t, ptrdiff_t b) {
    const Memory memory = compared.memory(k, k.sources[b]);
    for (ptrdiff_t t = 0; t < k.T; t++) {
      const ptrdiff_t row = t * k.B + b;
      float* weights = k.weights + row * k.S;
      memory.weigh(compared.queries + row * k.A, weights, k.S);
      memory.gather(weights, k.context + row * k.D);
    }
  });
  return true;
}

bool attendBackward(const AttendBackward& k, const Runtime& run) {
  const Compared compared(k, run);
  if (k.v && (!compared.queries || !compared.keys)) return false;
  float* denergies = scratchFloats(run, ptrdiff_t(run.threads) * k.S);
  float* dv = k.v ? scratchFloats(run, ptrdiff_t(k.M) * k.A) : nullptr;
  if (!denergies || (k.v && !dv)) return false;
  const double work = double(k.T) * double(k.S) * double(k.B) * double(k.D + (k.v ? 8 : 1) * k.A);
  share(run, threadsFor(run, 8 * work), k.M, [&](int32_t slot, ptrdiff_t m) {
    for (ptrdiff_t s = 0; s < k.S; s++) {
      fill(k.dkeys + (s * k.M + m) * k.A, 0, k.A);
      fill(k.dvalues + (s * k.M + m) * k.D, 0, k.D);
    }
    if (dv) fill(dv + m * k.A, 0, k.A);
    const Memory memory = compared.memory(k, m);
    float* of = denergies + slot * k.S;
    for (ptrdiff_t b = 0; b < k.B; b++) {
      if (k.sources[b] != m) continue;
      for (ptrdiff_t t = 0; t < k.T; t++) {
        const ptrdiff_t row = t * k.B + b;
        memory.gatherBackward(k.weights + row * k.S, k.dcontext + row * k.D,
                              k.dweights ? k.dweights + row * k.S : nullptr, of, k.dvalues + m * k.D);
        memory.weighBackward(compared.queries + row * k.A, of, k.dquery + row * k.A, k.dkeys + m * k.A,
                             dv ? dv + m * k.A : nullptr);
      }
    }
  });
  if (k.dv) {
    if (dv) sumRows(dv, k.M, k.A, k.A, k.dv, run);
    else fill(k.dv, 0, k.A);
  }
  return true;
}
