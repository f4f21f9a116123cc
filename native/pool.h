// The threads and the scratch memory of the native build. Compiled once, for the least instruction set.
#pragma once
#include "runtime.h"

// The runtime that spreads kernels over `threads` threads, the calling one included, or over as many as the system lets
// us start. It lasts as long as the process, whose one pool grows to that many; several threads may run kernels at once,
// of whom one gets the helpers.
Runtime& poolRuntime(int32_t threads);

// To be called by whoever ran a kernel, once it has returned: the scratch memory of this thread is free again.
void releaseScratch();
