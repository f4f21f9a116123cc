// Long short-term memory. Gates i f g o; peepholes are present when the pointer is not null.
#include "math.h"
#include "recurrent.h"

// i, f = sigmoid(gates + wHh h + p c)   g = tanh(gates + wHh h)   c' = f c + i g
// o = sigmoid(gates + wHh h + p c')     h' = o tanh(c')
template <bool PEEPHOLES>
struct LstmForwardCell {
  static constexpr int gates = 4, parts = 1;
  static constexpr bool adds(int) { return true; }
  const LstmForward& k;
  const Sequences& s;

  StateProducts part(int) const { return {k.gates, 4 * ptrdiff_t(k.H), 4 * ptrdiff_t(k.H), 0}; }
  void step(ptrdiff_t t, ptrdiff_t b) const {
    const ptrdiff_t H = k.H, row = t * k.B + b;
    float* gates = k.gates + row * 4 * H;
    const float* before = s.stateBefore(k.c, k.c0, t, b);
    vectors(0, H, [&](ptrdiff_t unit, auto lanes) {
      float* gate = gates + unit;
      const Floats past = load(before + unit, lanes);
      Floats i = load(gate, lanes), f = load(gate + H, lanes), o = load(gate + 3 * H, lanes);
      const Floats g = tanh(load(gate + 2 * H, lanes));
      if constexpr (PEEPHOLES) {
        i += load(k.peepholes + unit, lanes) * past;
        f += load(k.peepholes + H + unit, lanes) * past;
      }
      i = sigmoid(i);
      f = sigmoid(f);
      const Floats c = f * past + i * g;
      if constexpr (PEEPHOLES) o += load(k.peepholes + 2 * H + unit, lanes) * c;
      o = sigmoid(o);
      store(gate, i, lanes);
      store(gate + H, f, lanes);
      store(gate + 2 * H, g, lanes);
      store(gate + 3 * H, o, lanes);
      store(k.c + row * H + unit, c, lanes);
      store(k.y + row * H + unit, o * tanh(c), lanes);
    });
  }

  void finish(Rows rows) const {
    s.copyLast(rows, k.c, k.cT);
    s.clearBeyond(rows, k.c, k.H);
    s.clearBeyond(rows, k.gates, 4 * k.H);
  }
};

// do = dh' tanh(c') o (1 - o)      dc' = dc of the next step + dh' o (1 - tanh²(c')) + pO do
// di = dc' g i (1 - i)   df = dc' c f (1 - f)   dg = dc' i (1 - g²)   dc = dc' f + pI di + pF df
template <bool PEEPHOLES>
struct LstmBackwardCell {
  static constexpr int gates = 4, parts = 1;
  static constexpr bool carries = false;
  const LstmBackward& k;
  const Sequences& s;

  StateProducts part(int) const { return {k.gates, 4 * ptrdiff_t(k.H), 4 * ptrdiff_t(k.H), 0}; }
  void begin(Rows rows) const { s.clearBeyond(rows, k.gates, 4 * k.H); }
  void step(ptrdiff_t t, ptrdiff_t b, const float* dh, float*) const {
    const ptrdiff_t H = k.H, row = t * k.B + b;
    float* gates = k.gates + row * 4 * H;
    const float* past = s.stateBefore(k.c, k.c0, t, b);
    const float* dcNext = (s.isLast(t, b) ? k.dcT : k.dc0) + b * H;  // dc0 holds dc from step to step
    vectors(0, H, [&](ptrdiff_t unit, auto lanes) {
      float* gate = gates + unit;
      const Floats i = load(gate, lanes), f = load(gate + H, lanes), g = load(gate + 2 * H, lanes);
      const Floats o = load(gate + 3 * H, lanes), squashed = tanh(load(k.c + row * H + unit, lanes));
      const Floats d = load(dh + unit, lanes) + load(k.dy + row * H + unit, lanes);
      const Floats dO = d * squashed * (o * (1.0f - o));
      Floats dc = load(dcNext + unit, lanes) + d * o * (1.0f - squashed * squashed);
      if constexpr (PEEPHOLES) dc += load(k.peepholes + 2 * H + unit, lanes) * dO;
      const Floats dI = dc * g * (i * (1.0f - i));
      const Floats dF = dc * load(past + unit, lanes) * (f * (1.0f - f));
      store(gate, dI, lanes);
      store(gate + H, dF, lanes);
      store(gate + 2 * H, dc * i * (1.0f - g * g), lanes);
      store(gate + 3 * H, dO, lanes);
      dc *= f;
      if constexpr (PEEPHOLES)
        dc += load(k.peepholes + unit, lanes) * dI + load(k.peepholes + H + unit, lanes) * dF;
      store(k.dc0 + b * H + unit, dc, lanes);
    });
  }
};

// dpI = sum over steps of di c   dpF = sum of df c   dpO = sum of do c'
void peepholeGradient(const LstmBackward& k, const Sequences& s, const Runtime& run) {
  const ptrdiff_t H = k.H;
  share(run, threadsFor(run, 8.0 * double(s.T * s.B) * double(H)), (H + VL - 1) / VL, [&](int32_t, ptrdiff_t block) {
    vectors(block * VL, block * VL + VL < H ? block * VL + VL : H, [&](ptrdiff_t unit, auto lanes) {
      Floats total[3] = {};
      for (ptrdiff_t t = 0; t < s.T; t++) {
        Floats part[3] = {};
        for (ptrdiff_t b = 0; b < s.B; b++) {
          if (!s.isReal(t, b)) continue;
          const float* gate = k.gates + (t * s.B + b) * 4 * H + unit;
          const Floats past = load(s.stateBefore(k.c, k.c0, t, b) + unit, lanes);
          part[0] += load(gate, lanes) * past;
          part[1] += load(gate + H, lanes) * past;
          part[2] += load(gate + 3 * H, lanes) * load(k.c + (t * s.B + b) * H + unit, lanes);
        }
        UNROLL for (int p = 0; p < 3; p++) total[p] += part[p];
      }
      UNROLL for (int p = 0; p < 3; p++) store(k.dpeepholes + p * H + unit, total[p], lanes);
    });
  });
}

bool lstmForward(const LstmForward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  return k.peepholes ? runForward(LstmForwardCell<true>{k, s}, s, k.h0, k.wHh, k.y, k.hT, run)
                     : runForward(LstmForwardCell<false>{k, s}, s, k.h0, k.wHh, k.y, k.hT, run);
}

bool lstmBackward(const LstmBackward& k, const Runtime& run) {
  const Sequences s{k.T, k.B, k.H, k.reverse != 0, k.lengths};
  const bool done =
      k.peepholes ? runBackward(LstmBackwardCell<true>{k, s}, s, k.h0, k.wHh, k.y, k.dhT, k.dh0, k.dwHh, run)
                  : runBackward(LstmBackwardCell<false>{k, s}, s, k.h0, k.wHh, k.y, k.dhT, k.dh0, k.dwHh, run);
  if (!done) return false;
  if (k.dpeepholes && k.peepholes) peepholeGradient(k, s, run);
  if (k.dpeepholes && !k.peepholes) fill(k.dpeepholes, 0, 3 * ptrdiff_t(k.H));
  return true;
}
