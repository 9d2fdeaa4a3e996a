#include "optim/flush_subnormals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "optim/adam.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

// A parameter behind a dead unit: one gradient, then none for ever. Its moments must end at zero and not among the
// subnormal numbers, where every later step would be slow.
TEST(FlushSubnormals, MomentsThatDecayEndAtZero) {
  const auto optimizer = adam({.lr = 1e-3}).bind<float>(two_layers());
  auto p = numbers<float>(n, 1);
  optimizer->step(p, numbers<float>(n, 2));
  const std::vector<float> none(n, 0);
  for (int i = 0; i < 1500; ++i) optimizer->step(p, none);  // 0.9^1500 = 1e-69
  const auto moments = optimizer->arrays();
  ASSERT_EQ(moments[0].name, "m");
  for (const float m : moments[0].values) EXPECT_EQ(m, 0);
}

TEST(FlushSubnormals, LeavesTheThreadAsItWas) {
  const volatile float least = std::numeric_limits<float>::min();
  EXPECT_GT(least * 0.5F, 0);
  {
    const FlushSubnormals flush;
#if defined(__SSE2__)
    const volatile float half = least * 0.5F;
    EXPECT_EQ(half, 0);
#endif
  }
  EXPECT_GT(least * 0.5F, 0);
  const auto optimizer = adam().bind<float>(two_layers());
  auto p = numbers<float>(n, 1);
  optimizer->step(p, numbers<float>(n, 2));
  EXPECT_GT(least * 0.5F, 0);
}

}  // namespace
}  // namespace cairn::optim
