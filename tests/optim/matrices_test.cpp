#include "optim/matrices.h"

#include <gtest/gtest.h>

#include "tests/allocation_counter.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

template <class S>
RowMajor<S> random_matrix(Eigen::Index rows, Eigen::Index cols, unsigned seed) {
  std::vector<S> values = numbers<S>(static_cast<std::size_t>(rows * cols), seed);
  return MatrixView<S>(values.data(), rows, cols);
}

TEST(Multiply, TilesAgreeWithTheWholeProduct) {
  for (const auto& [rows, depth, cols] : {std::tuple{3, 5, 2}, {128, 128, 128}, {129, 300, 131}, {1, 257, 1}}) {
    const RowMajor<double> a = random_matrix<double>(rows, depth, 1), b = random_matrix<double>(cols, depth, 2);
    RowMajor<double> out(rows, cols);
    multiply(MatrixView<double>(out.data(), rows, cols), a, b.transpose());
    EXPECT_LT((out - a * b.transpose()).norm(), 1e-12 * out.norm() + 1e-13);
  }
}

// Wherever the numbers lie in memory.
template <class S>
void expect_the_same_bits_anywhere() {
  for (const auto& [rows, depth, cols] : {std::tuple{2, 3, 4}, {4, 4, 3}, {5, 9, 7}, {40, 33, 17}, {129, 5, 130}}) {
    const RowMajor<S> a = random_matrix<S>(rows, depth, 1), b = random_matrix<S>(depth, cols, 2);
    RowMajor<S> first(rows, cols);
    std::vector<S> store(static_cast<std::size_t>(a.size() + b.size() + first.size()) + 64);
    for (std::size_t offset = 0; offset < 20; ++offset) {
      MatrixView<S> x(store.data() + offset, rows, depth), y(x.data() + x.size() + offset % 3, depth, cols),
          out(y.data() + y.size() + offset % 5, rows, cols);
      x = a;
      y = b;
      multiply(out, x, y);
      if (offset == 0) first = out;
      ASSERT_EQ(first, out) << rows << 'x' << depth << 'x' << cols << " at " << offset;
    }
  }
  for (const Eigen::Index n : {3, 7, 30}) {
    const RowMajor<S> a = random_matrix<S>(n, n, 3);
    RowMajor<S> first(n, n);
    std::vector<S> store(static_cast<std::size_t>(n * n) + 20);
    for (std::size_t offset = 0; offset < 20; ++offset) {
      MatrixView<S> q(store.data() + offset, n, n);
      q = a;
      orthonormalise_rows(q);
      if (offset == 0) first = q;
      ASSERT_EQ(first, q) << n << " at " << offset;
    }
  }
}
TEST(Matrices, GiveTheSameBitsAnywhere) {
  expect_the_same_bits_anywhere<float>();
  expect_the_same_bits_anywhere<double>();
}

template <class S>
double away_from_orthonormal(const RowMajor<S>& q) {
  return static_cast<double>((q * q.transpose() - RowMajor<S>::Identity(q.rows(), q.rows())).cwiseAbs().maxCoeff());
}

TEST(OrthonormaliseRows, IsTheQrDecomposition) {
  RowMajor<double> a = random_matrix<double>(20, 20, 5), q = a;
  orthonormalise_rows(MatrixView<double>(q.data(), 20, 20));
  EXPECT_LT(away_from_orthonormal(q), 1e-14);
  const Eigen::MatrixXd r = q * a.transpose();
  for (Eigen::Index i = 0; i < 20; ++i) {
    EXPECT_GT(r(i, i), 0);
    for (Eigen::Index j = 0; j < i; ++j) EXPECT_NEAR(r(i, j), 0, 1e-13);
  }
}

TEST(OrthonormaliseRows, CompletesWhatDepends) {
  RowMajor<float> q = random_matrix<float>(6, 6, 5);
  q.row(2) = q.row(0) + q.row(1);
  q.row(4).setZero();
  q.row(5) = 1e-20F * q.row(3);
  orthonormalise_rows(MatrixView<float>(q.data(), 6, 6));
  EXPECT_LT(away_from_orthonormal(q), 1e-6);
}

TEST(Matrices, AllocateNothing) {
#ifdef CAIRN_SANITIZED
  GTEST_SKIP() << "the sanitizers bring allocators of their own";
#endif
  for (const Eigen::Index n : {3, 64, 200, 300}) {
    RowMajor<double> a = random_matrix<double>(n, n, 1), b = a * a.transpose(), out(n, n);
    const long before = tests::allocations;
    multiply(MatrixView<double>(out.data(), n, n), a, b);
    orthonormalise_rows(MatrixView<double>(a.data(), n, n));
    EXPECT_EQ(tests::allocations - before, 0) << n;
  }
}

}  // namespace
}  // namespace cairn::optim
