#include "optim/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

TEST(Inspector, MeasuresTheStep) {
  Layout layout;
  layout.add("all", 5, 1, {});
  const auto run = sgd({.lr = 0.1}).with_clip(clip_value({.max = 4})).bind<double>(layout);
  std::vector<double> p{3, 0, 0, 0, 4};
  Inspector<double> inspector;
  const StepInspection seen = inspector.step(*run, p, std::vector<double>{0, -3, 2, 9, -1});
  EXPECT_NEAR(seen.update_norm, 0.1 * std::sqrt(9 + 4 + 16 + 1), 1e-15);
  EXPECT_NEAR(seen.update_to_weight, seen.update_norm / 5, 1e-15);
  EXPECT_THAT(seen.step_quantiles,
              testing::Pointwise(testing::DoubleNear(1e-15), std::vector<double>{0, 0.1, 0.2, 0.3, 0.4}));
  EXPECT_EQ(seen.report.learning_rate, 0.1);
  EXPECT_NEAR(seen.report.gradient_norm, std::sqrt(95.0), 1e-14);
  EXPECT_NEAR(seen.report.clipped_norm, std::sqrt(30.0), 1e-14);
}

TEST(Inspector, LeavesTheStepItsBits) {
  const auto plain = adam().bind<float>(two_layers()), watched = adam().bind<float>(two_layers());
  std::vector<float> p = numbers<float>(26, 1), q = p;
  Inspector<float> inspector;
  for (unsigned i = 0; i < 10; ++i) {
    plain->step(p, numbers<float>(26, i));
    inspector.step(*watched, q, numbers<float>(26, i));
    ASSERT_EQ(p, q);
  }
}

}  // namespace
}  // namespace cairn::optim
