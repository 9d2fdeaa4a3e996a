#include "optim/decompositions.h"

#include <Eigen/QR>

#include "optim/matrices.h"

namespace cairn::optim {

namespace {

/// A matrix in columns, seen as its transpose in rows.
MatrixView<double> transposed(Eigen::MatrixXd& matrix) {
  return {matrix.data(), matrix.cols(), matrix.rows()};
}
Eigen::Map<const RowMajor<double>> transposed(const Eigen::MatrixXd& matrix) {
  return {matrix.data(), matrix.cols(), matrix.rows()};
}

}  // namespace

Eigen::MatrixXd orthonormal_factor(const Eigen::MatrixXd& matrix) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(matrix);
  Eigen::MatrixXd q = qr.householderQ() * Eigen::MatrixXd::Identity(matrix.rows(), matrix.cols());
  for (Eigen::Index col = 0; col < q.cols(); ++col)
    if (qr.matrixQR()(col, col) < 0) q.col(col) *= -1;
  return q;
}

Eigen::VectorXd eigenvalues(const Eigen::MatrixXd& symmetric) {
  // As SelfAdjointEigenSolver does by itself, but without eigenvectors of the tridiagonal matrix.
  const Eigen::Tridiagonalization<Eigen::MatrixXd> reduced(symmetric);
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(reduced.diagonal(), reduced.subDiagonal(), Eigen::EigenvaluesOnly);
  return solver.eigenvalues();
}

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
