// How the simple kernels go over elements: spread over threads when that pays, VL at a time, and with the same arithmetic
// at the ragged end as before it, so that no result depends on where an element stands.
#pragma once
#include "runtime.h"
#include "vec.h"

namespace {

// WebAssembly runs on one thread; saying so here keeps its module small.
#ifdef __wasm__
constexpr bool hasThreads = false;
#else
constexpr bool hasThreads = true;
#endif

// Fewer elements than this per thread, each costing an addition or so, are done about as soon as a thread is woken (some
// ten microseconds).
constexpr int64_t manyElements = 1 << 16;

// Calls part(from, to) for ranges that together are 0 .. count - 1, from as many threads as have `least` items each.
// Ranges begin at multiples of `Unit`; with 16, threads never write to the same cache line of a flat array.
template <int Unit, class Part>
ALWAYS_INLINE void spread(const Runtime& run, int64_t count, int64_t least, const Part& part) {
  int64_t parts = 1;
  if constexpr (hasThreads) {
    parts = count / (least > 0 ? least : 1);
    if (parts > run.threads) parts = run.threads;
    if (parts < 1) parts = 1;
  }
  struct Range {
    const Part& part;
    int64_t count, length;
    // Out of line, so that the loops of a kernel are compiled once.
    NEVER_INLINE static void work(void* context, int32_t index) {
      const Range& range = *static_cast<const Range*>(context);
      const int64_t from = index * range.length;
      const int64_t to = from + range.length < range.count ? from + range.length : range.count;
      if (from < to) range.part(from, to);
    }
  };
  Range range{part, count, ((count + parts - 1) / parts + Unit - 1) / Unit * Unit};
  if (!hasThreads || parts == 1)
    Range::work(&range, 0);
  else
    run.parallel(int32_t(parts), Range::work, &range);
}

// Calls row(n) for n from 0 to count - 1, from several threads when rows of `length` elements make that worth it.
template <class Row>
ALWAYS_INLINE void eachRow(const Runtime& run, int64_t count, int64_t length, const Row& row) {
  spread<1>(run, count, manyElements / (length + 1) + 1, [&](int64_t from, int64_t to) {
    for (int64_t n = from; n < to; n++) row(n);
  });
}

// 0, 1, 2 and so on.
ALWAYS_INLINE Ints laneNumbers() {
  Ints lane;
  for (int i = 0; i < VL; i++) lane[i] = i;
  return lane;
}

// The lanes of a vector that are meant: all VL, or the first `count`.
struct AllLanes {};
struct FirstLanes {
  ptrdiff_t count;
};

ALWAYS_INLINE Floats load(const float* from, AllLanes) { return load(from); }
ALWAYS_INLINE Floats load(const float* from, FirstLanes lanes) { return loadPart(from, lanes.count); }
// As load, with `fill` in the lanes that are not meant.
ALWAYS_INLINE Floats load(const float* from, AllLanes, float) { return load(from); }
ALWAYS_INLINE Floats load(const float* from, FirstLanes lanes, float fill) {
  return laneNumbers() < splatInt(int32_t(lanes.count)) ? load(from, lanes) : splat(fill);
}
ALWAYS_INLINE void store(float* to, Floats x, AllLanes) { store(to, x); }
ALWAYS_INLINE void store(float* to, Floats x, FirstLanes lanes) { storePart(to, x, lanes.count); }
ALWAYS_INLINE Ints loadInts(const int32_t* from, AllLanes) { return loadInts(from); }
ALWAYS_INLINE Ints loadInts(const int32_t* from, FirstLanes lanes) {
  return (Ints)loadPart(reinterpret_cast<const float*>(from), lanes.count);
}
ALWAYS_INLINE void storeInts(int32_t* to, Ints x, AllLanes) { *(UnalignedInts*)to = x; }
ALWAYS_INLINE void storeInts(int32_t* to, Ints x, FirstLanes lanes) {
  storePart(reinterpret_cast<float*>(to), (Floats)x, lanes.count);
}

// Calls body(n, lanes) for from .. to - 1 in vectors; only the last may have fewer than VL lanes.
template <class Body>
ALWAYS_INLINE void vectors(int64_t from, int64_t to, const Body& body) {
  int64_t n = from;
  for (; n + VL <= to; n += VL) body(n, AllLanes{});
  if (n < to) body(n, FirstLanes{ptrdiff_t(to - n)});
}

// Calls body(n, lanes) for 0 .. count - 1 in vectors, spread over threads. `work` is the cost of an element, that of an
// addition being 1.
template <class Body>
ALWAYS_INLINE void eachVector(const Runtime& run, int64_t count, int64_t work, const Body& body) {
  spread<16>(run, count, manyElements / work, [&](int64_t from, int64_t to) { vectors(from, to, body); });
}

// Sum of term(i, lanes) for i from 0 to count - 1: four sums side by side, added at the end. Lanes that are not meant
// must be 0.
template <class Term>
ALWAYS_INLINE float sumOver(int64_t count, const Term& term) {
  Floats sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * VL <= count; i += 4 * VL)
    UNROLL for (int j = 0; j < 4; j++) sums[j] += term(i + j * VL, AllLanes{});
  for (; i + VL <= count; i += VL) sums[0] += term(i, AllLanes{});
  if (i < count) sums[0] += term(i, FirstLanes{ptrdiff_t(count - i)});
  return sumOf((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

ALWAYS_INLINE void copy(float* to, const float* from, int64_t count) {
  vectors(0, count, [=](int64_t n, auto lanes) { store(to + n, load(from + n, lanes), lanes); });
}

ALWAYS_INLINE void fill(float* to, float x, int64_t count) {
  vectors(0, count, [=](int64_t n, auto lanes) { store(to + n, splat(x), lanes); });
}

}  // namespace
