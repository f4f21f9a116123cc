// Packing: copies of matrices in the order in which register tiles read them.
#pragma once
#include "vec.h"

namespace {

// Lanes of both vectors in turn: from the lower halves, and from the upper halves.
#if VL == 16
#define LOWER_LANES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define UPPER_LANES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif VL == 8
#define LOWER_LANES 0, 8, 1, 9, 2, 10, 3, 11
#define UPPER_LANES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOWER_LANES 0, 4, 1, 5
#define UPPER_LANES 2, 6, 3, 7
#endif

// Transposes VL vectors of VL lanes in log2(VL) perfect shuffles.
ALWAYS_INLINE void transposeLanes(Floats (&rows)[VL]) {
  UNROLL for (int stage = 1; stage < VL; stage *= 2) {
    Floats mixed[VL];
    UNROLL for (int i = 0; i < VL / 2; i++) {
      mixed[2 * i] = __builtin_shufflevector(rows[i], rows[i + VL / 2], LOWER_LANES);
      mixed[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + VL / 2], UPPER_LANES);
    }
    UNROLL for (int i = 0; i < VL; i++) rows[i] = mixed[i];
  }
}

// to[k][lane] = from[lane][k] for k < depth; lanes beyond `lanes` (1..VL) are 0.
NEVER_INLINE void packTransposed(const float* from, ptrdiff_t fromRow, ptrdiff_t lanes, ptrdiff_t depth, float* to,
                                 ptrdiff_t toRow) {
  for (ptrdiff_t k = 0; k < depth; k += VL) {
    const ptrdiff_t count = depth - k < VL ? depth - k : VL;
    Floats rows[VL];
    if (count == VL && lanes == VL) {
      UNROLL for (int i = 0; i < VL; i++) rows[i] = load(from + i * fromRow + k);
      // The rows that come next: the processor does not guess that many streams.
      UNROLL for (int i = 0; i < VL; i++) __builtin_prefetch(from + (VL + i) * fromRow + k);
    } else {
      for (ptrdiff_t i = 0; i < VL; i++) rows[i] = i < lanes ? loadPart(from + i * fromRow + k, count) : zeros();
    }
    transposeLanes(rows);
    if (count == VL) {
      UNROLL for (int i = 0; i < VL; i++) store(to + (k + i) * toRow, rows[i]);
    } else {
      for (ptrdiff_t i = 0; i < count; i++) store(to + (k + i) * toRow, rows[i]);
    }
  }
}

// Asks for a row some rows ahead: rows lie too far apart for the processor to guess which line comes next.
ALWAYS_INLINE void fetchRow(const float* from, ptrdiff_t fromRow, ptrdiff_t columns) {
  for (ptrdiff_t j = 0; j < columns; j += 16) __builtin_prefetch(from + 8 * fromRow + j);
}

// to[k][vector] = from[k][vector] for k < depth, with 0 beyond `columns`.
NEVER_INLINE void packRows(const float* from, ptrdiff_t fromRow, ptrdiff_t columns, ptrdiff_t depth, float* to,
                           ptrdiff_t toRow) {
  const ptrdiff_t whole = columns / VL * VL;
  for (ptrdiff_t k = 0; k < depth; k++, from += fromRow, to += toRow) {
    fetchRow(from, fromRow, columns);
    for (ptrdiff_t j = 0; j < whole; j += VL) store(to + j, load(from + j));
    if (whole < columns) store(to + whole, loadPart(from + whole, columns - whole));
  }
}

// Cuts each of `depth` rows into `tiles` pieces of ROWS numbers and lays the pieces of a tile one behind the other:
// to[tile][k][i] = from[k][tile * ROWS + i].
template <int ROWS>
void packTiles(const float* from, ptrdiff_t fromRow, ptrdiff_t tiles, ptrdiff_t depth, float* to) {
  for (ptrdiff_t k = 0; k < depth; k++, from += fromRow) {
    fetchRow(from, fromRow, tiles * ROWS);
    for (ptrdiff_t tile = 0; tile < tiles; tile++)
      __builtin_memcpy(to + (tile * depth + k) * ROWS, from + tile * ROWS, ROWS * sizeof(float));
  }
}

// As above, with the rows of a tile, at most MOST, known only now.
template <int MOST>
void packTilesOf(ptrdiff_t rows, const float* from, ptrdiff_t fromRow, ptrdiff_t tiles, ptrdiff_t depth, float* to) {
  if constexpr (MOST > 0) {
    if (rows == MOST) return packTiles<MOST>(from, fromRow, tiles, depth, to);
    packTilesOf<MOST - 1>(rows, from, fromRow, tiles, depth, to);
  }
}

}  // namespace
