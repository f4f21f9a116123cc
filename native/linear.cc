// The linear layer.
#include "columns.h"
#include "gemm.h"

bool linearForward(const LinearForward& k, const Runtime& run) {
  return multiply({k.N, k.O, k.I, rowMajor(k.x, k.I), transposed(k.w, k.I), k.y, k.O, false, k.bias}, run);
}

bool linearBackward(const LinearBackward& k, const Runtime& run) {
  if (k.dbias) sumRows(k.dy, k.N, k.O, k.O, k.dbias, run);
  if (k.dx && !multiply({k.N, k.I, k.O, rowMajor(k.dy, k.O), rowMajor(k.w, k.I), k.dx, k.I}, run)) return false;
  return !k.dw || multiply({k.O, k.I, k.N, transposed(k.dy, k.O), rowMajor(k.x, k.I), k.dw, k.I}, run);
}
