// Rows brought to a common scale: softmax and layer norm.
#include "each.h"
#include "kernels.gen.h"
#include "math.h"

// Greatest of a row that has at least one element. A NaN may be passed over.
ALWAYS_INLINE float greatestOf(const float* x, int64_t count) {
  Floats best = splat(x[0]);
  vectors(0, count, [&](int64_t i, auto lanes) { best = max(best, load(x + i, lanes, x[0])); });
  return maxOf(best);
}

// y = exp(x - max) / sum of exp(x - max)
bool softmaxForward(const SoftmaxForward& k, const Runtime& run) {
  const int64_t V = k.V;
  if (V == 0) return true;
  eachRow(run, k.N, V * 4, [&](int64_t n) {
    const float* x = k.x + n * V;
    float* y = k.y + n * V;
    const Floats greatest = splat(greatestOf(x, V));
    const float total = sumOver(V, [&](int64_t v, auto lanes) {
      const Floats e = exp(load(x + v, lanes, -__builtin_inff()) - greatest);
      store(y + v, e, lanes);
      return e;
    });
    const Floats share = splat(1.0f / total);
    vectors(0, V, [&](int64_t v, auto lanes) { store(y + v, load(y + v, lanes) * share, lanes); });
  });
  return true;
}

// dx = y (dy - sum of y dy)
bool softmaxBackward(const SoftmaxBackward& k, const Runtime& run) {
  const int64_t V = k.V;
  eachRow(run, k.N, V, [&](int64_t n) {
    const float *y = k.y + n * V, *dy = k.dy + n * V;
    float* dx = k.dx + n * V;
    const Floats mean =
        splat(sumOver(V, [&](int64_t v, auto lanes) { return load(y + v, lanes) * load(dy + v, lanes); }));
    vectors(0, V, [&](int64_t v, auto lanes) {
      store(dx + v, load(y + v, lanes) * (load(dy + v, lanes) - mean), lanes);
    });
  });
  return true;
}

// y = gain (x - mean) rstd + bias, rstd = 1 / sqrt(mean of (x - mean)² + epsilon)
bool layerNormForward(const LayerNormForward& k, const Runtime& run) {
  const int64_t H = k.H;
  eachRow(run, k.N, H * 2, [&](int64_t n) {
    const float* x = k.x + n * H;
    float* y = k.y + n * H;
    const float mean = sumOver(H, [&](int64_t h, auto lanes) { return load(x + h, lanes); }) / float(H);
    const float variance = sumOver(H, [&](int64_t h, auto lanes) {
                             const Floats d = load(x + h, lanes, mean) - mean;
                             return d * d;
                           }) / float(H);
    const float rstd = 1.0f / __builtin_sqrtf(variance + k.epsilon);
    vectors(0, H, [&](int64_t h, auto lanes) {
      const Floats normal = (load(x + h, lanes) - mean) * rstd;
      store(y + h, load(k.gain + h, lanes) * normal + load(k.bias + h, lanes), lanes);
    });
    k.mean[n] = mean;
    k.rstd[n] = rstd;
  });
  return true;
}

// With normal = (x - mean) rstd and e = gain dy:
//   dx = rstd (e - mean of e - normal (mean of e normal));  dgain = sum over rows of dy normal;  dbias = sum of dy
// Rows are taken in blocks, as many as their number alone decides; each sums its dgain and dbias by itself, and these
// are added in order.
bool layerNormBackward(const LayerNormBackward& k, const Runtime& run) {
  const int64_t N = k.N, H = k.H;
  const int64_t rows = N < 32 * 64 ? 32 : (N + 63) / 64, blocks = (N + rows - 1) / rows;
  float* sums = static_cast<float*>(run.scratch(size_t(blocks * 2 * H) * sizeof(float)));
  if (!sums && blocks * H > 0) return false;
  eachRow(run, blocks, rows * H * 3, [&](int64_t block) {
    float *dgain = sums + block * 2 * H, *dbias = dgain + H;
    fill(dgain, 0, 2 * H);
    const int64_t to = (block + 1) * rows < N ? (block + 1) * rows : N;
    for (int64_t n = block * rows; n < to; n++) {
      const float *x = k.x + n * H, *dy = k.dy + n * H;
      float* dx = k.dx + n * H;
      const float mean = k.mean[n], rstd = k.rstd[n];
      Floats sumE = {}, sumEN = {};
      vectors(0, H, [&](int64_t h, auto lanes) {
        const Floats d = load(dy + h, lanes), normal = (load(x + h, lanes) - mean) * rstd;
        const Floats e = load(k.gain + h, lanes) * d;
        sumE += e;
        sumEN += e * normal;
        store(dgain + h, load(dgain + h, lanes) + d * normal, lanes);
        store(dbias + h, load(dbias + h, lanes) + d, lanes);
      });
      const float meanE = sumOf(sumE) / float(H), meanEN = sumOf(sumEN) / float(H);
      vectors(0, H, [&](int64_t h, auto lanes) {
        const Floats normal = (load(x + h, lanes) - mean) * rstd, e = load(k.gain + h, lanes) * load(dy + h, lanes);
        store(dx + h, rstd * (e - meanE - normal * meanEN), lanes);
      });
    }
  });
  fill(k.dgain, 0, H);
  fill(k.dbias, 0, H);
  const auto add = [=](float* to, const float* from) {
    vectors(0, H, [=](int64_t h, auto lanes) { store(to + h, load(to + h, lanes) + load(from + h, lanes), lanes); });
  };
  for (int64_t block = 0; block < blocks; block++) {
    add(k.dgain, sums + block * 2 * H);
    add(k.dbias, sums + block * 2 * H + H);
  }
  return true;
}
