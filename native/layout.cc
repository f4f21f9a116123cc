// Moving numbers about: repeating, transposing, cutting out and putting back.
#include "each.h"
#include "kernels.gen.h"

// y[a, m, c] = x[a, c]
bool expand(const Expand& k, const Runtime& run) {
  const int64_t A = k.A, M = k.M, C = k.C;
  if (C == 1)
    eachRow(run, A, M, [&](int64_t a) { fill(k.y + a * M, k.x[a], M); });
  else
    eachRow(run, A * M, C, [&](int64_t row) { copy(k.y + row * C, k.x + row / M * C, C); });
  return true;
}

// A transpose goes by blocks that stay in the first cache, and these by tiles of a cache line of 64 bytes a side.
constexpr int64_t transposeBlock = 64, transposeTile = 16;

// y[n, m] = x[m, n] for `rows` x `columns` of x, rows of x being N apart and rows of y M apart.
ALWAYS_INLINE void transposePlain(const float* x, float* y, int64_t M, int64_t N, int64_t rows, int64_t columns) {
  for (int64_t n = 0; n < columns; n++)
    for (int64_t m = 0; m < rows; m++) y[n * M + m] = x[m * N + n];
}

void transposeTiles(const float* x, float* y, int64_t M, int64_t N, int64_t rows, int64_t columns) {
  constexpr int64_t side = transposeTile;
  int64_t m = 0;
  for (; m + side <= rows; m += side) {
    int64_t n = 0;
    for (; n + side <= columns; n += side) transposePlain(x + m * N + n, y + n * M + m, M, N, side, side);
    transposePlain(x + m * N + n, y + n * M + m, M, N, side, columns - n);
  }
  transposePlain(x + m * N, y + m, M, N, rows - m, columns);
}

// y[a, n, m, c] = x[a, m, n, c]
bool transpose(const Transpose& k, const Runtime& run) {
  const int64_t A = k.A, M = k.M, N = k.N, C = k.C;
  if (C != 1) {
    eachRow(run, A * N * M, C, [&](int64_t row) {
      const int64_t m = row % M, n = row / M % N, a = row / M / N;
      copy(k.y + row * C, k.x + ((a * M + m) * N + n) * C, C);
    });
    return true;
  }
  constexpr int64_t side = transposeBlock;
  const int64_t across = (N + side - 1) / side;
  eachRow(run, A * across, M * side, [&](int64_t band) {
    const int64_t a = band / across, n = band % across * side, columns = N - n < side ? N - n : side;
    const float* x = k.x + a * M * N + n;
    float* y = k.y + (a * N + n) * M;
    for (int64_t m = 0; m < M; m += side)
      transposeTiles(x + m * N, y + m, M, N, M - m < side ? M - m : side, columns);
  });
  return true;
}

// y[r] = x[r, at : at + C]
bool take(const Take& k, const Runtime& run) {
  const int64_t X = k.X, C = k.C;
  eachRow(run, k.R, C, [&](int64_t r) { copy(k.y + r * C, k.x + r * X + k.at, C); });
  return true;
}

// y[r, at : at + C] = x[r]
bool place(const Place& k, const Runtime& run) {
  const int64_t X = k.X, C = k.C;
  eachRow(run, k.R, C, [&](int64_t r) { copy(k.y + r * X + k.at, k.x + r * C, C); });
  return true;
}
