// The WebAssembly module: every kernel of the table, its memory and nothing else.
//
// JavaScript (src/kernels/wasm.ts) writes the argument of a kernel at `argument()`, calls the export of its name, and
// owns all memory from `heap()` on; scratch memory is asked of it too.
#include "kernels.gen.h"

extern "C" {

extern const KernelSet kernels_simd128;
double multiplyAdds_simd128(double rounds);
extern unsigned char __heap_base;

__attribute__((import_module("backstitch"), import_name("scratch"))) void* importedScratch(size_t bytes);

// The compiler makes calls of these from plain loops; each is one instruction here.
void* memcpy(void* to, const void* from, size_t bytes) { return __builtin_memcpy(to, from, bytes); }
void* memmove(void* to, const void* from, size_t bytes) { return __builtin_memmove(to, from, bytes); }
void* memset(void* to, int byte, size_t bytes) { return __builtin_memset(to, byte, bytes); }

}  // extern "C"

namespace {

void runInOrder(int32_t count, void (*task)(void* context, int32_t index), void* context) {
  for (int32_t i = 0; i < count; ++i) task(context, i);
}

constexpr Runtime runtime = {1, runInOrder, importedScratch};
alignas(16) unsigned char words[256];

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(name)))

EXPORT("argument") void* argument() { return words; }
EXPORT("heap") void* heap() { return &__heap_base; }
EXPORT("multiplyAdds") double multiplyAdds(double rounds) { return multiplyAdds_simd128(rounds); }
EXPORT("table") const char* kernelTable() { return KERNEL_TABLE; }

#define X(name, Struct)                                     \
  static_assert(sizeof(Struct) <= sizeof words);            \
  EXPORT(#name) bool call##Struct() {                       \
    return kernels_simd128.name(*reinterpret_cast<const Struct*>(words), runtime); \
  }
KERNELS(X)
#undef X
