// Vectors of VL floats by GCC's and Clang's vector types: one text for AVX-512, AVX2, SSE, NEON and WebAssembly.
#pragma once
#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>  // functions that are always inlined only: no code of one instruction set reaches another
#endif

#ifndef VL
#define VL 4
#endif
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))
// Unrolls the loop that follows; register tiles stay in registers only when their loops are gone.
#define UNROLL _Pragma("GCC unroll 32")

namespace {

typedef float Floats __attribute__((vector_size(VL * 4)));
typedef int32_t Ints __attribute__((vector_size(VL * 4)));
typedef uint32_t Bits __attribute__((vector_size(VL * 4)));
typedef float UnalignedFloats __attribute__((vector_size(VL * 4), aligned(4), may_alias));
typedef int32_t UnalignedInts __attribute__((vector_size(VL * 4), aligned(4), may_alias));

// x in every lane. A splat written as a loop over lanes makes g++ 12 keep accumulators in memory.
ALWAYS_INLINE Floats splat(float x) { return x - (Floats){}; }
ALWAYS_INLINE Ints splatInt(int32_t x) { return x - (Ints){}; }
ALWAYS_INLINE Floats zeros() { return (Floats){}; }

ALWAYS_INLINE Floats load(const float* from) { return *(const UnalignedFloats*)from; }
ALWAYS_INLINE void store(float* to, Floats x) { *(UnalignedFloats*)to = x; }
ALWAYS_INLINE Ints loadInts(const int32_t* from) { return *(const UnalignedInts*)from; }

// The first `count` lanes (0..VL) from memory, 0 in the others. Memory beyond is not touched.
ALWAYS_INLINE Floats loadPart(const float* from, ptrdiff_t count) {
#if VL == 16 && defined(__AVX512F__)
  return (Floats)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
#else
  Floats x = {};
  for (ptrdiff_t i = 0; i < count; i++) x[i] = from[i];
  return x;
#endif
}

// Stores the first `count` lanes (0..VL). Memory beyond is not touched.
ALWAYS_INLINE void storePart(float* to, Floats x, ptrdiff_t count) {
#if VL == 16 && defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)x);
#else
  for (ptrdiff_t i = 0; i < count; i++) to[i] = x[i];
#endif
}

// A lane of b where the lane of a is NaN would hide it: both return a's NaN. (b's NaN is lost.)
ALWAYS_INLINE Floats min(Floats a, Floats b) { return b < a ? b : a; }
ALWAYS_INLINE Floats max(Floats a, Floats b) { return b > a ? b : a; }
ALWAYS_INLINE Floats abs(Floats x) { return (Floats)((Ints)x & 0x7fffffff); }

#ifdef __wasm__
// clang 16 takes the loop below lane by lane through memory: 45 ns a vector instead of 2.
ALWAYS_INLINE Floats sqrt(Floats x) { return __builtin_wasm_sqrt_f32x4(x); }
#else
ALWAYS_INLINE Floats sqrt(Floats x) {
  for (int i = 0; i < VL; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
}
#endif

// Sum of the lanes, by halves: the same order on every machine of this width.
ALWAYS_INLINE float sumOf(Floats x) {
  float lane[VL];
  store(lane, x);
  UNROLL for (int half = VL / 2; half > 0; half /= 2)
    UNROLL for (int i = 0; i < half; i++) lane[i] += lane[i + half];
  return lane[0];
}

// Greatest lane; NaN in any lane gives NaN.
ALWAYS_INLINE float maxOf(Floats x) {
  float greatest = x[0];
  for (int i = 1; i < VL; i++) greatest = greatest >= x[i] ? greatest : greatest != greatest ? greatest : x[i];
  return greatest;
}

}  // namespace
