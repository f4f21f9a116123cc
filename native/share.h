// Sharing the items of a piece of work among threads.
#pragma once
#include "runtime.h"
#include "vec.h"

namespace {

// How many threads so many floating-point operations are worth: waking one takes as long as about a million.
ALWAYS_INLINE int32_t threadsFor(const Runtime& run, double operations) { return operations < 2e6 ? 1 : run.threads; }

// Calls work(slot, item) for each item from 0 to count - 1. Items that run at the same time have different slots, from
// 0 to threads - 1, so that each slot may have a buffer of its own. Which slot an item gets is not determined.
template <class Work>
void share(const Runtime& run, int32_t threads, ptrdiff_t count, const Work& work) {
  struct Sharing {
    const Work& work;
    ptrdiff_t count, next;

    static void begin(void* context, int32_t slot) {
      Sharing& sharing = *static_cast<Sharing*>(context);
      for (ptrdiff_t item; (item = __atomic_fetch_add(&sharing.next, 1, __ATOMIC_RELAXED)) < sharing.count;)
        sharing.work(slot, item);
    }
  };
  if (threads <= 1 || count <= 1) {
    for (ptrdiff_t item = 0; item < count; item++) work(0, item);
    return;
  }
  Sharing sharing{work, count, 0};
  run.parallel(threads < count ? threads : int32_t(count), Sharing::begin, &sharing);
}

inline float* scratchFloats(const Runtime& run, ptrdiff_t count) {
  return static_cast<float*>(run.scratch(size_t(count > 0 ? count : 1) * sizeof(float)));
}

}  // namespace
