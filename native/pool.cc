#include "pool.h"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using Task = void (*)(void* context, int32_t index);

// How long a helper looks out for more work before it sleeps, and a caller for helpers before it yields. The kernels
// of a training step follow each other faster than a sleeping thread wakes; between steps nobody spins.
constexpr auto lookout = std::chrono::microseconds(30);

void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Looks at `ready` for a short while; true when it came true.
template <class Ready>
bool comesSoon(Ready ready) {
  const auto end = std::chrono::steady_clock::now() + lookout;
  do {
    for (int i = 0; i < 32; i++) {
      if (ready()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return ready();
}

// One job at a time, offered to all helpers. The caller works too and never waits for a helper that has not begun:
// it closes the job, after which nobody new may begin, and waits for those inside.
struct Pool {
  std::mutex calling;
  std::vector<std::thread> helpers;
  std::map<int32_t, std::unique_ptr<Runtime>> runtimes;  // by number of threads
  std::atomic<uint32_t> generation{0};  // counts jobs; helpers sleep on it
  std::atomic<bool> open{false};
  std::atomic<int32_t> inside{0};
  std::atomic<int32_t> next{0};
  int32_t count = 0;
  Task task = nullptr;
  void* context = nullptr;

  void work() {
    for (int32_t index; (index = next.fetch_add(1)) < count;) task(context, index);
  }

  void help(uint32_t seen) {
    for (;;) {
      if (!comesSoon([&] { return generation != seen; })) generation.wait(seen);
      seen = generation;
      inside++;
      if (open) work();
      inside--;
    }
  }

  void run(int32_t jobCount, Task jobTask, void* jobContext) {
    count = jobCount;
    task = jobTask;
    context = jobContext;
    next = 0;
    open = true;
    generation++;
    generation.notify_all();
    work();
    open = false;
    while (!comesSoon([&] { return inside == 0; })) std::this_thread::yield();
  }

  // As far as the system lets it: it may limit the threads of a user or a container.
  void grow(size_t wanted) {
    try {
      while (helpers.size() < wanted) helpers.emplace_back([this, seen = generation.load()] { help(seen); });
    } catch (const std::system_error&) {
    }
  }
};

// Never destroyed: the process may end while helpers sleep.
Pool& pool() {
  static Pool& only = *new Pool;
  return only;
}

void parallel(int32_t count, Task task, void* context) {
  Pool& shared = pool();
  std::unique_lock<std::mutex> mine(shared.calling, std::try_to_lock);
  if (mine.owns_lock() && count > 1) {
    shared.run(count, task, context);
  } else {  // another thread is using the helpers
    for (int32_t index = 0; index < count; index++) task(context, index);
  }
}

constexpr std::align_val_t alignment{64};

struct Release {
  void operator()(char* memory) const { ::operator delete[](memory, alignment); }
};

// Memory handed out from the front of a block. A block that is too small is kept until the kernel returns and then
// replaced by one that holds all of it, so that a training allocates in its first step only.
struct Scratch {
  std::vector<std::unique_ptr<char[], Release>> blocks;
  size_t size = 0;  // of the last block
  size_t used = 0;  // of the last block
  size_t total = 0;

  void* take(size_t bytes) {
    bytes = (bytes + 63) / 64 * 64;
    if (blocks.empty() || used + bytes > size) {
      char* memory = static_cast<char*>(::operator new[](bytes, alignment, std::nothrow));
      if (!memory) return nullptr;
      blocks.emplace_back(memory);
      size = bytes;
      used = 0;
      total += bytes;
    }
    char* start = blocks.back().get() + used;
    used += bytes;
    return start;
  }

  void release() {
    if (blocks.size() > 1) {
      const size_t wanted = total;
      blocks.clear();
      size = total = 0;
      take(wanted);  // when this fails the next kernel asks anew
    }
    used = 0;
  }
};

thread_local Scratch scratchOfThread;

void* scratch(size_t bytes) { return scratchOfThread.take(bytes); }

}  // namespace

Runtime& poolRuntime(int32_t threads) {
  Pool& shared = pool();
  const std::lock_guard<std::mutex> mine(shared.calling);
  if (threads < 1) threads = 1;
  shared.grow(static_cast<size_t>(threads - 1));
  const int32_t most = static_cast<int32_t>(shared.helpers.size()) + 1;
  if (threads > most) threads = most;
  std::unique_ptr<Runtime>& runtime = shared.runtimes[threads];
  if (!runtime) runtime = std::make_unique<Runtime>(Runtime{threads, parallel, scratch});
  return *runtime;
}

void releaseScratch() { scratchOfThread.release(); }
