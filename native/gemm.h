// Matrix products of any size and orientation.
#pragma once
#include "kernels.gen.h"
#include "panels.h"

namespace {

// The right factor of a product: where it lies, or its panels when it is used more than once.
struct Factor {
  Matrix matrix;
  const Panels* panels;
  Factor(const Matrix& matrix) : matrix(matrix), panels(nullptr) {}
  Factor(const Panels* panels) : matrix{nullptr, 0, 1}, panels(panels) {}
};

// c = a b + bias, or c += a b:  a is [rows depth], b is [depth columns], c row-major with `cRow` from row to row.
struct Product {
  ptrdiff_t rows, columns, depth;
  Matrix a;
  Factor b;
  float* c;
  ptrdiff_t cRow;
  bool add = false;
  const float* bias = nullptr;  // one for each column, or null; not together with `add`
};

// False when there was no scratch memory.
bool multiply(const Product& product, const Runtime& run);

}  // namespace
