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

/// A matrix in columns, seen as its transpose in rows.
MatrixView<double> transposed(Eigen::MatrixXd& matrix) {
  return {matrix.data(), matrix.cols(), matrix.rows()};
}
Eigen::Map<const RowMajor<double>> transposed(const Eigen::MatrixXd& matrix) {
  return {matrix.data(), matrix.cols(), matrix.rows()};
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

SymmetricEigen::SymmetricEigen(Eigen::Index n)
    : matrix_(n, n), axes_(n, n), vectors_(n, n), diagonal_(n), beside_(n - 1), reduction_(n), tridiagonal_(n) {}

void SymmetricEigen::compute() {
  const Eigen::Index n = matrix_.rows();
  reduction_.compute(matrix_);  // A = Q T Qᵀ
  diagonal_ = reduction_.diagonal();
  beside_ = reduction_.subDiagonal();
  tridiagonal_.computeFromTridiagonal(diagonal_, beside_);  // T = V Λ Vᵀ
  // Q is a product of reflections 1 - τ v vᵀ, v = (1, essential part), τ = 2/‖v‖². Eigen would allocate to form it and
  // to hand out τ; so reflect column by column, the last reflection first.
  axes_.setIdentity();
  for (Eigen::Index i = n - 2; i >= 0; --i) {
    const Eigen::Index rest = n - 2 - i;
    const auto essential = reduction_.packedMatrix().col(i).tail(rest);
    const double squares = essential.squaredNorm();
    if (squares == 0) continue;  // nothing was to be reflected
    const double tau = 2 / (1 + squares);
    for (auto column : axes_.bottomRightCorner(rest + 1, rest + 1).colwise()) {
      const double along = tau * (column(0) + essential.dot(column.tail(rest)));
      column(0) -= along;
      column.tail(rest) -= along * essential;
    }
  }
  multiply(transposed(vectors_), transposed(tridiagonal_.eigenvectors()), transposed(axes_));  // Q V
}

const Eigen::MatrixXd& SymmetricEigen::power(double exponent, double least) {
  diagonal_ = values().array().max(least).pow(exponent);
  axes_ = vectors_ * diagonal_.asDiagonal();
  multiply(transposed(matrix_), transposed(vectors_).transpose(), transposed(axes_));  // (V Λ) Vᵀ
  return matrix_;
}

}  // namespace cairn::optim
