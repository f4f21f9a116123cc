// What all recurrent layers share: the order of time, the split of the batch over threads, products with wHh.
//
// Each thread takes some rows of the batch through all time steps and meets the others only at the end, when the
// gradient of wHh is made as one product over all steps.
#pragma once
#include "columns.h"
#include "each.h"
#include "few.h"
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

  // The time that is read before t. At its first step a sequence has the initial state instead.
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

// Where a batch may be cut: before any row.
struct AnyRow {
  bool operator()(ptrdiff_t) const { return true; }
};

// Calls work(rows) for parts of the batch with about as many real steps each, one for each thread that steps with so
// many gates are worth. A part begins only at a row of which mayBegin(row) is true.
template <class Work, class MayBegin = AnyRow>
void shareBatch(const Runtime& run, const Sequences& s, ptrdiff_t gates, const Work& work, const MayBegin& mayBegin = {}) {
  ptrdiff_t parts = threadsFor(run, 2.0 * double(s.T * s.B) * double(gates * s.H) * double(s.H));
  if (parts > s.B) parts = s.B;
  int64_t steps = 0;
  for (ptrdiff_t b = 0; b < s.B; b++) steps += s.lengths[b];
  // The first row with no fewer than part/parts of all steps before it, or the next that may begin a part.
  const auto beginOf = [&](ptrdiff_t part) {
    if (part == 0 || part == parts) return part == 0 ? 0 : s.B;
    ptrdiff_t b = 0;
    for (int64_t before = 0; b < s.B && before * parts < steps * part; b++) before += s.lengths[b];
    while (b < s.B && !mayBegin(b)) b++;
    return b;
  };
  share(run, int32_t(parts), parts, [&](int32_t, ptrdiff_t part) { work(Rows{beginOf(part), beginOf(part + 1)}); });
}

// Some rows of wHh and what they belong to: their products with the state in the forward pass, whose gradient is known
// in the backward pass. [T B columns], with `row` from step to step.
struct StateProducts {
  float* at;
  ptrdiff_t row, columns, weightsFrom;

  float* of(ptrdiff_t step) const { return at + step * row; }
};

// Whether wHh is read where it lies instead of being packed first. For one step, as in writing a text token by token,
// packing takes longer than the product; and for one sequence the threads share the rows of a large wHh, since there is
// no batch to share.
inline bool readsInPlace(const Sequences& s, ptrdiff_t gates) {
  if (s.T == 1) return s.B <= fewRows;
  return hasThreads && s.B == 1 && isWorthSharing(gates * s.H / 2, s.H);
}

template <class Cell>
void runInPlace(const Cell& cell, const Sequences& s, const float* h0, const float* wHh, float* y, float* hT,
                const Runtime& run) {
  const Rows all{0, s.B};
  // One step, or one sequence.
  const ptrdiff_t steps = s.B == 1 ? s.lengths[0] : s.T;
  for (ptrdiff_t step = 0; step < steps; step++) {
    const ptrdiff_t t = s.reverse ? steps - 1 - step : step;
    const float* state = step == 0 ? h0 : y + s.before(t) * s.B * s.H;
    for (int i = 0; i < Cell::parts; i++) {
      const StateProducts products = cell.part(i);
      FewRows{s.B, products.columns, s.H, state, s.H, wHh + products.weightsFrom * s.H, s.H, products.of(t * s.B),
              products.row, Cell::adds(i)}
          .multiply(run);
    }
    for (ptrdiff_t b = 0; b < s.B; b++) cell.step(t, b);
  }
  s.copyLast(all, y, hT);
  s.clearBeyond(all, y, s.H);
  cell.finish(all);
}

// Takes a cell forward through time. A cell has
//   gates               how many times H products with the state a step has
//   parts               how many arrays the products with the state go to, and each of them: part(i)
//   adds(i)             whether the products are added to what is there
//   step(t, b)          one row, given its products; writes y
//   finish(rows)        what is left to do for some rows at the end
template <class Cell>
bool runForward(const Cell& cell, const Sequences& s, const float* h0, const float* wHh, float* y, float* hT,
                const Runtime& run) {
  if (readsInPlace(s, Cell::gates)) {
    runInPlace(cell, s, h0, wHh, y, hT, run);
    return true;
  }
  Panels weights[Cell::parts];
  for (int i = 0; i < Cell::parts; i++) {
    const StateProducts products = cell.part(i);
    weights[i] = Panels(s.H, products.columns);
    if (!weights[i].pack(transposed(wHh + products.weightsFrom * s.H, s.H), run)) return false;
  }
  shareBatch(run, s, Cell::gates, [&](Rows all) {
    for (ptrdiff_t step = 0; step < s.T; step++) {
      const ptrdiff_t t = s.reverse ? s.T - 1 - step : step;
      const Rows rows = s.realRows(all, t);
      const float* state = step == 0 ? h0 : y + s.before(t) * s.B * s.H;
      // Read in reverse, a shorter sequence begins here, with padding where the product looks for the state.
      if (s.reverse && step > 0)
        for (ptrdiff_t b = rows.from; b < rows.to; b++)
          if (s.isFirst(t, b)) copy(y + (s.before(t) * s.B + b) * s.H, h0 + b * s.H, s.H);
      for (int i = 0; i < Cell::parts; i++) {
        const StateProducts products = cell.part(i);
        weights[i].multiply(rows.count(), state + rows.from * s.H, s.H, products.of(t * s.B + rows.from), products.row,
                            Cell::adds(i), step % 2 == 1);
      }
      for (ptrdiff_t b = rows.from; b < rows.to; b++)
        if (s.isReal(t, b)) cell.step(t, b);
    }
    s.copyLast(all, y, hT);
    s.clearBeyond(all, y, s.H);
    cell.finish(all);
  });
  return true;
}

// dwHh = sum over all steps of the gradient of the products times the state before.
template <class Cell>
bool weightGradient(const Cell& cell, const Sequences& s, const float* h0, const float* y, float* dwHh,
                    const Runtime& run) {
  float* states = scratchFloats(run, s.T * s.B * s.H);
  if (!states) return false;
  share(run, threadsFor(run, 16.0 * double(s.T * s.B) * double(s.H)), s.T, [&](int32_t, ptrdiff_t t) {
    for (ptrdiff_t b = 0; b < s.B; b++)
      copy(states + (t * s.B + b) * s.H, s.isReal(t, b) ? s.stateBefore(y, h0, t, b) : y + (t * s.B + b) * s.H, s.H);
  });
  for (int i = 0; i < Cell::parts; i++) {
    const StateProducts d = cell.part(i);
    const Product product{d.columns, s.H, s.T * s.B, transposed(d.at, d.row), rowMajor(states, s.H),
                          dwHh + d.weightsFrom * s.H, s.H};
    if (!multiply(product, run)) return false;
  }
  return true;
}

// Takes a cell backward through time. A cell has
//   gates                   as above
//   parts                   how many arrays hold the gradient of the products with the state, and each of them: part(i)
//   carries                 whether step writes to `before` the share of dh that passes beside wHh
//   begin(rows)             what is to do for some rows first; all of part(i) beyond the lengths must be 0 after it
//   step(t, b, dh, before)  one row: from dh, the gradient of its state from later steps, that of its products
template <class Cell>
bool runBackward(const Cell& cell, const Sequences& s, const float* h0, const float* wHh, const float* y,
                 const float* dhT, float* dh0, float* dwHh, const Runtime& run) {
  Panels weights[Cell::parts];
  for (int i = 0; i < Cell::parts; i++) {
    const StateProducts d = cell.part(i);
    // Narrow and short for a batch of one: see multiplyTwoBlocks.
    weights[i] = Panels(d.columns, s.H, s.B == 1 ? 2 : panelVectors, longestBlock / 2);
    if (!weights[i].pack(rowMajor(wHh + d.weightsFrom * s.H, s.H), run)) return false;
  }
  float* dh = scratchFloats(run, s.B * s.H);
  if (!dh) return false;
  shareBatch(run, s, Cell::gates, [&](Rows all) {
    cell.begin(all);
    for (ptrdiff_t step = 0; step < s.T; step++) {
      const ptrdiff_t t = s.reverse ? step : s.T - 1 - step;
      const Rows rows = s.realRows(all, t);
      for (ptrdiff_t b = rows.from; b < rows.to; b++)
        if (s.isReal(t, b)) cell.step(t, b, (s.isLast(t, b) ? dhT : dh) + b * s.H, dh + b * s.H);
      for (int i = 0; i < Cell::parts; i++) {
        const StateProducts d = cell.part(i);
        weights[i].multiply(rows.count(), d.of(t * s.B + rows.from), d.row, dh + rows.from * s.H, s.H,
                            Cell::carries || i > 0, step % 2 == 1);
      }
      for (ptrdiff_t b = rows.from; b < rows.to; b++)
        if (s.isFirst(t, b)) copy(dh0 + b * s.H, dh + b * s.H, s.H);
    }
  });
  return weightGradient(cell, s, h0, y, dwHh, run);
}

}  // namespace
