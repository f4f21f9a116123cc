// All kernels for one instruction set, as one translation unit with two symbols: kernels_avx512 and
// multiplyAdds_avx512 for AVX-512, and so on.
//
// Compiled once per instruction set, with -DISA=avx512 (the name in the symbol) and -DVL=16 (floats in a vector).
// Nothing here includes the standard library: its inline functions would be compiled for this instruction set and
// could be picked by the linker for a processor that lacks it. For the same reason all else is in a nameless namespace.
#include "attention.h"
#include "each.h"
#include "gemm.h"
#include "kernels.gen.h"
#include "math.h"
#include "recurrent.h"
#include "scan.h"
#include "vec.h"

namespace {
#include "attention.cc"
#include "elementwise.cc"
#include "embedding.cc"
#include "gemm.cc"
#include "grouped.cc"
#include "gru.cc"
#include "gru_simplified.cc"
#include "layout.cc"
#include "linear.cc"
#include "loss.cc"
#include "best.cc"  // after loss.cc, whose functions it uses
#include "lstm.cc"
#include "min_gru.cc"
#include "min_lstm.cc"
#include "normalize.cc"
#include "optimizers.cc"
#include "peak.cc"
#include "reduce.cc"
#include "rnn.cc"
#include "sigmoid_loss.cc"
#include "step.cc"
#include "attentive.cc"  // around the cells of lstm.cc and gru.cc
}  // namespace

#define JOIN(a, b) a##b
#define KERNELS_OF(isa) JOIN(kernels_, isa)
#define MULTIPLY_ADDS_OF(isa) JOIN(multiplyAdds_, isa)

extern "C" {
extern const KernelSet KERNELS_OF(ISA);
const KernelSet KERNELS_OF(ISA) = {
#define X(name, Struct) name,
    KERNELS(X)
#undef X
};

double MULTIPLY_ADDS_OF(ISA)(double rounds) { return multiplyAdds(rounds); }
}
