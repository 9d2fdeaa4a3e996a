#include "agents/networks/normaliser.h"

#include <gtest/gtest.h>

#include "envs/random.h"

namespace cairn::agents {
namespace {

TEST(RunningMoments, AgreeWithTheTwoPassFormula) {
  envs::Random random(1, envs::Stream::problem);
  Eigen::MatrixXd data(2, 1000);
  RunningMoments moments(2), first(2), second(2);
  for (int i = 0; i < 1000; ++i) {
    data.col(i) << 1e6 + static_cast<double>(random.normal()), 3;  // a large mean defeats sums of squares
    moments.add(data.col(i));
    (i < 317 ? first : second).add(data.col(i));
  }
  const double mean = data.row(0).mean(), variance = (data.row(0).array() - mean).square().mean();
  for (RunningMoments* part : {&first, &second}) ASSERT_GT(part->count(), 0);
  first.merge(second);
  for (const RunningMoments& each : {moments, first}) {
    EXPECT_EQ(each.count(), 1000);
    EXPECT_NEAR(each.mean()[0], mean, 1e-8);
    EXPECT_NEAR(each.variance(0), variance, 1e-8);
    EXPECT_EQ(each.mean()[1], 3);
    EXPECT_EQ(each.variance(1), 0);
  }
  RunningMoments nothing(2);
  nothing.merge(RunningMoments(2));
  EXPECT_EQ(nothing.count(), 0);
  nothing.merge(first);
  EXPECT_EQ(nothing.mean(), first.mean());
}

TEST(Normaliser, WhitensClipsAndStaysFrozen) {
  Normaliser normaliser(2, 2);
  Eigen::MatrixXf raw(2, 2), out(2, 2);
  raw << 1, 3, 5, 5;
  normaliser.frozen.apply(raw, out);
  EXPECT_FLOAT_EQ(out(0, 0), 1) << "before any data nothing changes but the clip";
  EXPECT_FLOAT_EQ(out(1, 0), 2);
  for (int i = 0; i < 2; ++i) normaliser.moments.add(raw.col(i));
  normaliser.frozen.apply(raw, out);
  EXPECT_FLOAT_EQ(out(0, 0), 1) << "not frozen anew yet";
  normaliser.freeze();
  raw(0, 1) = 100;
  raw(1, 1) = 5.0001F;  // a component that never moved has epsilon for its variance
  normaliser.frozen.apply(raw, out);
  EXPECT_NEAR(out(0, 0), -1, 1e-6);
  EXPECT_FLOAT_EQ(out(0, 1), 2);
  EXPECT_NEAR(out(1, 0), 0, 1e-6);
  EXPECT_NEAR(out(1, 1), 1, 1e-1);
}

}  // namespace
}  // namespace cairn::agents
