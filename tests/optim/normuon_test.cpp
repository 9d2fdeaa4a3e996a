// NorMuon's traces are in traces_test.cpp.
#include "optim/normuon.h"

#include <gtest/gtest.h>

#include "tests/allocation_counter.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// At the first step each row is divided by its own length; Muon's rows are of many lengths in a tall matrix, and the
// step as a whole is as long as Muon's.
TEST(NorMuon, RowsAreOfOneLengthAndTheStepIsAsLongAsMuons) {
  const auto step = [](const Rule& rule) {
    std::vector<double> p(64, 0), gradient = numbers<double>(64, 3);
    for (std::size_t k = 0; k < gradient.size(); ++k) {
      const std::size_t row = k / 4;
      gradient[k] *= static_cast<double>(1 + row);
    }
    rule.bind<double>(one_matrix(16, 4))->step(p, gradient);
    return Matrix(Eigen::Map<Matrix>(p.data(), 16, 4));
  };
  const Matrix plain = step(muon({.lr = 1})), tried = step(normuon({.lr = 1}));
  const Eigen::VectorXd rows = tried.rowwise().norm(), others = plain.rowwise().norm();
  EXPECT_LT(rows.maxCoeff() - rows.minCoeff(), 1e-6) << "but for what 1e-10 is beside the roots";
  EXPECT_GT(others.maxCoeff(), 2 * others.minCoeff());
  EXPECT_NEAR(tried.norm(), plain.norm(), 1e-8);
  for (Eigen::Index i = 0; i < 16; ++i)
    EXPECT_NEAR(tried.row(i).dot(plain.row(i)), rows[i] * others[i], 1e-8) << "in the same direction";
}

// What a row's mean square remembers: after a long time of one gradient, rows are alike at every step, and one that
// grows loud all at once stays longer than the others for a while.
TEST(NorMuon, RemembersTheRowsSquares) {
  const auto run = normuon({.lr = 1, .momentum = 0}).bind<double>(one_matrix(6, 3));
  std::vector<double> p(18, 0), gradient = numbers<double>(18, 3);
  gradient[0] = gradient[1] = gradient[2] = 0;
  gradient[0] = 1e-3;
  for (int i = 0; i < 200; ++i) run->step(p, gradient);
  for (std::size_t k = 0; k < 3; ++k) gradient[k] = 1;
  const std::vector<double> before = p;
  run->step(p, gradient);
  Matrix moved = Eigen::Map<Matrix>(p.data(), 6, 3) - Eigen::Map<const Matrix>(before.data(), 6, 3);
  const Eigen::VectorXd rows = moved.rowwise().norm();
  EXPECT_GT(rows[0], 2 * rows.tail(5).maxCoeff());
}

TEST(NorMuon, LeavesVectorsToMuonsAdamW) {
  Layout vector;
  vector.add("bias", 12, 1, {"bias", "hidden"});
  const auto tried = normuon({.weight_decay = 0.1}).bind<double>(vector),
             expected = muon({.weight_decay = 0.1}).bind<double>(vector);
  std::vector<double> p = numbers<double>(12, 1), q = p;
  for (unsigned i = 0; i < 8; ++i) {
    tried->step(p, numbers<double>(12, 30 + i));
    expected->step(q, numbers<double>(12, 30 + i));
  }
  EXPECT_EQ(p, q);
}

TEST(NorMuon, AllocatesNothingForLargeLayers) {
#ifdef CAIRN_SANITIZED
  GTEST_SKIP() << "the sanitizers bring allocators of their own";
#endif
  const auto optimizer = normuon().bind<float>(one_matrix(300, 200));
  std::vector<float> p = numbers<float>(60'000, 1);
  const std::vector<float> gradient = numbers<float>(60'000, 2);
  const long before = tests::allocations;
  optimizer->step(p, gradient);
  EXPECT_EQ(tests::allocations - before, 0);
}

}  // namespace
}  // namespace cairn::optim
