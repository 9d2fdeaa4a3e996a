#include "optim/matrices.h"

namespace cairn::optim {

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
  multiply(vectors_, axes_, tridiagonal_.eigenvectors());
}

const Eigen::MatrixXd& SymmetricEigen::power(double exponent, double least) {
  diagonal_ = values().array().max(least).pow(exponent);
  axes_ = vectors_ * diagonal_.asDiagonal();
  multiply(matrix_, axes_, vectors_.transpose());
  return matrix_;
}

}  // namespace cairn::optim
