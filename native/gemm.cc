// Matrix products. The right factor is packed into panels, rows of up to 4 vectors; each panel is multiplied with all
// rows of the left factor in register tiles. A transposed left factor is packed too, tile by tile. Few rows go another
// way: see few.h.
#include "few.h"
#include "gemm.h"

// Rows that are multiplied with one panel after another, while they are in the cache.
constexpr ptrdiff_t chunkRows = 192;

// The transposed left factor of some rows and one block of the depth, as tiles of at most `highest` rows.
void packLeft(const Matrix& from, ptrdiff_t rows, int highest, ptrdiff_t depth, float* to) {
  constexpr int most = tileRows(1);
  const EvenSplit split(rows, highest);
  const ptrdiff_t cut = split.larger * (split.size + 1);
  packTilesOf<most>(split.size + 1, from.at, from.column, split.larger, depth, to);
  packTilesOf<most>(split.size, from.at + cut, from.column, split.parts - split.larger, depth, to + cut * depth);
}

// What the items of one product share.
struct Multiplication {
  const Product& p;
  Panels right;        // packed, or not: then each item packs the panel it is at
  float* bias;         // padded to whole vectors, or null
  float* panelOfSlot;  // when `right` is not packed
  float* leftOfSlot;   // when the left factor is transposed

  explicit Multiplication(const Product& p)
      : p(p),
        right(p.b.panels ? *p.b.panels : Panels(p.depth, p.columns)),
        bias(nullptr),
        panelOfSlot(nullptr),
        leftOfSlot(nullptr) {}

  bool transposedLeft() const { return p.a.column != 1; }
  ptrdiff_t panelSize() const { return right.blocks.length * panelVectors * VL; }
  ptrdiff_t leftSize() const { return right.blocks.length * chunkRows; }

  Destination destination(ptrdiff_t row, ptrdiff_t panel, bool first) const {
    const ptrdiff_t column = right.split.from(panel);
    return {p.c + row * p.cRow + column, p.cRow, right.split.lastLanes(panel), p.add || !first,
            first && bias ? bias + column : nullptr};
  }

  // `rows` rows from `row` on, times panels from `panel` to before `panelEnd`.
  void multiply(int32_t slot, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panelEnd) const {
    for (ptrdiff_t block = 0; block < right.blocks.count; block++) {
      const ptrdiff_t from = right.blocks.from(block), depth = right.blocks.lengthOf(block);
      const Matrix left = p.a.from(row, from);
      // Tiles that fit the widest panels fit the others.
      const int highest = tileRows(right.split.vectorsOf(0));
      float* tiles = leftOfSlot + slot * leftSize();
      if (transposedLeft()) packLeft(left, rows, highest, depth, tiles);
      for (ptrdiff_t at = panel; at < panelEnd; at++) {
        const int vectors = right.split.vectorsOf(at);
        float* factor = right.packed ? right.panel(block, at) : panelOfSlot + slot * panelSize();
        if (!right.packed) packPanel(p.b.matrix, right.split, at, from, depth, factor);
        const Destination to = destination(row, at, block == 0);
        if (transposedLeft())
          multiplyInterleaved(vectors, rows, depth, tiles, factor, to, highest);
        else
          multiplyRowMajor(vectors, rows, depth, left.at, left.row, factor, to);
      }
    }
  }

  // Few rows: the columns are shared, and whoever takes a panel packs it.
  bool multiplyLow(int32_t threads, const Runtime& run) {
    panelOfSlot = scratchFloats(run, threads * panelSize());
    if (!panelOfSlot) return false;
    share(run, threads, right.split.panels(),
          [&](int32_t slot, ptrdiff_t panel) { multiply(slot, 0, p.rows, panel, panel + 1); });
    return true;
  }

  // Many rows: all panels are packed first, then chunks of rows are shared, and groups of panels where chunks are few.
  bool multiplyHigh(int32_t threads, const Runtime& run) {
    if (!right.packed && !right.pack(p.b.matrix, run)) return false;
    const ptrdiff_t panels = right.split.panels(), wanted = threads > 1 ? 4 * threads : 1;
    // Where there are too few items even with each panel by itself, chunks get lower, but not so low that tiles suffer.
    const ptrdiff_t rowsWanted = p.rows * panels / wanted, rows = rowsWanted < 24 ? 24 : rowsWanted;
    const EvenSplit chunks(p.rows, rows < chunkRows ? rows : chunkRows);
    const ptrdiff_t groupsWanted = (wanted + chunks.parts - 1) / chunks.parts;
    const EvenSplit groups(panels, (panels + groupsWanted - 1) / groupsWanted);
    share(run, threads, chunks.parts * groups.parts, [&](int32_t slot, ptrdiff_t item) {
      const ptrdiff_t chunk = item / groups.parts, group = item % groups.parts, panel = groups.from(group);
      multiply(slot, chunks.from(chunk), chunks.sizeOf(chunk), panel, panel + groups.sizeOf(group));
    });
    return true;
  }
};

bool multiply(const Product& p, const Runtime& run) {
  if (p.rows == 0 || p.columns == 0) return true;
  const Matrix& right = p.b.matrix;
  if (p.rows <= fewRows && !p.b.panels && right.row == 1 && p.a.column == 1) {
    FewRows{p.rows, p.columns, p.depth, p.a.at, p.a.row, right.at, right.column, p.c, p.cRow, p.add, p.bias}.multiply(run);
    return true;
  }
  Multiplication work(p);
  const int32_t threads = threadsFor(run, 2.0 * double(p.rows) * double(p.columns) * double(p.depth));
  if (p.bias) {
    work.bias = scratchFloats(run, work.right.split.vectors * VL);
    if (!work.bias) return false;
    packRows(p.bias, 0, p.columns, 1, work.bias, 0);
  }
  if (work.transposedLeft()) {
    work.leftOfSlot = scratchFloats(run, threads * work.leftSize());
    if (!work.leftOfSlot) return false;
  }
  const bool packsHere = !p.b.panels && !work.transposedLeft() && p.rows <= chunkRows;
  const bool low = packsHere && (threads == 1 || work.right.split.panels() >= 2 * threads);
  return low ? work.multiplyLow(threads, run) : work.multiplyHigh(threads, run);
}

bool gemmNN(const GemmNN& k, const Runtime& run) {
  return multiply({k.M, k.N, k.K, rowMajor(k.a, k.K), rowMajor(k.b, k.N), k.c, k.N, k.accumulate != 0}, run);
}

bool gemmNT(const GemmNT& k, const Runtime& run) {
  return multiply({k.M, k.N, k.K, rowMajor(k.a, k.K), transposed(k.b, k.K), k.c, k.N, k.accumulate != 0}, run);
}

bool gemmTN(const GemmTN& k, const Runtime& run) {
  return multiply({k.M, k.N, k.K, transposed(k.a, k.M), rowMajor(k.b, k.N), k.c, k.N, k.accumulate != 0}, run);
}
