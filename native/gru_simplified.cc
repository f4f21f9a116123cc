// The gated recurrent unit without the reset gate. Gates z n.
#include "math.h"
#include "recurrent.h"

// z = sigmoid(gates + wHh h)   n = tanh(gates_n + wHn h)   h' = (1 - z) n + z h
struct GruSimplifiedForwardCell {
  static constexpr int gates = 2, parts = 1;
  static constexpr bool adds(int) { return true; }
  const GruSimplifiedForward& k;
  const Sequences& s;

  StateProducts part(int) const { return {k.gates, 2 * ptrdiff_t(k.H), 2 * ptrdiff_t(k.H), 0}; }
  void step(ptrdiff_t t, ptrdiff_t b) const {
    const ptrdiff_t H = k.H, row = t * k.B + b;
    float* gates = k.gates + row * 2 * H;
    const float* before = s.stateBefore(k.y, k.h0, t, b);
    vectors(0, H, [&](ptrdiff_t unit, auto lanes) {
      const Floats h = load(before + unit, lanes);
      const Floats z = sigmoid(load(gates + unit, lanes)), n = tanh(load(gates + H + unit, lanes));
      store(gates + unit, z, lanes);
      store(gates + H + unit, n, lanes);
      store(k.y + row * H + unit, n + z * (h - n), lanes);
    });
  }

  void finish(Rows rows) const { s.clearBeyond(rows, k.gates, 2 * k.H); }
};

// dz = dh' (h - n) z (1 - z)   dn = dh' (1 - z) (1 - n²)   dh = dh' z + wHhᵀ [dz dn]
struct GruSimplifiedBackwardCell {
  static constexpr int gates = 2, parts = 1;
  static constexpr bool carries = true;
  const GruSimplifiedBackward& k;
  const Sequences& s;

  StateProducts part(int) const { return {k.gates, 2 * ptrdiff_t(k.H), 2 * ptrdiff_t(k.H), 0}; }
  void begin(Rows rows) const { s.clearBeyond(rows, k.gates, 2 * k.H); }
  void step(ptrdiff_t t, ptrdiff_t b, const float* dh, float* before) const {
    const ptrdiff_t H = k.H, row = t * k.B + b;
    float* gates = k.gates + row * 2 * H;
    const float* past = s.stateBefore(k.y, k.h0, t, b);
    vectors(0, H, [&](ptrdiff_t unit, auto lanes) {
      const Floats z = load(gates + unit, lanes), n = load(gates + H + unit, lanes);
      const Floats d = load(dh + unit, lanes) + load(k.dy + row * H + unit, lanes);
      store(gates + unit, d * (load(past + unit, lanes) - n) * (z * (1.0f - z)), lanes);
      store(gates + H + unit, d * (1.0f - z) * (1.0f - n * n), lanes);
      store(before + unit, d * z, lanes);
    });
  }
};

bool gruSimplifiedForward(const GruSimplifiedForward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  return runForward(GruSimplifiedForwardCell{k, s}, s, k.h0, k.wHh, k.y, k.hT, run);
}

bool gruSimplifiedBackward(const GruSimplifiedBackward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  const GruSimplifiedBackwardCell cell{k, s};
  return runBackward(cell, s, k.h0, k.wHh, k.y, k.dhT, k.dh0, k.dwHh, run);
}
