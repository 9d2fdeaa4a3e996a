#include "optim/problems/descend.h"

#include <gtest/gtest.h>

#include "optim/adam.h"
#include "optim/problems/quadratic.h"
#include "optim/problems/reddi.h"
#include "optim/restart.h"
#include "optim/sgd.h"

namespace cairn::optim {
namespace {

TEST(Descend, FollowsTheRule) {
  // x ← (1 - η h) x on each axis.
  const Problem bowl = problems::quadratic({.dimensions = 2, .condition = 4});
  const std::vector<double> end = descend(bowl, sgd({.lr = 0.5}), 3, std::vector<double>{8, 8});
  EXPECT_NEAR(end[0], 8 * std::pow(1 - 0.125, 3), 1e-12);
  EXPECT_NEAR(end[1], 8 * std::pow(0.5, 3), 1e-12);
}

TEST(Descend, ShowsTheStartAndEveryStep) {
  std::vector<double> path;
  const Problem bowl = problems::quadratic({.dimensions = 2, .condition = 1});
  const auto watch = [&](const DescentView& view) {
    EXPECT_EQ(view.step, static_cast<std::int64_t>(path.size()));
    EXPECT_EQ(view.report.learning_rate, view.step == 0 ? 0 : 0.5);
    path.push_back(view.x[0]);
    return true;
  };
  descend(bowl, sgd({.lr = 0.5}), 3, {}, watch);
  EXPECT_EQ(path, (std::vector<double>{1, 0.5, 0.25, 0.125}));
}

TEST(Descend, ShowsTheMomentumOfRulesThatHaveOne) {
  const Problem bowl = problems::quadratic({.dimensions = 2, .condition = 1});
  std::vector<double> seen;
  const auto watch = [&](const DescentView& view) {
    seen.push_back(view.momentum.size() == 2 ? view.momentum[0] : -1);
    return true;
  };
  descend(bowl, sgd({.lr = 0.5}), 1, {}, watch);
  EXPECT_EQ(seen, (std::vector<double>{-1, -1})) << "plain descent remembers nothing";
  seen.clear();
  descend(bowl, sgd({.lr = 0.5, .momentum = 0.5}), 2, {}, watch);
  EXPECT_EQ(seen, (std::vector<double>{0, 1, 1})) << "b <- b / 2 + g with g = 1, then 1/2";
  seen.clear();
  descend(bowl, restart({.rule = adam({.lr = 0.5, .beta1 = 0.75})}), 1, {}, watch);
  EXPECT_EQ(seen, (std::vector<double>{0, 0.25})) << "a rule within a rule";
}

TEST(Descend, StopsWhenToldTo) {
  const Problem bowl = problems::quadratic({.dimensions = 2, .condition = 1});
  const auto end = descend(bowl, sgd({.lr = 0.5}), 100, {}, [](const DescentView& view) { return view.step < 2; });
  EXPECT_EQ(end[0], 0.25);
}

TEST(Descend, StaysWithinTheBound) {
  std::vector<double> largest(1);
  descend(problems::reddi(), sgd({.lr = 1}), 500, {}, [&](const DescentView& view) {
    largest[0] = std::max(largest[0], std::abs(view.x[0]));
    return true;
  });
  EXPECT_EQ(largest[0], 1);
}

}  // namespace
}  // namespace cairn::optim
