// Sums over the rows of a matrix, one for each column.
#pragma once
#include "share.h"
#include "vec.h"

namespace {

// Rows that are summed before they are added to the total: a long sum loses fewer bits in two steps.
constexpr ptrdiff_t rowsPerSum = 128;

// sum[j] = term(i, j) over the rows i, in a fixed order. `term` gives VECTORS vectors from column j on.
template <int VECTORS, class Term>
ALWAYS_INLINE void sumTerms(ptrdiff_t rows, Floats (&total)[VECTORS], const Term& term) {
  UNROLL for (int v = 0; v < VECTORS; v++) total[v] = zeros();
  for (ptrdiff_t from = 0; from < rows; from += rowsPerSum) {
    const ptrdiff_t to = from + rowsPerSum < rows ? from + rowsPerSum : rows;
    Floats part[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) part[v] = zeros();
    for (ptrdiff_t i = from; i < to; i++) UNROLL for (int v = 0; v < VECTORS; v++) part[v] += term(i, v);
    UNROLL for (int v = 0; v < VECTORS; v++) total[v] += part[v];
  }
}

// sum[j] = sum over i of x[i, j], or added to what is there.
inline void sumRows(const float* x, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row, float* sum, const Runtime& run,
                    bool add = false) {
  constexpr ptrdiff_t width = 4 * VL;
  share(run, threadsFor(run, 4.0 * double(rows) * double(columns)), (columns + width - 1) / width,
        [&](int32_t, ptrdiff_t item) {
          const ptrdiff_t from = item * width;
          if (columns - from >= width) {
            Floats total[4];
            sumTerms(rows, total, [&](ptrdiff_t i, int v) { return load(x + i * row + from + v * VL); });
            UNROLL for (int v = 0; v < 4; v++) {
              float* to = sum + from + v * VL;
              store(to, add ? load(to) + total[v] : total[v]);
            }
            return;
          }
          for (ptrdiff_t j = from; j < columns; j += VL) {
            const ptrdiff_t lanes = columns - j < VL ? columns - j : VL;
            Floats total[1];
            if (lanes == VL)
              sumTerms(rows, total, [&](ptrdiff_t i, int) { return load(x + i * row + j); });
            else
              sumTerms(rows, total, [&](ptrdiff_t i, int) { return loadPart(x + i * row + j, lanes); });
            storePart(sum + j, add ? loadPart(sum + j, lanes) + total[0] : total[0], lanes);
          }
        });
}

}  // namespace
