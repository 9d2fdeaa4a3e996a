#include "optim/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Rule two_rules() {
  return partition({{{"encoder", adam({.lr = 0.01})}, {"rest", sgd({.lr = 0.1, .momentum = 0.9})}}});
}

template <class S>
Layout only(const char* tag) {
  Layout layout;
  for (const Block& block : two_layers().blocks)
    if (block.has_tag(tag)) layout.add(block.name, block.rows, block.cols, block.tags);
  return layout;
}

TEST(Partition, GivesEachPartTheBitsOfItsRuleAlone) {
  const auto whole = two_rules().bind<float>(two_layers());
  const auto encoder = adam({.lr = 0.01}).bind<float>(only<float>("encoder"));
  const auto rest = sgd({.lr = 0.1, .momentum = 0.9}).bind<float>(only<float>("head"));
  std::vector<float> p = numbers<float>(n, 1), q = p;
  for (unsigned i = 0; i < 20; ++i) {
    const std::vector<float> g = numbers<float>(n, i);
    whole->step(p, g);
    encoder->step(std::span(q).first(head), std::span(g).first(head));
    rest->step(std::span(q).subspan(head), std::span(g).subspan(head));
    ASSERT_EQ(p, q);
  }
}

TEST(Partition, GathersPartsThatLieScattered) {
  const auto whole = partition({{{"bias", sgd({.lr = 1})}, {"weight", sgd({.lr = 2})}}}).bind<double>(two_layers());
  std::vector<double> p(n, 0.0);
  const std::vector<double> g = numbers<double>(n, 1);
  whole->step(p, g);
  for (std::size_t i = 0; i < n; ++i) {
    const bool bias = (i >= 12 && i < 16) || i >= 24;
    EXPECT_EQ(p[i], (bias ? -1 : -2) * g[i]) << i;
  }
}

TEST(Partition, StepOfOnePartLeavesTheOthersStateToTheBit) {
  const auto run = two_rules().bind<float>(two_layers());
  std::vector<float> p = numbers<float>(n, 1);
  for (unsigned i = 0; i < 3; ++i) run->step(p, numbers<float>(n, i));
  const auto arrays = run->arrays();
  std::vector<std::vector<float>> before;
  for (const auto& array : arrays) before.emplace_back(array.values.begin(), array.values.end());
  const std::vector<float> start = p;
  std::vector<float> g = numbers<float>(n, 9);
  g[0] = std::numeric_limits<float>::quiet_NaN();  // of the part that rests: nobody looks at it
  EXPECT_TRUE(run->step_part("rest", p, g).applied);
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    const bool of_encoder = arrays[k].name.starts_with("encoder/");
    EXPECT_EQ(std::ranges::equal(arrays[k].values, before[k]), of_encoder) << arrays[k].name;
  }
  for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(p[i] == start[i], i < head) << i;
}

// Whatever rules the parts have: two copies of a network, of which one steps alone, to the bits of its rule without the
// other; and then the other, to the bits as if the first had never moved.
template <class S>
void leaves_the_other_part_alone(const Rule& rule) {
  Layout both, alone;
  for (const char* part : {"first", "second"})
    for (const Block& block : two_layers().blocks) {
      std::vector<std::string> tags = block.tags;
      tags.emplace_back(part);
      both.add(std::string(part) + "/" + block.name, block.rows, block.cols, tags);
      if (part == std::string("first")) alone.add(block.name, block.rows, block.cols, block.tags);
    }
  const auto run = partition({{{"first", rule}, {"second", rule}}}).bind<S>(both, {.updates = 40});
  const auto first = rule.bind<S>(alone, {.updates = 40}), second = rule.bind<S>(alone, {.updates = 40});
  std::vector<S> p = numbers<S>(2 * n, 1), q = p;
  const auto state_of = [&](std::string_view part) {
    std::vector<std::vector<double>> state;
    for (const auto& array : run->arrays())
      if (array.name.starts_with(part)) state.emplace_back(array.values.begin(), array.values.end());
    for (const auto& scalar : run->scalars())
      if (scalar.name.starts_with(part)) state.emplace_back(scalar.values.begin(), scalar.values.end());
    return state;
  };
  const auto step = [&](const char* part, Optimizer<S>& own, std::size_t offset, unsigned number) {
    const char* other = part == std::string("first") ? "second" : "first";
    const auto resting = state_of(other);
    const std::vector<S> g = numbers<S>(2 * n, number);
    run->step_part(part, p, g);
    own.step(std::span(q).subspan(offset, n), std::span(g).subspan(offset, n));
    ASSERT_EQ(p, q);
    EXPECT_EQ(state_of(other), resting);
  };
  for (unsigned i = 0; i < 9; ++i) step("first", *first, 0, i);
  for (unsigned i = 9; i < 14; ++i) step("second", *second, n, i);
  for (unsigned i = 14; i < 19; ++i) step("first", *first, 0, i);
}
TEST(Partition, StepOfOnePartLeavesTheOtherToTheBitWhateverItsRule) {
  for (const NamedRule& each : every_rule()) {
    SCOPED_TRACE(each.name);
    leaves_the_other_part_alone<float>(each.rule);
    leaves_the_other_part_alone<double>(each.rule);
  }
}

// The head steps every fourth time and counts only its own steps.
TEST(Partition, PartsCountTheirOwnSteps) {
  const auto run = partition({{{"head", sgd({.lr = 1}).with_schedule(step({.step_size = 2, .gamma = 0.5}))},
                               {"rest", sgd({.lr = 1})}}})
                       .bind<double>(two_layers());
  std::vector<double> p(n, 0.0);
  const std::vector<double> g(n, 1.0);
  std::vector<double> rates;
  for (int i = 0; i < 16; ++i) {
    run->step_part("rest", p, g);
    if (i % 4 == 3) rates.push_back(run->step_part("head", p, g).learning_rate);
  }
  EXPECT_THAT(rates, testing::ElementsAre(1, 1, 0.5, 0.5));
  EXPECT_EQ(p[0], -16);
  EXPECT_EQ(p[n - 1], -3);
}

TEST(Partition, ClipsTheWholeAndSchedulesThePartsWithoutASchedule) {
  const Rule own = sgd({.lr = 1}).with_schedule(constant({.factor = 3, .total_iters = 5}));
  const auto run = partition({{{"head", own}, {"rest", sgd({.lr = 1})}}})
                       .with_clip(global_norm({.max = 1}))
                       .with_schedule(linear())
                       .bind<double>(two_layers(), {.updates = 2});
  std::vector<double> p(n, 0.0);
  const std::vector<double> g(n, 1.0);
  run->step(p, g);
  const std::vector<double> before = p;
  run->step(p, g);
  const double component = 1 / std::sqrt(26.0);
  EXPECT_NEAR(p[0] - before[0], -0.5 * component, 1e-6);
  EXPECT_NEAR(p[n - 1] - before[n - 1], -3 * component, 1e-6);
}

TEST(Partition, ResetsTheBlockInItsPart) {
  const Layout layout = two_layers();
  const auto run = partition({{{"weight", adam()}, {"bias", adam()}}}).bind<double>(layout);
  std::vector<double> p = numbers<double>(n, 1);
  for (unsigned i = 0; i < 3; ++i) run->step(p, numbers<double>(n, i));
  run->reset(layout.find("head/weight"));
  for (const auto& array : run->arrays()) {
    const bool weights = array.name.starts_with("weight/");  // 12 of the encoder, then the head's 8
    for (std::size_t i = 0; i < array.values.size(); ++i)
      EXPECT_EQ(array.values[i] == 0, weights && i >= 12) << array.name << ' ' << i;
  }
}

TEST(Partition, EvaluatesWhereItsPartsDo) {
  const auto run = partition({{{"head", schedule_free_sgd({.lr = 0.1})}, {"rest", sgd()}}}).bind<double>(two_layers());
  std::vector<double> p = numbers<double>(n, 1), x(n);
  for (unsigned i = 0; i < 5; ++i) run->step(p, numbers<double>(n, i));
  run->evaluation_point(p, x);
  for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(x[i] == p[i], i < head) << i;
}

TEST(Partition, RefusesWhatDoesNotDivideTheParameters) {
  const Layout layout = two_layers();
  EXPECT_THAT([&] { partition({}); }, ThrowsMessage<std::invalid_argument>(HasSubstr("at least one part")));
  EXPECT_THAT(
      [&] {
        partition({{{"head", adam()}}}).bind<float>(layout);
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("no part takes 'encoder/weight'")));
  EXPECT_THAT(
      [&] {
        partition({{{"haed", adam()}, {"rest", adam()}}}).bind<float>(layout);
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("'haed'")));
  std::vector<float> p(n);
  EXPECT_THROW(two_rules().bind<float>(layout)->step_part("critic", p, p), std::invalid_argument);
  EXPECT_THROW(adam().bind<float>(layout)->step_part("encoder", p, p), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::optim
