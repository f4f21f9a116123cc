// Sums and greatest elements, in an order that only the sizes decide.
#include "each.h"
#include "kernels.gen.h"

// A long sum is made of blocks of 4096 elements, each summed by itself in floats, then added in order in double: so
// blocks can be spread over threads, and the error does not grow with the length.
constexpr int64_t sumBlock = 4096;

// Calls put(b, sum of block b) for the blocks from..to - 1 of term over 0 .. count - 1.
template <class Term, class Put>
ALWAYS_INLINE void sumBlocks(int64_t from, int64_t to, int64_t count, const Term& term, const Put& put) {
  for (int64_t b = from; b < to; b++) {
    const int64_t start = b * sumBlock, length = count - start < sumBlock ? count - start : sumBlock;
    put(b, sumOver(length, [&](int64_t i, auto lanes) { return term(start + i, lanes); }));
  }
}

// total = sum of term over 0 .. count - 1; false when there is no scratch memory.
template <class Term>
bool sumLong(const Runtime& run, int64_t count, const Term& term, float& total) {
  const int64_t blocks = (count + sumBlock - 1) / sumBlock;
  double sum = 0;
  if (!hasThreads || run.threads == 1 || count < 2 * manyElements) {
    sumBlocks(0, blocks, count, term, [&](int64_t, float part) { sum += double(part); });
  } else {
    float* parts = static_cast<float*>(run.scratch(size_t(blocks) * sizeof(float)));
    if (!parts) return false;
    spread<1>(run, blocks, manyElements / sumBlock, [&](int64_t from, int64_t to) {
      sumBlocks(from, to, count, term, [&](int64_t b, float part) { parts[b] = part; });
    });
    for (int64_t b = 0; b < blocks; b++) sum += double(parts[b]);
  }
  total = float(sum);
  return true;
}

// y[0] = sum of x²
bool sumSquares(const SumSquares& k, const Runtime& run) {
  const auto square = [&](int64_t n, auto lanes) {
    const Floats x = load(k.x + n, lanes);
    return x * x;
  };
  return sumLong(run, k.N, square, *k.y);
}

// y[c] = sum over m of x[m, c] for some columns. Row by row, as memory likes best; 16 rows are summed before they are
// added to the sum of 256, and these to y, so that the error stays small.
void sumColumns(const float* x, float* y, int64_t M, int64_t C, int64_t columns) {
  constexpr int64_t most = 1024, few = 16, many = 256;
  float fewSum[most], manySum[most];
  const auto add = [](float* to, const float* from, int64_t count) {
    vectors(0, count, [=](int64_t c, auto lanes) { store(to + c, load(to + c, lanes) + load(from + c, lanes), lanes); });
  };
  const auto pour = [=](float* to, float* from, int64_t count) {
    add(to, from, count);
    fill(from, 0, count);
  };
  fill(y, 0, columns);
  for (int64_t start = 0; start < columns; start += most) {
    const int64_t width = columns - start < most ? columns - start : most;
    fill(fewSum, 0, width);
    fill(manySum, 0, width);
    for (int64_t m = 1; m <= M; m++) {
      add(fewSum, x + (m - 1) * C + start, width);
      if (m % few == 0 || m == M) pour(manySum, fewSum, width);
      if (m % many == 0 || m == M) pour(y + start, manySum, width);
    }
  }
}

// Calls task(a, from, to) so that together the calls cover the columns 0 .. C - 1 of each of A matrices [M C].
template <class Task>
ALWAYS_INLINE void eachColumns(const Runtime& run, int64_t A, int64_t M, int64_t C, const Task& task) {
  if (!hasThreads || A >= run.threads)
    eachRow(run, A, M * C, [&](int64_t a) { task(a, int64_t(0), C); });
  else
    for (int64_t a = 0; a < A; a++)
      spread<16>(run, C, manyElements / (M + 1) + 1, [&](int64_t from, int64_t to) { task(a, from, to); });
}

// y[a, c] = sum over m of x[a, m, c]
bool sum(const Sum& k, const Runtime& run) {
  const int64_t A = k.A, M = k.M, C = k.C;
  const auto row = [&](const Runtime& run, int64_t a) {
    return sumLong(run, M, [&](int64_t m, auto lanes) { return load(k.x + a * M + m, lanes); }, k.y[a]);
  };
  if (C == 1 && A == 1) return row(run, 0);
  const Runtime alone{1, run.parallel, run.scratch};
  if (C == 1)
    eachRow(run, A, M, [&](int64_t a) { row(alone, a); });
  else
    eachColumns(run, A, M, C, [&](int64_t a, int64_t from, int64_t to) {
      sumColumns(k.x + a * M * C + from, k.y + a * C + from, M, C, to - from);
    });
  return true;
}

// Whether x is to replace the greatest so far: when greater, or when the first NaN.
ALWAYS_INLINE Ints exceeds(Floats x, Floats best) { return (x > best) | ((x != x) & (best == best)); }

// y[c] = greatest x[m, c] over m and index its first m, for some columns.
void maxColumns(const float* x, float* y, int32_t* index, int64_t M, int64_t C, int64_t columns) {
  copy(y, x, columns);
  vectors(0, columns, [=](int64_t c, auto lanes) { storeInts(index + c, Ints{}, lanes); });
  for (int64_t m = 1; m < M; m++)
    vectors(0, columns, [=](int64_t c, auto lanes) {
      const Floats next = load(x + m * C + c, lanes), best = load(y + c, lanes);
      const Ints better = exceeds(next, best);
      store(y + c, better ? next : best, lanes);
      storeInts(index + c, better ? splatInt(int32_t(m)) : loadInts(index + c, lanes), lanes);
    });
}

// Greatest of a row and its first place: VL interleaved searches, the best of which wins.
void maxRow(const float* x, float& y, int32_t& index, int64_t M) {
  Floats best = load(x, FirstLanes{M < VL ? ptrdiff_t(M) : VL}, x[0]);
  const Ints first = laneNumbers();
  Ints where = first < splatInt(M < VL ? int32_t(M) : VL) ? first : Ints{};
  int64_t m = VL;
  for (; m + VL <= M; m += VL) {
    const Floats next = load(x + m);
    const Ints better = exceeds(next, best);
    best = better ? next : best;
    where = better ? first + int32_t(m) : where;
  }
  float greatest = best[0];
  int32_t place = where[0];
  const auto consider = [&](float next, int32_t at) {
    const bool greater = next > greatest || (next != next && greatest == greatest);
    const bool equal = next == greatest || (next != next && greatest != greatest);
    if (greater || (equal && at < place)) greatest = next, place = at;
  };
  for (int i = 1; i < VL; i++) consider(best[i], where[i]);
  for (; m < M; m++) consider(x[m], int32_t(m));
  y = greatest;
  index = place;
}

// y[a, c] = greatest x[a, m, c] over m, index its first m. NaN counts as greater than all.
bool max(const Max& k, const Runtime& run) {
  const int64_t A = k.A, M = k.M, C = k.C;
  if (C == 1) {
    eachRow(run, A, M, [&](int64_t a) { maxRow(k.x + a * M, k.y[a], k.index[a], M); });
    return true;
  }
  eachColumns(run, A, M, C, [&](int64_t a, int64_t from, int64_t to) {
    maxColumns(k.x + a * M * C + from, k.y + a * C + from, k.index + a * C + from, M, C, to - from);
  });
  return true;
}
