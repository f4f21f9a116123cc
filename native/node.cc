// The Node-API addon: every kernel of the table, for each instruction set that this processor runs.
//
// TypeScript has checked the arguments (src/kernels/check.ts) by the same word of the engine on the kind and length of
// an array as can be had here, and nothing of the caller's runs in between, so a call only gathers them: sizes and scalars wait as
// words in memory shared with JavaScript, arrays come as arguments and are used where they are, never copied. Each
// worker thread of a process has its own instance of all that is here; what they share is in pool.h.
#include <node_api.h>

#if defined(_WIN32)
#define NOMINMAX
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#include <memory>
#include <string>
#include <vector>

#include "cpu.h"
#include "kernels.gen.h"
#include "pool.h"

namespace {

// Calls one kernel of a set with its argument struct.
using Caller = bool (*)(const KernelSet& set, const void* argument, const Runtime& run);

template <class Struct, bool (*KernelSet::*kernel)(const Struct&, const Runtime&)>
bool callKernel(const KernelSet& set, const void* argument, const Runtime& run) {
  return (set.*kernel)(*static_cast<const Struct*>(argument), run);
}

// What calling one kernel takes: the shape of its argument struct and where its words wait.
struct Binding {
  Caller caller;
  const KernelSet* set;
  int32_t words, arrays;
  const int32_t* given;
  Runtime* run;
};

constexpr int32_t mostWords = 16, mostArrays = 40;

// An argument struct is its words, rounded up to whole pointers, then its pointers.
constexpr size_t pointersAt(int32_t words) { return (static_cast<size_t>(words) * 4 + 7) / 8 * 8; }

#define X(name, Struct)                                                                              \
  static_assert(Struct::words <= mostWords && Struct::arrays <= mostArrays);                         \
  static_assert(sizeof(Struct) == pointersAt(Struct::words) + Struct::arrays * sizeof(void*));
KERNELS(X)
#undef X

// Returns nothing when the kernel did its work, and false when it found no scratch memory.
napi_value call(napi_env env, napi_callback_info info) {
  size_t count = mostArrays;
  napi_value given[mostArrays];
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, given, nullptr, &data);
  const Binding& binding = *static_cast<const Binding*>(data);

  alignas(8) unsigned char argument[mostWords * 4 + mostArrays * sizeof(void*)];
  __builtin_memcpy(argument, binding.given, static_cast<size_t>(binding.words) * 4);
  void** pointers = reinterpret_cast<void**>(argument + pointersAt(binding.words));
  for (int32_t i = 0; i < binding.arrays; ++i) {
    // Null for an absent array: the call then fails and leaves the pointer alone.
    pointers[i] = nullptr;
    napi_get_typedarray_info(env, given[i], nullptr, nullptr, &pointers[i], nullptr, nullptr);
  }

  const bool done = binding.caller(*binding.set, argument, *binding.run);
  releaseScratch();
  if (done) return nullptr;
  napi_value no;
  napi_get_boolean(env, false, &no);
  return no;
}

// The kernels of one instruction set with one number of threads, as JavaScript sees them.
struct Build {
  std::vector<Binding> bindings;
};

// What one environment (the main thread, or a worker) has opened; lives as long as it.
using Builds = std::vector<std::unique_ptr<Build>>;

struct InstructionSet {
  const char* name;
  const KernelSet* kernels;
  double (*multiplyAdds)(double rounds);
  bool runs;
};

}  // namespace

#if defined(__x86_64__) || defined(_M_X64)
extern "C" {
extern const KernelSet kernels_x86_64, kernels_avx2, kernels_avx512;
double multiplyAdds_x86_64(double), multiplyAdds_avx2(double), multiplyAdds_avx512(double);
}
#elif defined(__aarch64__) || defined(_M_ARM64)
extern "C" {
extern const KernelSet kernels_neon;
double multiplyAdds_neon(double);
}
#endif

namespace {

// Fastest first.
const std::vector<InstructionSet>& instructionSets() {
#if defined(__x86_64__) || defined(_M_X64)
  static const std::vector<InstructionSet> all = {
      {"avx512", &kernels_avx512, multiplyAdds_avx512, hasAvx512()},
      {"avx2", &kernels_avx2, multiplyAdds_avx2, hasAvx2()},
      {"x86-64", &kernels_x86_64, multiplyAdds_x86_64, true}};
#else
  static const std::vector<InstructionSet> all = {{"neon", &kernels_neon, multiplyAdds_neon, true}};
#endif
  return all;
}

// The instruction set of that name, or null when there is none that this processor runs.
const InstructionSet* findInstructionSet(napi_env env, napi_value name) {
  char isa[16] = "";
  napi_get_value_string_utf8(env, name, isa, sizeof isa, nullptr);
  for (const InstructionSet& set : instructionSets())
    if (set.runs && std::string(isa) == set.name) return &set;
  return nullptr;
}

napi_value text(napi_env env, const char* chars) {
  napi_value value;
  napi_create_string_utf8(env, chars, NAPI_AUTO_LENGTH, &value);
  return value;
}

void setFunction(napi_env env, napi_value object, const char* name, napi_callback callback, void* data) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function);
  napi_set_named_property(env, object, name, function);
}

// open(isa, threads) returns { words, kernels, threads }, where the threads are fewer when the system does not let us
// start so many, or undefined when this processor does not run that instruction set.
napi_value open(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value given[2];
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, given, nullptr, &data);
  int32_t threads = 1;
  napi_get_value_int32(env, given[1], &threads);

  const InstructionSet* chosen = findInstructionSet(env, given[0]);
  if (!chosen) return nullptr;

  napi_value buffer;
  void* words = nullptr;
  napi_create_arraybuffer(env, mostWords * 4, &words, &buffer);
  // The kernels read these words for as long as they can be called.
  napi_ref keep;
  napi_create_reference(env, buffer, 1, &keep);

  Runtime* run = &poolRuntime(threads);
  auto build = std::make_unique<Build>();
#define X(name, Struct)                                                                                     \
  build->bindings.push_back({callKernel<Struct, &KernelSet::name>, chosen->kernels, Struct::words, Struct::arrays, \
                             static_cast<const int32_t*>(words), run});
  KERNELS(X)
#undef X

  napi_value kernels, started, result;
  napi_create_object(env, &kernels);
  Binding* next = build->bindings.data();
#define X(name, Struct) setFunction(env, kernels, #name, call, next++);
  KERNELS(X)
#undef X
  static_cast<Builds*>(data)->push_back(std::move(build));
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "words", buffer);
  napi_set_named_property(env, result, "kernels", kernels);
  napi_create_int32(env, run->threads, &started);
  napi_set_named_property(env, result, "threads", started);
  return result;
}

// multiplyAdds(isa, rounds) keeps one core as busy as it can be, and returns how many floating-point operations it did;
// undefined when this processor does not run that instruction set.
napi_value multiplyAdds(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value given[2], result;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  const InstructionSet* chosen = findInstructionSet(env, given[0]);
  if (!chosen) return nullptr;
  double rounds = 0;
  napi_get_value_double(env, given[1], &rounds);
  napi_create_double(env, chosen->multiplyAdds(rounds), &result);
  return result;
}

// address(array) returns where its elements lie, as a number.
napi_value address(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value array, result;
  napi_get_cb_info(env, info, &count, &array, nullptr, nullptr);
  void* elements = nullptr;
  napi_get_typedarray_info(env, array, nullptr, nullptr, &elements, nullptr, nullptr);
  napi_create_double(env, static_cast<double>(reinterpret_cast<uintptr_t>(elements)), &result);
  return result;
}

// Node unloads an addon with the last worker thread that used it, but the pool's threads still sleep in its code.
void stayLoaded() {
#if defined(_WIN32)
  HMODULE self;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<LPCWSTR>(&stayLoaded), &self);
#else
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&stayLoaded), &self)) dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
#endif
}

}  // namespace

NAPI_MODULE_INIT() {
  stayLoaded();
  auto* builds = new Builds();
  napi_set_instance_data(env, builds, [](napi_env, void* data, void*) { delete static_cast<Builds*>(data); }, nullptr);

  napi_value value;
  napi_set_named_property(env, exports, "table", text(env, KERNEL_TABLE));
  napi_create_int32(env, physicalCores(), &value);
  napi_set_named_property(env, exports, "cores", value);
  napi_create_array(env, &value);
  uint32_t at = 0;
  for (const InstructionSet& set : instructionSets())
    if (set.runs) napi_set_element(env, value, at++, text(env, set.name));
  napi_set_named_property(env, exports, "isas", value);
  setFunction(env, exports, "open", open, builds);
  setFunction(env, exports, "address", address, nullptr);
  setFunction(env, exports, "multiplyAdds", multiplyAdds, nullptr);
  return exports;
}
