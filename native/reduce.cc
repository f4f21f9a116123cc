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
  if (run.threads == 1 || count < 2 * manyElements) {
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

// y[c] = sum over m of x[m, c], for R vectors of columns; 256 rows at a time, for accuracy.
template <int R, class Lanes>
void sumColumns(const float* x, float* y, int64_t M, int64_t C, Lanes lanes) {
  Floats total[R] = {};
  for (int64_t from = 0; from < M; from += 256) {
    const int64_t to = from + 256 < M ? from + 256 : M;
    Floats part[R] = {};
    for (int64_t m = from; m < to; m++)
      UNROLL for (int r = 0; r < R; r++) part[r] += load(x + m * C + r * VL, lanes);
    UNROLL for (int r = 0; r < R; r++) total[r] += part[r];
  }
  UNROLL for (int r = 0; r < R; r++) store(y + r * VL, total[r], lanes);
}

// y[a, c] = sum over m of x[a, m, c]
bool sum(const Sum& k, const Runtime& run) {
  const int64_t A = k.A, M = k.M, C = k.C;
  const auto row = [&](const Runtime& run, int64_t a) {
    return sumLong(run, M, [&](int64_t m, auto lanes) { return load(k.x + a * M + m, lanes); }, k.y[a]);
  };
  if (C == 1 && A == 1) return row(run, 0);
  if (C == 1) {
    const Runtime alone{1, run.parallel, run.scratch};
    eachRow(run, A, M, [&](int64_t a) { row(alone, a); });
    return true;
  }
  constexpr int R = 8;
  const int64_t blocks = (C + R * VL - 1) / (R * VL);
  eachRow(run, A * blocks, M * R * VL, [&](int64_t block) {
    const int64_t a = block / blocks, start = block % blocks * (R * VL), length = C - start;
    const float* x = k.x + a * M * C + start;
    float* y = k.y + a * C + start;
    if (length >= R * VL)
      sumColumns<R>(x, y, M, C, AllLanes{});
    else
      vectors(0, length, [&](int64_t c, auto lanes) { sumColumns<1>(x + c, y + c, M, C, lanes); });
  });
  return true;
}

// Whether x is to replace the greatest so far: when greater, or when the first NaN.
ALWAYS_INLINE Ints exceeds(Floats x, Floats best) { return (x > best) | ((x != x) & (best == best)); }

// y[c] = greatest x[m, c] over m and its first m, for one vector of columns.
template <class Lanes>
void maxColumns(const float* x, float* y, int32_t* index, int64_t M, int64_t C, Lanes lanes) {
  Floats best = load(x, lanes);
  Ints where = {};
  for (int64_t m = 1; m < M; m++) {
    const Floats next = load(x + m * C, lanes);
    const Ints better = exceeds(next, best);
    best = better ? next : best;
    where = better ? splatInt(int32_t(m)) : where;
  }
  store(y, best, lanes);
  storeInts(index, where, lanes);
}

// Greatest of a row and its first place: VL interleaved searches, the best of which wins.
void maxRow(const float* x, float& y, int32_t& index, int64_t M) {
  Floats best = load(x, M < VL ? FirstLanes{ptrdiff_t(M)} : FirstLanes{VL}, x[0]);
  Ints where;
  for (int i = 0; i < VL; i++) where[i] = i < M ? i : 0;
  const Ints first = where;
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
  const int64_t blocks = (C + VL - 1) / VL;
  eachRow(run, A * blocks, M * VL, [&](int64_t block) {
    const int64_t a = block / blocks, start = block % blocks * VL;
    vectors(start, start + VL < C ? start + VL : C, [&](int64_t c, auto lanes) {
      maxColumns(k.x + a * M * C + c, k.y + a * C + c, k.index + a * C + c, M, C, lanes);
    });
  });
  return true;
}
