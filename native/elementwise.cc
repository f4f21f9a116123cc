// One element at a time: functions, arithmetic, dropout.
#include "each.h"
#include "kernels.gen.h"
#include "math.h"

template <class Op>
bool mapWith(const Map& k, const Runtime& run, int64_t work, const Op& op) {
  eachVector(run, k.N, work, [&](int64_t n, auto lanes) { store(k.y + n, op(load(k.x + n, lanes)), lanes); });
  return true;
}

// y = op(x)
bool map(const Map& k, const Runtime& run) {
  switch (k.op) {
    case Map::tanh: return mapWith(k, run, 3, [](Floats x) { return tanh(x); });
    case Map::sigmoid: return mapWith(k, run, 3, [](Floats x) { return sigmoid(x); });
    case Map::relu: return mapWith(k, run, 1, [](Floats x) { return max(x, zeros()); });
    case Map::exp: return mapWith(k, run, 3, [](Floats x) { return exp(x); });
    case Map::log: return mapWith(k, run, 3, [](Floats x) { return log(x); });
    case Map::sqrt: return mapWith(k, run, 1, [](Floats x) { return sqrt(x); });
    case Map::square: return mapWith(k, run, 1, [](Floats x) { return x * x; });
    case Map::neg: return mapWith(k, run, 1, [](Floats x) { return -x; });
    case Map::abs: return mapWith(k, run, 1, [](Floats x) { return abs(x); });
  }
  return true;
}

template <class Op>
bool mapBackwardWith(const MapBackward& k, const Runtime& run, const Op& op) {
  eachVector(run, k.N, 2, [&](int64_t n, auto lanes) {
    store(k.dx + n, op(load(k.x + n, lanes), load(k.y + n, lanes), load(k.dy + n, lanes)), lanes);
  });
  return true;
}

// dx = dy op'(x), with y = op(x); the slope of relu and abs at 0 is 0.
bool mapBackward(const MapBackward& k, const Runtime& run) {
  switch (k.op) {
    case Map::tanh: return mapBackwardWith(k, run, [](Floats, Floats y, Floats dy) { return dy * (1.0f - y * y); });
    case Map::sigmoid: return mapBackwardWith(k, run, [](Floats, Floats y, Floats dy) { return dy * (y * (1.0f - y)); });
    case Map::relu: return mapBackwardWith(k, run, [](Floats x, Floats, Floats dy) { return x > 0.0f ? dy : zeros(); });
    case Map::exp: return mapBackwardWith(k, run, [](Floats, Floats y, Floats dy) { return dy * y; });
    case Map::log: return mapBackwardWith(k, run, [](Floats x, Floats, Floats dy) { return dy / x; });
    case Map::sqrt: return mapBackwardWith(k, run, [](Floats, Floats y, Floats dy) { return dy * 0.5f / y; });
    case Map::square: return mapBackwardWith(k, run, [](Floats x, Floats, Floats dy) { return dy * 2.0f * x; });
    case Map::neg: return mapBackwardWith(k, run, [](Floats, Floats, Floats dy) { return -dy; });
    case Map::abs:
      return mapBackwardWith(k, run, [](Floats x, Floats, Floats dy) { return x > 0.0f ? dy : x < 0.0f ? -dy : zeros(); });
  }
  return true;
}

template <class Op>
bool zipWith(const Zip& k, const Runtime& run, const Op& op) {
  eachVector(run, k.N, 1, [&](int64_t n, auto lanes) {
    store(k.y + n, op(load(k.a + n, lanes), load(k.b + n, lanes)), lanes);
  });
  return true;
}

// y = a op b
bool zip(const Zip& k, const Runtime& run) {
  switch (k.op) {
    case Zip::add: return zipWith(k, run, [](Floats a, Floats b) { return a + b; });
    case Zip::sub: return zipWith(k, run, [](Floats a, Floats b) { return a - b; });
    case Zip::mul: return zipWith(k, run, [](Floats a, Floats b) { return a * b; });
    case Zip::div: return zipWith(k, run, [](Floats a, Floats b) { return a / b; });
  }
  return true;
}

// y = by x + plus
bool scale(const Scale& k, const Runtime& run) {
  const Floats by = splat(k.by), plus = splat(k.plus);
  eachVector(run, k.N, 1, [&](int64_t n, auto lanes) { store(k.y + n, by * load(k.x + n, lanes) + plus, lanes); });
  return true;
}

// y += by x
bool accumulate(const Accumulate& k, const Runtime& run) {
  const Floats by = splat(k.by);
  eachVector(run, k.N, 1, [&](int64_t n, auto lanes) {
    store(k.y + n, load(k.y + n, lanes) + by * load(k.x + n, lanes), lanes);
  });
  return true;
}

// x = min(max(x, -limit), limit)
bool clamp(const Clamp& k, const Runtime& run) {
  const Floats most = splat(k.limit), least = splat(-k.limit);
  eachVector(run, k.N, 1, [&](int64_t n, auto lanes) {
    store(k.x + n, min(max(load(k.x + n, lanes), least), most), lanes);
  });
  return true;
}

// Spreads every bit of u over all 32; T is uint32_t or Bits.
template <class T>
ALWAYS_INLINE T mix(T u) {
  u ^= u >> 16;
  u *= 0x21f0aaadu;
  u ^= u >> 15;
  u *= 0x735a2d97u;
  return u ^ (u >> 15);
}

// y[n] = 0 where (mix(n ^ key) >> 8) < threshold, else x[n] / (1 - rate); see src/kernels/reference/dropout.ts.
bool dropout(const Dropout& k, const Runtime& run) {
  const uint32_t key = mix(uint32_t(k.seed) + 0x9e3779b9u);
  const int32_t threshold = int32_t(double(k.rate) * 16777216.0 + 0.5);
  const Floats kept = splat(float(1.0 / (1.0 - double(k.rate))));
  const Bits lane = (Bits)laneNumbers();
  eachVector(run, k.N, 2, [&](int64_t n, auto lanes) {
    const Ints hash = (Ints)(mix((lane + uint32_t(n)) ^ key) >> 8);
    store(k.y + n, hash < threshold ? zeros() : load(k.x + n, lanes) * kept, lanes);
  });
  return true;
}
