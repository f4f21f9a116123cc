// What a kernel may ask of the build it runs in: threads and scratch memory. Kernels allocate nothing themselves.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct Runtime {
  // How many threads `parallel` spreads its tasks over; results must not depend on it.
  int32_t threads;
  // Calls task(context, index) once for each index from 0 to count - 1 and returns when all have returned.
  // Not to be called from within a task.
  void (*parallel)(int32_t count, void (*task)(void* context, int32_t index), void* context);
  // Memory aligned to 64 bytes, holding garbage, that lives until the kernel returns; null when there is none left.
  // To be called outside of `parallel` only.
  void* (*scratch)(size_t bytes);
};

// A kernel returns false when `scratch` returned null, and then has changed nothing that matters.
