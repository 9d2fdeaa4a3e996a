#pragma once

// Decompositions, by Eigen. It takes the compiler long to instantiate them; so they are compiled once, for all floors.

#include <Eigen/Eigenvalues>

namespace cairn::optim {

/// Q of A = QR whose R has a positive diagonal (Householder). `matrix`: n x m, n >= m; Q: n x m, its columns
/// orthonormal. Of a matrix of normal deviates it is uniform over all such (Mezzadri 2007).
Eigen::MatrixXd orthonormal_factor(const Eigen::MatrixXd& matrix);

/// Of a symmetric matrix, rising; its lower triangle is read. It is not scaled: entries whose squares leave double's
/// range lose digits.
Eigen::VectorXd eigenvalues(const Eigen::MatrixXd& symmetric);

/// Eigenvalues, rising, and eigenvectors of symmetric matrices of one size, in double, without allocation: Householder
/// tridiagonalisation, then implicit QR (Golub and Van Loan, 8.3), both by Eigen.
class SymmetricEigen {
 public:
  /// For matrices of n x n.
  explicit SymmetricEigen(Eigen::Index n);
  /// `symmetric`: n x n, of which the lower triangle is read.
  template <class M>
  void compute(const M& symmetric) {
    matrix_ = symmetric.template cast<double>();
    compute();
  }
  /// Eigenvalues, the smallest first.
  const Eigen::VectorXd& values() const { return tridiagonal_.eigenvalues(); }
  const Eigen::MatrixXd& vectors() const { return vectors_; }  ///< in columns
  /// The matrix to a power, its eigenvalues taken for no less than `least`.
  const Eigen::MatrixXd& power(double exponent, double least);

 private:
  void compute();
  Eigen::MatrixXd matrix_, axes_, vectors_;
  Eigen::VectorXd diagonal_, beside_;
  Eigen::Tridiagonalization<Eigen::MatrixXd> reduction_;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> tridiagonal_;
};

}  // namespace cairn::optim
