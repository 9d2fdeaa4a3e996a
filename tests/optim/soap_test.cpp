// SOAP has no trace, because the order of an eigenbasis is nobody's; so by what must hold of it.
#include "optim/soap.h"

#include <gtest/gtest.h>

#include <Eigen/QR>

#include "tests/allocation_counter.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Matrix rotation(Eigen::Index n, unsigned seed) {
  std::vector<double> values = numbers<double>(static_cast<std::size_t>(n * n), seed);
  return Eigen::HouseholderQR<Matrix>(Eigen::Map<Matrix>(values.data(), n, n)).householderQ();
}

// Gradients on the diagonal keep L and R diagonal, so the eigenbasis is that of the parameters and SOAP is Adam; its
// first gradient only sets up.
TEST(Soap, IsAdamWhereTheFactorsAreDiagonal) {
  const auto tried = soap({.lr = 0.01, .weight_decay = 0, .every = 3}).bind<double>(one_matrix(3, 3));
  const auto expected =
      adam({.lr = 0.01, .beta1 = 0.95, .beta2 = 0.95, .epsilon_hat = true}).bind<double>(one_matrix(3, 3));
  std::vector<double> p = numbers<double>(9, 1), q = p;
  for (unsigned i = 0; i < 40; ++i) {
    std::vector<double> gradient(9, 0);
    const std::vector<double> diagonal = numbers<double>(3, 50 + i);
    for (std::size_t k = 0; k < 3; ++k) gradient[4 * k] = std::pow(10.0, static_cast<double>(k)) * diagonal[k];
    tried->step(p, gradient);
    if (i > 0) expected->step(q, gradient);  // the first moves nothing
  }
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(p[i], q[i], 1e-12);
}

// Turning all gradients by U from the left and V from the right turns the whole walk, if every direction has been seen:
// the axes of directions that have not are arbitrary, so for square matrices.
TEST(Soap, TurnsWithTheGradients) {
  for (const int side : {2, 4, 6}) {
    const auto size = static_cast<std::size_t>(side * side);
    const Matrix u = rotation(side, 2), v = rotation(side, 3);
    const Rule rule = soap({.every = 2});
    const auto plain = rule.bind<double>(one_matrix(side, side)), turned = rule.bind<double>(one_matrix(side, side));
    std::vector<double> p(size, 0), q(size, 0);
    const auto as = [&](std::vector<double>& values) { return Eigen::Map<Matrix>(values.data(), side, side); };
    for (unsigned i = 0; i < 12; ++i) {
      std::vector<double> g = numbers<double>(size, 60 + i), h(size);
      as(h) = u * as(g) * v;
      plain->step(p, g);
      turned->step(q, h);
    }
    EXPECT_GT(as(p).norm(), 0.01);
    EXPECT_LT((u * as(p) * v - as(q)).norm(), 1e-8 * as(p).norm()) << side;
  }
}

TEST(Soap, KeepsItsBasesOrthonormalAndEigenvectors) {
  const auto optimizer = soap({.every = 5}).bind<double>(one_matrix(8, 6));
  std::vector<double> p(48, 0);
  // Rows and columns of different loudness, so that the eigenvectors are well told apart.
  for (unsigned i = 0; i < 600; ++i) {
    std::vector<double> gradient = numbers<double>(48, 100 + i);
    for (std::size_t k = 0; k < 48; ++k)
      gradient[k] *= std::pow(2, static_cast<double>(k / 6) + static_cast<double>(k % 6));
    optimizer->step(p, gradient);
  }
  Matrix left(8, 8), basis(8, 8);
  for (const auto& array : optimizer->arrays()) {
    if (array.name == "left/weight") left = Eigen::Map<Matrix>(array.values.data(), 8, 8);
    if (array.name == "left_basis/weight") basis = Eigen::Map<Matrix>(array.values.data(), 8, 8);
  }
  EXPECT_LT((basis.transpose() * basis - Matrix::Identity(8, 8)).norm(), 1e-12);
  const Matrix turned = basis.transpose() * left * basis;
  for (Eigen::Index i = 0; i + 1 < 8; ++i) EXPECT_GT(turned(i, i), turned(i + 1, i + 1));
  const double off_diagonal = (turned - Matrix(turned.diagonal().asDiagonal())).norm();
  EXPECT_LT(off_diagonal, 0.2 * turned.norm());
}

TEST(Soap, StaysFiniteWhereAGradientHasFewDirections) {
  const auto optimizer = soap({.every = 1}).bind<float>(one_matrix(5, 3));
  std::vector<float> p = numbers<float>(15, 1), gradient(15, 0);
  optimizer->step(p, gradient);  // nothing to set up from yet
  for (std::size_t i = 0; i < 3; ++i) gradient[i] = 1;
  for (int i = 0; i < 50; ++i) optimizer->step(p, gradient);
  for (const float x : p) EXPECT_TRUE(std::isfinite(x));
  EXPECT_LT(p[0], numbers<float>(15, 1)[0]);
}

TEST(Soap, RestartsItsClockAndKeepsItsBasis) {
  const auto optimizer = soap().bind<double>(one_matrix(3, 3));
  std::vector<double> p(9, 0);
  for (unsigned i = 0; i < 20; ++i) optimizer->step(p, numbers<double>(9, 40 + i));
  optimizer->restart_clock();
  const std::vector<double> before = p;
  optimizer->step(p, numbers<double>(9, 90));
  EXPECT_NE(p, before) << "it need not set up again";
}

TEST(Soap, LeavesLongSidesAlone) {
  const auto turned = soap({.max_side = 3}).bind<double>(one_matrix(4, 3));
  std::set<std::string> names;
  for (const auto& array : turned->arrays()) names.insert(array.name);
  EXPECT_TRUE(names.contains("right_basis/weight"));
  EXPECT_FALSE(names.contains("left_basis/weight"));
  const auto untouched = soap({.weight_decay = 0, .max_side = 2}).bind<double>(one_matrix(4, 3));
  const auto expected =
      adam({.lr = 3e-3, .beta1 = 0.95, .beta2 = 0.95, .epsilon_hat = true}).bind<double>(one_matrix(4, 3));
  std::vector<double> p = numbers<double>(12, 1), q = p;
  for (unsigned i = 0; i < 20; ++i) {
    untouched->step(p, numbers<double>(12, 40 + i));
    expected->step(q, numbers<double>(12, 40 + i));
  }
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(p[i], q[i], 1e-13);
}

TEST(Soap, AllocatesNothingForLargeLayers) {
#ifdef CAIRN_SANITIZED
  GTEST_SKIP() << "the sanitizers bring allocators of their own";
#endif
  const auto optimizer = soap({.every = 2}).bind<float>(one_matrix(200, 130));
  std::vector<float> p = numbers<float>(26'000, 1);
  const std::vector<float> gradient = numbers<float>(26'000, 2);
  const long before = tests::allocations;
  for (int i = 0; i < 4; ++i) optimizer->step(p, gradient);
  EXPECT_EQ(tests::allocations - before, 0);
}

}  // namespace
}  // namespace cairn::optim
