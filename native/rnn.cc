// The Elman network.
#include "math.h"
#include "recurrent.h"

// h' = act(z + wHh h)
template <bool RELU>
struct ElmanForward {
  static constexpr int gates = 1, parts = 1;
  static constexpr bool adds(int) { return false; }
  const RnnForward& k;

  StateProducts part(int) const { return {k.y, k.H, k.H, 0}; }
  void step(ptrdiff_t t, ptrdiff_t b) const {
    const ptrdiff_t row = (t * k.B + b) * k.H;
    vectors(row, row + k.H, [&](ptrdiff_t at, auto lanes) {
      const Floats x = load(k.z + at, lanes) + load(k.y + at, lanes);
      store(k.y + at, RELU ? max(x, zeros()) : tanh(x), lanes);
    });
  }
  void finish(Rows) const {}
};

// dz = dh' (1 - y²), or dh' where y > 0 for relu
struct ElmanBackward {
  static constexpr int gates = 1, parts = 1;
  static constexpr bool carries = false;
  const RnnBackward& k;
  const Sequences& s;

  StateProducts part(int) const { return {k.dz, k.H, k.H, 0}; }
  void begin(Rows rows) const { s.clearBeyond(rows, k.dz, k.H); }
  void step(ptrdiff_t t, ptrdiff_t b, const float* dh, float*) const {
    const ptrdiff_t row = (t * k.B + b) * k.H;
    const bool relu = k.act == 1;
    vectors(0, k.H, [&](ptrdiff_t unit, auto lanes) {
      const Floats y = load(k.y + row + unit, lanes);
      const Floats d = load(dh + unit, lanes) + load(k.dy + row + unit, lanes);
      // A NaN among the states goes on: it is not greater than 0, but not less either.
      store(k.dz + row + unit, relu ? (y <= zeros() ? zeros() : d) : d * (1.0f - y * y), lanes);
    });
  }
};

bool rnnForward(const RnnForward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  return k.act == 1 ? runForward(ElmanForward<true>{k}, s, k.h0, k.wHh, k.y, k.hT, run)
                    : runForward(ElmanForward<false>{k}, s, k.h0, k.wHh, k.y, k.hT, run);
}

bool rnnBackward(const RnnBackward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  return runBackward(ElmanBackward{k, s}, s, k.h0, k.wHh, k.y, k.dhT, k.dh0, k.dwHh, run);
}
