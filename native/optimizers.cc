// One step of an optimizer, in place on the weights w. Unless said otherwise, g below is gradient + weightDecay w.
#include "each.h"
#include "kernels.gen.h"

// v = momentum v + g;  w -= rate (nesterov ? g + momentum v : v);  without velocity w -= rate g
bool sgdUpdate(const SgdUpdate& k, const Runtime& run) {
  const Floats rate = splat(k.rate), momentum = splat(k.momentum), decay = splat(k.weightDecay);
  if (!k.velocity) {
    eachVector(run, k.N, 1, [&](int64_t n, auto lanes) {
      const Floats w = load(k.w + n, lanes), g = load(k.g + n, lanes) + decay * w;
      store(k.w + n, w - rate * g, lanes);
    });
    return true;
  }
  const auto update = [&](auto step) {
    eachVector(run, k.N, 2, [&](int64_t n, auto lanes) {
      const Floats w = load(k.w + n, lanes), g = load(k.g + n, lanes) + decay * w;
      const Floats v = momentum * load(k.velocity + n, lanes) + g;
      store(k.velocity + n, v, lanes);
      store(k.w + n, w - rate * step(g, v), lanes);
    });
  };
  if (k.nesterov)
    update([&](Floats g, Floats v) { return g + momentum * v; });
  else
    update([](Floats, Floats v) { return v; });
  return true;
}

// s += g²;  w -= rate g / (sqrt(s) + epsilon)
bool adagradUpdate(const AdagradUpdate& k, const Runtime& run) {
  const Floats rate = splat(k.rate), epsilon = splat(k.epsilon), decay = splat(k.weightDecay);
  eachVector(run, k.N, 2, [&](int64_t n, auto lanes) {
    const Floats w = load(k.w + n, lanes), g = load(k.g + n, lanes) + decay * w;
    const Floats s = load(k.squares + n, lanes) + g * g;
    store(k.squares + n, s, lanes);
    store(k.w + n, w - rate * g / (sqrt(s) + epsilon), lanes);
  });
  return true;
}

// s = decay s + (1 - decay) g²;  v = momentum v + g / (sqrt(s) + epsilon);  w -= rate v
bool rmspropUpdate(const RmspropUpdate& k, const Runtime& run) {
  const Floats rate = splat(k.rate), momentum = splat(k.momentum), epsilon = splat(k.epsilon);
  const Floats decay = splat(k.decay), fresh = splat(1.0f - k.decay), weightDecay = splat(k.weightDecay);
  const auto update = [&](auto velocity) {
    eachVector(run, k.N, 2, [&](int64_t n, auto lanes) {
      const Floats w = load(k.w + n, lanes), g = load(k.g + n, lanes) + weightDecay * w;
      const Floats s = decay * load(k.squares + n, lanes) + fresh * (g * g);
      store(k.squares + n, s, lanes);
      store(k.w + n, w - rate * velocity(n, lanes, g / (sqrt(s) + epsilon)), lanes);
    });
  };
  if (k.velocity)
    update([&](int64_t n, auto lanes, Floats step) {
      const Floats v = momentum * load(k.velocity + n, lanes) + step;
      store(k.velocity + n, v, lanes);
      return v;
    });
  else
    update([](int64_t, auto, Floats step) { return step; });
  return true;
}

// m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g²;  w -= rate (m / correction1) / (sqrt(v / correction2) + epsilon)
// decoupled: first w -= rate weightDecay w, and g is the gradient alone.
bool adamUpdate(const AdamUpdate& k, const Runtime& run) {
  const Floats beta1 = splat(k.beta1), beta2 = splat(k.beta2), epsilon = splat(k.epsilon);
  const Floats fresh1 = splat(1.0f - k.beta1), fresh2 = splat(1.0f - k.beta2);
  const Floats rate = splat(k.rate / k.correction1), scale2 = splat(1.0f / k.correction2);
  const Floats keep = splat(k.decoupled ? 1.0f - k.rate * k.weightDecay : 1.0f);
  const Floats decay = splat(k.decoupled ? 0.0f : k.weightDecay);
  eachVector(run, k.N, 2, [&](int64_t n, auto lanes) {
    const Floats w = load(k.w + n, lanes), g = load(k.g + n, lanes) + decay * w;
    const Floats m = beta1 * load(k.m + n, lanes) + fresh1 * g;
    const Floats v = beta2 * load(k.v + n, lanes) + fresh2 * (g * g);
    store(k.m + n, m, lanes);
    store(k.v + n, v, lanes);
    store(k.w + n, keep * w - rate * m / (sqrt(v * scale2) + epsilon), lanes);
  });
  return true;
}
