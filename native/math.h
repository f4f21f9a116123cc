// exp, tanh, sigmoid and log of vectors. NaN gives NaN, so that a training that diverges is noticed.
// eps is 2^-23, ulp that of the exact result; errors were measured over all floats.
#pragma once
#include "vec.h"

namespace {

// e^x. Relative error below 2 eps; 0 below -87.3 (where the exact value is under 1.3e-38), infinity above 88.73.
//   x = n ln 2 + r, |r| <= ln 2 / 2;  e^x = 2^n e^r
ALWAYS_INLINE Floats exp(Floats x) {
  x = min(max(x, splat(-87.3f)), splat(89.0f));
  // Adding 1.5 2^23 leaves the nearest whole number in the low bits.
  const float shift = 12582912.0f;
  Floats shifted = x * 1.44269504f + shift;
  Floats n = shifted - shift;
  Floats r = x - n * 0.693359375f;  // ln 2 in two parts, n times the first being exact
  r = r - n * -2.12194440e-4f;
  Floats p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // 2^(n-1), then doubled: 2^128 is no float. At the lowest n it is 0.
  Floats half = (Floats)(((Bits)shifted << 23) + (126u << 23));
  return p * half * 2.0f;
}

// tanh x as the quotient of two polynomials in x² (Eigen's). Relative error below 4 eps for normal x; within [-1, 1].
ALWAYS_INLINE Floats tanh(Floats x) {
  // Beyond these the quotient rounds to 1 and then above it: where, depends on how its terms are rounded.
#if defined(__FMA__) || defined(__aarch64__)
  const float limit = 7.99881172180175781f;
#else
  const float limit = 7.90531110763549805f;
#endif
  x = min(max(x, splat(-limit)), splat(limit));
  Floats s = x * x;
  Floats p = s * -2.76076847742355e-16f + 2.00018790482477e-13f;
  p = p * s + -8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  Floats q = s * 1.19825839466702e-06f + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return x * p / q;
}

// 1 / (1 + e^-x). Absolute error below 2 eps, within [0, 1].
ALWAYS_INLINE Floats sigmoid(Floats x) { return tanh(x * 0.5f) * 0.5f + 0.5f; }

// ln x. Error below 2 eps of max(1, |ln x|); -infinity at 0, NaN below.
//   x = 2^n m, m from sqrt(1/2) to sqrt(2);  ln x = n ln 2 + ln m (Cephes' polynomial)
ALWAYS_INLINE Floats log(Floats x) {
  Ints tiny = x < 1.17549435e-38f;
  Floats scaled = tiny ? x * 8388608.0f : x;  // brings denormals up
  Ints bits = (Ints)scaled - 0x3f3504f3;      // of sqrt(1/2)
  Ints n = bits >> 23;
  Floats m = (Floats)((bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
  Floats exponent = __builtin_convertvector(n, Floats) - (tiny ? splat(23.0f) : zeros());
  Floats z = m * m;
  Floats p = m * 7.0376836292e-2f + -1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m + -1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m + -1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m + -2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  p = p * m * z + exponent * -2.12194440e-4f;
  p = p - z * 0.5f;
  Floats y = m + p + exponent * 0.693359375f;
  y = x == 0.0f ? splat(-__builtin_inff()) : y;
  y = x < 0.0f ? splat(__builtin_nanf("")) : y;
  return x < __builtin_inff() ? y : x + 0.0f;  // infinity and NaN give themselves; -infinity was NaN above
}

}  // namespace
