// The gated recurrent unit. Gates r z n.
#include "math.h"
#include "recurrent.h"

// r, z = sigmoid(gates + wHh h)   hn = wHn h + biasHn   n = tanh(gates_n + r hn)   h' = (1 - z) n + z h
struct GruForwardCell {
  static constexpr int gates = 3, parts = 2;
  static constexpr bool adds(int part) { return part == 0; }
  const GruForward& k;
  const Sequences& s;

  StateProducts part(int i) const {
    const ptrdiff_t H = k.H;
    return i == 0 ? StateProducts{k.gates, 3 * H, 2 * H, 0} : StateProducts{k.hn, H, H, 2 * H};
  }
  void step(ptrdiff_t t, ptrdiff_t b) const {
    const ptrdiff_t H = k.H, row = t * k.B + b;
    float* gates = k.gates + row * 3 * H;
    const float* before = s.stateBefore(k.y, k.h0, t, b);
    vectors(0, H, [&](ptrdiff_t unit, auto lanes) {
      float* gate = gates + unit;
      const Floats h = load(before + unit, lanes);
      const Floats r = sigmoid(load(gate, lanes)), z = sigmoid(load(gate + H, lanes));
      Floats hn = load(k.hn + row * H + unit, lanes);
      if (k.biasHn) hn += load(k.biasHn + unit, lanes);
      const Floats n = tanh(load(gate + 2 * H, lanes) + r * hn);
      store(gate, r, lanes);
      store(gate + H, z, lanes);
      store(gate + 2 * H, n, lanes);
      store(k.hn + row * H + unit, hn, lanes);
      store(k.y + row * H + unit, n + z * (h - n), lanes);
    });
  }

  void finish(Rows rows) const {
    s.clearBeyond(rows, k.hn, k.H);
    s.clearBeyond(rows, k.gates, 3 * k.H);
  }
};

// dn = dh' (1 - z) (1 - n²)   dz = dh' (h - n) z (1 - z)   dr = dn hn r (1 - r)   dhn = dn r   dh = dh' z + ...
// The gradient of the products with wHh is dr dz dhn, that of the input projection dr dz dn.
struct GruBackwardCell {
  static constexpr int gates = 3, parts = 2;
  static constexpr bool carries = true;
  const GruBackward& k;
  const Sequences& s;
  float* dhn;  // [T B H]

  StateProducts part(int i) const {
    const ptrdiff_t H = k.H;
    return i == 0 ? StateProducts{k.gates, 3 * H, 2 * H, 0} : StateProducts{dhn, H, H, 2 * H};
  }
  void begin(Rows rows) const {
    s.clearBeyond(rows, k.gates, 3 * k.H);
    s.clearBeyond(rows, dhn, k.H);
  }
  void step(ptrdiff_t t, ptrdiff_t b, const float* dh, float* before) const {
    const ptrdiff_t H = k.H, row = t * k.B + b;
    float* gates = k.gates + row * 3 * H;
    const float* past = s.stateBefore(k.y, k.h0, t, b);
    vectors(0, H, [&](ptrdiff_t unit, auto lanes) {
      float* gate = gates + unit;
      const Floats r = load(gate, lanes), z = load(gate + H, lanes), n = load(gate + 2 * H, lanes);
      const Floats d = load(dh + unit, lanes) + load(k.dy + row * H + unit, lanes);
      const Floats dn = d * (1.0f - z) * (1.0f - n * n);
      store(gate, dn * load(k.hn + row * H + unit, lanes) * (r * (1.0f - r)), lanes);
      store(gate + H, d * (load(past + unit, lanes) - n) * (z * (1.0f - z)), lanes);
      store(gate + 2 * H, dn, lanes);
      store(dhn + row * H + unit, dn * r, lanes);
      store(before + unit, d * z, lanes);
    });
  }
};

bool gruForward(const GruForward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  return runForward(GruForwardCell{k, s}, s, k.h0, k.wHh, k.y, k.hT, run);
}

bool gruBackward(const GruBackward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  float* dhn = scratchFloats(run, s.T * s.B * s.H);
  if (!dhn) return false;
  const GruBackwardCell cell{k, s, dhn};
  if (!runBackward(cell, s, k.h0, k.wHh, k.y, k.dhT, k.dh0, k.dwHh, run)) return false;
  if (k.dbiasHn) sumRows(dhn, s.T * s.B, s.H, s.H, k.dbiasHn, run);
  return true;
}
