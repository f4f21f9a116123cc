// One step of recurrent layers whose rows extend others, as those of a search do: the products with the states are made
// before, once for each state, however many rows go on from it.
#include "each.h"
#include "kernels.gen.h"
#include "math.h"

// i f g o = z[ids[b]] + p[slots[b]]   c' = f c + i g   h' = o tanh(c')
bool lstmStep(const LstmStep& k, const Runtime& run) {
  const int64_t H = k.H;
  eachRow(run, k.B, 64 * H, [&](int64_t b) {
    const float* z = k.z + k.ids[b] * 4 * H;
    const float* p = k.p + k.slots[b] * 4 * H;
    const float* past = k.c0 + k.slots[b] * H;
    vectors(0, H, [&](int64_t unit, auto lanes) {
      const auto gate = [&](int64_t at) { return load(z + at * H + unit, lanes) + load(p + at * H + unit, lanes); };
      const Floats c = sigmoid(gate(1)) * load(past + unit, lanes) + sigmoid(gate(0)) * tanh(gate(2));
      store(k.c + b * H + unit, c, lanes);
      store(k.h + b * H + unit, sigmoid(gate(3)) * tanh(c), lanes);
    });
  });
  return true;
}

// r, z = sigmoid(z[ids[b]] + p[slots[b]])   n = tanh(z_n + r (p_n + biasHn))   h' = (1 - z) n + z h, `fed` on top of z
bool gruStep(const GruStep& k, const Runtime& run) {
  const int64_t H = k.H;
  eachRow(run, k.B, 48 * H, [&](int64_t b) {
    const float* input = k.z + k.ids[b] * 3 * H;
    const float* fed = k.fed ? k.fed + k.slots[b] * 3 * H : nullptr;
    const float* p = k.p + k.slots[b] * 3 * H;
    const float* past = k.h0 + k.slots[b] * H;
    vectors(0, H, [&](int64_t unit, auto lanes) {
      const auto given = [&](int64_t at) {
        const Floats x = load(input + at * H + unit, lanes);
        return fed ? x + load(fed + at * H + unit, lanes) : x;
      };
      const Floats r = sigmoid(given(0) + load(p + unit, lanes));
      const Floats z = sigmoid(given(1) + load(p + H + unit, lanes));
      Floats hn = load(p + 2 * H + unit, lanes);
      if (k.biasHn) hn += load(k.biasHn + unit, lanes);
      const Floats n = tanh(given(2) + r * hn);
      store(k.h + b * H + unit, n + z * (load(past + unit, lanes) - n), lanes);
    });
  });
  return true;
}
