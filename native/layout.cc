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

// Tiles of this many rows and columns: each line of 64 bytes is read and written once while it is in cache.
constexpr int64_t tile = 16;

// y[n, m] = x[m, n] for `rows` x `columns` of x.
ALWAYS_INLINE void transposeTile(const float* x, float* y, int64_t M, int64_t N, int64_t rows, int64_t columns) {
  for (int64_t n = 0; n < columns; n++)
    for (int64_t m = 0; m < rows; m++) y[n * M + m] = x[m * N + n];
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
  const int64_t across = (N + tile - 1) / tile;
  eachRow(run, A * across, M * tile, [&](int64_t band) {
    const int64_t a = band / across, n = band % across * tile, columns = N - n < tile ? N - n : tile;
    const float* x = k.x + a * M * N + n;
    float* y = k.y + (a * N + n) * M;
    int64_t m = 0;
    if (columns == tile)
      for (; m + tile <= M; m += tile) transposeTile(x + m * N, y + m, M, N, tile, tile);
    transposeTile(x + m * N, y + m, M, N, M - m, columns);
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
