#include "optim/in_parts.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<NetworkPart> halves{{"encoder", {.updates = 10}}, {"head", {.updates = 5}}};

/// The second half of two_layers as a network of its own.
Layout head_alone() {
  const Layout whole = two_layers();
  Layout own;
  for (const Block& block : whole.blocks)
    if (block.has_tag("head")) own.add(block.name, block.rows, block.cols, block.tags);
  return own;
}

class EachRuleInParts : public testing::TestWithParam<NamedRule> {};

// A part that moves at every second step takes the steps that it would take alone, and the other notices nothing.
TEST_P(EachRuleInParts, MovesEachPartAsAnOptimizerOfItsOwnWould) {
  if (GetParam().name == "partition" || GetParam().name == "restart_of_a_tag")
    GTEST_SKIP() << "whose tags an optimizer of one part alone does not know";
  const auto parts = bind_in_parts<double>(GetParam().rule, two_layers(), halves);
  const auto alone = GetParam().rule.bind<double>(head_alone(), {.updates = 5});
  std::vector<double> p = numbers<double>(n, 1), q(p.begin() + head, p.end());
  const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-12 * std::max(1.0, std::abs(b)); };
  for (unsigned i = 0; i < 8; ++i) {
    const std::vector<double> gradient = numbers<double>(n, 10 + i);
    const std::vector<double> before = p;
    const StepReport report = parts->step_part("encoder", p, gradient);
    EXPECT_TRUE(report.applied);
    EXPECT_TRUE(std::equal(p.begin() + head, p.end(), before.begin() + head)) << "the head stays";
    if (i % 2 == 1) continue;
    const std::vector<double> own(gradient.begin() + head, gradient.end());
    const StepReport expected = alone->step(q, own), moved = parts->step_part("head", p, gradient);
    EXPECT_EQ(moved.learning_rate, expected.learning_rate);
    EXPECT_DOUBLE_EQ(moved.gradient_norm, expected.gradient_norm);
    EXPECT_DOUBLE_EQ(moved.clipped_norm, expected.clipped_norm);
    EXPECT_TRUE(std::equal(q.begin(), q.end(), p.begin() + head, near)) << "at step " << i;
  }
  std::vector<double> point(n), own_point(n - head);
  parts->evaluation_point(p, point);
  alone->evaluation_point(q, own_point);
  EXPECT_TRUE(std::equal(own_point.begin(), own_point.end(), point.begin() + head, near));
  EXPECT_EQ(parts->description(), GetParam().rule.description());
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EachRuleInParts, testing::ValuesIn(every_rule()),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(InParts, CountsEachPartByItself) {
  const auto optimizer = bind_in_parts<double>(adam(), two_layers(), halves);
  std::vector<double> p = numbers<double>(n, 1), gradient = numbers<double>(n, 2);
  for (int i = 0; i < 3; ++i) optimizer->step_part("encoder", p, gradient);
  optimizer->step_part("head", p, gradient);
  EXPECT_EQ(optimizer->updates(), 3) << "those of the first part";
  gradient[head] = NAN;
  EXPECT_TRUE(optimizer->step_part("encoder", p, gradient).applied) << "not its own";
  const std::vector<double> before = p;
  EXPECT_EQ(optimizer->step_part("head", p, gradient).skipped_in_a_row, 1);
  EXPECT_EQ(optimizer->step_part("head", p, gradient).skipped_in_a_row, 2);
  EXPECT_EQ(p, before);
  EXPECT_EQ(optimizer->skipped(), 2);
  EXPECT_FALSE(optimizer->step(p, gradient).applied);
  EXPECT_EQ(p, before) << "all or nothing";
  EXPECT_EQ(optimizer->skipped(), 3);
}

TEST(InParts, StepMovesAllPartsAsTheyWouldMoveInTurn) {
  const auto whole = bind_in_parts<double>(adam(), two_layers(), halves);
  const auto parts = bind_in_parts<double>(adam(), two_layers(), halves);
  std::vector<double> p = numbers<double>(n, 1), q = p;
  for (unsigned i = 0; i < 4; ++i) {
    const std::vector<double> gradient = numbers<double>(n, 3 + i);
    const StepReport report = whole->step(p, gradient);
    const StepReport first = parts->step_part("encoder", q, gradient), second = parts->step_part("head", q, gradient);
    EXPECT_EQ(report.learning_rate, first.learning_rate);
    EXPECT_NEAR(report.clipped_norm, std::hypot(first.clipped_norm, second.clipped_norm), 1e-12);
    EXPECT_NEAR(report.gradient_norm, report.clipped_norm, 1e-12);
  }
  EXPECT_EQ(p, q);
}

TEST(InParts, GivesEachPartItsOwnRuleOfAPartition) {
  const auto optimizer = bind_in_parts<double>(
      partition({{{"head", sgd({.lr = 0.5})}, {"bias", sgd({.lr = 0.25})}, {"rest", sgd({.lr = 0.125})}}}),
      two_layers(), halves);
  std::vector<double> p(n, 0.0);
  const std::vector<double> gradient(n, 1.0);
  optimizer->step_part("encoder", p, gradient);
  optimizer->step_part("head", p, gradient);
  for (const Block& block : two_layers().blocks)
    EXPECT_EQ(p[static_cast<std::size_t>(block.offset)], block.has_tag("head")   ? -0.5
                                                         : block.has_tag("bias") ? -0.25
                                                                                 : -0.125)
        << block.name;
}

TEST(InParts, RestartsATagOfOnePartOnly) {
  const auto optimizer = bind_in_parts<double>(
      restart({.rule = adam(), .what = Restarted::state, .on = RestartOn::target, .blocks = "head"}), two_layers(),
      halves);
  std::vector<double> p(n, 0.0);
  const std::vector<double> gradient(n, 1.0);
  optimizer->step(p, gradient);
  optimizer->on(Event::target);
  for (const StateArray<double>& array : optimizer->arrays())
    EXPECT_EQ(array.values[0] == 0, array.name.starts_with("head")) << array.name;
}

TEST(InParts, ResetsABlockWhereverItLies) {
  const auto optimizer = bind_in_parts<double>(adam(), two_layers(), halves);
  std::vector<double> p(n, 0.0);
  const std::vector<double> gradient(n, 1.0);
  optimizer->step(p, gradient);
  Block last = two_layers().blocks.back();
  optimizer->reset(last);
  for (const StateArray<double>& array : optimizer->arrays()) {
    EXPECT_NE(array.values.front(), 0) << array.name;
    EXPECT_EQ(array.values.back() == 0, array.name.starts_with("head")) << array.name;
  }
}

TEST(InParts, GoesOnFromACountInProportion) {
  const auto optimizer = bind_in_parts<double>(sgd({.lr = 1}).with_schedule(linear()), two_layers(), halves);
  optimizer->set_updates(4);
  std::vector<double> p(n, 0.0);
  const std::vector<double> gradient(n, 1.0);
  EXPECT_DOUBLE_EQ(optimizer->step_part("encoder", p, gradient).learning_rate, 0.6) << "4 of 10";
  EXPECT_DOUBLE_EQ(optimizer->step_part("head", p, gradient).learning_rate, 0.6) << "2 of 5";
}

TEST(InParts, RefusesPartsThatAreNotTheNetworkAndRulesThatDoNotSuitIt) {
  const Layout layout = two_layers();
  const auto bind = [&](const Rule& rule, const std::vector<NetworkPart>& parts) {
    return [&layout, rule, parts] { bind_in_parts<float>(rule, layout, parts); };
  };
  EXPECT_THROW(bind(adam(), {})(), std::logic_error);
  EXPECT_THROW(bind(adam(), {{"encoder", {}}})(), std::logic_error);
  EXPECT_THROW(bind(adam(), {{"head", {}}, {"encoder", {}}})(), std::logic_error) << "in the wrong order";
  EXPECT_THROW(bind(adam(), {{"encoder", {}}, {"tail", {}}})(), std::logic_error);
  EXPECT_THAT(bind(partition({{{"haed", adam()}, {"rest", adam()}}}), halves),
              ThrowsMessage<std::invalid_argument>(HasSubstr("'haed'")));
  std::vector<float> p(n), few(3);
  const auto optimizer = bind_in_parts<float>(adam(), layout, halves);
  EXPECT_THAT([&] { optimizer->step_part("bias", p, p); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("no part 'bias'")));
  EXPECT_THROW(optimizer->step_part("head", few, few), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::optim
