#include "optim/divided_step.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "optim/adam.h"
#include "optim/restart.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

constexpr std::size_t cut = 5'000, size = 12'000;

Layout two_networks() {
  Layout layout;
  layout.add("actor/weight", cut, 1, {"weight"});
  layout.add("critic/weight", size - cut, 1, {"weight"});
  return layout;
}

// As threads do that each keep a stretch, one of which has been reset by itself.
TEST(DividedStep, GivesTheBitsOfAStep) {
  const Rule rule = adam({.lr = 1e-2}).with_clip(global_norm({.max = 0.5}));
  const auto whole = rule.bind<float>(two_networks()), shared = rule.bind<float>(two_networks());
  auto* const divided = dynamic_cast<DividedStep<float>*>(shared.get());
  ASSERT_NE(divided, nullptr);
  auto p = numbers<float>(size, 1), q = p;
  for (unsigned i = 0; i < 20; ++i) {
    auto gradient = numbers<float>(size, 10 + i);
    if (i == 7) gradient[4'500] = std::numeric_limits<float>::infinity();
    if (i == 12)
      for (const auto& optimizer : {whole.get(), shared.get()})
        optimizer->reset(optimizer->layout().find("critic/weight"));
    const auto before = q;
    const StepReport one = whole->step(p, gradient), two = divided->begin_step(q, gradient);
    EXPECT_EQ(q, before);
    {
      const std::jthread other([&] { divided->move(cut, size); });
      divided->move(0, cut);
    }
    ASSERT_EQ(one.applied, i != 7);
    ASSERT_EQ(one.applied, two.applied);
    EXPECT_EQ(one.learning_rate, two.learning_rate);
    if (one.applied) {
      ASSERT_EQ(one.gradient_norm, two.gradient_norm);
    }
    ASSERT_EQ(p, q) << "step " << i;
  }
  EXPECT_EQ(whole->counters(), shared->counters());
}

TEST(DividedStep, GivesTheBitsOfAStepByEveryRuleThatOffersIt) {
  constexpr std::size_t count = 26, border = 16;  // two_layers: the encoder, and the head
  int offering = 0;
  for (const auto& [name, rule] : every_rule()) {
    const auto whole = rule.bind<float>(two_layers(), {.updates = 20}),
               shared = rule.bind<float>(two_layers(), {.updates = 20});
    auto* const divided = dynamic_cast<DividedStep<float>*>(shared.get());
    if (divided == nullptr) continue;
    ++offering;
    auto p = numbers<float>(count, 1), q = p;
    for (unsigned i = 0; i < 20; ++i) {
      const auto gradient = numbers<float>(count, 10 + i);
      whole->step(p, gradient);
      divided->begin_step(q, gradient);
      divided->move(border, count);
      divided->move(0, border);
      ASSERT_EQ(p, q) << name << ", step " << i;
    }
  }
  EXPECT_GE(offering, 15) << "rules that move each parameter by itself";
}

TEST(DividedStep, IsNotOfferedByRulesThatLookAtMoreThanOneParameter) {
  for (const Rule& rule : {adam({.cautious = true}), restart({.rule = adam()})}) {
    const auto optimizer = rule.bind<float>(two_networks());
    EXPECT_EQ(dynamic_cast<DividedStep<float>*>(optimizer.get()), nullptr) << rule.description();
  }
}

}  // namespace
}  // namespace cairn::optim
