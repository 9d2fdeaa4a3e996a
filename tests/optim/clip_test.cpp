// Clips against PyTorch's clip_grad_norm_ and clip_grad_value_ (25 recorded cases), and AGC by its own equation.
#include "optim/clip.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "optim/sgd.h"
#include "tests/optim/every_rule.h"
#include "tests/optim/reference.h"

namespace cairn::optim {
namespace {

using nlohmann::json;

std::vector<json> recorded_cases() {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/optim/clipping.json");
  return json::parse(file).at("cases").get<std::vector<json>>();
}

class RecordedClips : public testing::TestWithParam<json> {};

// Gradient descent from 0 with rate 1 shows the gradient as the clip left it.
template <class S>
void replay_clipping(const json& recorded, double tolerance) {
  std::vector<S> gradient, expected;
  Layout layout;
  for (const auto& input : recorded.at("inputs")) {
    layout.add(std::to_string(layout.blocks.size()), static_cast<Eigen::Index>(input.size()), 1, {});
    for (const double g : input) gradient.push_back(static_cast<S>(g));
  }
  for (const auto& output : recorded.at("outputs"))
    for (const double g : output) expected.push_back(static_cast<S>(g));
  Clip clip;
  if (recorded.at("kind") == "value") {
    clip = clip_value({.max = recorded.at("clip_value")});
  } else {
    const std::string norm = recorded.at("norm_type");
    clip = global_norm({.max = recorded.at("max_norm"),
                        .norm = norm == "1.0"   ? Norm::one
                                : norm == "2.0" ? Norm::two
                                                : Norm::inf});
  }
  std::vector<S> p(gradient.size());
  const StepReport report = sgd({.lr = 1}).with_clip(clip).bind<S>(layout)->step(p, gradient);
  double length = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    EXPECT_NEAR(-static_cast<double>(p[i]), static_cast<double>(expected[i]), tolerance);
    length += static_cast<double>(expected[i]) * static_cast<double>(expected[i]);
  }
  EXPECT_NEAR(report.clipped_norm, std::sqrt(length), 4 * tolerance);
  if (recorded.value("norm_type", "") != "2.0") return;
  EXPECT_NEAR(report.gradient_norm, recorded.at("total_norm"), 4 * tolerance);
}

TEST_P(RecordedClips, AreReproduced) {
  if (GetParam().at("dtype") == "float64")
    replay_clipping<double>(GetParam(), 1e-12);
  else
    replay_clipping<float>(GetParam(), 1e-6);
}
INSTANTIATE_TEST_SUITE_P(PyTorch, RecordedClips, testing::ValuesIn(recorded_cases()));

TEST(Clips, AreAllRecordedOnes) {
  EXPECT_EQ(recorded_cases().size(), 25U);
}

TEST(GlobalNorm, KeepsTheDirection) {
  Layout layout;
  layout.add("all", 8, 1, {});
  for (unsigned i = 0; i < 20; ++i) {
    const std::vector<double> g = numbers<double>(8, i, std::pow(10.0, i % 5));
    std::vector<double> p(8);
    const StepReport report = sgd({.lr = 1}).with_clip(global_norm({.max = 0.5})).bind<double>(layout)->step(p, g);
    EXPECT_LE(report.clipped_norm, 0.5);
    for (std::size_t k = 0; k < 8; ++k) EXPECT_NEAR(p[k] / p[0], g[k] / g[0], 1e-9 * std::abs(g[k] / g[0]));
  }
}

// Units of a matrix are its rows; a vector is one unit. Zeros count as eps long.
TEST(Agc, LimitsEachUnitByItsOwnWeights) {
  Layout layout;
  layout.add("weight", 2, 2, {"weight"});
  layout.add("bias", 2, 1, {"bias"});
  const auto run = sgd({.lr = 1}).with_clip(agc({.ratio = 0.1, .eps = 1e-3})).bind<double>(layout);
  const std::vector<double> before{3, 4, 6, 8, 0, 0}, gradient{0, 10, 0.3, 0.4, 3, 4};
  std::vector<double> p = before;
  const StepReport report = run->step(p, gradient);
  const std::vector<double> clipped{0, 0.5, 0.3, 0.4, 0.6e-4, 0.8e-4};
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(before[i] - p[i], clipped[i], 1e-15);
  EXPECT_NEAR(report.clipped_norm, std::sqrt(0.25 + 0.25 + 1e-8), 1e-12);
}

TEST(Unchecked, TakesTheSameStepsWithoutLooking) {
  Layout layout;
  layout.add("all", 8, 1, {});
  const auto plain = sgd({.momentum = 0.9}).bind<double>(layout);
  const auto blind = sgd({.momentum = 0.9}).with_clip(unchecked()).bind<double>(layout);
  std::vector<double> p = numbers<double>(8, 1), q = p;
  for (unsigned i = 0; i < 5; ++i) {
    plain->step(p, numbers<double>(8, 10 + i));
    EXPECT_TRUE(std::isnan(blind->step(q, numbers<double>(8, 10 + i)).gradient_norm));
  }
  EXPECT_EQ(p, q);
  const StepReport report = blind->step(q, std::vector<double>(8, std::numeric_limits<double>::infinity()));
  EXPECT_TRUE(report.applied);
  EXPECT_GT(std::abs(q[0]), 1e300);
}

TEST(Norm, IsReadAndWritten) {
  Norm norm = Norm::two;
  for (const char* text : {"1", "2", "inf"}) {
    EXPECT_TRUE(parse(text, norm));
    EXPECT_EQ(to_string(norm), text);
  }
  EXPECT_FALSE(parse("3", norm));
}

}  // namespace
}  // namespace cairn::optim
