// The likeliest outputs of a linear layer, as a search wants them: of many logits few are kept.
//
// Columns are cut into groups, whatever the number of threads; each group's logits are made, looked through and forgotten
// while they are in the cache. What is found of a row is put together at the end, in the order of the groups.
#include "each.h"
#include "grouped.h"
#include "math.h"

// Outputs of one row, the greatest first; of equal ones the first.
struct BestList {
  float* values;
  int32_t* ids;
  ptrdiff_t K;

  void clear() const {
    for (ptrdiff_t i = 0; i < K; i++) {
      values[i] = -__builtin_inff();
      ids[i] = -1;
    }
  }
  // What is not above this does not come in, but for an equal one that is before the last.
  float bar() const { return values[K - 1]; }

  void add(float value, int32_t id) const {
    const auto comesBefore = [&](ptrdiff_t i) { return value > values[i] || (value == values[i] && id < ids[i]); };
    ptrdiff_t at = K - 1;
    if (!comesBefore(at)) return;
    for (; at > 0 && comesBefore(at - 1); at--) {
      values[at] = values[at - 1];
      ids[at] = ids[at - 1];
    }
    values[at] = value;
    ids[at] = id;
  }
};

// Greatest lane, where none is NaN.
ALWAYS_INLINE float greatestLane(Floats x) {
#if VL == 16 && defined(__AVX512F__)
  return _mm512_reduce_max_ps((__m512)x);
#else
  float lane[VL];
  store(lane, x);
  UNROLL for (int half = VL / 2; half > 0; half /= 2)
    UNROLL for (int i = 0; i < half; i++) lane[i] = lane[i + half] > lane[i] ? lane[i + half] : lane[i];
  return lane[0];
#endif
}

// Whether any lane is a bar or above it.
ALWAYS_INLINE bool isAnyAtLeast(Floats x, float bar) {
#if VL == 16 && defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(bar), _CMP_GE_OQ) != 0;
#else
  return greatestLane(x) >= bar;
#endif
}

struct Best {
  // Rows whose logits of one group are held at a time, and panels of a group: together they stay in the cache.
  static constexpr ptrdiff_t mostRows = 192, panelsAtOnce = 4;

  const LinearBest& k;
  Grouped right;     // of the layer
  EvenSplit chunks;  // of the rows
  ptrdiff_t groups;
  int32_t threads;
  float *bias = nullptr, *logits = nullptr;                    // the logits of each slot
  float *greatest = nullptr, *sums = nullptr;                  // [groups N] of the logits; sums of exp(logit - greatest)
  float* values = nullptr;                                     // [threads - 1, N K], as are the ids
  int32_t* ids = nullptr;

  explicit Best(const LinearBest& k, const Runtime& run)
      : k(k),
        right(k.w, k.P, k.I, k.V),
        chunks(k.N, mostRows),
        groups((right.panels() + panelsAtOnce - 1) / panelsAtOnce),
        threads(threadsFor(run, 2.0 * double(k.N) * double(k.V) * double(k.I))) {}

  ptrdiff_t from(ptrdiff_t group) const { return right.from(group * panelsAtOnce); }
  ptrdiff_t endOf(ptrdiff_t group) const {
    const ptrdiff_t end = (group + 1) * panelsAtOnce;
    return end < right.panels() ? end : right.panels();
  }
  ptrdiff_t columnsOf(ptrdiff_t group) const {
    const ptrdiff_t last = endOf(group) - 1;
    return right.from(last) + right.columnsOf(last) - from(group);
  }
  ptrdiff_t width() const { return panelsAtOnce * panelVectors * VL; }
  // What a slot has found of a row; the first slot finds it where it is wanted in the end.
  BestList list(int32_t slot, ptrdiff_t row) const {
    if (slot == 0) return {k.best + row * k.K, k.ids + row * k.K, k.K};
    const ptrdiff_t at = ((slot - 1) * ptrdiff_t(k.N) + row) * k.K;
    return {values + at, ids + at, k.K};
  }

  bool begin(const Runtime& run) {
    bias = k.bias ? paddedBias(k.bias, right.columns, run) : nullptr;
    logits = scratchFloats(run, threads * mostRows * width());
    greatest = scratchFloats(run, groups * k.N);
    sums = scratchFloats(run, groups * k.N);
    values = scratchFloats(run, (threads - 1) * ptrdiff_t(k.N) * k.K);
    ids = reinterpret_cast<int32_t*>(scratchFloats(run, (threads - 1) * ptrdiff_t(k.N) * k.K));
    if ((k.bias && !bias) || !logits || !greatest || !sums || !values || !ids) return false;
    for (int32_t slot = 0; slot < threads; slot++)
      for (ptrdiff_t row = 0; row < k.N; row++)
        if (k.K > 0) list(slot, row).clear();
    return true;
  }

  // The logits of some rows and one group of columns.
  void multiply(ptrdiff_t row, ptrdiff_t rows, ptrdiff_t group, float* to) const {
    for (ptrdiff_t panel = group * panelsAtOnce; panel < endOf(group); panel++)
      right.multiply(panel, rows, k.x + row * k.I, to + right.from(panel) - from(group), width(), false, bias);
  }

  // What there is to know of a row's logits of a group, which are changed.
  void look(int32_t slot, ptrdiff_t row, ptrdiff_t group, float* x, ptrdiff_t columns) const {
    const float most = greatestLogit(x, columns);
    greatest[group * k.N + row] = most;
    // Also where all seem to be -infinity, since a NaN may be among them.
    const float shift = most == -__builtin_inff() ? 0 : most;
    sums[group * k.N + row] =
        sumOver(columns, [&](ptrdiff_t v, auto lanes) { return exp(load(x + v, lanes, -__builtin_inff()) - shift); });
    if (k.K == 0) return;
    const BestList best = list(slot, row);
    if (!(most > best.bar())) return;
    const int32_t first = int32_t(from(group));
    for (ptrdiff_t i = 0; i < k.U; i++) {
      const ptrdiff_t at = k.barred[i] - first;
      if (at >= 0 && at < columns) x[at] = -__builtin_inff();
    }
    if (best.ids[0] < 0) return takeGreatest(best, first, x, columns);
    vectors(0, columns, [&](ptrdiff_t v, auto lanes) {
      if (!isAnyAtLeast(load(x + v, lanes, -__builtin_inff()), best.bar())) return;
      const ptrdiff_t end = v + VL < columns ? v + VL : columns;
      for (ptrdiff_t i = v; i < end; i++)
        if (x[i] > best.bar()) best.add(x[i], first + int32_t(i));
    });
  }

  // The first of a row: one after the other is found and struck out, since all might come in for a while.
  void takeGreatest(const BestList& best, int32_t first, float* x, ptrdiff_t columns) const {
    for (ptrdiff_t rank = 0; rank < k.K; rank++) {
      Floats most = splat(-__builtin_inff());
      vectors(0, columns, [&](ptrdiff_t v, auto lanes) { most = max(most, load(x + v, lanes, -__builtin_inff())); });
      const float value = greatestLane(most);
      if (!(value > -__builtin_inff())) return;
      ptrdiff_t at = 0;
      while (at + VL <= columns && !isAnyAtLeast(load(x + at), value)) at += VL;
      while (x[at] != value) at++;
      best.values[rank] = value;
      best.ids[rank] = first + int32_t(at);
      x[at] = -__builtin_inff();
    }
  }

  void finish(ptrdiff_t row) const {
    float most = -__builtin_inff();
    for (ptrdiff_t g = 0; g < groups; g++) {
      const float x = greatest[g * k.N + row];
      most = x > most || x != x ? x : most;
    }
    float sum = 0;
    if (most == -__builtin_inff()) {
      for (ptrdiff_t g = 0; g < groups; g++) sum += sums[g * k.N + row];
      k.totals[row] = most + sum;
    } else {
      for (ptrdiff_t g = 0; g < groups; g++)
        sum += sums[g * k.N + row] * exp(splat(greatest[g * k.N + row] - most))[0];
      k.totals[row] = most + logOf(sum);
    }
    if (k.K == 0) return;
    const BestList best = list(0, row);
    for (int32_t slot = 1; slot < threads; slot++) {
      const BestList some = list(slot, row);
      for (ptrdiff_t i = 0; i < k.K && some.ids[i] >= 0; i++) best.add(some.values[i], some.ids[i]);
    }
    for (ptrdiff_t i = 0; i < k.K; i++)
      if (best.ids[i] < 0) best.values[i] = 0;
  }

  void run(const Runtime& run) const {
    share(run, threads, chunks.parts * groups, [&](int32_t slot, ptrdiff_t item) {
      const ptrdiff_t chunk = item / groups, group = item % groups;
      const ptrdiff_t row = chunks.from(chunk), rows = chunks.sizeOf(chunk);
      float* to = logits + slot * mostRows * width();
      multiply(row, rows, group, to);
      for (ptrdiff_t i = 0; i < rows; i++) look(slot, row + i, group, to + i * width(), columnsOf(group));
    });
    eachRow(run, k.N, groups * 32, [&](ptrdiff_t row) { finish(row); });
  }
};

bool linearBest(const LinearBest& k, const Runtime& run) {
  Best best(k, run);
  if (!best.begin(run)) return false;
  best.run(run);
  return true;
}
