#include "optim/lamb.h"

#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

// A step of each block is lr times as long as its weights are, whatever the gradient's scale.
TEST(Lamb, StepsAsFarAsEachBlockIsLong) {
  const Layout layout = two_layers();
  for (const double scale : {1e-3, 1.0, 1e5}) {
    const auto run = lamb({.lr = 0.01}).bind<double>(layout);
    std::vector<double> p = numbers<double>(26, 1);
    for (unsigned i = 0; i < 10; ++i) {
      const std::vector<double> before = p;
      run->step(p, numbers<double>(26, 10 + i, scale));
      for (const Block& block : layout.blocks) {
        const Eigen::Map<const Eigen::VectorXd> was(before.data() + block.offset, block.size()),
            is(p.data() + block.offset, block.size());
        EXPECT_NEAR((is - was).norm(), 0.01 * was.norm(), 1e-12) << block.name;
      }
    }
  }
}

// With weights or a step of length 0 the ratio is 1: zeros can leave.
TEST(Lamb, MovesZeros) {
  const auto run = lamb({.lr = 0.01, .weight_decay = 0}).bind<double>(two_layers());
  std::vector<double> p(26, 0.0), none(26, 0.0);
  run->step(p, none);
  EXPECT_EQ(p, none);
  const std::vector<double> gradient(26, 1.0);
  const auto other = lamb({.lr = 0.01, .weight_decay = 0}).bind<double>(two_layers());
  other->step(p, gradient);
  for (const double x : p) EXPECT_NEAR(x, -0.01, 1e-7);
}

}  // namespace
}  // namespace cairn::optim
