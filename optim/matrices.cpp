#include "optim/matrices.h"

#include <cassert>

namespace cairn::optim {

namespace {

/// out = a b. Eigen's product keeps its working copies on the stack up to 128 KiB each and allocates beyond, so larger
/// products are made of tiles.
template <class Out, class A, class B>
void multiply_in_tiles(Out& out, const A& a, const B& b) {
  constexpr Eigen::Index tile = 128, small = 20;
  if (out.rows() + out.cols() + a.cols() < small) {
    out.setZero();
    for (Eigen::Index i = 0; i < out.rows(); ++i)
      for (Eigen::Index k = 0; k < a.cols(); ++k)
        for (Eigen::Index j = 0; j < out.cols(); ++j) out(i, j) += a(i, k) * b(k, j);
    return;
  }
  for (Eigen::Index i = 0; i < out.rows(); i += tile)
    for (Eigen::Index j = 0; j < out.cols(); j += tile) {
      const Eigen::Index rows = std::min(tile, out.rows() - i), cols = std::min(tile, out.cols() - j);
      auto part = out.block(i, j, rows, cols);
      part.setZero();
      for (Eigen::Index k = 0; k < a.cols(); k += tile) {
        const Eigen::Index depth = std::min(tile, a.cols() - k);
        part.noalias() += a.block(i, k, rows, depth) * b.block(k, j, depth, cols);
      }
    }
}

}  // namespace

template <class S>
void multiply(MatrixView<S> out, std::type_identity_t<Factor<S>> a, std::type_identity_t<Factor<S>> b) {
  assert(!a.transposed || !b.transposed);
  const Eigen::Map<const RowMajor<S>> left(a.data, a.rows, a.cols), right(b.data, b.rows, b.cols);
  if (a.transposed)
    multiply_in_tiles(out, left.transpose(), right);
  else if (b.transposed)
    multiply_in_tiles(out, left, right.transpose());
  else
    multiply_in_tiles(out, left, right);
}

template void multiply(MatrixView<float>, Factor<float>, Factor<float>);
template void multiply(MatrixView<double>, Factor<double>, Factor<double>);

}  // namespace cairn::optim
