// Rows of a table by id, and the gradient of the table.
#include "each.h"
#include "kernels.gen.h"

// y[n] = w[ids[n]]
bool embeddingForward(const EmbeddingForward& k, const Runtime& run) {
  const int64_t E = k.E;
  eachRow(run, k.N, E, [&](int64_t n) { copy(k.y + n * E, k.w + k.ids[n] * E, E); });
  return true;
}

// dw[v] = sum of dy[n] over the n with ids[n] = v, in the order of n: threads share the columns, not the rows.
bool embeddingBackward(const EmbeddingBackward& k, const Runtime& run) {
  const int64_t E = k.E;
  spread<16>(run, k.V * E, manyElements, [&](int64_t from, int64_t to) { fill(k.dw + from, 0, to - from); });
  spread<16>(run, E, manyElements / (k.N + 1) + 1, [&](int64_t from, int64_t to) {
    for (int64_t n = 0; n < k.N; n++) {
      const float* dy = k.dy + n * E;
      float* dw = k.dw + k.ids[n] * E;
      vectors(from, to, [=](int64_t e, auto lanes) { store(dw + e, load(dw + e, lanes) + load(dy + e, lanes), lanes); });
    }
  });
  return true;
}
