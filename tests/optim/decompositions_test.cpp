#include "optim/decompositions.h"

#include <gtest/gtest.h>

#include "optim/matrices.h"
#include "tests/allocation_counter.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

Eigen::MatrixXd some_matrix(Eigen::Index rows, Eigen::Index cols, unsigned seed) {
  const std::vector<double> values = numbers<double>(static_cast<std::size_t>(rows * cols), seed);
  return Eigen::Map<const Eigen::MatrixXd>(values.data(), rows, cols);
}

TEST(OrthonormalFactor, IsThatOfTheQrDecomposition) {
  for (const auto& [rows, cols] : {std::pair{1, 1}, {5, 5}, {64, 8}, {200, 130}}) {
    const Eigen::MatrixXd a = some_matrix(rows, cols, 1), q = orthonormal_factor(a), r = q.transpose() * a;
    EXPECT_LT((q.transpose() * q - Eigen::MatrixXd::Identity(cols, cols)).norm(), 1e-12);
    EXPECT_LT((q * r - a).norm(), 1e-12 * a.norm());
    EXPECT_GT(r.diagonal().minCoeff(), 0);
    EXPECT_LT(r.triangularView<Eigen::StrictlyLower>().toDenseMatrix().norm(), 1e-12 * a.norm());
  }
}

TEST(Eigenvalues, AreThoseOfTheDecomposition) {
  EXPECT_EQ(eigenvalues(Eigen::MatrixXd::Constant(1, 1, -3)), Eigen::VectorXd::Constant(1, -3));
  const Eigen::VectorXd two = eigenvalues(Eigen::Matrix2d{{2, 1}, {1, 2}});
  EXPECT_NEAR(two[0], 1, 1e-15);
  EXPECT_NEAR(two[1], 3, 1e-15);
  const Eigen::MatrixXd root = some_matrix(40, 43, 2), a = root * root.transpose();
  SymmetricEigen eigen(40);
  eigen.compute(a);
  EXPECT_LT((eigenvalues(a) - eigen.values()).norm(), 1e-12 * a.norm());
}

TEST(SymmetricEigen, DecomposesAndRaisesToPowers) {
  for (const Eigen::Index n : {2, 3, 8, 64, 150}) {
    const RowMajor<double> root = some_matrix(n, n + 3, 4), a = root * root.transpose();
    SymmetricEigen eigen(n);
    eigen.compute(a);
    const Eigen::MatrixXd v = eigen.vectors();
    EXPECT_LT((v.transpose() * v - Eigen::MatrixXd::Identity(n, n)).norm(), 1e-11);
    EXPECT_LT((v * eigen.values().asDiagonal() * v.transpose() - a).norm(), 1e-11 * a.norm());
    EXPECT_TRUE(std::is_sorted(eigen.values().begin(), eigen.values().end()));
    const Eigen::MatrixXd inverse_root = eigen.power(-0.25, 1e-12);
    EXPECT_LT((inverse_root * inverse_root * inverse_root * inverse_root * a - Eigen::MatrixXd::Identity(n, n)).norm(),
              1e-6);
  }
}

TEST(SymmetricEigen, TakesSmallEigenvaluesForNoLessThanTold) {
  SymmetricEigen eigen(2);
  eigen.compute(RowMajor<float>{{4, 0}, {0, -1}});
  const Eigen::MatrixXd root = eigen.power(-0.5, 0.25);
  EXPECT_NEAR(root(0, 0), 0.5, 1e-12);
  EXPECT_NEAR(root(1, 1), 2, 1e-12);
}

TEST(SymmetricEigen, AllocatesNothing) {
#ifdef CAIRN_SANITIZED
  GTEST_SKIP() << "the sanitizers bring allocators of their own";
#endif
  for (const Eigen::Index n : {3, 64, 200, 300}) {
    const RowMajor<double> a = some_matrix(n, n, 1), b = a * a.transpose();
    SymmetricEigen eigen(n);
    const long before = tests::allocations;
    eigen.compute(b);
    eigen.power(-0.25, 1e-9);
    EXPECT_EQ(tests::allocations - before, 0) << n;
  }
}

}  // namespace
}  // namespace cairn::optim
