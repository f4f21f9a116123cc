// What all recurrent layers share: the order of time, the split of the batch over threads, products with wHh.
//
// Each thread takes some rows of the batch through all time steps and meets the others only at the end, when the
// gradient of wHh is made as one product over all steps. A forward step works on one block of VL hidden units at a
// time: the products of all their gates with the state are made in a tile that stays in the cache, and the cell goes
// over it.
#pragma once
#include "columns.h"
#include "each.h"
#include "gemm.h"

namespace {

// Rows of the batch, from one to before another.
struct Rows {
  ptrdiff_t from, to;
  ptrdiff_t count() const { return to - from; }
};

// A batch of sequences. The step of row b at time t is element t * B + b of the arrays.
struct Sequences {
  ptrdiff_t T, B, H;
  bool reverse;
  const int32_t* lengths;

  ptrdiff_t unitBlocks() const { return (H + VL - 1) / VL; }
  // The time that is read before t, and whether one is read at all.
  ptrdiff_t before(ptrdiff_t t) const { return reverse ? t + 1 : t - 1; }
  bool isFirst(ptrdiff_t t, ptrdiff_t b) const { return t == (reverse ? lengths[b] - 1 : 0); }
  bool isLast(ptrdiff_t t, ptrdiff_t b) const { return t == (reverse ? 0 : lengths[b] - 1); }
  bool isReal(ptrdiff_t t, ptrdiff_t b) const { return t < lengths[b]; }

  // The state before the step of row b at time t, [H].
  const float* stateBefore(const float* states, const float* initial, ptrdiff_t t, ptrdiff_t b) const {
    return isFirst(t, b) ? initial + b * H : states + (before(t) * B + b) * H;
  }
  // `rows` without those at the end that are not real at time t.
  Rows realRows(Rows rows, ptrdiff_t t) const {
    while (rows.count() > 0 && !isReal(t, rows.to - 1)) rows.to--;
    return rows;
  }
  // Writes 0 to x, [T B columns], beyond the lengths.
  void clearBeyond(Rows rows, float* x, ptrdiff_t columns) const {
    for (ptrdiff_t b = rows.from; b < rows.to; b++)
      for (ptrdiff_t t = lengths[b]; t < T; t++) fill(x + (t * B + b) * columns, 0, columns);
  }
  // last[b] = the state after the last step of row b, [B H].
  void copyLast(Rows rows, const float* states, float* last) const {
    for (ptrdiff_t b = rows.from; b < rows.to; b++)
      copy(last + b * H, states + ((reverse ? 0 : lengths[b] - 1) * B + b) * H, H);
  }
};

// Calls work(rows) for parts of the batch, one for each thread that steps with so many gates are worth.
template <class Work>
void shareBatch(const Runtime& run, const Sequences& s, ptrdiff_t gates, const Work& work) {
  ptrdiff_t parts = threadsFor(run, 2.0 * double(s.T * s.B) * double(gates * s.H) * double(s.H));
  if (parts > s.B) parts = s.B;
  share(run, int32_t(parts), parts,
        [&](int32_t, ptrdiff_t part) { work(Rows{s.B * part / parts, s.B * (part + 1) / parts}); });
}

// wHh for the forward pass: for each block of hidden units a panel [H][GATES vectors].
template <int GATES>
float* packForward(const Runtime& run, const Sequences& s, const float* wHh) {
  const ptrdiff_t blocks = s.unitBlocks(), width = GATES * VL;
  float* packed = scratchFloats(run, blocks * s.H * width);
  if (!packed) return nullptr;
  share(run, threadsFor(run, 16.0 * GATES * double(s.H) * double(s.H)), blocks, [&](int32_t, ptrdiff_t block) {
    const ptrdiff_t lanes = s.H - block * VL < VL ? s.H - block * VL : VL;
    for (ptrdiff_t gate = 0; gate < GATES; gate++)
      packTransposed(wHh + (gate * s.H + block * VL) * s.H, s.H, lanes, s.H, packed + block * s.H * width + gate * VL,
                     width);
  });
  return packed;
}

// Takes a cell forward through time. A cell has
//   gates                           how many products each hidden unit has with the state
//   step(t, b, unit, lanes, tile)   one block of units of one row, given [gates vectors] products; writes y
//   finish(rows)                    what is left to do for some rows at the end
template <class Cell>
bool runForward(const Cell& cell, const Sequences& s, const float* h0, const float* wHh, float* y, float* hT,
                const Runtime& run) {
  constexpr int G = Cell::gates;
  const float* packed = packForward<G>(run, s, wHh);
  float* tiles = scratchFloats(run, s.B * G * VL);
  if (!packed || !tiles) return false;
  shareBatch(run, s, G, [&](Rows all) {
    float* tile = tiles + all.from * G * VL;
    // Read in reverse, a shorter sequence begins where the products see the padding behind it: its h0 goes there.
    if (s.reverse)
      for (ptrdiff_t b = all.from; b < all.to; b++)
        if (s.lengths[b] < s.T) copy(y + (s.lengths[b] * s.B + b) * s.H, h0 + b * s.H, s.H);
    for (ptrdiff_t step = 0; step < s.T; step++) {
      const ptrdiff_t t = s.reverse ? s.T - 1 - step : step;
      const Rows rows = s.realRows(all, t);
      const float* state = step == 0 ? h0 : y + s.before(t) * s.B * s.H;
      vectors(0, s.H, [&](ptrdiff_t unit, auto lanes) {
        multiplyBlocks<G>(rows.count(), s.H, state + rows.from * s.H, s.H, packed + unit * s.H * G, {tile, G * VL});
        for (ptrdiff_t b = rows.from; b < rows.to; b++)
          if (s.isReal(t, b)) cell.step(t, b, unit, lanes, tile + (b - rows.from) * G * VL);
      });
    }
    s.copyLast(all, y, hT);
    s.clearBeyond(all, y, s.H);
    cell.finish(all);
  });
  return true;
}

// The gradient of what was multiplied with wHh, [T B columns] with `row` from step to step, and which rows of wHh the
// columns belong to.
struct GateGradient {
  const float* at;
  ptrdiff_t row, columns, weightsFrom;
};

// dwHh = sum over steps of the gate gradient times the state before: first the steps from h0, then the others.
inline bool weightGradient(const Sequences& s, const GateGradient& d, const float* h0, const float* y, float* dwHh,
                           const Runtime& run) {
  float* dw = dwHh + d.weightsFrom * s.H;
  const ptrdiff_t step = s.B * d.row, others = s.T > 0 ? (s.T - 1) * s.B : 0;
  Matrix first = transposed(d.at, d.row);
  if (s.reverse) {
    float* gathered = scratchFloats(run, s.B * d.columns);
    if (!gathered) return false;
    for (ptrdiff_t b = 0; b < s.B; b++)
      copy(gathered + b * d.columns, d.at + (s.lengths[b] - 1) * step + b * d.row, d.columns);
    first = transposed(gathered, d.columns);
  }
  if (!multiply({d.columns, s.H, s.B, first, rowMajor(h0, s.H), dw, s.H}, run)) return false;
  if (others == 0) return true;
  const float* gates = s.reverse ? d.at : d.at + step;
  const float* states = s.reverse ? y + s.B * s.H : y;
  return multiply({d.columns, s.H, others, transposed(gates, d.row), rowMajor(states, s.H), dw, s.H, true}, run);
}

// Takes a cell backward through time. A cell has
//   parts                     how many arrays hold its gate gradients, and parts of them: part(i)
//   carries                   whether step writes the share of dh that passes beside wHh into `before`
//   step(t, b, dh, before)    one row: from dh, the gradient of its state from later steps, the gate gradients
// `dgates` is cleared beyond the lengths; it is the array of the table, [T B gates H].
template <class Cell>
bool runBackward(const Cell& cell, const Sequences& s, float* dgates, const float* h0, const float* wHh, const float* y,
                 const float* dhT, float* dh0, float* dwHh, const Runtime& run) {
  constexpr int G = Cell::gates, P = Cell::parts;
  Panels weights[P];
  for (int i = 0; i < P; i++) {
    const GateGradient d = cell.part(i);
    weights[i] = Panels(d.columns, s.H);
    if (!weights[i].pack(rowMajor(wHh + d.weightsFrom * s.H, s.H), run)) return false;
  }
  float* dh = scratchFloats(run, s.B * s.H);
  if (!dh) return false;
  shareBatch(run, s, G, [&](Rows all) {
    s.clearBeyond(all, dgates, G * s.H);
    cell.begin(all);
    for (ptrdiff_t step = 0; step < s.T; step++) {
      const ptrdiff_t t = s.reverse ? step : s.T - 1 - step;
      const Rows rows = s.realRows(all, t);
      for (ptrdiff_t b = rows.from; b < rows.to; b++)
        if (s.isReal(t, b)) cell.step(t, b, (s.isLast(t, b) ? dhT : dh) + b * s.H, dh + b * s.H);
      for (int i = 0; i < P; i++) {
        const GateGradient d = cell.part(i);
        weights[i].multiply(rows.count(), d.at + (t * s.B + rows.from) * d.row, d.row, dh + rows.from * s.H, s.H,
                            Cell::carries || i > 0);
      }
      for (ptrdiff_t b = rows.from; b < rows.to; b++)
        if (s.isFirst(t, b)) copy(dh0 + b * s.H, dh + b * s.H, s.H);
    }
  });
  for (int i = 0; i < P; i++)
    if (!weightGradient(s, cell.part(i), h0, y, dwHh, run)) return false;
  return true;
}

}  // namespace
