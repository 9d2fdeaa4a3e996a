// What all bound rules have in common: clocks of blocks, counters, the rate's factor, schedules, decay's mask.
#include "optim/bound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

TEST(Bound, BlockThatIsResetTakesAFirstStepAgainWhileTheOthersGoOn) {
  const Layout layout = two_layers();
  const Block& block = layout.find("head/weight");
  const auto first = static_cast<std::size_t>(block.offset), end = first + static_cast<std::size_t>(block.size());
  const auto run = adam().bind<double>(layout), twin = adam().bind<double>(layout), fresh = adam().bind<double>(layout);
  std::vector<double> p = numbers<double>(n, 1), q = p, r = p;
  for (unsigned i = 0; i < 9; ++i) {
    run->step(p, numbers<double>(n, 10 + i));
    twin->step(q, numbers<double>(n, 10 + i));
  }
  run->reset(block);
  r = p;
  for (unsigned i = 20; i < 23; ++i) {
    run->step(p, numbers<double>(n, i));
    twin->step(q, numbers<double>(n, i));
    fresh->step(r, numbers<double>(n, i));
    for (std::size_t k = 0; k < n; ++k) ASSERT_EQ(p[k], k >= first && k < end ? r[k] : q[k]) << k;
  }
}

TEST(Bound, StretchOfABlockIsForgottenWithoutItsClock) {
  const auto run = adam().bind<double>(two_layers());
  std::vector<double> p = numbers<double>(n, 1);
  for (unsigned i = 0; i < 9; ++i) run->step(p, numbers<double>(n, i));
  const std::vector<std::int64_t> counters = run->counters();
  run->reset(Block{.name = "a neuron of head/weight", .offset = 20, .rows = 1, .cols = 4, .tags = {}});
  EXPECT_EQ(run->counters(), counters);
  for (const auto& array : run->arrays())
    for (std::size_t k = 0; k < n; ++k) EXPECT_EQ(array.values[k] == 0, k >= 20 && k < 24) << array.name << ' ' << k;
}

TEST(Bound, ClockOfOneBlockRestartsAlone) {
  const Layout layout = two_layers();
  const auto run = adam().bind<double>(layout), twin = adam().bind<double>(layout), all = adam().bind<double>(layout);
  std::vector<double> p = numbers<double>(n, 1), q = p, r = p;
  for (unsigned i = 0; i < 9; ++i) {
    run->step(p, numbers<double>(n, i));
    twin->step(q, numbers<double>(n, i));
    all->step(r, numbers<double>(n, i));
  }
  run->restart_clock(layout.find("encoder/bias"));
  all->restart_clock();
  run->step(p, numbers<double>(n, 50));
  twin->step(q, numbers<double>(n, 50));
  all->step(r, numbers<double>(n, 50));
  for (std::size_t k = 0; k < n; ++k) {
    EXPECT_EQ(p[k], k >= 12 && k < 16 ? r[k] : q[k]) << k;
    EXPECT_NE(q[k], r[k]) << k;
  }
}

/// A rule that keeps what elementwise ones do not: a matrix for each block, and a number.
template <class S>
class Keeper final : public BoundOptimizer<S> {
 public:
  Keeper(const Layout& layout, const Rule::Binding& binding) : BoundOptimizer<S>(layout, binding, 1) {
    for (const Block& block : layout.blocks)
      if (block.cols > 1) squares_.push_back(this->keep("left", block, block.rows, block.rows, 0.5));
  }

 private:
  void update(std::span<S>, const ClippedGradient<S>&, StepReport&) override {
    for (S* square : squares_) square[1] = 7;
    *total_ += 1;
  }
  std::vector<S*> squares_;
  double* total_ = this->keep_scalars("total", 3);
};

TEST(Bound, KeepsMatricesOfBlocksAndNumbersOfTheWhole) {
  const Layout layout = two_layers();
  const auto run = bound_rule<Keeper>("keeper").bind<double>(layout);
  const auto arrays = run->arrays();
  ASSERT_EQ(arrays.size(), 2U);
  EXPECT_EQ(arrays[1].name, "left/head/weight");
  EXPECT_THAT(arrays[1].values, testing::ElementsAre(0.5, 0, 0, 0.5));
  const auto total = [&] { return run->scalars()[1].values[0]; };
  std::vector<double> p(n);
  run->step(p, p);
  EXPECT_THAT(arrays[1].values, testing::ElementsAre(0.5, 7, 0, 0.5));
  EXPECT_EQ(total(), 4);
  run->reset(layout.find("head/weight"));
  EXPECT_THAT(arrays[1].values, testing::ElementsAre(0.5, 0, 0, 0.5));
  EXPECT_EQ(arrays[0].values[1], 7);
  EXPECT_EQ(total(), 4);
  run->reset();
  EXPECT_EQ(arrays[0].values[1], 0);
  EXPECT_EQ(total(), 3);
}

/// A rule that keeps a vector for each block, which starts at 2 in all places.
template <class S>
class VectorKeeper final : public BoundOptimizer<S> {
 public:
  VectorKeeper(const Layout& layout, const Rule::Binding& binding) : BoundOptimizer<S>(layout, binding, 1) {
    for (const Block& block : layout.blocks) this->keep("q", block, block.rows, 1, 2);
  }

 private:
  void update(std::span<S>, const ClippedGradient<S>&, StepReport&) override {}
};

TEST(Bound, KeepsVectorsThatStartAlikeInAllPlaces) {
  const auto run = bound_rule<VectorKeeper>("keeper").bind<double>(two_layers());
  const auto arrays = run->arrays();
  ASSERT_EQ(arrays.size(), 4U);
  EXPECT_THAT(arrays[0].values, testing::ElementsAre(2, 2, 2, 2));
  arrays[0].values[1] = 5;
  run->reset();
  EXPECT_THAT(arrays[0].values, testing::ElementsAre(2, 2, 2, 2));
}

TEST(Bound, RateFactorMultipliesTheRateAndIsSaved) {
  const auto plain = sgd({.lr = 0.1}).bind<double>(two_layers()), turned = sgd({.lr = 0.1}).bind<double>(two_layers());
  turned->set_rate_factor(0.5);
  std::vector<double> p(n, 1.0), q(n, 1.0), g(n, 1.0);
  EXPECT_EQ(plain->step(p, g).learning_rate, 0.1);
  EXPECT_EQ(turned->step(q, g).learning_rate, 0.05);
  EXPECT_DOUBLE_EQ(p[0], 0.9);
  EXPECT_DOUBLE_EQ(q[0], 0.95);
  EXPECT_EQ(turned->scalars()[0].name, "rate_factor");
  EXPECT_EQ(turned->scalars()[0].values[0], 0.5);
}

TEST(Bound, AnotherOptimizersCountOfUpdatesDrivesTheSchedule) {
  const Layout layout = two_layers();
  std::vector<double> p(n, 0.0), g(n, 1.0);
  for (const Rule& rule : {sgd({.lr = 1}), restart({.rule = sgd({.lr = 1})})}) {
    const auto run = rule.with_schedule(linear()).bind<double>(layout, {.updates = 10});
    run->set_updates(4);
    EXPECT_EQ(run->updates(), 4);
    EXPECT_DOUBLE_EQ(run->step(p, g).learning_rate, 0.6);
  }
}

TEST(Bound, ScheduleFollowsTheCountOfUpdatesAndNotTheClock) {
  const auto run = sgd({.lr = 1}).with_schedule(linear()).bind<double>(two_layers(), {.updates = 10});
  std::vector<double> p(n, 0.0), g(n, 1.0);
  run->step(p, g);
  run->restart_clock();
  EXPECT_DOUBLE_EQ(run->step(p, g).learning_rate, 0.9);
  run->reset();
  EXPECT_DOUBLE_EQ(run->step(p, g).learning_rate, 0.8);
}

TEST(Bound, CountersOfAnotherRuleAreRefused) {
  const auto run = adam().bind<double>(two_layers());
  const std::vector<std::int64_t> two{1, 2};
  EXPECT_THAT([&] { run->set_counters(two); },
              testing::ThrowsMessage<std::invalid_argument>("This optimizer has 7 counters, not 2."));
}

TEST(Bound, HugeFiniteGradientIsTaken) {
  const auto run = signum().bind<float>(two_layers());
  std::vector<float> p(n, 0.0F), g(n, 1e30F);
  EXPECT_TRUE(run->step(p, g).applied);
}

TEST(Rule, TakesOneScheduleAndOneClipAndNamesThem) {
  const Rule rule = sgd({.lr = 1}).with_schedule(linear()).with_clip(clip_value({.max = 2}));
  EXPECT_EQ(rule.description(), "scheduled:rule=(" + sgd({.lr = 1}).description() + "),schedule=(" +
                                    linear().description() + "),clip=(value:max=2)");
  EXPECT_EQ(rule.bare().description(), sgd({.lr = 1}).description());
  EXPECT_EQ(rule.with_schedule(constant()).with_clip({}).description(), rule.description());
  EXPECT_THROW(rule.with_schedule(cosine()), std::invalid_argument);
  EXPECT_THROW(rule.with_clip(global_norm()), std::invalid_argument);
  EXPECT_THROW(Rule().bind<float>(two_layers()), std::logic_error);
}

// θ ← (1 - lr λ) θ - lr g is what L2 regularisation comes to for gradient descent.
TEST(Decay, OfGradientDescentShrinks) {
  const auto run = sgd({.lr = 0.1, .weight_decay = 0.3}).bind<double>(two_layers());
  std::vector<double> p = numbers<double>(n, 1);
  for (unsigned i = 0; i < 20; ++i) {
    const std::vector<double> g = numbers<double>(n, i), before = p;
    run->step(p, g);
    for (std::size_t k = 0; k < n; ++k) ASSERT_NEAR(p[k], (1 - 0.1 * 0.3) * before[k] - 0.1 * g[k], 1e-12);
  }
}

// Without a gradient, decoupled decay is all there is; L2 regularisation of Adam moves by about lr whatever the decay.
TEST(Decay, DecoupledShrinksUniformly) {
  const std::vector<double> start = numbers<double>(n, 1), none(n, 0.0);
  for (const Rule& rule : {adamw({.lr = 0.1, .weight_decay = 0.3}), lion({.lr = 0.1, .weight_decay = 0.3}),
                           adopt({.lr = 0.1, .weight_decay = 0.3}), ademamix({.lr = 0.1, .weight_decay = 0.3}),
                           schedule_free_adamw({.lr = 0.1, .weight_decay = 0.3}),
                           adamw({.lr = 0.1, .weight_decay = 0.3, .cautious = true})}) {
    const auto run = rule.bind<double>(two_layers());
    std::vector<double> p = start;
    run->step(p, none);
    for (std::size_t k = 0; k < n; ++k) ASSERT_NEAR(p[k], 0.97 * start[k], 1e-15) << rule.description();
  }
}

TEST(Decay, OfWeightsLeavesBiasesAlone) {
  const std::vector<double> start = numbers<double>(n, 1), none(n, 0.0);
  for (const Rule& rule : {sgd({.lr = 0.1, .weight_decay = 0.3, .decay = Decay::weights}),
                           adamw({.lr = 0.1, .weight_decay = 0.3, .decay = Decay::weights}),
                           adamw({.lr = 0.1, .weight_decay = 0.3, .decay = Decay::weights, .cautious = true}),
                           adan({.lr = 0.1, .weight_decay = 0.3, .decay = Decay::weights}),
                           lamb({.lr = 0.1, .weight_decay = 0.3, .decay = Decay::weights}),
                           schedule_free_sgd({.lr = 0.1, .weight_decay = 0.3, .decay = Decay::weights}),
                           prodigy({.lr = 1, .d0 = 0.1, .weight_decay = 0.3, .decay = Decay::weights})}) {
    const auto run = rule.bind<double>(two_layers());
    std::vector<double> p = start;
    run->step(p, none);
    for (std::size_t k = 0; k < n; ++k) {
      const bool bias = (k >= 12 && k < 16) || k >= 24;
      EXPECT_EQ(p[k] == start[k], bias) << rule.description() << ' ' << k;
    }
  }
}

/// Whatever may drive a mean and a mean square apart: gradients that stay, fall, alternate, jump and grow.
template <class S>
std::vector<S> trying_gradient(unsigned step) {
  std::vector<S> gradient = numbers<S>(n, step, step % 50 == 49 ? 1e4 : step % 3 == 0 ? 1e-3 : 1);
  for (std::size_t k = 0; k < n; ++k) {
    if (k % 5 == 0) gradient[k] = static_cast<S>(0.3);
    if (k % 5 == 1) gradient[k] = static_cast<S>(std::max(1e3 * std::pow(0.9, step), 1e-6));
    if (k % 5 == 2) gradient[k] = static_cast<S>(step % 2 == 0 ? 1 : -1);
    if (k % 5 == 3) gradient[k] = static_cast<S>(1e-3 * std::pow(1.02, step));
  }
  return gradient;
}

/// The most by which a component of a step exceeds the rate, in rates, rounding allowed for.
template <class S>
double excess(const Rule& rule, double beta) {
  Layout vector;
  vector.add("bias", static_cast<Eigen::Index>(n), 1, {"bias"});
  const auto run = rule.bind<S>(vector);
  // The factors β and 1 - β are rounded, as is each of the some 1/(1 - β) terms that the means remember; and so is the
  // parameter that the step is taken from.
  constexpr double rounding = std::numeric_limits<S>::epsilon();
  double largest = -1;
  std::vector<S> p = numbers<S>(n, 1);
  for (unsigned i = 0; i < 400; ++i) {
    const std::vector<S> before = p;
    double distance = 1;  // that Prodigy multiplies its rate by
    for (const StateArray<double>& scalar : run->scalars())
      if (scalar.name == "d") distance = scalar.values[0];
    const double rate = run->step(p, trying_gradient<S>(i)).learning_rate * distance;
    for (std::size_t k = 0; k < n; ++k) {
      const double from = static_cast<double>(before[k]), to = static_cast<double>(p[k]);
      const double allowed = rate * 4 * rounding / (1 - beta) + rounding * std::max(std::abs(from), std::abs(to));
      largest = std::max(largest, (std::abs(to - from) - rate - allowed) / rate);
    }
  }
  return largest;
}

// |m̂| <= √v̂ by Cauchy and Schwarz where both are the same weighted mean, so no gradient makes a step longer than the
// rate. With unequal betas a jump makes a step of several.
TEST(EqualBetas, NeverStepFurtherThanTheRateInAnyRuleWithTwoMeansOfTheSameGradients) {
  const std::map<std::string, std::string> exceed = {
      {"adamax", "the largest gradient forgets as a power, so falling ones leave a mean above it"},
      {"nadam", "looks ahead with the fresh gradient, which weighs more there than in the mean square"},
      {"radam", "has no denominator at first"},
      {"yogi", "its square is no mean: it forgets slowly"},
      {"adabelief", "divides by deviations from the mean, which may be none"},
      {"adan", "adds the mean change of the gradient"},
      {"ademamix", "adds a second mean"},
      {"adopt", "divides by the mean square before this gradient"},
      {"lamb", "is as long as the weights are"},
      {"schedule_free_adamw", "divides the gradient itself, and no mean, by the root"},
      {"fedyogi", "as yogi"},
      {"mars", "vectors have betas of their own, which are not equal"},
  };
  int tried = 0;
  for_each_rule([&]<class Options, class Made>(const Entry<Options, Made>& entry) {
    Options options;
    if (!set_option(options, "beta1", 0.9) || !set_option(options, "beta2", 0.9)) return;
    ++tried;
    for (const auto& [key, number] :
         {std::pair{"lr", 0.1}, {"adam_lr", 0.1}, {"eps", 0.0}, {"weight_decay", 0.0}, {"tau", 1e-12}})
      set_option(options, key, number);
    double in_double = -1;
    for (const double beta : {0.0, 0.3, 0.9, 0.99, 0.999}) {
      if (!set_option(options, "beta1", beta) || !set_option(options, "beta2", beta)) continue;
      in_double = std::max(in_double, excess<double>(entry.make(options), beta));
      if (exceed.contains(entry.name)) continue;
      EXPECT_LE(excess<double>(entry.make(options), beta), 0) << entry.name << ' ' << beta;
      EXPECT_LE(excess<float>(entry.make(options), beta), 0) << entry.name << ' ' << beta;
    }
    if (exceed.contains(entry.name)) {
      EXPECT_GT(in_double, 0.01) << entry.name << " has the property after all";
    }
  });
  EXPECT_GT(tried, 10);
}

// What a jump does with unequal betas, and with cautious steps, which are lengthened by the share that is left out.
TEST(EqualBetas, AreWhatTheBoundNeeds) {
  EXPECT_GT(excess<double>(adam({.lr = 0.1, .eps = 0}), 0.999), 1);
  EXPECT_GT(excess<double>(adam({.lr = 0.1, .beta1 = 0.9, .beta2 = 0.9, .eps = 0, .cautious = true}), 0.9), 0.01);
  for (const Rule& rule : {adam({.lr = 0.1, .beta1 = 0.9, .beta2 = 0.9, .eps = 0, .weight_decay = 0.1}),
                           adam({.lr = 0.1, .beta1 = 0.9, .beta2 = 0.9, .eps = 1e-5, .epsilon_hat = true}),
                           adamw({.lr = 0.1, .beta1 = 0.9, .beta2 = 0.9, .weight_decay = 0, .amsgrad = true})}) {
    EXPECT_LE(excess<double>(rule, 0.9), 0) << rule.description();
    EXPECT_LE(excess<float>(rule, 0.9), 0) << rule.description();
  }
}

// Decoupled decay beside a step is the step without decay, and each parameter a share shorter: what L2 regularisation
// comes to for gradient descent.
TEST(Decay, ShrinksBesideTheStepInAnyRuleWhereItIsDecoupled) {
  const std::map<std::string, std::string> coupled = {
      {"adagrad", "L2: the gradient that is scaled has it in it"},
      {"rmsprop", "L2, likewise"},
      {"adadelta", "L2, likewise"},
      {"adam", "L2, likewise; adamw decouples it"},
      {"amsgrad", "L2, likewise"},
      {"adamax", "L2, likewise"},
      {"nadam", "L2, likewise"},
      {"radam", "L2, likewise"},
      {"yogi", "L2, likewise"},
      {"adan", "proximal: it shrinks after the step, and so the step too"},
      {"lamb", "part of what is made as long as the weights"},
  };
  const std::map<std::string, std::string> of_another_rate = {
      {"muon", "vectors have a rate of their own"},
      {"normuon", "likewise"},
      {"mars", "likewise"},
      {"adafactor", "the step is relative to the weights"},
      {"prodigy", "the rate is multiplied by the estimated distance"},
      {"schedule_free_adamw", "where gradients are taken moves slower than the fast iterate"},
      {"schedule_free_sgd", "likewise"},
  };
  const Layout layout = two_layers();
  constexpr double rate = 0.01, strength = 0.3;
  int tried = 0;
  for_each_rule([&]<class Options, class Made>(const Entry<Options, Made>& entry) {
    Options options;
    if (!set_option(options, "weight_decay", strength)) return;
    ++tried;
    set_option(options, "lr", rate);
    set_option(options, "d0", 0.1);
    const auto decaying = entry.make(options).template bind<double>(layout);
    set_option(options, "weight_decay", 0);
    const auto plain = entry.make(options).template bind<double>(layout);
    std::vector<double> p = numbers<double>(n, 1);
    double furthest = 0;  // from shrinking
    for (unsigned i = 0; i < 20; ++i) {
      const std::vector<double> before = p, gradient = numbers<double>(n, 10 + i);
      std::vector<double> q = p;
      const auto from = decaying->arrays(), to = plain->arrays();
      for (std::size_t k = 0; k < from.size(); ++k) std::ranges::copy(from[k].values, to[k].values.begin());
      const auto numbers_from = decaying->scalars(), numbers_to = plain->scalars();
      for (std::size_t k = 0; k < numbers_from.size(); ++k)
        std::ranges::copy(numbers_from[k].values, numbers_to[k].values.begin());
      decaying->step(p, gradient);
      plain->step(q, gradient);
      for (const Block& block : layout.blocks) {
        const auto first = static_cast<std::size_t>(block.offset), end = first + static_cast<std::size_t>(block.size());
        if (block.cols == 1 && std::string_view(entry.name) == "kron") continue;  // which leaves vectors alone
        if (i == 0 && std::equal(&p[first], &p[first] + block.size(), &before[first])) continue;  // SOAP's matrices
        std::size_t longest = first;
        for (std::size_t k = first; k < end; ++k)
          if (std::abs(before[k]) > std::abs(before[longest])) longest = k;
        const double own_share = (q[longest] - p[longest]) / before[longest];
        const double share = of_another_rate.contains(entry.name) ? own_share : rate * strength;
        if (!coupled.contains(entry.name)) {
          EXPECT_GT(own_share, 0) << entry.name;
        }
        for (std::size_t k = first; k < end; ++k)
          furthest = std::max(furthest, std::abs(q[k] - p[k] - share * before[k]));
      }
    }
    if (coupled.contains(entry.name))
      EXPECT_GT(furthest, 1e-6) << entry.name << " decouples it after all";
    else
      EXPECT_LT(furthest, 1e-14) << entry.name;
  });
  EXPECT_GT(tried, 20);
}

}  // namespace
}  // namespace cairn::optim
