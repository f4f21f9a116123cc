// Linear layers whose weights lie in groups of 16 rows.
#include "each.h"
#include "grouped.h"

// y[p][i][j] = w[16 p + j][i]
bool group(const Group& k, const Runtime& run) {
  const ptrdiff_t I = k.I, G = groupColumns;
  share(run, threadsFor(run, 16.0 * double(k.P) * double(G) * double(I)), k.P, [&](int32_t, ptrdiff_t p) {
    float* to = k.y + p * I * G;
    const ptrdiff_t left = k.O - p * G, rows = left < 0 ? 0 : left < G ? left : G;
    if (rows < G) fill(to, 0, I * G);
    for (ptrdiff_t j = 0; j < rows; j += VL)
      packTransposed(k.w + (p * G + j) * I, I, rows - j < VL ? rows - j : VL, I, to + j, G);
  });
  return true;
}

bool linearGrouped(const LinearGrouped& k, const Runtime& run) {
  // Rows that are multiplied with one panel after the other, while they are in the cache.
  constexpr ptrdiff_t chunkRows = 192;
  const Grouped right(k.w, k.P, k.I, k.O);
  const float* bias = k.bias ? paddedBias(k.bias, right.columns, run) : nullptr;
  if (k.bias && !bias) return false;
  const int32_t threads = threadsFor(run, 2.0 * double(k.N) * double(k.O) * double(k.I));
  const EvenSplit chunks(k.N, chunkRows);
  share(run, threads, chunks.parts * right.panels(), [&](int32_t, ptrdiff_t item) {
    const ptrdiff_t chunk = item / right.panels(), panel = item % right.panels(), row = chunks.from(chunk);
    right.multiply(panel, chunks.sizeOf(chunk), k.x + row * k.I, k.y + row * k.O + right.from(panel), k.O,
                   k.accumulate != 0, bias);
  });
  return true;
}
