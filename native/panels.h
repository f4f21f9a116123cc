// The right factor of a product, packed into panels: rows of up to 4 vectors, block of the depth after block.
#pragma once
#include "pack.h"
#include "share.h"
#include "tile.h"

namespace {

// A matrix where it lies: element (i, j) is at[i * row + j * column]. One of the steps is 1.
struct Matrix {
  const float* at;
  ptrdiff_t row, column;

  Matrix from(ptrdiff_t i, ptrdiff_t j) const { return {at + i * row + j * column, row, column}; }
};

inline Matrix rowMajor(const float* at, ptrdiff_t row) { return {at, row, 1}; }
inline Matrix transposed(const float* at, ptrdiff_t row) { return {at, 1, row}; }

// How columns are split into panels of nearly the same width.
struct PanelSplit {
  ptrdiff_t columns, vectors;
  EvenSplit widths;  // of panels, in vectors
  explicit PanelSplit(ptrdiff_t columns, ptrdiff_t widest = panelVectors)
      : columns(columns), vectors((columns + VL - 1) / VL), widths(vectors, widest) {}

  ptrdiff_t panels() const { return widths.parts; }
  int vectorsOf(ptrdiff_t panel) const { return int(widths.sizeOf(panel)); }
  ptrdiff_t from(ptrdiff_t panel) const { return widths.from(panel) * VL; }
  ptrdiff_t columnsOf(ptrdiff_t panel) const {
    const ptrdiff_t left = columns - from(panel), most = vectorsOf(panel) * VL;
    return left < most ? left : most;
  }
  ptrdiff_t lastLanes(ptrdiff_t panel) const { return columnsOf(panel) - (vectorsOf(panel) - 1) * VL; }
};

// One panel of b, for `depth` of its rows: to[k][vectors of the panel], 0 beyond the columns.
inline void packPanel(const Matrix& b, const PanelSplit& split, ptrdiff_t panel, ptrdiff_t from, ptrdiff_t depth,
                      float* to) {
  const ptrdiff_t columns = split.columnsOf(panel), toRow = split.vectorsOf(panel) * VL;
  const Matrix part = b.from(from, split.from(panel));
  if (part.column == 1) return packRows(part.at, part.row, columns, depth, to, toRow);
  for (ptrdiff_t j = 0; j < columns; j += VL)
    packTransposed(part.at + j * part.column, part.column, columns - j < VL ? columns - j : VL, depth, to + j, toRow);
}

// All panels of a right factor [depth columns].
struct Panels {
  PanelSplit split;
  DepthBlocks blocks;
  float* packed = nullptr;
  explicit Panels(ptrdiff_t depth = 0, ptrdiff_t columns = 0, ptrdiff_t widest = panelVectors,
                  ptrdiff_t longest = longestBlock)
      : split(columns, widest), blocks(depth, longest) {}

  float* panel(ptrdiff_t block, ptrdiff_t panel) const {
    return packed + blocks.from(block) * split.vectors * VL + split.from(panel) * blocks.lengthOf(block);
  }

  // False when there was no scratch memory.
  bool pack(const Matrix& b, const Runtime& run) {
    packed = scratchFloats(run, blocks.depth * split.vectors * VL);
    if (!packed) return false;
    const double elements = double(blocks.depth) * double(split.columns);
    share(run, threadsFor(run, 16 * elements), split.panels() * blocks.count, [&](int32_t, ptrdiff_t item) {
      const ptrdiff_t block = item / split.panels(), at = item % split.panels();
      packPanel(b, split, at, blocks.from(block), blocks.lengthOf(block), panel(block, at));
    });
    return true;
  }

  // c = left b, or c += left b, for some rows of a row-major left factor. With `fromEnd` the last panel comes first: a
  // caller that goes to and fro finds half of them still in the cache.
  void multiply(ptrdiff_t rows, const float* left, ptrdiff_t leftRow, float* c, ptrdiff_t cRow, bool add,
                bool fromEnd) const {
    for (ptrdiff_t i = 0; i < split.panels(); i++) {
      const ptrdiff_t at = fromEnd ? split.panels() - 1 - i : i;
      const int vectors = split.vectorsOf(at);
      ptrdiff_t block = 0;
      if (rows == 1 && vectors <= 2)
        for (; block + 1 < blocks.count; block += 2) {
          const Destination to{c + split.from(at), cRow, split.lastLanes(at), add || block > 0};
          const auto multiplyTwo = vectors == 1 ? multiplyTwoBlocks<1> : multiplyTwoBlocks<2>;
          multiplyTwo(blocks.lengthOf(block), blocks.lengthOf(block + 1), left + blocks.from(block), panel(block, at),
                      panel(block + 1, at), to);
        }
      for (; block < blocks.count; block++)
        multiplyRowMajor(vectors, rows, blocks.lengthOf(block), left + blocks.from(block), leftRow, panel(block, at),
                         {c + split.from(at), cRow, split.lastLanes(at), add || block > 0});
    }
  }
};

}  // namespace
