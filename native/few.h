// Products of a few rows with a matrix that lies transposed: y = w x, for one or a few x.
//
// Reading w is all the work there is, so it is read once, where it lies and in its order, without packing it first.
// Lanes run along the depth; where an element stands and what is computed beside it change none of its bits.
#pragma once
#include "each.h"
#include "pack.h"
#include "share.h"

namespace {

// More rows than this are worth packing the right factor.
constexpr ptrdiff_t fewRows = 4;

// Whether so many numbers take longer to read than two threads to wake.
ALWAYS_INLINE bool isWorthSharing(ptrdiff_t columns, ptrdiff_t depth) {
  return double(columns) * double(depth) * 4 >= 1 << 20;
}

// Lane i of the result is the sum of the lanes of rows[i]: each stage adds the halves of two vectors in half as many.
ALWAYS_INLINE Floats sumsOf(Floats (&rows)[VL]) {
  UNROLL for (int half = VL / 2; half > 0; half /= 2)
    UNROLL for (int i = 0; i < half; i++)
      rows[i] = __builtin_shufflevector(rows[i], rows[i + half], LOWER_LANES) +
                __builtin_shufflevector(rows[i], rows[i + half], UPPER_LANES);
  return rows[0];
}

// The last `count` (0..VL) of `depth` numbers in the last lanes, or in the first when there are no more; 0 in the others.
ALWAYS_INLINE Floats loadLast(const float* from, ptrdiff_t depth, ptrdiff_t count) {
  if (depth < VL) return loadPart(from, depth);
  const Ints meant = laneNumbers() >= splatInt(int32_t(VL - count));
  return (Floats)((Ints)load(from + depth - VL) & meant);
}

// sum[r] = lane by lane products of one row of w with each of ROWS rows of x, in four chains.
template <int ROWS>
ALWAYS_INLINE void multiplyLanes(ptrdiff_t depth, const float* w, const float* x, ptrdiff_t xRow,
                                 Floats (&sum)[ROWS]) {
  Floats chain[ROWS][4];
  UNROLL for (int r = 0; r < ROWS; r++) UNROLL for (int u = 0; u < 4; u++) chain[r][u] = zeros();
  ptrdiff_t k = 0;
  for (; k + 4 * VL <= depth; k += 4 * VL)
    UNROLL for (int u = 0; u < 4; u++) {
      const Floats right = load(w + k + u * VL);
      UNROLL for (int r = 0; r < ROWS; r++) chain[r][u] = load(x + r * xRow + k + u * VL) * right + chain[r][u];
    }
  for (; k + VL <= depth; k += VL) {
    const Floats right = load(w + k);
    UNROLL for (int r = 0; r < ROWS; r++) chain[r][0] = load(x + r * xRow + k) * right + chain[r][0];
  }
  if (k < depth) {
    const Floats right = loadLast(w, depth, depth - k);
    UNROLL for (int r = 0; r < ROWS; r++)
      chain[r][1] = loadLast(x + r * xRow, depth, depth - k) * right + chain[r][1];
  }
  UNROLL for (int r = 0; r < ROWS; r++) sum[r] = (chain[r][0] + chain[r][1]) + (chain[r][2] + chain[r][3]);
}

// Few rows of x times the transpose of `columns` rows of w.
struct FewRows {
  ptrdiff_t rows, columns, depth;
  const float* x;
  ptrdiff_t xRow;
  const float* w;
  ptrdiff_t wRow;
  float* y;
  ptrdiff_t yRow;
  bool add = false;             // to what is there
  const float* bias = nullptr;  // one for each column, or null

  // VL columns, or those that are left, from `column` on.
  void multiplyColumns(ptrdiff_t column) const {
    const ptrdiff_t lanes = columns - column < VL ? columns - column : VL;
    Floats sums[fewRows][VL];
    for (ptrdiff_t i = 0; i < lanes; i++) {
      const float* row = w + (column + i) * wRow;
      ptrdiff_t r = 0;
      for (; r + 2 <= rows; r += 2) {
        Floats sum[2];
        multiplyLanes(depth, row, x + r * xRow, xRow, sum);
        sums[r][i] = sum[0];
        sums[r + 1][i] = sum[1];
      }
      if (r < rows) {
        Floats sum[1];
        multiplyLanes(depth, row, x + r * xRow, xRow, sum);
        sums[r][i] = sum[0];
      }
    }
    for (ptrdiff_t r = 0; r < rows; r++) {
      for (ptrdiff_t i = lanes; i < VL; i++) sums[r][i] = zeros();
      Floats total = sumsOf(sums[r]);
      float* to = y + r * yRow + column;
      if (bias) total += loadPart(bias + column, lanes);
      if (add) total += loadPart(to, lanes);
      storePart(to, total, lanes);
    }
  }

  void multiply(const Runtime& run) const {
    // Of one item in about a microsecond.
    const ptrdiff_t vectors = (columns + VL - 1) / VL, bytes = depth * VL * 4;
    const ptrdiff_t length = bytes < 1 << 16 ? (1 << 16) / (bytes + 1) + 1 : 1;
    share(run, isWorthSharing(columns, depth) ? run.threads : 1, (vectors + length - 1) / length, [&](int32_t, ptrdiff_t item) {
      const ptrdiff_t end = (item + 1) * length < vectors ? (item + 1) * length : vectors;
      for (ptrdiff_t vector = item * length; vector < end; vector++) multiplyColumns(vector * VL);
    });
  }
};

}  // namespace
