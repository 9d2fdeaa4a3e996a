// Muon's traces are in traces_test.cpp.
#include "optim/muon.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <Eigen/SVD>

#include "tests/allocation_counter.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The polynomial that is iterated takes every singular value from far below 1 into [0.68, 1.21] or so.
TEST(Muon, MakesAllSingularValuesAlike) {
  for (const auto& [rows, cols] : {std::pair{6, 6}, {4, 16}, {16, 4}, {150, 140}}) {
    const auto size = static_cast<std::size_t>(rows * cols);
    const auto optimizer = muon({.lr = 1}).bind<double>(one_matrix(rows, cols));
    std::vector<double> p(size, 0), gradient = numbers<double>(size, 3, 1e-3);
    optimizer->step(p, gradient);
    const Eigen::VectorXd values = Eigen::JacobiSVD<Matrix>(Eigen::Map<Matrix>(p.data(), rows, cols)).singularValues() /
                                   std::sqrt(std::max(1.0, static_cast<double>(rows) / cols));
    EXPECT_LT(values.maxCoeff(), 1.25);
    EXPECT_GT(values.minCoeff(), rows == cols ? 0 : 0.6);  // a square random matrix may be nearly singular
    EXPECT_LT(
        Eigen::Map<Matrix>(p.data(), rows, cols).cwiseProduct(Eigen::Map<Matrix>(gradient.data(), rows, cols)).sum(), 0)
        << "downhill";
  }
}

TEST(Muon, DoesNotDependOnTheGradientsScale) {
  const auto walk = [](double scale) {
    const auto optimizer = muon().bind<double>(one_matrix(3, 5));
    std::vector<double> p = numbers<double>(15, 1);
    for (unsigned i = 0; i < 5; ++i) optimizer->step(p, numbers<double>(15, 10 + i, scale));
    return p;
  };
  const std::vector<double> plain = walk(1), loud = walk(1e4);
  for (std::size_t i = 0; i < 15; ++i) EXPECT_NEAR(plain[i], loud[i], 1e-6);
}

TEST(Muon, TurnsWithTheGradient) {
  Eigen::Matrix3d turn = Eigen::AngleAxisd(0.7, Eigen::Vector3d(1, 2, 3).normalized()).toRotationMatrix();
  const auto plain = muon().bind<double>(one_matrix(3, 4)), turned = muon().bind<double>(one_matrix(3, 4));
  std::vector<double> p(12, 0), q(12, 0);
  for (unsigned i = 0; i < 5; ++i) {
    std::vector<double> g = numbers<double>(12, 20 + i), h(12);
    Eigen::Map<Matrix>(h.data(), 3, 4) = turn * Eigen::Map<Matrix>(g.data(), 3, 4);
    plain->step(p, g);
    turned->step(q, h);
  }
  EXPECT_LT((turn * Eigen::Map<Matrix>(p.data(), 3, 4) - Eigen::Map<Matrix>(q.data(), 3, 4)).norm(), 1e-12);
}

// Vectors, and output layers unless told otherwise, go AdamW's way at a rate of their own that the schedule scales too.
TEST(Muon, LeavesTheRestToAdamW) {
  const Rule rule = muon({.weight_decay = 0.1}).with_schedule(linear());
  const Rule other = adamw({.lr = 3e-4, .beta2 = 0.95, .eps = 1e-10, .weight_decay = 0.1}).with_schedule(linear());
  Layout vector;
  vector.add("bias", 12, 1, {"bias", "hidden"});
  for (const Layout& layout : {vector, one_matrix(3, 4, "output")}) {
    const auto tried = rule.bind<double>(layout, {.updates = 10}),
               expected = other.bind<double>(layout, {.updates = 10});
    std::vector<double> p = numbers<double>(12, 1), q = p;
    for (unsigned i = 0; i < 8; ++i) {
      tried->step(p, numbers<double>(12, 30 + i));
      expected->step(q, numbers<double>(12, 30 + i));
    }
    for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(p[i], q[i], 1e-14);
  }
  const auto orthogonal = muon({.lr = 1, .output_layers = true}).bind<double>(one_matrix(3, 4, "output"));
  std::vector<double> p(12, 0);
  orthogonal->step(p, numbers<double>(12, 3));
  EXPECT_GT((Eigen::Map<Eigen::VectorXd>(p.data(), 12).norm()), 1);
}

TEST(Muon, AllocatesNothingForLargeLayers) {
#ifdef CAIRN_SANITIZED
  GTEST_SKIP() << "the sanitizers bring allocators of their own";
#endif
  const auto optimizer = muon().bind<float>(one_matrix(300, 200));
  std::vector<float> p = numbers<float>(60'000, 1);
  const std::vector<float> gradient = numbers<float>(60'000, 2);
  const long before = tests::allocations;
  optimizer->step(p, gradient);
  EXPECT_EQ(tests::allocations - before, 0);
}

}  // namespace
}  // namespace cairn::optim
