// Register tiles: the product of a few rows with a panel of a few vectors, which all matrix products are made of.
//
// Whatever tile an element falls into, its sum is the same chain of multiply-adds, so its bits depend neither on the
// split of the work over threads nor on the rows and columns computed beside it.
#pragma once
#include "vec.h"

namespace {

// Vectors in a row of the widest panel, and rows of the tile for panels of 1, 2, ... vectors: as many accumulators as
// the registers hold beside the operands.
#if VL == 16 || defined(__aarch64__)
constexpr int panelVectors = 4, tileRowsFor[] = {12, 12, 8, 6};  // of 32 registers
#elif VL == 8
constexpr int panelVectors = 4, tileRowsFor[] = {8, 6, 4, 3};  // of 16
#else
constexpr int panelVectors = 3, tileRowsFor[] = {4, 4, 3};  // of 16, one for the product where there is no multiply-add
#endif
constexpr int tileRows(int vectors) { return tileRowsFor[vectors - 1]; }

// A number of things in parts of nearly the same size: 32 rows in tiles of at most 6 are 6 6 5 5 5 5.
struct EvenSplit {
  ptrdiff_t parts, size, larger;  // the first `larger` parts have one more
  EvenSplit(ptrdiff_t count, ptrdiff_t most) : parts(1), size(count), larger(0) {
    if (count == 0) parts = 0;
    if (count <= most) return;
    parts = (count + most - 1) / most;
    size = count / parts;
    larger = count % parts;
  }
  ptrdiff_t sizeOf(ptrdiff_t part) const { return size + (part < larger); }
  ptrdiff_t from(ptrdiff_t part) const { return part * size + (part < larger ? part : larger); }
};

// Long sums run in blocks, so that a block of a panel stays in the cache and less is lost in rounding. Where blocks
// begin depends on the number of terms alone.
constexpr ptrdiff_t longestBlock = 256;

struct DepthBlocks {
  ptrdiff_t depth, count, length;
  explicit DepthBlocks(ptrdiff_t depth, ptrdiff_t longest = longestBlock) : depth(depth), count(1), length(depth) {
    if (depth <= longest) return;
    count = (depth + longest - 1) / longest;
    length = (depth + count - 1) / count;
  }
  ptrdiff_t from(ptrdiff_t block) const { return block * length; }
  ptrdiff_t lengthOf(ptrdiff_t block) const { return depth - from(block) < length ? depth - from(block) : length; }
};

// Where a product goes: rows of vectors, the last of which may be in use in part.
struct Destination {
  float* at;
  ptrdiff_t row;                // from one row to the next
  ptrdiff_t lastLanes = VL;     // in use in the last vector of the panel
  bool add = false;             // to what is there
  const float* bias = nullptr;  // for each column of the panel, padded to whole vectors; or null

  Destination below(ptrdiff_t rows) const { return {at + rows * row, row, lastLanes, add, bias}; }
};

// Rows of a panel, one after the other.
struct PackedPanel {
  const float* at;

  template <int VECTORS>
  ALWAYS_INLINE Floats vector(int v) const {
    return load(at + v * VL);
  }
  template <int VECTORS>
  ALWAYS_INLINE void next() {
    at += VECTORS * VL;
  }
};

// Columns of a matrix that lies in groups of 16 columns, row by row, `group` numbers from one to the next.
constexpr ptrdiff_t groupColumns = 16;
struct GroupedPanel {
  const float* at;
  ptrdiff_t group;

  template <int VECTORS>
  ALWAYS_INLINE Floats vector(int v) const {
    return load(at + v * VL / groupColumns * group + v * VL % groupColumns);
  }
  template <int VECTORS>
  ALWAYS_INLINE void next() {
    at += groupColumns;
  }
};

// A few rows of the left factor: element (i, k) is at[i * row + k], or at[k * ROWS + i] when interleaved.
template <int ROWS, int VECTORS, bool INTERLEAVED, class Panel>
NEVER_INLINE void multiplyTile(ptrdiff_t depth, const float* left, ptrdiff_t leftRow, Panel panel,
                               const Destination& to) {
  Floats sum[ROWS][VECTORS];
  UNROLL for (int i = 0; i < ROWS; i++) UNROLL for (int v = 0; v < VECTORS; v++) sum[i][v] = zeros();
  for (ptrdiff_t k = 0; k < depth; k++, panel.template next<VECTORS>()) {
    Floats right[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) right[v] = panel.template vector<VECTORS>(v);
    UNROLL for (int i = 0; i < ROWS; i++) {
      const Floats x = splat(INTERLEAVED ? left[k * ROWS + i] : left[i * leftRow + k]);
      UNROLL for (int v = 0; v < VECTORS; v++) sum[i][v] = x * right[v] + sum[i][v];
    }
  }
  if (to.bias)
    UNROLL for (int i = 0; i < ROWS; i++) UNROLL for (int v = 0; v < VECTORS; v++) sum[i][v] += load(to.bias + v * VL);
  UNROLL for (int i = 0; i < ROWS; i++) {
    float* at = to.at + i * to.row;
    UNROLL for (int v = 0; v < VECTORS; v++) {
      if (v < VECTORS - 1 || to.lastLanes == VL)
        store(at + v * VL, to.add ? sum[i][v] + load(at + v * VL) : sum[i][v]);
      else
        storePart(at + v * VL, to.add ? sum[i][v] + loadPart(at + v * VL, to.lastLanes) : sum[i][v], to.lastLanes);
    }
  }
}

// The tile with `rows` rows, at most ROWS.
template <int ROWS, int VECTORS, bool INTERLEAVED, class Panel>
ALWAYS_INLINE void multiplyTileOf(int rows, ptrdiff_t depth, const float* left, ptrdiff_t leftRow, const Panel& panel,
                                  const Destination& to) {
  if constexpr (ROWS > 0) {
    if (rows == ROWS)
      multiplyTile<ROWS, VECTORS, INTERLEAVED>(depth, left, leftRow, panel, to);
    else
      multiplyTileOf<ROWS - 1, VECTORS, INTERLEAVED>(rows, depth, left, leftRow, panel, to);
  }
}

// All rows times one panel. The left factor is row-major, or made of interleaved tiles of the heights that EvenSplit
// gives when a tile has at most `highest` rows.
template <int VECTORS, bool INTERLEAVED, class Panel>
NEVER_INLINE void multiplyPanel(ptrdiff_t rows, ptrdiff_t depth, const float* left, ptrdiff_t leftRow,
                                const Panel& panel, Destination to, int highest) {
  constexpr int most = tileRows(VECTORS);
  const EvenSplit split(rows, highest);
  for (ptrdiff_t tile = 0; tile < split.parts; tile++) {
    const int height = int(split.sizeOf(tile));
    multiplyTileOf<most, VECTORS, INTERLEAVED>(height, depth, left, leftRow, panel, to);
    left += height * (INTERLEAVED ? depth : leftRow);
    to = to.below(height);
  }
}

// One row times two blocks of a panel of one or two vectors, side by side: a short chain of sums waits for each of its
// links, two keep the processor busy. The same bits as multiplyPanel for one block after the other.
template <int VECTORS>
NEVER_INLINE void multiplyTwoBlocks(ptrdiff_t depth, ptrdiff_t nextDepth, const float* left, const float* panel,
                                    const float* next, const Destination& to) {
  const float* nextLeft = left + depth;
  Floats sum[VECTORS], nextSum[VECTORS];
  UNROLL for (int v = 0; v < VECTORS; v++) sum[v] = nextSum[v] = zeros();
  for (ptrdiff_t k = 0; k < nextDepth; k++) {
    UNROLL for (int v = 0; v < VECTORS; v++) sum[v] = splat(left[k]) * load(panel + (k * VECTORS + v) * VL) + sum[v];
    UNROLL for (int v = 0; v < VECTORS; v++)
      nextSum[v] = splat(nextLeft[k]) * load(next + (k * VECTORS + v) * VL) + nextSum[v];
  }
  for (ptrdiff_t k = nextDepth; k < depth; k++)
    UNROLL for (int v = 0; v < VECTORS; v++) sum[v] = splat(left[k]) * load(panel + (k * VECTORS + v) * VL) + sum[v];
  UNROLL for (int v = 0; v < VECTORS; v++) {
    const ptrdiff_t lanes = v < VECTORS - 1 ? VL : to.lastLanes;
    float* at = to.at + v * VL;
    storePart(at, (to.add ? sum[v] + loadPart(at, lanes) : sum[v]) + nextSum[v], lanes);
  }
}

// As multiplyPanel, with the number of vectors, at most VECTORS, known only now.
template <bool INTERLEAVED, int VECTORS = panelVectors, class Panel>
ALWAYS_INLINE void multiplyPanelOf(int vectors, ptrdiff_t rows, ptrdiff_t depth, const float* left, ptrdiff_t leftRow,
                                   const Panel& panel, const Destination& to, int highest) {
  if constexpr (VECTORS > 0) {
    if (vectors == VECTORS)
      multiplyPanel<VECTORS, INTERLEAVED>(rows, depth, left, leftRow, panel, to, highest);
    else
      multiplyPanelOf<INTERLEAVED, VECTORS - 1>(vectors, rows, depth, left, leftRow, panel, to, highest);
  }
}
inline void multiplyRowMajor(int vectors, ptrdiff_t rows, ptrdiff_t depth, const float* left, ptrdiff_t leftRow,
                             const float* panel, const Destination& to) {
  multiplyPanelOf<false>(vectors, rows, depth, left, leftRow, PackedPanel{panel}, to, tileRows(vectors));
}
inline void multiplyGrouped(int vectors, ptrdiff_t rows, ptrdiff_t depth, const float* left, ptrdiff_t leftRow,
                            const GroupedPanel& panel, const Destination& to) {
  multiplyPanelOf<false>(vectors, rows, depth, left, leftRow, panel, to, tileRows(vectors));
}
inline void multiplyInterleaved(int vectors, ptrdiff_t rows, ptrdiff_t depth, const float* left, const float* panel,
                                const Destination& to, int highest) {
  multiplyPanelOf<true>(vectors, rows, depth, left, 0, PackedPanel{panel}, to, highest);
}

}  // namespace
