// Cross-entropy of independent yes-or-no answers.
#include "each.h"
#include "kernels.gen.h"
#include "math.h"

// loss = log(1 + e^x) - target x, written so that e^x cannot overflow: max(x, 0) + log(1 + e^-|x|) - target x
bool sigmoidCrossEntropyForward(const SigmoidCrossEntropyForward& k, const Runtime& run) {
  eachVector(run, k.N, 6, [&](int64_t n, auto lanes) {
    const Floats x = load(k.logits + n, lanes), target = load(k.targets + n, lanes);
    store(k.loss + n, max(x, zeros()) - target * x + log(exp(-abs(x)) + 1.0f), lanes);
  });
  return true;
}

// dlogits = dloss (sigmoid(x) - target)
bool sigmoidCrossEntropyBackward(const SigmoidCrossEntropyBackward& k, const Runtime& run) {
  eachVector(run, k.N, 3, [&](int64_t n, auto lanes) {
    const Floats x = load(k.logits + n, lanes), target = load(k.targets + n, lanes);
    store(k.dlogits + n, load(k.dloss + n, lanes) * (sigmoid(x) - target), lanes);
  });
  return true;
}
