// The minimal gated recurrent unit. Gates z n.
#include "math.h"
#include "scan.h"

// z = sigmoid(gates)   n = positive(gates_n)   h' = (1 - z) h + z n
struct MinGruForwardCell {
  const MinGruForward& k;

  template <class Lanes>
  ALWAYS_INLINE Recurrence step(ptrdiff_t row, ptrdiff_t unit, Lanes lanes) const {
    const float* gate = k.gates + row * 2 * k.H + unit;
    const Floats z = sigmoid(load(gate, lanes));
    return {1.0f - z, z * positive(load(gate + k.H, lanes))};
  }
};

// dz = dh' (n - h) z (1 - z)   dn = dh' z positive'(gates_n)
struct MinGruBackwardCell {
  static constexpr ptrdiff_t gates = 2;
  const MinGruBackward& k;

  template <class Lanes>
  ALWAYS_INLINE Floats keep(ptrdiff_t row, ptrdiff_t unit, Lanes lanes) const {
    return 1.0f - sigmoid(load(k.gates + row * 2 * k.H + unit, lanes));
  }
  template <class Lanes>
  ALWAYS_INLINE void step(ptrdiff_t row, ptrdiff_t unit, Lanes lanes, Floats dh, Floats h) const {
    float* gate = k.gates + row * 2 * k.H + unit;
    const Floats z = sigmoid(load(gate, lanes)), x = load(gate + k.H, lanes);
    store(gate, dh * (positive(x) - h) * (z * (1.0f - z)), lanes);
    store(gate + k.H, dh * z * positiveSlope(x), lanes);
  }
};

bool minGruForward(const MinGruForward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  return scanForward(MinGruForwardCell{k}, s, k.h0, k.y, k.hT, run);
}

bool minGruBackward(const MinGruBackward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  return scanBackward(MinGruBackwardCell{k}, s, k.h0, k.y, k.dy, k.dhT, k.dh0, k.gates, run);
}
