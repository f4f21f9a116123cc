// Minimal long short-term memory. Gates f i n.
#include "math.h"
#include "scan.h"

// f / (f + i) and i / (f + i), of the gates before their sigmoids.
struct Shares {
  Floats keep, take;
};

// Both gates may be shut, and then 0 / 0 would be NaN. With all powers of e multiplied by e^s, s = min(f, i, 0), none is
// above 1 and not all are small:
//   f / (f + i) = (e^s + e^(s-i)) / (2 e^s + e^(s-f) + e^(s-i))
ALWAYS_INLINE Shares sharesOf(Floats f, Floats i) {
  const Floats s = min(min(f, i), zeros());
  const Floats one = exp(s), ofF = exp(s - f), ofI = exp(s - i);
  const Floats scale = 1.0f / ((one + one) + (ofF + ofI));
  return {(one + ofI) * scale, (one + ofF) * scale};
}

// h' = (f h + i n) / (f + i)   f, i = sigmoid(gates)   n = positive(gates_n)
struct MinLstmForwardCell {
  const MinLstmForward& k;

  template <class Lanes>
  ALWAYS_INLINE Recurrence step(ptrdiff_t row, ptrdiff_t unit, Lanes lanes) const {
    const float* gate = k.gates + row * 3 * k.H + unit;
    const Shares shares = sharesOf(load(gate, lanes), load(gate + k.H, lanes));
    return {shares.keep, shares.take * positive(load(gate + 2 * k.H, lanes))};
  }
};

// du = dh' (h - n) f' i' of the shares f' and i'   df = du (1 - f)   di = -du (1 - i)   dn = dh' i' positive'(gates_n)
struct MinLstmBackwardCell {
  static constexpr ptrdiff_t gates = 3;
  const MinLstmBackward& k;

  template <class Lanes>
  ALWAYS_INLINE Floats keep(ptrdiff_t row, ptrdiff_t unit, Lanes lanes) const {
    const float* gate = k.gates + row * 3 * k.H + unit;
    return sharesOf(load(gate, lanes), load(gate + k.H, lanes)).keep;
  }
  template <class Lanes>
  ALWAYS_INLINE void step(ptrdiff_t row, ptrdiff_t unit, Lanes lanes, Floats dh, Floats h) const {
    float* gate = k.gates + row * 3 * k.H + unit;
    const Floats f = load(gate, lanes), i = load(gate + k.H, lanes), x = load(gate + 2 * k.H, lanes);
    const Shares shares = sharesOf(f, i);
    const Floats du = dh * (h - positive(x)) * (shares.keep * shares.take);
    store(gate, du * sigmoid(-f), lanes);
    store(gate + k.H, -du * sigmoid(-i), lanes);
    store(gate + 2 * k.H, dh * shares.take * positiveSlope(x), lanes);
  }
};

bool minLstmForward(const MinLstmForward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  return scanForward(MinLstmForwardCell{k}, s, k.h0, k.y, k.hT, run);
}

bool minLstmBackward(const MinLstmBackward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  return scanBackward(MinLstmBackwardCell{k}, s, k.h0, k.y, k.dy, k.dhT, k.dh0, k.gates, run);
}
