// What this processor can run, and how many cores it has.
#pragma once
#include <stdint.h>

#include <set>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <stdio.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(_WIN32)
#define NOMINMAX
#include <windows.h>
#include <vector>
#endif

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>

// Asked of the processor itself: `__builtin_cpu_supports` needs a runtime library that not every clang links.
inline bool processorHas(uint32_t leaf, int registerAt, uint32_t bits) {
  uint32_t registers[4] = {0, 0, 0, 0};  // eax ebx ecx edx
  if (!__get_cpuid_count(leaf, 0, &registers[0], &registers[1], &registers[2], &registers[3])) return false;
  return (registers[registerAt] & bits) == bits;
}

// Whether the operating system saves these parts of the vector registers.
inline bool systemSaves(uint32_t parts) {
  constexpr uint32_t osxsave = 1u << 27;
  if (!processorHas(1, 2, osxsave)) return false;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & parts) == parts;
}

// x86-64-v3: AVX2, FMA, BMI, BMI2, LZCNT, MOVBE, F16C.
inline bool hasAvx2() {
  return systemSaves(0x6) && processorHas(1, 2, (1u << 12) | (1u << 22) | (1u << 28) | (1u << 29)) &&
         processorHas(7, 1, (1u << 3) | (1u << 5) | (1u << 8)) && processorHas(0x80000001u, 2, 1u << 5);
}

// x86-64-v4: the above with AVX-512 F, DQ, CD, BW, VL.
inline bool hasAvx512() {
  return hasAvx2() && systemSaves(0xe6) &&
         processorHas(7, 1, (1u << 16) | (1u << 17) | (1u << 28) | (1u << 30) | (1u << 31));
}
#endif

// Cores that this process may use, counting one for the several threads that a core may run at once; at least 1.
inline int32_t physicalCores() {
  int32_t logical = static_cast<int32_t>(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    std::set<std::string> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      const std::string path = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list";
      char siblings[256] = "";
      if (FILE* file = fopen(path.c_str(), "r")) {
        if (!fgets(siblings, sizeof siblings, file)) siblings[0] = 0;
        fclose(file);
      }
      cores.insert(siblings[0] ? siblings : std::to_string(cpu));
    }
    logical = static_cast<int32_t>(cores.size());
  }
  // A container may be given the time of fewer cores than it sees (cgroup v2).
  if (FILE* file = fopen("/sys/fs/cgroup/cpu.max", "r")) {
    long quota = 0, period = 0;
    if (fscanf(file, "%ld %ld", &quota, &period) == 2 && quota > 0 && period > 0) {
      const long share = (quota + period - 1) / period;
      if (share < logical) logical = static_cast<int32_t>(share);
    }
    fclose(file);
  }
#elif defined(__APPLE__)
  // The fast cores, where there are two kinds.
  int32_t count = 0;
  size_t size = sizeof count;
  if (sysctlbyname("hw.perflevel0.physicalcpu", &count, &size, nullptr, 0) == 0 && count > 0) return count;
  size = sizeof count;
  if (sysctlbyname("hw.physicalcpu", &count, &size, nullptr, 0) == 0 && count > 0) return count;
#elif defined(_WIN32)
  DWORD bytes = 0;
  GetLogicalProcessorInformationEx(RelationProcessorCore, nullptr, &bytes);
  std::vector<char> buffer(bytes);
  auto* first = reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(buffer.data());
  if (bytes && GetLogicalProcessorInformationEx(RelationProcessorCore, first, &bytes)) {
    int32_t count = 0;
    for (DWORD at = 0; at < bytes; ++count)
      at += reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(buffer.data() + at)->Size;
    if (count > 0) return count;
  }
#endif
  return logical > 0 ? logical : 1;
}
