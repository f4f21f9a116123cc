// The right factor of products that are made again and again, as those of a search: its columns in groups of 16, which are
// multiplied where they lie, whatever the width of vectors.
#pragma once
#include "panels.h"

namespace {

// A matrix [depth columns] as at[group][k][column of the group], and how its columns are split into panels. A panel begins
// with a group, or in the middle of one where vectors are narrow, and then ends with it.
struct Grouped {
  static constexpr ptrdiff_t unit = VL == 16 ? 1 : 2;  // vectors of a panel come by so many
  static constexpr ptrdiff_t widest = VL == 16 ? 4 : VL == 8 ? 2 : 1;  // units

  const float* at;
  ptrdiff_t depth, columns, vectors;
  EvenSplit units;
  DepthBlocks blocks;

  // With fewer groups than columns ask for, the columns that there are.
  Grouped(const float* at, ptrdiff_t groups, ptrdiff_t depth, ptrdiff_t wanted)
      : at(at),
        depth(depth),
        columns(wanted < groups * groupColumns ? wanted : groups * groupColumns),
        vectors((columns + VL - 1) / VL),
        units((vectors + unit - 1) / unit, widest),
        blocks(depth) {}

  ptrdiff_t panels() const { return units.parts; }
  ptrdiff_t from(ptrdiff_t panel) const { return units.from(panel) * unit * VL; }
  int vectorsOf(ptrdiff_t panel) const {
    const ptrdiff_t left = vectors - units.from(panel) * unit, most = units.sizeOf(panel) * unit;
    return int(left < most ? left : most);
  }
  ptrdiff_t columnsOf(ptrdiff_t panel) const {
    const ptrdiff_t left = columns - from(panel), most = vectorsOf(panel) * ptrdiff_t(VL);
    return left < most ? left : most;
  }

  // to = left w + bias, or added to it, for some rows of a row-major left factor and one panel; `to` is where the panel's
  // first column goes, `bias` padded to whole vectors, or null.
  void multiply(ptrdiff_t panel, ptrdiff_t rows, const float* left, float* to, ptrdiff_t toRow, bool add,
                const float* bias) const {
    const ptrdiff_t column = from(panel), group = depth * groupColumns;
    const float* first = at + column / groupColumns * group + column % groupColumns;
    const ptrdiff_t lastLanes = columnsOf(panel) - (vectorsOf(panel) - 1) * VL;
    for (ptrdiff_t block = 0; block < blocks.count; block++) {
      const ptrdiff_t k = blocks.from(block);
      multiplyGrouped(vectorsOf(panel), rows, blocks.lengthOf(block), left + k, depth,
                      {first + k * groupColumns, group},
                      {to, toRow, lastLanes, add || block > 0, block == 0 && bias ? bias + column : nullptr});
    }
  }
};

// A bias padded to whole vectors; null when there was no scratch memory.
inline float* paddedBias(const float* bias, ptrdiff_t columns, const Runtime& run) {
  float* to = scratchFloats(run, (columns + VL - 1) / VL * VL);
  if (to) packRows(bias, 0, columns, 1, to, 0);
  return to;
}

}  // namespace
