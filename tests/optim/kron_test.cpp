// Kron's traces are in traces_test.cpp.
#include "optim/kron.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <set>

#include "tests/allocation_counter.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The factor of that name and side, a diagonal as a matrix.
Matrix factor(Optimizer<double>& optimizer, const std::string& name, Eigen::Index side) {
  for (const auto& array : optimizer.arrays()) {
    if (array.name != name + "/weight") continue;
    if (array.values.size() == static_cast<std::size_t>(side)) {
      const Eigen::VectorXd diagonal = Eigen::Map<Eigen::VectorXd>(array.values.data(), side);
      return diagonal.asDiagonal();
    }
    return Eigen::Map<Matrix>(array.values.data(), side, side);
  }
  throw std::runtime_error("no array " + name);
}

/// The condition number of the covariance of what Q makes of L N R, N normal.
double condition(const Matrix& ql, const Matrix& qr, const Matrix& l, const Matrix& r) {
  const Matrix left = ql.transpose() * ql * l, right = r * qr.transpose() * qr;
  const auto spread = [](const Matrix& of) {
    const Eigen::VectorXd values = Eigen::SelfAdjointEigenSolver<Matrix>(of * of.transpose()).eigenvalues();
    return values.tail<1>()[0] / values[0];
  };
  return spread(left) * spread(right.transpose());
}

// Gradients L N R with N normal have a covariance that is a Kronecker product, which a product of factors can whiten.
TEST(Kron, WhitensGradientsOfAConstantCovariance) {
  std::vector<double> values = numbers<double>(16 + 9, 5);
  const Matrix l = Eigen::Map<Matrix>(values.data(), 4, 4) + Matrix(Eigen::Vector4d(8, 4, 2, 1).asDiagonal());
  const Matrix r = Eigen::Map<Matrix>(values.data() + 16, 3, 3) + Matrix(Eigen::Vector3d(1, 3, 9).asDiagonal());
  const auto run = kron({.beta1 = 0, .precond_lr = 0.02, .flat_steps = 100'000}).bind<double>(one_matrix(4, 3));
  std::vector<double> p(12, 0), gradient(12);
  double squares = 0;
  for (unsigned i = 0; i < 6000; ++i) {
    std::vector<double> noise = numbers<double>(12, 100 + i);
    Eigen::Map<Matrix>(gradient.data(), 4, 3) = l * Eigen::Map<Matrix>(noise.data(), 4, 3) * r;
    const Matrix ql = factor(*run, "left", 4), qr = factor(*run, "right", 3);
    if (i >= 4000)
      squares += (ql.transpose() * ql * Eigen::Map<Matrix>(gradient.data(), 4, 3) * qr.transpose() * qr).squaredNorm();
    run->step(p, gradient);
  }
  const Matrix none_left = Matrix::Identity(4, 4), none_right = Matrix::Identity(3, 3);
  EXPECT_GT(condition(none_left, none_right, l, r), 1000);
  EXPECT_LT(condition(factor(*run, "left", 4), factor(*run, "right", 3), l, r), 3);
  EXPECT_NEAR(squares / 2000 / 12, 1, 0.3) << "and each element's mean square is about 1";
}

TEST(Kron, KeepsItsFactorsUpperTriangular) {
  const auto run = kron().bind<double>(one_matrix(5, 4));
  std::vector<double> p(20, 0);
  for (unsigned i = 0; i < 50; ++i) run->step(p, numbers<double>(20, i));
  for (const Matrix& q : {factor(*run, "left", 5), factor(*run, "right", 4)}) {
    EXPECT_GT(Matrix(q.triangularView<Eigen::StrictlyUpper>()).norm(), 0.01);
    EXPECT_EQ(Matrix(q.triangularView<Eigen::StrictlyLower>()).norm(), 0);
  }
}

// By steps since the start: at each of the first, then at every 1/p-th.
TEST(Kron, LearnsAtEachStepAtFirstAndSeldomAfterwards) {
  KronOptions options{.flat_steps = 10, .decay = 0.1, .least = 0.25};
  std::vector<std::int64_t> learnt;
  options.draw = [&](std::size_t, std::int64_t step, std::span<double> probe) {
    learnt.push_back(step);
    std::ranges::fill(probe, 1.0);
    return false;
  };
  const auto run = kron(options).bind<double>(one_matrix(3, 2));
  std::vector<double> p(6, 0);
  for (unsigned i = 0; i < 40; ++i) run->step(p, numbers<double>(6, i));
  // p of step t is exp(-(t - 11) / 10): no longer 1 from the 12th on, at least 1/2 up to the 17th and 1/3 up to the
  // 21st, 1/4 from the 25th.
  EXPECT_EQ(learnt, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 20, 24, 28, 32, 36, 40}));
}

TEST(Kron, DrawsByItsSeedEachBlockAndStep) {
  Layout two;
  two.add("first", 2, 3, {"weight"});
  two.add("second", 2, 3, {"weight"});
  const auto walk = [&](std::int64_t seed) {
    const auto run = kron({.seed = seed}).bind<double>(two);
    std::vector<double> p(12, 0), gradient = numbers<double>(6, 3);
    gradient.insert(gradient.end(), gradient.begin(), gradient.end());
    for (int i = 0; i < 5; ++i) run->step(p, gradient);
    return p;
  };
  const std::vector<double> p = walk(1);
  EXPECT_EQ(p, walk(1));
  EXPECT_NE(p, walk(2));
  EXPECT_FALSE(std::equal(p.begin(), p.begin() + 6, p.begin() + 6)) << "blocks have probes of their own";
}

TEST(Kron, BoundsTheStepAndLeavesVectorsUndecayed) {
  Layout layout = one_matrix(4, 3);
  layout.add("bias", 5, 1, {"bias"});
  const auto run = kron({.lr = 1, .weight_decay = 0.5}).bind<double>(layout);
  std::vector<double> p(17, 1), gradient = numbers<double>(17, 3, 1e6);
  std::vector<double> moved = p;
  run->step(p, gradient);
  double matrix = 0, bias = 0;
  for (std::size_t i = 0; i < 17; ++i) {
    moved[i] = 1 - p[i] - (i < 12 ? 0.5 : 0);
    (i < 12 ? matrix : bias) += moved[i] * moved[i];
  }
  EXPECT_NEAR(std::sqrt(matrix / 12), 1.1, 1e-9);
  EXPECT_NEAR(std::sqrt(bias / 5), 1.1, 1e-9);
}

// The trap of the authors' code: their Q grows without end where there is no gradient.
TEST(Kron, LearnsNothingFromNoGradient) {
  const auto run = kron().bind<float>(one_matrix(4, 3));
  std::vector<float> p(12, 1);
  for (int i = 0; i < 3000; ++i) run->step(p, std::vector<float>(12, 0));
  run->step(p, numbers<float>(12, 3));
  for (const float x : p) EXPECT_LT(std::abs(x - 1), 0.01F);
}

// A matrix whose sides are all too long is stepped along by products of diagonals.
TEST(Kron, GivesLongSidesDiagonals) {
  const auto run = kron({.max_side = 3}).bind<double>(one_matrix(4, 3));
  std::set<std::size_t> sizes;
  for (const auto& array : run->arrays())
    if (array.name != "m" && array.name != "counts/weight") sizes.insert(array.values.size());
  EXPECT_EQ(sizes, (std::set<std::size_t>{4, 9}));

  const Eigen::Vector4d l(8, 4, 2, 1);
  const Eigen::Vector3d r(1, 3, 9);
  for (const int max_side : {2, 3}) {
    const auto whitening = kron({.beta1 = 0, .precond_lr = 0.02, .flat_steps = 100'000, .max_side = max_side})
                               .bind<double>(one_matrix(4, 3));
    std::vector<double> p(12, 0), gradient(12);
    for (unsigned i = 0; i < 4000; ++i) {
      std::vector<double> noise = numbers<double>(12, 100 + i);
      Eigen::Map<Matrix>(gradient.data(), 4, 3) =
          l.asDiagonal() * Eigen::Map<Matrix>(noise.data(), 4, 3) * r.asDiagonal();
      whitening->step(p, gradient);
    }
    EXPECT_LT(condition(factor(*whitening, "left", 4), factor(*whitening, "right", 3), l.asDiagonal(), r.asDiagonal()),
              3)
        << max_side;
  }
}

// Balancing makes the largest elements equal and changes no step, but for rounding.
TEST(Kron, BalancingChangesNoProduct) {
  const auto walk = [](bool balances, double* ratio) {
    KronOptions options;
    options.draw = [=](std::size_t, std::int64_t step, std::span<double> probe) {
      std::ranges::copy(numbers<double>(probe.size(), static_cast<unsigned>(step)), probe.begin());
      return balances && step == 30;
    };
    const auto run = kron(options).bind<double>(one_matrix(4, 3));
    for (const auto& array : run->arrays())
      if (array.name == "left/weight")
        for (double& q : array.values) q *= 1000;
    std::vector<double> p(12, 0);
    for (unsigned i = 0; i < 30; ++i) run->step(p, numbers<double>(12, i));
    *ratio = factor(*run, "left", 4).cwiseAbs().maxCoeff() / factor(*run, "right", 3).cwiseAbs().maxCoeff();
    return p;
  };
  double plain = 0, balanced = 0;
  const std::vector<double> p = walk(false, &plain), q = walk(true, &balanced);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(p[i], q[i], 1e-12);
  EXPECT_GT(plain, 100);
  EXPECT_NEAR(balanced, 1, 0.25) << "before that step's own change";
}

TEST(Kron, AllocatesNothingForLargeLayers) {
#ifdef CAIRN_SANITIZED
  GTEST_SKIP() << "the sanitizers bring allocators of their own";
#endif
  const auto optimizer = kron().bind<float>(one_matrix(200, 130));
  std::vector<float> p = numbers<float>(26'000, 1);
  const std::vector<float> gradient = numbers<float>(26'000, 2);
  const long before = tests::allocations;
  for (int i = 0; i < 4; ++i) optimizer->step(p, gradient);
  EXPECT_EQ(tests::allocations - before, 0);
}

}  // namespace
}  // namespace cairn::optim
