// Softmax cross-entropy, alone and together with the linear layer before it.
#include "columns.h"
#include "each.h"
#include "gemm.h"
#include "math.h"

// Natural logarithm of one number.
inline float logOf(float x) { return log(splat(x))[0]; }

// Greatest of the row and log of the sum of exp(x - greatest); their sum is the log of the sum of exp.
struct LogSumExp {
  float greatest, rest;
  float value() const { return greatest + rest; }
};

LogSumExp logSumExp(const float* x, ptrdiff_t V) {
  Floats most = splat(-__builtin_inff());
  vectors(0, V, [&](ptrdiff_t v, auto lanes) { most = max(most, load(x + v, lanes, -__builtin_inff())); });
  const float greatest = maxOf(most);
  const float sum = sumOver(V, [&](ptrdiff_t v, auto lanes) { return exp(load(x + v, lanes, -__builtin_inff()) - greatest); });
  return {greatest, logOf(sum)};
}

// (1-s) (lse - logits[target]) + s (lse - mean of logits), with the greatest logit taken off everywhere: so the digits
// that are lost in lse are not lost in the loss.
float smoothedLoss(const float* logits, ptrdiff_t V, const LogSumExp& lse, int32_t target, float s) {
  const float sharp = lse.rest - (logits[target] - lse.greatest);
  if (s == 0) return sharp;
  const float sum = sumOver(V, [&](ptrdiff_t v, auto lanes) { return load(logits + v, lanes, lse.greatest) - lse.greatest; });
  return (1 - s) * sharp + s * (lse.rest - sum / float(V));
}

// to = by (exp(x - lse) - (1-s) [v = target] - s/V); `to` may be x.
void lossGradient(const float* x, ptrdiff_t V, float lse, int32_t target, float s, float by, float* to) {
  const float spread = V > 0 ? s / float(V) : 0;
  const float ofTarget = exp(splat(x[target] - lse))[0];
  vectors(0, V, [&](ptrdiff_t v, auto lanes) { store(to + v, (exp(load(x + v, lanes) - lse) - spread) * by, lanes); });
  to[target] = by * (ofTarget - (1 - s) - spread);
}

bool crossEntropyForward(const CrossEntropyForward& k, const Runtime& run) {
  eachRow(run, k.N, 16 * ptrdiff_t(k.V), [&](ptrdiff_t n) {
    const float* logits = k.logits + n * k.V;
    const LogSumExp lse = logSumExp(logits, k.V);
    k.lse[n] = lse.value();
    k.loss[n] = k.targets[n] < 0 ? 0 : smoothedLoss(logits, k.V, lse, k.targets[n], k.smoothing);
  });
  return true;
}

bool crossEntropyBackward(const CrossEntropyBackward& k, const Runtime& run) {
  eachRow(run, k.N, 8 * ptrdiff_t(k.V), [&](ptrdiff_t n) {
    float* to = k.dlogits + n * k.V;
    if (k.targets[n] < 0) return fill(to, 0, k.V);
    lossGradient(k.logits + n * k.V, k.V, k.lse[n], k.targets[n], k.smoothing, k.dloss[n], to);
  });
  return true;
}

// Rows whose logits are held at a time: few enough to stay in the cache, but not so few that going over w for each
// chunk costs more than the logits.
ptrdiff_t rowsAtOnce(const LinearCrossEntropy& k) {
  const ptrdiff_t fitting = (1 << 16) / (k.V + 1), rows = fitting > 192 ? fitting : 192;
  return rows < k.N ? rows : k.N;
}

// One chunk after another, each over all threads: the gradient of w is then a sum in the order of the rows.
bool linearCrossEntropy(const LinearCrossEntropy& k, const Runtime& run) {
  const ptrdiff_t I = k.I, V = k.V;
  const bool wantsGradient = k.dx || k.dw || k.dbias;
  float* logits = scratchFloats(run, rowsAtOnce(k) * V);
  Panels forward(I, V), backward(V, I);
  if (!logits || !forward.pack(transposed(k.w, I), run)) return false;
  if (k.dx && !backward.pack(rowMajor(k.w, I), run)) return false;
  if (k.dw && k.N == 0) fill(k.dw, 0, V * I);
  if (k.dbias && k.N == 0) fill(k.dbias, 0, V);

  for (ptrdiff_t from = 0; from < k.N; from += rowsAtOnce(k)) {
    const ptrdiff_t rows = k.N - from < rowsAtOnce(k) ? k.N - from : rowsAtOnce(k);
    const float* x = k.x + from * I;
    if (!multiply({rows, V, I, rowMajor(x, I), &forward, logits, V, false, k.bias}, run)) return false;
    eachRow(run, rows, (wantsGradient ? 24 : 16) * V, [&](ptrdiff_t n) {
      float* row = logits + n * V;
      const int32_t target = k.targets[from + n];
      if (target < 0) {
        k.loss[from + n] = 0;
        return fill(row, 0, V);
      }
      const LogSumExp lse = logSumExp(row, V);
      k.loss[from + n] = smoothedLoss(row, V, lse, target, k.smoothing);
      if (wantsGradient) lossGradient(row, V, lse.value(), target, k.smoothing, k.scale, row);
    });
    if (k.dbias) sumRows(logits, rows, V, V, k.dbias, run, from > 0);
    if (k.dx && !multiply({rows, I, V, rowMajor(logits, V), &backward, k.dx + from * I, I}, run)) return false;
    if (k.dw && !multiply({V, I, rows, transposed(logits, V), rowMajor(x, I), k.dw, I, from > 0}, run)) return false;
  }
  return true;
}
