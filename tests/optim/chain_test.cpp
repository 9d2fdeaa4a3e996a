// The fused pass against the same transforms applied one by one, each over the whole vector: in every rule that is a
// chain, and in chains that no rule is.
#include "optim/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "optim/scale_by_adam.h"
#include "tests/optim/every_rule.h"
#include "tests/optim/unfused_chain.h"

namespace cairn::optim {
namespace {

/// A rule, and the same with its transforms one by one.
struct Both {
  Rule fused, one_by_one;
};

template <class... Transform>
Both both_chains(const std::string& description, double base_rate, Transform... transforms) {
  const Rule fused = recorded_chain(description, base_rate, transforms...);
  return {fused, unfused().at(description)};
}
template <class Before, class Reduction, class After>
Both both_reduced(const std::string& description, double base_rate, Before before, Reduction reduction, After after) {
  const Rule fused = recorded_reduced_chain(description, base_rate, before, reduction, after);
  return {fused, unfused().at(description)};
}

/// Keeps three numbers for each parameter, which do not start at zero, and asks for the parameter and the clock.
struct PullToMean {
  double start;
  static constexpr int slots = 3;
  static constexpr std::array<const char*, 3> names{"mean", "largest", "count"};
  std::array<double, 3> initial() const { return {start, 0, 1}; }
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    return [mean = slot[0], largest = slot[1], count = slot[2],
            share = static_cast<S>(1 / static_cast<double>(instant.clock + 1))](S u, S p, std::size_t i) {
      mean[i] += share * (p - mean[i]);
      largest[i] = largest[i] > u * u ? largest[i] : u * u;
      count[i] += 1;
      return u / (std::sqrt(largest[i]) + 1) + (p - mean[i]) / count[i];
    };
  }
};

/// Of one block: divides by the longest component, which also the gradient's own may be.
struct DivideByLongest {
  template <class S>
  auto kernel(std::span<const S> u, std::span<const S> p, const ClippedGradient<S>& g) const {
    S longest = 1e-3F;
    for (std::size_t i = 0; i < u.size(); ++i)
      longest = std::max({longest, std::abs(u[i]), std::abs(g[i]), std::abs(p[i])});
    return [longest](S own, S gradient) { return (own + gradient) / longest; };
  }
};

/// In units of the last place of the largest of the three numbers. `from`: what a and b were made from, as what nearly
/// cancels is only as exact as that.
template <class S>
S distance_in_ulps(S a, S b, S from) {
  const S largest = std::max({std::abs(a), std::abs(b), std::abs(from)});
  return std::abs(a - b) / (std::nextafter(largest, std::numeric_limits<S>::infinity()) - largest);
}

/// Options of a rule and some of its other forms: each switch turned, momentum, decay of all parameters and of weights.
template <class Options>
std::vector<Options> forms_of(const Options& plain) {
  std::vector<Options> forms = {plain};
  Options fuller = plain;
  const bool decays = set_option(fuller, "weight_decay", 0.01), gathers = set_option(fuller, "momentum", 0.9);
  if (decays || gathers) forms.push_back(fuller);
  std::size_t fields = 0;
  fuller.fields([&](const char*, auto&, const char*, const char*) { ++fields; });
  for (std::size_t field = 0; field < fields; ++field) {
    Options form = fuller;
    bool changed = false;
    std::size_t number = 0;
    form.fields([&]<class T>(const char*, T& value, const char*, const char*) {
      if (number++ != field) return;
      if constexpr (std::same_as<T, bool>) value = !value;
      if constexpr (std::same_as<T, Decay>) value = Decay::weights;
      changed = std::same_as<T, bool> || std::same_as<T, Decay>;
    });
    if (changed) forms.push_back(form);
  }
  return forms;
}

template <class S>
void agrees(const Rule& rule, const Rule& one_by_one) {
  const Layout layout = two_layers();
  const Horizon horizon{.updates = 80};
  const auto fused = rule.bind<S>(layout, horizon), unfused = one_by_one.bind<S>(layout, horizon);
  std::vector<S> p = numbers<S>(n, 1);
  for (unsigned i = 0; i < 60; ++i) {
    const std::vector<S> gradient = numbers<S>(n, 10 + i, i % 40 == 39 ? 1000 : 1), before = p;
    std::vector<S> q = p;
    if (i == 30) {
      fused->reset(layout.find("head/weight"));
      unfused->reset(layout.find("head/weight"));
    }
    std::vector<std::vector<S>> old;
    for (const StateArray<S>& array : fused->arrays()) old.emplace_back(array.values.begin(), array.values.end());
    fused->step(p, gradient);
    unfused->step(q, gradient);
    for (std::size_t k = 0; k < n; ++k)
      ASSERT_LE(distance_in_ulps(p[k], q[k], before[k]), S(4)) << "step " << i << " parameter " << k;
    // Each goes on from the fused state, so that differences do not add up.
    const auto is = fused->arrays(), should = unfused->arrays();
    ASSERT_EQ(is.size(), should.size());
    for (std::size_t slot = 0; slot < is.size(); ++slot)
      for (std::size_t k = 0; k < n; ++k) {
        ASSERT_LE(distance_in_ulps(is[slot].values[k], should[slot].values[k], old[slot][k]), S(4)) << is[slot].name;
        should[slot].values[k] = is[slot].values[k];
      }
    EXPECT_EQ(fused->counters(), unfused->counters());
  }
}

/// Returns how many clips there are.
int agree_with_every_clip(const Both& rule) {
  const std::vector<Clip> clips = {Clip(), global_norm(), clip_value({.max = 0.5}), agc()};
  for (const Clip& clip : clips) {
    const Schedule schedule = clip.kind == Clip::Kind::global_norm ? cosine() : Schedule();
    const auto whole = [&](const Rule& of) { return of.with_clip(clip).with_schedule(schedule); };
    SCOPED_TRACE(clip.description);
    agrees<float>(whole(rule.fused), whole(rule.one_by_one));
    agrees<double>(whole(rule.fused), whole(rule.one_by_one));
  }
  return static_cast<int>(clips.size());
}

TEST(FusedChain, AgreesWithItsTransformsOneByOneInEveryRuleThatIsOne) {
  const std::map<std::string, std::string> no_chains = {
      {"schedule_free_adamw", "its pass moves two points at once"},
      {"schedule_free_sgd", "likewise"},
      {"prodigy", "its pass also sums up what the next rate is made from"},
      {"muon", "works on matrices"},
      {"normuon", "works on matrices"},
      {"d_muon", "works on matrices"},
      {"kron", "works on matrices"},
      {"mars", "clips block by block"},
      {"shampoo", "works on matrices"},
      {"soap", "works on matrices"},
      {"adafactor", "works on matrices"},
      {"obgd", "learns from an error and traces"},
      {"intentional", "likewise"},
      {"trac", "hands the step to another rule"},
      {"restart", "likewise"},
      {"l2_init", "likewise"},
      {"multi_steps", "likewise"},
      {"partition", "hands it to several"},
  };
  int tried = 0;
  for_each_rule([&]<class Options, class Made>(const Entry<Options, Made>& entry) {
    if (no_chains.contains(entry.name)) {
      if constexpr (!requires(Options options) { options.open(std::string_view()); }) {
        EXPECT_FALSE(unfused().contains(entry.make(Options()).description())) << entry.name;
      }
      return;
    }
    for (const Options& form : forms_of(Options())) {
      const Rule rule = entry.make(form);
      SCOPED_TRACE(rule.description());
      ASSERT_TRUE(unfused().contains(rule.description()));
      tried += agree_with_every_clip({rule, unfused().at(rule.description())});
    }
  });
  EXPECT_GT(tried, 4 * 60);
}

TEST(FusedChain, AgreesWithItsTransformsOneByOne) {
  const ScaleByAdam scaling{{0.9, 0.999, 1e-8}};
  const AddDecayedWeights all{0.01}, weights{0.01, Decay::weights};
  const ScaleByLearningRate rate;
  const PullToMean pull{0.5};
  const Both rules[] = {
      both_chains("rate", 0.1, rate),
      both_chains("decay, rate", 0.1, weights, rate),
      both_chains("decay, adam, rate", 1e-2, all, scaling, rate),
      both_chains("adam, decay, rate", 1e-2, scaling, weights, rate),
      both_chains("pull, adam, decay, rate", 1e-2, pull, scaling, all, rate),
      both_chains("adam, pull, rate, decay", 1e-2, scaling, pull, rate, weights),
      both_reduced("cautious", 1e-2, std::make_tuple(scaling), Cautious{}, std::make_tuple(weights, rate)),
      both_reduced("longest", 1e-2, std::make_tuple(all, pull), DivideByLongest{}, std::make_tuple(rate)),
      both_reduced("longest, adam", 1e-2, std::tuple<>(), DivideByLongest{}, std::make_tuple(scaling, pull, rate)),
  };
  for (const Both& rule : rules) {
    SCOPED_TRACE(rule.fused.description());
    agree_with_every_clip(rule);
  }
}

/// One transform over a whole vector.
template <class S, class Transform>
class Alone {
 public:
  explicit Alone(Transform transform)
      : chain_(std::make_tuple(transform),
               [this](const char*, double initial) { return slots_.emplace_back(n, static_cast<S>(initial)).data(); }) {
  }
  void apply(std::vector<S>& u, const std::vector<S>& p, const Instant& instant) const {
    chain_.bind(instant, [&](auto kernel) {
      for (std::size_t i = 0; i < n; ++i) u[i] = kernel(u[i], p[i], i);
    });
  }

 private:
  std::vector<std::vector<S>> slots_;
  Chain<S, Transform> chain_;
};

// That what the test above holds fused chains against is what it says, by hand.
TEST(UnfusedChain, IsItsTransformsOneByOne) {
  const AddDecayedWeights decay{0.01};
  const ScaleByAdam scaling{{0.9, 0.999, 1e-8}};
  const auto run =
      both_chains("l2, adam, rate", 1e-2, decay, scaling, ScaleByLearningRate{}).one_by_one.bind<float>(two_layers());
  const Alone<float, AddDecayedWeights> first(decay);
  const Alone<float, ScaleByAdam> second(scaling);
  const Alone<float, ScaleByLearningRate> third(ScaleByLearningRate{});
  std::vector<float> p = numbers<float>(n, 1), q = p;
  for (unsigned i = 0; i < 50; ++i) {
    const std::vector<float> gradient = numbers<float>(n, 10 + i);
    std::vector<float> u = gradient;
    const Instant instant{static_cast<std::int64_t>(i) + 1, 1e-2};
    first.apply(u, q, instant);
    second.apply(u, q, instant);
    third.apply(u, q, instant);
    for (std::size_t k = 0; k < n; ++k) q[k] -= u[k];
    run->step(p, gradient);
    for (std::size_t k = 0; k < n; ++k) ASSERT_LE(distance_in_ulps(p[k], q[k], p[k]), 1) << i;
    q = p;
  }
}

// Half the components agree with the gradient, so they go twice as far and the others stay.
TEST(Cautious, LeavesOutWhatTheGradientDisagreesWith) {
  Layout layout;
  layout.add("all", 4, 1, {});
  const auto run = adam({.lr = 1, .beta1 = 0.5, .beta2 = 0, .cautious = true}).bind<double>(layout);
  std::vector<double> p(4, 0.0);
  // After g = (1, 1, -1, 1), m̂ = (m + ½ g') / (1 - ¼), so a gradient a little against it leaves the momentum's sign.
  run->step(p, std::vector<double>{1, 1, -1, 1});
  EXPECT_THAT(p, testing::Pointwise(testing::DoubleNear(1e-7), std::vector<double>{-1, -1, 1, -1}));
  const std::vector<double> before = p;
  run->step(p, std::vector<double>{1, -0.1, 0.1, 1});
  EXPECT_EQ(p[1], before[1]);
  EXPECT_EQ(p[2], before[2]);
  EXPECT_NEAR(p[0] - before[0], -2, 1e-7);
  EXPECT_NEAR(p[3] - before[3], -2, 1e-7);
}

}  // namespace
}  // namespace cairn::optim
