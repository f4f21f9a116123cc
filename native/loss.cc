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

float greatestLogit(const float* x, ptrdiff_t V) {
  Floats most = splat(-__builtin_inff());
  vectors(0, V, [&](ptrdiff_t v, auto lanes) { most = max(most, load(x + v, lanes, -__builtin_inff())); });
  return maxOf(most);
}

LogSumExp logSumExp(const float* x, ptrdiff_t V) {
  const float greatest = greatestLogit(x, V);
  const float sum =
      sumOver(V, [&](ptrdiff_t v, auto lanes) { return exp(load(x + v, lanes, -__builtin_inff()) - greatest); });
  return {greatest, logOf(sum)};
}

// Mean of x - greatest.
float meanBelow(const float* x, ptrdiff_t V, float greatest) {
  return sumOver(V, [&](ptrdiff_t v, auto lanes) { return load(x + v, lanes, greatest) - greatest; }) / float(V);
}

// (1-s) (lse - logits[target]) + s (lse - mean of logits), given how far the log of the sum of exp, the target and the
// mean lie from the greatest logit: so the digits that are lost in lse are not lost in the loss.
float smoothedLoss(float logSum, float target, float mean, float s) {
  return s == 0 ? logSum - target : (1 - s) * (logSum - target) + s * (logSum - mean);
}

bool crossEntropyForward(const CrossEntropyForward& k, const Runtime& run) {
  eachRow(run, k.N, 16 * ptrdiff_t(k.V), [&](ptrdiff_t n) {
    const float* logits = k.logits + n * k.V;
    const LogSumExp lse = logSumExp(logits, k.V);
    k.lse[n] = lse.value();
    k.loss[n] = 0;
    if (k.targets[n] < 0) return;
    const float mean = k.smoothing == 0 ? 0 : meanBelow(logits, k.V, lse.greatest);
    k.loss[n] = smoothedLoss(lse.rest, logits[k.targets[n]] - lse.greatest, mean, k.smoothing);
  });
  return true;
}

// dlogits = dloss (exp(logits - lse) - (1-s) [v = target] - s/V)
bool crossEntropyBackward(const CrossEntropyBackward& k, const Runtime& run) {
  eachRow(run, k.N, 8 * ptrdiff_t(k.V), [&](ptrdiff_t n) {
    const float* logits = k.logits + n * k.V;
    float* to = k.dlogits + n * k.V;
    const int32_t target = k.targets[n];
    if (target < 0) return fill(to, 0, k.V);
    const float lse = k.lse[n], by = k.dloss[n], evenly = k.smoothing / float(k.V);
    vectors(0, k.V, [&](ptrdiff_t v, auto lanes) {
      store(to + v, (exp(load(logits + v, lanes) - lse) - evenly) * by, lanes);
    });
    to[target] = (exp(splat(logits[target] - lse))[0] - (1 - k.smoothing) - evenly) * by;
  });
  return true;
}

// The loss of a row of logits, which becomes its gradient: by (softmax - (1-s) [v = target] - s/V).
float lossAndGradient(float* row, ptrdiff_t V, int32_t target, float s, float by) {
  const float greatest = greatestLogit(row, V);
  const float ofTarget = row[target] - greatest;
  const float mean = s == 0 ? 0 : meanBelow(row, V, greatest);
  const float sum = sumOver(V, [&](ptrdiff_t v, auto lanes) {
    const Floats e = exp(load(row + v, lanes, -__builtin_inff()) - greatest);
    store(row + v, e, lanes);
    return e;
  });
  const float evenly = s / float(V), toProbability = 1 / sum, probability = row[target] * toProbability;
  vectors(0, V, [&](ptrdiff_t v, auto lanes) {
    store(row + v, (load(row + v, lanes) * toProbability - evenly) * by, lanes);
  });
  row[target] = (probability - (1 - s) - evenly) * by;
  return smoothedLoss(logOf(sum), ofTarget, mean, s);
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
    eachRow(run, rows, 24 * V, [&](ptrdiff_t n) {
      float* row = logits + n * V;
      const int32_t target = k.targets[from + n];
      if (target < 0) {
        k.loss[from + n] = 0;
        return fill(row, 0, V);
      }
      k.loss[from + n] = lossAndGradient(row, V, target, k.smoothing, k.scale);
    });
    if (k.dbias) sumRows(logits, rows, V, V, k.dbias, run, from > 0);
    if (k.dx && !multiply({rows, I, V, rowMajor(logits, V), &backward, k.dx + from * I, I}, run)) return false;
    if (k.dw && !multiply({V, I, rows, transposed(logits, V), rowMajor(x, I), k.dw, I, from > 0}, run)) return false;
  }
  return true;
}
